"""Bayesian model reduction: what a fit would have been under other priors, without refitting.

Priors that shrink to a point are taken as the limit, in which the change of evidence is the
ratio of posterior to prior density at that point (Savage and Dickey); everything else follows
from precisions. Friston & Penny 2011, NeuroImage 56:2089-2099, doi
10.1016/j.neuroimage.2011.03.062; Friston et al. 2016, NeuroImage 128:413-431, doi
10.1016/j.neuroimage.2015.11.015.

Exact for Gaussian posteriors. A dynamic causal model is not Gaussian far from its fit: against
refits of 24 models of simulated participants, changes of evidence between -20 and 4 came out
within 7 nats and with the right sign in 10 of 11, but losses of 50 nats and more came out at a
quarter to one and a half times their size. Refit where the size of a large loss matters, or
which of two bad models is the worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from empatune.connectivity.posterior import Posterior
from empatune.errors import ConnectivityError
from empatune.typing import Array, BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Gaussian:
    """A density over the parameters that are still free."""

    mean: FloatArray
    covariance: FloatArray


def reduce(
    posterior: Posterior, *, prior_mean: Array | None = None, prior_covariance: Array | None = None
) -> Posterior:
    """
    Give the posterior and free energy that other priors would have led to.

    Parameters
    ----------
    posterior : Posterior
        The fit of the full model.
    prior_mean : ndarray, shape (n_parameters,), optional
        New prior means; those of the fit where left out.
    prior_covariance : ndarray, shape (n_parameters, n_parameters), optional
        New prior covariance; a variance of 0 fixes a parameter at its new prior mean.

    Returns
    -------
    Posterior
        The reduced fit.

    Raises
    ------
    ConnectivityError
        If shapes do not fit, a fixed parameter is to be freed or moved, or the new priors are
        so wide that the data alone do not hold the parameters.
    """
    mean = _given(prior_mean, posterior.prior_mean, "prior_mean")
    covariance = _given(prior_covariance, posterior.prior_covariance, "prior_covariance")
    free, kept = posterior.free, np.diag(covariance) > 0
    _check_nested(posterior, mean, kept)
    dropped = np.flatnonzero(free & ~kept)
    places = np.flatnonzero(kept)
    before, prior, change = _conditioned(posterior, dropped, places, mean)
    new = _Gaussian(mean=mean[places], covariance=covariance[np.ix_(places, places)])
    after, change_of_rest = _exchanged(before, prior, new)
    full_mean, full_covariance = mean.copy(), np.zeros_like(covariance)
    full_mean[places] = after.mean
    full_covariance[np.ix_(places, places)] = after.covariance
    return Posterior(
        names=posterior.names,
        mean=full_mean,
        covariance=full_covariance,
        prior_mean=mean,
        prior_covariance=np.where(np.outer(kept, kept), covariance, 0.0),
        free_energy=posterior.free_energy + change + change_of_rest,
        name=posterior.name,
    )


def switch_off(
    posterior: Posterior, fields: str | Sequence[str], *, value: float = 0.0
) -> Posterior:
    """
    Give the fit of the model without some parameters.

    Parameters
    ----------
    posterior : Posterior
        The fit of the full model.
    fields : str or sequence of str
        Names or fields of the parameters to fix.
    value : float
        What they are fixed at.

    Returns
    -------
    Posterior
        The reduced fit.

    Raises
    ------
    ConnectivityError
        If a field picks nothing or a parameter that is fixed already.
    """
    off = np.zeros(posterior.n_parameters, bool)
    off[posterior.places(fields)] = True
    return without(posterior, off, value=value)


def without(posterior: Posterior, off: BoolArray, *, value: float = 0.0) -> Posterior:
    """
    Give the fit of the model without the marked parameters.

    Parameters
    ----------
    posterior : Posterior
        The fit of the full model.
    off : ndarray of bool, shape (n_parameters,)
        Which parameters to fix; those that were fixed already stay where they are.
    value : float
        What they are fixed at.

    Returns
    -------
    Posterior
        The reduced fit.

    Raises
    ------
    ConnectivityError
        If the marks have another shape than the parameters.
    """
    if np.shape(off) != (posterior.n_parameters,):
        raise ConnectivityError(
            f"Marks of shape {np.shape(off)} were given for {posterior.n_parameters} parameters."
        )
    on = ~np.asarray(off, bool)
    return reduce(
        posterior,
        prior_mean=np.where(on | ~posterior.free, posterior.prior_mean, value),
        prior_covariance=np.where(np.outer(on, on), posterior.prior_covariance, 0.0),
    )


def log_evidence_without(
    posterior: Posterior, patterns: Array, *, value: float = 0.0
) -> FloatArray:
    """
    Compare the models without some of the parameters with the full model.

    Parameters
    ----------
    posterior : Posterior
        The fit of the full model.
    patterns : ndarray of bool, shape (n_models, n_parameters)
        What each model switches off; fixed parameters are left alone.
    value : float
        What the parameters are fixed at.

    Returns
    -------
    ndarray, shape (n_models,)
        Log evidence above that of the full model [nats].
    """
    marks = np.asarray(patterns, bool) & posterior.free
    return np.array([_change_without(posterior, off, value) for off in marks])


def _change_without(posterior: Posterior, off: BoolArray, value: float) -> float:
    """Compare one model without some parameters with the full model."""
    if posterior.prior_covariance[np.ix_(off, ~off)].any():
        # The others keep their own priors, not what these would have implied for them.
        return without(posterior, off, value=value).free_energy - posterior.free_energy
    places = np.flatnonzero(off)
    at = np.full(len(places), value)
    return _log_density(posterior.mean, posterior.covariance, places, at) - _log_density(
        posterior.prior_mean, posterior.prior_covariance, places, at
    )


def _given(new: Array | None, old: FloatArray, what: str) -> FloatArray:
    """Take a new prior, or the old one where none is given."""
    if new is None:
        return old
    given = np.asarray(new, float)
    if given.shape != old.shape or not np.isfinite(given).all():
        raise ConnectivityError(
            f"The new {what} must be finite and of shape {old.shape}; given: shape {given.shape}."
        )
    return given


def _check_nested(posterior: Posterior, mean: FloatArray, kept: BoolArray) -> None:
    """Refuse priors that free or move what the full model fixed: the data never spoke of it."""
    moved = ~posterior.free & (kept | (mean != posterior.prior_mean))
    if moved.any():
        names = ", ".join(np.array(posterior.names)[moved])
        raise ConnectivityError(
            f"{names}: fixed in the full model, so no other prior can be asked for. Fit a model "
            f"in which they are free, and reduce that."
        )


def _log_density(
    mean: FloatArray, covariance: FloatArray, places: Array, value: FloatArray
) -> float:
    """Give the marginal log density of some parameters, without the constant of pi."""
    away = value - mean[places]
    block = covariance[np.ix_(places, places)]
    return float(-(np.linalg.slogdet(block)[1] + away @ np.linalg.solve(block, away)) / 2)


def _conditioned(
    posterior: Posterior, dropped: Array, places: Array, value: FloatArray
) -> tuple[_Gaussian, _Gaussian, float]:
    """Fix parameters at a value in posterior and prior; tell what that does to the evidence."""
    ends = []
    for mean, covariance in (
        (posterior.mean, posterior.covariance),
        (posterior.prior_mean, posterior.prior_covariance),
    ):
        gain = np.linalg.solve(
            covariance[np.ix_(dropped, dropped)], covariance[np.ix_(dropped, places)]
        )
        ends.append(
            _Gaussian(
                mean=mean[places] + gain.T @ (value[dropped] - mean[dropped]),
                covariance=covariance[np.ix_(places, places)]
                - covariance[np.ix_(places, dropped)] @ gain,
            )
        )
    change = _log_density(
        posterior.mean, posterior.covariance, dropped, value[dropped]
    ) - _log_density(posterior.prior_mean, posterior.prior_covariance, dropped, value[dropped])
    return ends[0], ends[1], change


def _exchanged(before: _Gaussian, prior: _Gaussian, new: _Gaussian) -> tuple[_Gaussian, float]:
    """Take one prior away from a posterior and put another in."""
    if np.array_equal(prior.mean, new.mean) and np.array_equal(prior.covariance, new.covariance):
        return before, 0.0
    precisions = [np.linalg.inv(part.covariance) for part in (before, prior, new)]
    precision = precisions[0] - precisions[1] + precisions[2]
    if np.linalg.eigvalsh(precision).min() <= 0:
        raise ConnectivityError(
            "Under the new priors the data alone would not hold the parameters: the prior is "
            "wider than the fit can say. Give priors no wider than those of the fit."
        )
    pulls = [p @ part.mean for p, part in zip(precisions, (before, prior, new), strict=True)]
    covariance = np.linalg.inv(precision)
    mean = covariance @ (pulls[0] - pulls[1] + pulls[2])
    levels = [
        np.linalg.slogdet(p)[1] - part.mean @ pull
        for p, pull, part in zip(precisions, pulls, (before, prior, new), strict=True)
    ]
    after = np.linalg.slogdet(precision)[1] - mean @ precision @ mean
    change = (levels[0] - levels[1] + levels[2] - after) / 2
    return _Gaussian(mean=mean, covariance=(covariance + covariance.T) / 2), float(change)
