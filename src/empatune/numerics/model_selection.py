"""Which model a group speaks for: everybody of one kind (fixed effects), or people of several.

Fixed effects add log evidences. Random effects suppose that people are drawn from a population
in which models have unknown frequencies (Stephan et al. 2009, NeuroImage 46:1004-1017, doi
10.1016/j.neuroimage.2009.03.025), and protect exceedance probabilities by the chance that all
models are equally frequent (Rigoux et al. 2014, NeuroImage 84:971-985, doi
10.1016/j.neuroimage.2013.08.065).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, logsumexp, softmax, xlogy

from empatune.errors import ComparisonError
from empatune.numerics.exceedance import exceedance
from empatune.typing import Array, FloatArray

_TOLERANCE = 1e-8
"""Change of the counts at which their estimation ends."""

_MOST_ITERATIONS = 10_000
"""Far more than counts have ever needed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FixedEffects:
    """How probable each model is if all participants have the same one.

    Attributes
    ----------
    models : tuple of str
        Names of models.
    log_evidence : ndarray, shape (n_models,)
        Summed log evidence above that of the worst model [nats].
    probability : ndarray, shape (n_models,)
        Posterior probability.
    """

    models: tuple[str, ...]
    log_evidence: FloatArray
    probability: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomEffects:
    """How frequent each model is among the people that participants stand for.

    Attributes
    ----------
    models : tuple of str
        Names of models.
    counts : ndarray, shape (n_models,)
        Parameters of the Dirichlet posterior of frequencies (SPM's alpha).
    frequency : ndarray, shape (n_models,)
        Expected frequencies.
    exceedance : ndarray, shape (n_models,)
        Probability that a model is the most frequent one.
    protected : ndarray, shape (n_models,)
        The same, with the chance that frequencies do not differ at all.
    omnibus_risk : float
        Probability that all models are equally frequent.
    responsibility : ndarray, shape (n_participants, n_models)
        Probability of each model for each participant.
    """

    models: tuple[str, ...]
    counts: FloatArray
    frequency: FloatArray
    exceedance: FloatArray
    protected: FloatArray
    omnibus_risk: float
    responsibility: FloatArray


def select_fixed(log_evidence: Array, *, models: Sequence[str] | None = None) -> FixedEffects:
    """
    Compare models that all participants share.

    Parameters
    ----------
    log_evidence : ndarray, shape (n_participants, n_models)
        Log evidence (free energy) of each model for each participant [nats].
    models : sequence of str, optional
        Names of the models.

    Returns
    -------
    FixedEffects
        Probabilities, each model as probable beforehand.

    Raises
    ------
    ComparisonError
        If the table is not a table of finite numbers with two models or more.
    """
    table, names = check_table(log_evidence, models)
    total = table.sum(axis=0)
    return FixedEffects(models=names, log_evidence=total - total.min(), probability=softmax(total))


def select_random(
    log_evidence: Array,
    *,
    models: Sequence[str] | None = None,
    prior_counts: Array | None = None,
) -> RandomEffects:
    """
    Compare models among which participants may differ.

    As spm_BMS of SPM12, with exceedance probabilities integrated rather than sampled.

    Parameters
    ----------
    log_evidence : ndarray, shape (n_participants, n_models)
        Log evidence (free energy) of each model for each participant [nats].
    models : sequence of str, optional
        Names of the models.
    prior_counts : ndarray, shape (n_models,), optional
        Parameters of the Dirichlet prior of frequencies; one each where left out.

    Returns
    -------
    RandomEffects
        Frequencies, exceedance probabilities, omnibus risk.

    Raises
    ------
    ComparisonError
        If the table is not a table of finite numbers with two models or more, or the prior
        counts do not fit it.
    """
    table, names = check_table(log_evidence, models)
    prior = check_counts(prior_counts, len(names))
    counts, responsibility = count_models(table, prior)
    risk = omnibus_risk(table, prior, np.full(len(names), 1 / len(names)))
    most_frequent = exceedance(counts)
    return RandomEffects(
        models=names,
        counts=counts,
        frequency=counts / counts.sum(),
        exceedance=most_frequent,
        protected=(1 - risk) * most_frequent + risk / len(names),
        omnibus_risk=risk,
        responsibility=responsibility,
    )


