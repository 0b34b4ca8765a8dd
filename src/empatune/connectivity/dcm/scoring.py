"""How good a point is: precisions that fit it best, its free energy, and the way on."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from empatune.numerics.differentiable import jax, jnp


class Noise(NamedTuple):
    """Prior of the log precision of each region's noise.

    Attributes
    ----------
    mean, variance : float
        SPM12's defaults (hE, hC). They expect noise of 5 percent of a percent: with noisier
        signals, intervals come out too narrow.
    """

    mean: Any = 6.0
    variance: Any = 1 / 128


CONFOUND_VARIANCE = 1e8
"""Prior variance of the weight of a confound."""


class Scheme(NamedTuple):
    """How the precisions of a point are found.

    Attributes
    ----------
    most_steps : int
        Most steps.
    least_gain : float
        A step that gains less ends them [nats].
    observed : bool
        Whether steps go by the observed curvature where it is the greater, or by the expected
        one alone (Fisher scoring). Far from the prior mean the expected curvature is several
        times too small: scoring then overshoots and circles around the optimum.
    """

    most_steps: int
    least_gain: float
    observed: bool


SCHEMES = {
    "spm12": Scheme(most_steps=8, least_gain=1e-2, observed=False),
    "converged": Scheme(most_steps=64, least_gain=1e-6, observed=True),
}
"""Schemes by name: SPM12's own, and one whose precisions settle at any level of noise."""


class Scored(NamedTuple):
    """A point with its precisions: free energy and what the next step needs."""

    precisions: Any
    covariance: Any
    free_energy: Any
    gradient: Any
    curvature: Any


def newton_step(gradient: Any, curvature: Any, looseness: Any, n_weights: Any) -> Any:
    """
    Follow the gradient flow for a while: a Newton step that regularises itself (spm_dx).

    Parameters
    ----------
    gradient : array, shape (n,)
        Slope of the objective.
    curvature : array, shape (n, n)
        Its symmetric, negative definite curvature.
    looseness : array, shape ()
        Log of the time to follow, relative to the geometric mean of the curvature.
    n_weights : array, shape ()
        Over how many axes the mean is taken (axes that only fill up have curvature -1).

    Returns
    -------
    array, shape (n,)
        The step.
    """
    values, axes = jnp.linalg.eigh(curvature)
    return axes @ _step_along(axes.T @ gradient, values, looseness, n_weights)


def _step_along(gradient: Any, values: Any, looseness: Any, n_weights: Any) -> Any:
    """Step along axes that do not know of each other, of these curvatures."""
    time = jnp.exp(looseness - jnp.sum(jnp.log(jnp.abs(values))) / n_weights)
    length = jnp.where(time > math.exp(16), -1 / values, jnp.expm1(values * time) / values)
    return length * gradient


def score(
    point: Any,
    precisions: Any,
    *,
    errors: Any,
    slopes: Any,
    prior: Any,
    noise: Noise,
    scheme: Scheme,
) -> Scored:
    """
    Find the precisions that fit a point best, and its free energy.

    Parameters
    ----------
    point : array, shape (n_weights,)
        Parameters, as a difference from their prior mean.
    precisions : array, shape (n_regions,)
        Log precisions to start from.
    errors : array, shape (n_regions, n_scans)
        What the point leaves of the signals.
    slopes : array, shape (n_regions, n_scans, n_weights)
        Change of the predicted signals with each parameter.
    prior : array, shape (n_weights,)
        Prior precision of each parameter.
    noise : Noise
        Prior of the log precisions.
    scheme : Scheme
        How to find the precisions.

    Returns
    -------
    Scored
        Precisions, covariance, free energy, gradient and curvature.
    """
    n_regions, n_scans = errors.shape
    grams = jnp.einsum("isp,isq->ipq", slopes, slopes)
    pulls = jnp.einsum("isp,is->ip", slopes, errors)
    squares = jnp.sum(errors**2, axis=1)
    precisions, offset, scale, covariance, log_determinant, spread = _fit_precisions(
        precisions, grams, squares, prior, noise, n_scans, scheme
    )
    accuracy = n_scans * jnp.sum(jnp.log(scale)) / 2 - scale @ squares / 2
    accuracy = accuracy - n_regions * n_scans * math.log(2 * math.pi) / 2
    complexity = (jnp.sum(jnp.log(prior)) + log_determinant - point @ (prior * point)) / 2
    hyper = (jnp.sum(jnp.log(spread / noise.variance)) - jnp.sum(offset**2) / noise.variance) / 2
    return Scored(
        precisions=precisions,
        covariance=covariance,
        free_energy=accuracy + complexity + hyper,
        gradient=scale @ pulls - prior * point,
        curvature=-jnp.einsum("i,ipq->pq", scale, grams) - jnp.diag(prior),
    )


def _fit_precisions(
    start: Any, grams: Any, squares: Any, prior: Any, noise: Noise, n_scans: int, scheme: Scheme
) -> Any:
    """Score log precisions until a step gains little; give what the last step saw.

    The free energy is taken at the precisions before the last step, and the next point starts
    from those after it, as in SPM12.
    """

    def take(carried: Any) -> Any:
        precisions, count, *_ = carried
        weights = jnp.exp(precisions)
        scale = weights + math.exp(-32)
        sure = jnp.einsum("i,ipq->pq", scale, grams) + jnp.diag(prior)
        root = jax.lax.linalg.triangular_solve(
            jnp.linalg.cholesky(sure), jnp.eye(size), left_side=True, lower=True
        )
        covariance, log_determinant = root.T @ root, 2 * jnp.sum(jnp.log(jnp.diagonal(root)))
        doubt = weights * jnp.einsum("pq,ipq->i", covariance, grams)
        offset = precisions - noise.mean
        share = weights / scale
        gradient = (n_scans * share - weights * squares - doubt) / 2 - offset / noise.variance
        curvature = n_scans * share**2 / 2 + 1 / noise.variance
        bend = weights * squares / 2 + 1 / noise.variance
        slope = jnp.maximum(curvature, bend) if scheme.observed else curvature
        step = jnp.clip(_step_along(gradient, -slope, 4.0, start.shape[0]), -1, 1)
        gain = gradient @ step
        seen = offset, scale, covariance, log_determinant, 1 / curvature
        return precisions + step, count + 1, gain, *seen

    def unfinished(carried: Any) -> Any:
        return (carried[1] < scheme.most_steps) & ~(carried[2] < scheme.least_gain)

    size = prior.shape[0]
    blank = jnp.zeros_like(start)
    never = jnp.asarray(jnp.inf)
    carried = (start, 0, never, blank, blank, jnp.eye(size), jnp.zeros(()), blank)
    precisions, _, _, *seen = jax.lax.while_loop(unfinished, take, carried)
    return precisions, *seen
