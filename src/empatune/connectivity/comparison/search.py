"""Which parameters a fitted model needs: a greedy search over the models without some of them.

The procedure of SPM12's spm_dcm_bmr_all: of the parameters whose absence costs least, every
combination is switched off; the best one stays off; and again, until nothing more goes. The
models of the last round are averaged.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from empatune.connectivity.comparison.reduction import log_evidence_without, without
from empatune.connectivity.group.averaging import OCCAM_WINDOW, average_models
from empatune.connectivity.posterior import Posterior
from empatune.errors import ConnectivityError
from empatune.typing import BoolArray, FloatArray, IntArray

N_AT_ONCE = 8
"""As many parameters are tried in all combinations (256 models) a round."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Search:
    """What a search over reduced models found.

    Attributes
    ----------
    average : Posterior
        The average over models of the last round, without what the best one switched off.
    best : Posterior
        The best model.
    probability : ndarray, shape (n_parameters,)
        Probability that a parameter is needed: models with it against models without it in the
        last round; 1 for what was never in question, 0 for what went in an earlier round and
        for what is fixed.
    candidates : tuple of str
        Parameters that were in question in the last round.
    off : ndarray of bool, shape (n_models, n_candidates)
        What each model of the last round switches off.
    log_evidence : ndarray, shape (n_models,)
        Log evidence of these models above that of the full model [nats].
    model_probability : ndarray, shape (n_models,)
        Probability of these models, each as probable beforehand.
    dropped : tuple of str
        Everything that the best model switches off, earlier rounds first.
    """

    average: Posterior
    best: Posterior
    probability: FloatArray
    candidates: tuple[str, ...]
    off: BoolArray
    log_evidence: FloatArray
    model_probability: FloatArray
    dropped: tuple[str, ...]

    @property
    def surviving(self) -> tuple[str, ...]:
        """Names of the parameters that the best model keeps."""
        pairs = zip(self.best.names, self.best.free, strict=True)
        return tuple(name for name, free in pairs if free)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Round:
    """One round: the parameters in question, the models, and how they did."""

    places: IntArray
    off: BoolArray
    log_evidence: FloatArray
    exhaustive: bool

    @property
    def gone(self) -> IntArray:
        """What the best model of the round switches off."""
        gone: IntArray = self.places[self.off[int(self.log_evidence.argmax())]]
        return gone


def search(
    posterior: Posterior,
    fields: str | Sequence[str] = "all",
    *,
    value: float = 0.0,
    n_at_once: int = N_AT_ONCE,
    window: float = OCCAM_WINDOW,
) -> Search:
    """
    Switch off what a model does not need, and average over what remains in doubt.

    Parameters
    ----------
    posterior : Posterior
        The fit of the full model: a participant's, or a group's.
    fields : str or sequence of str
        Names or fields in question; ``all`` for everything that was estimated (SPM takes A and B
        of a participant's fit, and all of a group's).
    value : float
        What a parameter is when it is off.
    n_at_once : int
        Parameters that are tried in all combinations a round.
    window : float
        Models this far below the best stay out of the average [nats].

    Returns
    -------
    Search
        The average, the best model and the probabilities of parameters.

    Raises
    ------
    ConnectivityError
        If a field picks nothing or a fixed parameter, or `n_at_once` is not from 1 to 16.
    """
    if not 1 <= n_at_once <= 16:
        raise ConnectivityError(f"n_at_once is {n_at_once}; it must be from 1 to 16.")
    places = posterior.places(fields)
    off = np.zeros(posterior.n_parameters, bool)
    dropped: list[str] = []
    while True:
        last = _try_combinations(posterior, off, places, n_at_once, value)
        off[last.gone] = True
        dropped += [posterior.names[place] for place in last.gone]
        places = np.setdiff1d(places, last.gone)
        if last.exhaustive or not last.gone.size:
            break
    return _judged(posterior, off, last, tuple(dropped), value=value, window=window)


def _try_combinations(
    posterior: Posterior, off: BoolArray, places: IntArray, n_at_once: int, value: float
) -> _Round:
    """Try all combinations of the parameters whose absence costs least."""
    exhaustive = len(places) <= n_at_once
    if not exhaustive:
        alone = off | (places[:, None] == np.arange(posterior.n_parameters))
        cost = -log_evidence_without(posterior, alone, value=value)
        places = places[np.argsort(cost, kind="stable")[:n_at_once]]
    combinations = np.array(list(itertools.product((False, True), repeat=len(places))), bool)
    patterns = np.repeat(off[None], len(combinations), axis=0)
    patterns[:, places] = combinations
    return _Round(
        places=places,
        off=combinations,
        log_evidence=log_evidence_without(posterior, patterns, value=value),
        exhaustive=exhaustive,
    )


def _judged(
    posterior: Posterior,
    off: BoolArray,
    last: _Round,
    dropped: tuple[str, ...],
    *,
    value: float,
    window: float,
) -> Search:
    """Weigh the models of the last round: parameters in families, and an average."""
    model_probability = softmax(last.log_evidence)
    probability = (posterior.free & ~off).astype(float)
    on = 1.0 - last.off
    probability[last.places] = model_probability @ on
    # What the best model switches off stays off in the average, as in SPM.
    nested = last.off[:, np.isin(last.places, last.gone)].all(axis=1)
    near = nested & (last.log_evidence > last.log_evidence.max() - window)
    models = []
    for combination in last.off[near]:
        pattern = off.copy()
        pattern[last.places] |= combination
        models.append(without(posterior, pattern, value=value))
    return Search(
        average=average_models(models, window=np.inf, name=posterior.name),
        best=without(posterior, off, value=value),
        probability=probability,
        candidates=tuple(posterior.names[place] for place in last.places),
        off=last.off,
        log_evidence=last.log_evidence,
        model_probability=model_probability,
        dropped=dropped,
    )