def count_models(table: FloatArray, prior: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Estimate the Dirichlet posterior of frequencies by variational Bayes.

    Parameters
    ----------
    table : ndarray, shape (n_participants, n_models)
        Log evidences [nats].
    prior : ndarray, shape (n_models,)
        Prior counts.

    Returns
    -------
    tuple of ndarray
        Counts, shape (n_models,), and the models' probabilities for each participant, shape
        (n_participants, n_models).
    """
    counts = prior
    for _ in range(_MOST_ITERATIONS):
        responsibility = softmax(table + digamma(counts), axis=1)
        before, counts = counts, prior + responsibility.sum(axis=0)
        if np.abs(counts - before).max() < _TOLERANCE:
            break
    return counts, responsibility


def omnibus_risk(table: FloatArray, prior: FloatArray, equal: FloatArray) -> float:
    """
    Give the probability that frequencies are those of no difference.

    Parameters
    ----------
    table : ndarray, shape (n_participants, n_models)
        Log evidences [nats].
    prior : ndarray, shape (n_models,)
        Prior counts of the alternative.
    equal : ndarray, shape (n_models,)
        Frequencies under no difference.

    Returns
    -------
    float
        The Bayesian omnibus risk.
    """
    counts, responsibility = count_models(table, prior)
    expected = digamma(counts) - digamma(counts.sum())
    alternative = (
        _log_volume(counts)
        - _log_volume(prior)
        + ((prior - counts) * expected).sum()
        + (responsibility * (table + expected)).sum()
        - xlogy(responsibility, responsibility).sum()
    )
    null = logsumexp(table + np.log(equal), axis=1).sum()
    return float(1 / (1 + np.exp(np.clip(alternative - null, -700, 700))))


def check_table(
    log_evidence: Array, models: Sequence[str] | None
) -> tuple[FloatArray, tuple[str, ...]]:
    """
    Refuse tables of log evidences that cannot be compared; name the models.

    Parameters
    ----------
    log_evidence : ndarray, shape (n_participants, n_models)
        Log evidences [nats].
    models : sequence of str or None
        Names of the models.

    Returns
    -------
    tuple
        The table, and names, ``model 1`` and so on where none are given.

    Raises
    ------
    ComparisonError
        If the table is not a table of finite numbers with two models or more, or names do not
        fit it.
    """
    table = np.asarray(log_evidence, float)
    if table.ndim != 2 or table.shape[0] < 1 or table.shape[1] < 2:
        raise ComparisonError(
            f"Log evidences have shape {table.shape}; they must be a table of one participant or "
            f"more by two models or more."
        )
    names = tuple(models or (f"model {place + 1}" for place in range(table.shape[1])))
    if len(names) != table.shape[1] or len(set(names)) < len(names):
        raise ComparisonError(
            f"{len(names)} names ({', '.join(names)}) were given for {table.shape[1]} models; "
            f"there must be one each, all different."
        )
    bad = ~np.isfinite(table)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ComparisonError(
            f"The log evidence of '{names[column]}' for participant {row + 1} is "
            f"{table[row, column]}. Leave participants with a failed fit out ({bad.sum()} values)."
        )
    return table, names


def check_counts(prior_counts: Array | None, n_models: int) -> FloatArray:
    """
    Take prior counts if they fit, one a model where none are given.

    Parameters
    ----------
    prior_counts : ndarray, shape (n_models,), or None
        Prior counts.
    n_models : int
        Number of models.

    Returns
    -------
    ndarray, shape (n_models,)
        The counts.

    Raises
    ------
    ComparisonError
        If there are more or fewer than models, or one is not above 0.
    """
    if prior_counts is None:
        return np.ones(n_models)
    counts = np.asarray(prior_counts, float)
    if counts.shape != (n_models,) or not (np.isfinite(counts) & (counts > 0)).all():
        raise ComparisonError(
            f"prior_counts are {prior_counts}; there must be {n_models}, one a model, above 0."
        )
    return counts


def _log_volume(counts: FloatArray) -> float:
    """Give the log normaliser of a Dirichlet density."""
    return float(gammaln(counts).sum() - gammaln(counts.sum()))
