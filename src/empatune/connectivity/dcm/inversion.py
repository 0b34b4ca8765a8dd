"""Variational Laplace: the most probable parameters, how sure, and the evidence for a model.

The scheme is that of SPM12's spm_nlsi_GN (Friston et al. 2007,
doi:10.1016/j.neuroimage.2006.08.035): Gauss-Newton steps with a regularisation that loosens when
the free energy rises and tightens when it falls; a precision per region by Fisher scoring inside
each step; an end when four steps in a row promise to gain less than 0.1. One compiled program
serves every network of a size: which parameters are free is data, filled up to a round number.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, NamedTuple

from empatune.connectivity.dcm.expansion import DIFFERENCE
from empatune.connectivity.dcm.integrators import INTEGRATORS
from empatune.connectivity.dcm.parameters import Sizes, take_apart
from empatune.connectivity.dcm.scoring import (
    CONFOUND_VARIANCE,
    SCHEMES,
    Noise,
    Scheme,
    Scored,
    newton_step,
    score,
)
from empatune.numerics.differentiable import jax, jnp

MOST_ITERATIONS = 128
"""Steps before an inversion is given up, as SPM12."""

SMALL_GAIN = 0.1
"""A step that promises less free energy than this [nats] is a small one."""

SMALL_STEPS = 4
"""So many small steps in a row end the inversion."""

MOST_FAILURES = 4
"""So many unstable tries in a row end it too."""

LARGEST_SLOPE = math.exp(32)
"""Predictions that change faster than this have left the stable range."""

RUNNING, CONVERGED, LIMIT, UNSTABLE = range(4)
"""How an inversion stands."""


class Model(NamedTuple):
    """What a compiled program is made for.

    Attributes
    ----------
    sizes : Sizes
        Numbers of regions and inputs.
    bin_s : float
        Width of a bin of the inputs [s].
    integrator : str
        Name in INTEGRATORS.
    scheme : str
        Name in SCHEMES.
    """

    sizes: Sizes
    bin_s: float
    integrator: str = "bilinear"
    scheme: str = "converged"


class Problem(NamedTuple):
    """What an inversion is given.

    Attributes
    ----------
    signals : array, shape (n_regions, n_scans)
        Scaled signals.
    confounds : array, shape (n_scans, n_confounds)
        Confounds of every region.
    plan : Any
        What the integrator planned for the recording.
    mean : array, shape (n_parameters,)
        Prior mean.
    places : array of int, shape (n_places,)
        Which parameters are free; places beyond the vector only fill up.
    variance : array, shape (n_places,)
        Their prior variance; 1 where a place only fills up.
    start : array, shape (n_places,)
        Where they start, as a difference from the prior mean.
    noise : Noise
        Prior of the log precisions.
    """

    signals: Any
    confounds: Any
    plan: Any
    mean: Any
    places: Any
    variance: Any
    start: Any
    noise: Noise = Noise()


class State(NamedTuple):
    """Where an inversion stands between two steps.

    Attributes
    ----------
    point : array, shape (n_places + n_regions * n_confounds,)
        The next point to try: free parameters, then weights of confounds region by region.
    accepted : array, shape as point
        The best point so far.
    predicted : array, shape (n_regions, n_scans)
        Signals that it predicts [percent].
    best : Scored
        Its precisions, covariance, free energy, gradient and curvature.
    looseness : array, shape ()
        Log of the relative length of a step.
    iteration, rejected, failures, small : array, shape ()
        Counts of steps, rejected steps, unstable tries in a row, small steps in a row.
    status : array, shape ()
        Running, converged, at the limit, or unstable.
    trace : array, shape (MOST_ITERATIONS,)
        Free energy at every point tried [nats].
    """

    point: Any
    accepted: Any
    predicted: Any
    best: Scored
    looseness: Any
    iteration: Any
    rejected: Any
    failures: Any
    small: Any
    status: Any
    trace: Any


@partial(jax.jit, static_argnames="model")
def invert(problem: Problem, model: Model) -> State:
    """
    Invert a model from the start of a problem to its end.

    Parameters
    ----------
    problem : Problem
        Data, priors and start.
    model : Model
        The model.

    Returns
    -------
    State
        The state at the end.
    """
    ended: State = jax.lax.while_loop(
        lambda state: state.status == RUNNING,
        lambda state: advance(problem, state, model),
        begin(problem),
    )
    return ended


@partial(jax.jit, static_argnames="model")
def predict_at(vectors: Any, plan: Any, model: Model) -> Any:
    """
    Predict signals.

    Parameters
    ----------
    vectors : array, shape (n_parameters, n_lanes)
        Parameters, one vector a column.
    plan : Any
        What the integrator planned for the recording.
    model : Model
        The model.

    Returns
    -------
    array, shape (n_scans, n_regions, n_lanes)
        Predicted signals [percent].
    """
    return INTEGRATORS[model.integrator].predict(
        take_apart(vectors, model.sizes), plan, model.bin_s
    )


@partial(jax.jit, static_argnames="model")
def predict_with_slopes(problem: Problem, point: Any, model: Model) -> tuple[Any, Any]:
    """
    Predict signals, and how they change with each free parameter: SPM's forward differences.

    Parameters
    ----------
    problem : Problem
        The problem.
    point : array, shape (n_places or more,)
        Free parameters, as differences from the prior mean.
    model : Model
        The model.

    Returns
    -------
    predicted : array, shape (n_regions, n_scans)
        Predicted signals [percent].
    slopes : array, shape (n_regions, n_scans, n_places)
        Their change with each free parameter.
    """
    n_places = problem.places.shape[0]
    moves = jnp.concatenate([jnp.zeros((n_places, 1)), DIFFERENCE * jnp.eye(n_places)], axis=1)
    vectors = jnp.broadcast_to(problem.mean[:, None], (problem.mean.shape[0], n_places + 1))
    vectors = vectors.at[problem.places].add(point[:n_places, None] + moves, mode="drop")
    course = predict_at(vectors, problem.plan, model).transpose(1, 0, 2)
    return course[..., 0], (course[..., 1:] - course[..., :1]) / DIFFERENCE


def begin(problem: Problem) -> State:
    """
    Set out from the start of a problem.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    State
        The state before the first step.
    """
    weights = jnp.linalg.pinv(problem.confounds) @ problem.signals.T
    point = jnp.concatenate([problem.start, weights.T.ravel()])
    n_regions, size = problem.signals.shape[0], point.shape[0]
    zero = jnp.zeros((), jnp.int32)
    return State(
        point=point,
        accepted=point,
        predicted=jnp.zeros_like(problem.signals),
        best=Scored(
            precisions=jnp.full(n_regions, problem.noise.mean),
            covariance=jnp.eye(size),
            free_energy=jnp.asarray(-jnp.inf),
            gradient=jnp.zeros(size),
            curvature=-jnp.eye(size),
        ),
        looseness=jnp.asarray(-4.0),
        iteration=zero,
        rejected=zero,
        failures=zero,
        small=zero,
        status=zero,
        trace=jnp.full(MOST_ITERATIONS, jnp.nan),
    )


def advance(problem: Problem, state: State, model: Model) -> State:
    """
    Take one step.

    Parameters
    ----------
    problem : Problem
        The problem.
    state : State
        The state before the step.
    model : Model
        The model.

    Returns
    -------
    State
        The state after the step.
    """
    predicted, slopes = predict_with_slopes(problem, state.point, model)
    largest = jnp.max(jnp.sum(jnp.abs(slopes), axis=-1))
    stable = (largest <= LARGEST_SLOPE) & jnp.isfinite(predicted).all()
    scored = _scored(
        problem,
        state,
        jnp.where(stable, predicted, 0),
        jnp.where(stable, slopes, 0),
        SCHEMES[model.scheme],
    )
    n_weights = jnp.sum(problem.places < problem.mean.shape[0]) + (
        state.point.shape[0] - problem.places.shape[0]
    )
    after: State = _choose(stable, _judged(state, scored, predicted), _retreated(state))
    best = after.best
    step = newton_step(best.gradient, best.curvature, after.looseness, n_weights)
    small = jnp.where(best.gradient @ step < SMALL_GAIN, after.small + 1, 0).astype(jnp.int32)
    small = jnp.where(stable, small, after.small)
    converged = stable & (small >= SMALL_STEPS)
    return after._replace(
        point=after.accepted + step,
        small=small,
        status=jnp.where(converged, CONVERGED, after.status).astype(jnp.int32),
    )


def _scored(problem: Problem, state: State, predicted: Any, slopes: Any, scheme: Scheme) -> Scored:
    """Score a point with the confounds beside the parameters."""
    n_regions, n_scans = problem.signals.shape
    weights = state.point[slopes.shape[-1] :].reshape(n_regions, -1)
    blocks = jnp.einsum("ij,sk->isjk", jnp.eye(n_regions), problem.confounds)
    spread = jnp.full(weights.size, CONFOUND_VARIANCE)
    return score(
        state.point,
        state.best.precisions,
        errors=problem.signals - predicted - weights @ problem.confounds.T,
        slopes=jnp.concatenate([slopes, blocks.reshape(n_regions, n_scans, -1)], axis=-1),
        prior=1 / jnp.concatenate([problem.variance, spread]),
        noise=problem.noise,
        scheme=scheme,
    )


def _judged(state: State, scored: Scored, predicted: Any) -> State:
    """Accept or reject a stable point; the step from there is taken after."""
    better = (scored.free_energy > state.best.free_energy) | (state.iteration < 2)
    iteration = state.iteration + 1
    return state._replace(
        accepted=jnp.where(better, state.point, state.accepted),
        predicted=jnp.where(better, predicted, state.predicted),
        best=_choose(better, scored, state.best),
        looseness=jnp.where(
            better, jnp.minimum(state.looseness + 0.5, 4), jnp.minimum(state.looseness - 2, -4)
        ),
        iteration=iteration,
        rejected=state.rejected + jnp.where(better, 0, 1).astype(jnp.int32),
        failures=jnp.zeros_like(state.failures),
        status=jnp.where(iteration >= MOST_ITERATIONS, LIMIT, RUNNING).astype(jnp.int32),
        trace=state.trace.at[state.iteration].set(scored.free_energy),
    )


def _retreated(state: State) -> State:
    """Go back from an unstable point for a shorter step, four times at most."""
    failures = state.failures + 1
    given_up = (failures > MOST_FAILURES) | (state.iteration == 0)
    return state._replace(
        looseness=jnp.minimum(state.looseness - 2, -4),
        failures=failures,
        status=jnp.where(given_up, UNSTABLE, RUNNING).astype(jnp.int32),
    )


def _choose(condition: Any, yes: Any, no: Any) -> Any:
    """Choose one of two states of the same shape."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
