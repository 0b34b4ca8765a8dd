"""Families of models: what models have in common, whichever of them is right.

Families are as probable as one another beforehand, however many models they have (Penny et al.
2010, PLoS Comput Biol 6:e1000709, doi 10.1371/journal.pcbi.1000709), as in SPM12's
spm_compare_families.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from empatune.errors import ConnectivityError
from empatune.numerics.model_selection import check_table, omnibus_risk
from empatune.typing import Array, FloatArray, IntArray

_N_CHAINS = 50
"""Chains that are drawn side by side."""

_N_SETTLING = 200
"""Draws of a chain before the first that counts."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FixedFamilies:
    """How probable each family is if all participants have the same model.

    Attributes
    ----------
    families, models : tuple of str
        Names.
    probability : ndarray, shape (n_families,)
        Posterior probability of families.
    model_probability : ndarray, shape (n_models,)
        Posterior probability of models.
    """

    families: tuple[str, ...]
    models: tuple[str, ...]
    probability: FloatArray
    model_probability: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomFamilies:
    """How frequent each family is among the people that participants stand for.

    Attributes
    ----------
    families, models : tuple of str
        Names.
    frequency : ndarray, shape (n_families,)
        Expected frequencies of families.
    exceedance : ndarray, shape (n_families,)
        Probability that a family is the most frequent one.
    protected : ndarray, shape (n_families,)
        The same, with the chance that families are equally frequent.
    omnibus_risk : float
        Probability that families are equally frequent.
    model_frequency : ndarray, shape (n_models,)
        Expected frequencies of models.
    responsibility : ndarray, shape (n_participants, n_models)
        Probability of each model for each participant.
    """

    families: tuple[str, ...]
    models: tuple[str, ...]
    frequency: FloatArray
    exceedance: FloatArray
    protected: FloatArray
    omnibus_risk: float
    model_frequency: FloatArray
    responsibility: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Partition:
    """Which family each model belongs to."""

    families: tuple[str, ...]
    place: IntArray

    @property
    def share(self) -> FloatArray:
        """The prior share of each model in its family, shape (n_models,)."""
        share: FloatArray = 1 / np.bincount(self.place)[self.place]
        return share

    def sums(self, values: FloatArray) -> FloatArray:
        """Add over the models of each family, along the last axis."""
        total: FloatArray = values @ np.eye(len(self.families))[self.place]
        return total


def compare_families_fixed(
    log_evidence: Array, membership: Sequence[str], *, models: Sequence[str] | None = None
) -> FixedFamilies:
    """
    Compare families of models of which all participants have the same one.

    Parameters
    ----------
    log_evidence : ndarray, shape (n_participants, n_models)
        Log evidence (free energy) of each model for each participant [nats].
    membership : sequence of str
        The family of each model.
    models : sequence of str, optional
        Names of the models.

    Returns
    -------
    FixedFamilies
        Probabilities of families and models.

    Raises
    ------
    ComparisonError
        If the table cannot be compared.
    ConnectivityError
        If the families do not fit it.
    """
    table, names = check_table(log_evidence, models)
    partition = _partition(membership, names)
    probability = softmax(table.sum(axis=0) + np.log(partition.share))
    return FixedFamilies(
        families=partition.families,
        models=names,
        probability=partition.sums(probability),
        model_probability=probability,
    )


def compare_families_random(
    log_evidence: Array,
    membership: Sequence[str],
    *,
    rng: np.random.Generator,
    models: Sequence[str] | None = None,
    n_samples: int = 20_000,
) -> RandomFamilies:
    """
    Compare families of models among which participants may differ, by Gibbs sampling.

    Parameters
    ----------
    log_evidence : ndarray, shape (n_participants, n_models)
        Log evidence (free energy) of each model for each participant [nats].
    membership : sequence of str
        The family of each model.
    rng : numpy.random.Generator
        Where chance comes from.
    models : sequence of str, optional
        Names of the models.
    n_samples : int
        Draws from the posterior; the error of a probability is about half over their root.

    Returns
    -------
    RandomFamilies
        Frequencies and exceedance probabilities of families, frequencies of models.

    Raises
    ------
    ComparisonError
        If the table cannot be compared.
    ConnectivityError
        If the families do not fit it, or samples are too few.
    """
    table, names = check_table(log_evidence, models)
    partition = _partition(membership, names)
    if n_samples < _N_CHAINS:
        raise ConnectivityError(f"n_samples is {n_samples}; it must be {_N_CHAINS} or more.")
    frequencies, responsibility = _sample(table, partition.share, rng, n_samples)
    by_family = partition.sums(frequencies)
    n_families = len(partition.families)
    winners = np.bincount(by_family.argmax(axis=1), minlength=n_families) / len(by_family)
    risk = omnibus_risk(table, partition.share, partition.share / n_families)
    return RandomFamilies(
        families=partition.families,
        models=names,
        frequency=by_family.mean(axis=0),
        exceedance=winners,
        protected=(1 - risk) * winners + risk / n_families,
        omnibus_risk=risk,
        model_frequency=frequencies.mean(axis=0),
        responsibility=responsibility,
    )


def _partition(membership: Sequence[str], models: tuple[str, ...]) -> _Partition:
    """Sort models into families, in the order in which families are first named."""
    families = tuple(dict.fromkeys(membership))
    if isinstance(membership, str) or len(membership) != len(models) or len(families) < 2:
        raise ConnectivityError(
            f"Families must name one of two families or more for each of the {len(models)} models "
            f"({', '.join(models)}); given: {membership!r}."
        )
    return _Partition(
        families=families, place=np.array([families.index(each) for each in membership])
    )


def _sample(
    table: FloatArray, prior: FloatArray, rng: np.random.Generator, n_samples: int
) -> tuple[FloatArray, FloatArray]:
    """Draw frequencies of models, and average the participants' probabilities of models."""
    n_participants, n_models = table.shape
    n_draws = -(-n_samples // _N_CHAINS)
    frequencies = np.empty((n_draws, _N_CHAINS, n_models))
    responsibility = np.zeros((n_participants, n_models))
    log_frequency = _draw_log_dirichlet(np.tile(prior, (_N_CHAINS, 1)), rng)
    for draw in range(-_N_SETTLING, n_draws):
        probability = softmax(table + log_frequency[:, None], axis=2)
        at = rng.random((_N_CHAINS, n_participants, 1))
        chosen = np.minimum((probability.cumsum(axis=2) < at).sum(axis=2), n_models - 1)
        counts = np.stack([(chosen == model).sum(axis=1) for model in range(n_models)], axis=1)
        log_frequency = _draw_log_dirichlet(prior + counts, rng)
        if draw >= 0:
            frequencies[draw] = np.exp(log_frequency)
            responsibility += probability.mean(axis=0) / n_draws
    return frequencies.reshape(-1, n_models), responsibility


def _draw_log_dirichlet(counts: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw log frequencies; small counts are boosted, so that none underflows to zero."""
    raised = np.log(rng.gamma(counts + 1)) + np.log1p(-rng.random(counts.shape)) / counts
    drawn: FloatArray = raised - np.logaddexp.reduce(raised, axis=1, keepdims=True)
    return drawn
