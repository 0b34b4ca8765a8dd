"""How well samples predict each trial: PSIS-LOO and WAIC, added up for each person.

Vehtari, Gelman & Gabry 2017, doi 10.1007/s11222-016-9696-4; the numerics are ArviZ's.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.wording import counted
from empatune.errors import BehaviourError
from empatune.typing import FloatArray

UNSURE = 0.7
"""Pareto k above which a trial's importance sampling is not believed."""

LOOSE = 0.4
"""Variance of a trial's log probability above which WAIC is not believed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """How well a model predicts trials that it has not seen.

    Attributes
    ----------
    people : ndarray, shape (n_people,)
        Expected log predictive density of each person's trials [nats].
    cautions : tuple of str
        What speaks against believing it.
    """

    people: FloatArray
    cautions: tuple[str, ...]


def leave_one_out(fit: Fit) -> Predicted:
    """
    Predict each trial from all others, by Pareto-smoothed importance sampling.

    Parameters
    ----------
    fit : Fit
        A fit with samples.

    Returns
    -------
    Predicted
        Of each person.

    Raises
    ------
    BehaviourError
        If the fit has no samples, or these lack log likelihoods of trials.
    """
    from empatune.numerics.posterior_draws import arviz

    scored = _scored(fit, arviz)
    with _counted_below():
        found = arviz.loo(scored, pointwise=True, scale="log", reff=1.0)
    unsure = int((np.asarray(found.pareto_k) > UNSURE).sum())
    return _by_person(fit, found.loo_i, unsure, f"a Pareto k above {UNSURE}")


def widely_applicable(fit: Fit) -> Predicted:
    """
    Predict trials by the widely applicable information criterion.

    Parameters
    ----------
    fit : Fit
        A fit with samples.

    Returns
    -------
    Predicted
        Of each person.

    Raises
    ------
    BehaviourError
        If the fit has no samples, or these lack log likelihoods of trials.
    """
    from empatune.numerics.posterior_draws import arviz

    scored = _scored(fit, arviz)
    with _counted_below():
        found = arviz.waic(scored, pointwise=True, scale="log")
    variance = scored.log_likelihood["trial"].var(dim=("chain", "draw"))
    loose = int((variance > LOOSE).sum())
    return _by_person(fit, found.waic_i, loose, f"a variance above {LOOSE}; take loo")


@contextmanager
def _counted_below() -> Iterator[None]:
    """Keep ArviZ's warning to itself: the caution says the same with a count."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _scored(fit: Fit, arviz: Any) -> Any:
    """Give the log likelihoods of trials that count, a trial after the other."""
    if fit.draws is None or not hasattr(fit.draws, "log_likelihood"):
        raise BehaviourError(
            f"The fit of {fit.model.name} has no samples with log likelihoods. Fit by nuts."
        )
    (given,) = fit.draws.log_likelihood.data_vars.values()
    scored = np.asarray(given)
    if scored.shape[2:] == fit.trials.answered.shape:
        scored = scored[:, :, fit.trials.answered]
    if scored.shape[2:] != (fit.trials.answered.sum(),):
        raise BehaviourError(
            f"The samples of {fit.model.name} score trials of shape {scored.shape[2:]}, and "
            f"{int(fit.trials.answered.sum())} trials count. Fit by nuts again."
        )
    blank = np.zeros((*scored.shape[:2], 1))
    return arviz.from_dict(posterior={"none": blank}, log_likelihood={"trial": scored})


def _by_person(fit: Fit, trials: Any, n_doubtful: int, why: str) -> Predicted:
    """Add up the trials of each person."""
    who = np.nonzero(fit.trials.answered)[0]
    people = np.zeros(fit.trials.n_people)
    np.add.at(people, who, np.asarray(trials))
    cautions: tuple[str, ...] = ()
    if n_doubtful:
        have = "has" if n_doubtful == 1 else "have"
        caution = (
            f"{fit.model.name}: {n_doubtful} of {counted(len(who), 'trial')} {have} {why}: what is "
            f"predicted of them may be off. Take more draws, or compare by eb as well."
        )
        cautions = (caution,)
    return Predicted(people=people, cautions=cautions)
