"""Averages of fits: over models by their evidence, over participants by their precision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from empatune.connectivity.posterior import Posterior, check_alike
from empatune.errors import ConnectivityError
from empatune.typing import BoolArray, FloatArray

OCCAM_WINDOW = 8.0
"""Models whose log evidence lies further below the best one stay out of an average [nats]."""


def average_models(
    posteriors: Sequence[Posterior], *, window: float = OCCAM_WINDOW, name: str = ""
) -> Posterior:
    """
    Average models of the same data, each as probable as its evidence makes it.

    The moments of the mixture are exact; SPM's spm_dcm_bma draws 1,000 samples of it.

    Parameters
    ----------
    posteriors : sequence of Posterior
        Fits of several models to the same data, with the same names.
    window : float
        Models further below the best one stay out [nats].
    name : str
        Whose average it is.

    Returns
    -------
    Posterior
        Mean and covariance of the mixture, priors of the best model, and the log evidence of
        the models taken together, each as probable beforehand.

    Raises
    ------
    ConnectivityError
        If there are no models or their parameters differ.
    """
    check_alike(posteriors)
    evidence = np.array([each.free_energy for each in posteriors])
    best = posteriors[int(evidence.argmax())]
    inside = evidence > evidence.max() - window
    probability = np.where(inside, softmax(np.where(inside, evidence, -np.inf)), 0.0)
    means = np.stack([each.mean for each in posteriors])
    mean = probability @ means
    spread = means - mean
    covariance = np.einsum("m,mij->ij", probability, [each.covariance for each in posteriors])
    return Posterior(
        names=best.names,
        mean=mean,
        covariance=covariance + np.einsum("m,mi,mj->ij", probability, spread, spread),
        prior_mean=best.prior_mean,
        prior_covariance=best.prior_covariance,
        free_energy=_log_mean(evidence),
        name=name,
    )


def average_participants(
    posteriors: Sequence[Posterior], *, prior_once: bool = False, name: str = ""
) -> Posterior:
    """
    Average participants by the precision of their fits, as if all had the same parameters.

    Bayesian parameter averaging. Whoever differs from the others does not widen the result: use
    `empatune.connectivity.group.empirical_bayes` where people differ.

    Parameters
    ----------
    posteriors : sequence of Posterior
        One fit a participant, of the same model.
    prior_once : bool
        Whether the prior, which every participant's fit holds, counts once. SPM12's spm_dcm_bpa
        counts it once a participant, which draws the average to the prior; so does the default.
    name : str
        Whose average it is.

    Returns
    -------
    Posterior
        The average; fixed parameters are the mean of what they were fixed at. The free energy
        is the sum over participants.

    Raises
    ------
    ConnectivityError
        If there are none, or participants differ in their parameters or in what is fixed, or in
        their priors where the prior is to count once.
    """
    check_alike(posteriors)
    first = posteriors[0]
    free = _same_free(posteriors)
    block = np.ix_(free, free)
    precisions = np.stack([np.linalg.inv(each.covariance[block]) for each in posteriors])
    pull = np.einsum("nij,nj->i", precisions, np.stack([each.mean[free] for each in posteriors]))
    precision = precisions.sum(axis=0)
    if prior_once:
        _check_same_priors(posteriors)
        held = (len(posteriors) - 1) * np.linalg.inv(first.prior_covariance[block])
        precision = precision - held
        pull = pull - held @ first.prior_mean[free]
    mean = np.mean([each.mean for each in posteriors], axis=0)
    mean[free] = np.linalg.solve(precision, pull)
    covariance = np.zeros_like(first.covariance)
    inverse = np.linalg.inv(precision)
    covariance[block] = (inverse + inverse.T) / 2
    return Posterior(
        names=first.names,
        mean=mean,
        covariance=covariance,
        prior_mean=first.prior_mean,
        prior_covariance=first.prior_covariance,
        free_energy=sum(each.free_energy for each in posteriors),
        name=name,
    )


def _log_mean(evidence: FloatArray) -> float:
    """Give the log of the mean of evidences."""
    return float(np.log(np.mean(np.exp(evidence - evidence.max()))) + evidence.max())


def _same_free(posteriors: Sequence[Posterior]) -> BoolArray:
    """Give what everybody's model estimates, or say who differs."""
    free = posteriors[0].free
    for place, other in enumerate(posteriors[1:], start=2):
        odd = np.flatnonzero(other.free != free)
        if odd.size:
            raise ConnectivityError(
                f"{other.name or f'Posterior {place}'} estimates other parameters than "
                f"{posteriors[0].name or 'posterior 1'}: {posteriors[0].names[odd[0]]} is fixed "
                f"in one of them. Average fits of one model."
            )
    return free


def _check_same_priors(posteriors: Sequence[Posterior]) -> None:
    """Refuse to count a prior once that is not the same for everybody."""
    first = posteriors[0]
    for place, other in enumerate(posteriors[1:], start=2):
        if not (
            np.allclose(other.prior_mean, first.prior_mean)
            and np.allclose(other.prior_covariance, first.prior_covariance)
        ):
            raise ConnectivityError(
                f"{other.name or f'Posterior {place}'} has other priors than "
                f"{first.name or 'posterior 1'}, so the prior cannot count once. Fit everybody "
                f"with one prior, or count it for each (prior_once=False)."
            )
