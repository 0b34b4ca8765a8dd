"""How probable a person's trials are under a model, whatever the person's parameters.

Parameters are integrated out over the group (or the model's prior): by draws from the group (Huys
et al. 2011, doi 10.1371/journal.pcbi.1002028), or by draws from around each person's own posterior,
weighted by importance, which needs far fewer of them where trials say much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from scipy.special import gammaln, logsumexp

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.model import Model, log_likelihood
from empatune.behaviour.population import Population, population_of
from empatune.behaviour.trials import Trials
from empatune.errors import UsageError
from empatune.numerics.differentiable import jax, jnp
from empatune.typing import FloatArray

TAILS = 5.0
"""Degrees of freedom of the draws around a person: heavier tails than any normal posterior."""

AT_ONCE = 50
"""Draws that are scored at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Integral:
    """Log probability of people's trials with their parameters integrated out.

    Attributes
    ----------
    log_marginal : ndarray, shape (n_people,)
        Log marginal likelihood [nats].
    n_effective : ndarray, shape (n_people,)
        How many equally weighted draws each rests on.
    error : ndarray, shape (n_people,)
        Monte Carlo standard error [nats].
    """

    log_marginal: FloatArray
    n_effective: FloatArray
    error: FloatArray


def integrate(
    fit: Fit, *, draws: Literal["posterior", "group"] = "posterior", n_draws: int = 500, seed: int
) -> Integral:
    """
    Integrate people's parameters out of the likelihood.

    Parameters
    ----------
    fit : Fit
        A fit.
    draws : {'posterior', 'group'}
        Whether to draw around each person's posterior, weighted by importance, or from the group.
    n_draws : int
        Number of draws.
    seed : int
        Their seed.

    Returns
    -------
    Integral
        Of each person, with the group (or prior) of the fit taken as known.

    Raises
    ------
    UsageError
        If there are fewer than two draws, or no such way to draw.
    BehaviourError
        If the fit has covariates and does not know those of its people.
    """
    if n_draws < 2:
        raise UsageError(f"n_draws must be at least 2, not {n_draws}.")
    if draws not in ("posterior", "group"):
        raise UsageError(f"draws must be posterior or group, not '{draws}'.")
    if draws == "group":
        people, rng = population_of(fit), np.random.default_rng(seed)
        points = _around(people.mean, people.covariance, n_draws, rng)
        return _summed(_known(score_people(fit.model, points, fit.trials)))
    return _summed(draw_posteriors(fit, n_draws=n_draws, seed=seed)[1])


def draw_posteriors(fit: Fit, *, n_draws: int = 500, seed: int) -> tuple[FloatArray, FloatArray]:
    """
    Draw from around each person's posterior, with the weight that makes draws one of it.

    Parameters
    ----------
    fit : Fit
        A fit.
    n_draws : int
        Number of draws a person.
    seed : int
        Their seed.

    Returns
    -------
    points : ndarray, shape (n_people, n_draws, n_parameters)
        Draws on the scale of estimation.
    log_weight : ndarray, shape (n_people, n_draws)
        Log weights: their mean is the marginal likelihood.

    Raises
    ------
    BehaviourError
        If the fit has covariates and does not know those of its people.
    """
    points, log_density = _around_posteriors(fit, n_draws, np.random.default_rng(seed))
    log_weight = score_people(fit.model, points, fit.trials)
    log_weight += _log_normal(points, population_of(fit)) - log_density
    return points, _known(log_weight)


def _known(log_weight: FloatArray) -> FloatArray:
    """Give no weight to draws that cannot be scored."""
    return np.where(np.isnan(log_weight), -np.inf, log_weight)


def score_people(model: Model, points: FloatArray, trials: Trials) -> FloatArray:
    """
    Score each person's trials at many points.

    Parameters
    ----------
    model : Model
        The model.
    points : ndarray, shape (n_people, n_points, n_parameters)
        Parameters on the scale of estimation.
    trials : Trials
        The trials.

    Returns
    -------
    ndarray, shape (n_people, n_points)
        Log likelihood of all trials of a person.
    """
    given = trials.arrays()
    scored = [np.asarray(_score(model, some, given)) for some in _parts(points)]
    together: FloatArray = np.concatenate(scored, axis=1)
    return together[:, : points.shape[1]]


@partial(jax.jit, static_argnames="model")
def _score(model: Model, points: Any, trials: Any) -> Any:
    """Score each person at a few points."""
    one = jax.vmap(lambda point, own: log_likelihood(model, point, own).sum(), in_axes=(0, None))
    return jax.vmap(one)(points, trials)


def _parts(points: FloatArray) -> Iterator[Any]:
    """Cut points into parts of one size, so that one compiled program scores all."""
    for first in range(0, points.shape[1], AT_ONCE):
        part = points[:, first : first + AT_ONCE]
        yield jnp.asarray(np.pad(part, ((0, 0), (0, AT_ONCE - part.shape[1]), (0, 0)), "edge"))


def _around(
    mean: FloatArray, covariance: FloatArray, n_draws: int, rng: np.random.Generator
) -> FloatArray:
    """Draw from the group: the same deviations for everybody."""
    root = np.linalg.cholesky(covariance)
    away: FloatArray = rng.standard_normal((n_draws, len(covariance))) @ root.T
    return mean[:, None] + away


def _around_posteriors(
    fit: Fit, n_draws: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw from a t density around each person's posterior; give its log density too."""
    n_people, size = fit.scaled.shape
    root = np.linalg.cholesky(fit.covariance)
    normal = rng.standard_normal((n_people, n_draws, size))
    stretch = np.sqrt(TAILS / rng.chisquare(TAILS, (n_people, n_draws, 1)))
    standard = normal * stretch
    points = fit.scaled[:, None] + np.einsum("pij,pdj->pdi", root, standard)
    log_det = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    constant = gammaln((TAILS + size) / 2) - gammaln(TAILS / 2) - size / 2 * np.log(TAILS * np.pi)
    spread = np.log1p((standard**2).sum(axis=2) / TAILS)
    return points, constant - log_det[:, None] - (TAILS + size) / 2 * spread


def _log_normal(points: FloatArray, people: Population) -> FloatArray:
    """Give the log density of points in the group."""
    away = points - people.mean[:, None]
    precision = np.linalg.inv(people.covariance)
    distance = np.einsum("pdi,ij,pdj->pd", away, precision, away)
    log_det = np.linalg.slogdet(2 * np.pi * people.covariance)[1]
    log_density: FloatArray = -(distance + log_det) / 2
    return log_density


def _summed(log_weight: FloatArray) -> Integral:
    """Average weights of draws, with what the average rests on."""
    n_draws = log_weight.shape[1]
    total = logsumexp(log_weight, axis=1)
    effective = np.exp(2 * total - logsumexp(2 * log_weight, axis=1))
    error = np.sqrt(np.maximum(1 / effective - 1 / n_draws, 0.0))
    return Integral(log_marginal=total - np.log(n_draws), n_effective=effective, error=error)
