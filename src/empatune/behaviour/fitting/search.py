"""Search for the best parameters of everybody at once, by Newton's steps.

A person has few parameters, so derivatives are carried forward through the trials: one walk gives
the objective, its slope and its curvature, without keeping what happened on the way. Where trials
do not depend on each other there is nothing to keep, and slopes in many parameters are carried
backward: that costs less. Curvature that is not positive is turned round (as in
saddle-free Newton), and a step that does not lower the objective is shortened and tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from empatune.behaviour.model import Model, log_likelihood
from empatune.numerics.differentiable import jax, jnp

MOST_STEPS = 300
"""Steps before a search is given up."""

SMALL_SLOPE = 1e-5
"""A search has arrived where no slope is steeper than this."""

SMALL_FALL = 1e-10
"""A search has arrived where a step lowers the objective by less than this share of it."""

LONGEST = 2.0
"""The longest step in any parameter, on the scale of estimation."""

DAMPED = 1e-3
"""Damping of the first step that is tried again."""

MANY = 8
"""Parameters above which slopes of independent trials are carried backward."""

GIVEN_UP = 1e8
"""Damping at which no step lowers the objective: it has arrived as far as numbers tell."""


class Found(NamedTuple):
    """Where searches ended.

    Attributes
    ----------
    point : array, shape (n_points, n_parameters)
        The best points.
    value : array, shape (n_points,)
        The objective there.
    bend : array, shape (n_points, n_parameters, n_parameters)
        Its second derivatives there.
    arrived : array of bool, shape (n_points,)
        Whether the objective stopped falling before the steps ran out.
    steps : array of int, shape (n_points,)
        Steps taken.
    """

    point: Any
    value: Any
    bend: Any
    arrived: Any
    steps: Any


class Prior(NamedTuple):
    """Where each person's parameters are expected, on the scale of estimation.

    Attributes
    ----------
    mean : array, shape (n_people, n_parameters)
        Means.
    precision : array, shape (n_people, n_parameters, n_parameters)
        Inverse covariances; 0 for maximum likelihood.
    """

    mean: Any
    precision: Any


class _Walker(NamedTuple):
    """One search between two steps."""

    point: Any
    value: Any
    slope: Any
    bend: Any
    damping: Any
    step: Any
    still: Any


def second_order(objective: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, Any, Any]]:
    """
    Make a function that gives an objective, its slope and its curvature in one walk.

    Parameters
    ----------
    objective : callable
        From a point, shape (n_parameters,), to a number.

    Returns
    -------
    callable
        From a point to the number, the slope and the second derivatives.
    """

    def first_order(point: Any) -> Any:
        return jax.vmap(lambda way: jax.jvp(objective, (point,), (way,)), out_axes=(None, 0))(
            jnp.eye(point.shape[0])
        )

    def both(point: Any) -> tuple[Any, Any, Any]:
        (value, slope), (_, bend) = jax.vmap(
            lambda way: jax.jvp(first_order, (point,), (way,)), out_axes=((None, None), (0, 0))
        )(jnp.eye(point.shape[0]))
        return value, slope, (bend + bend.T) / 2

    return both


def backward_second_order(objective: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, Any, Any]]:
    """
    Make the same function for an objective that carries nothing from trial to trial.

    Parameters
    ----------
    objective : callable
        From a point, shape (n_parameters,), to a number.

    Returns
    -------
    callable
        From a point to the number, the slope and the second derivatives.
    """

    def first_order(point: Any) -> tuple[Any, Any]:
        value, slope = jax.value_and_grad(objective)(point)
        return slope, (value, slope)

    def both(point: Any) -> tuple[Any, Any, Any]:
        bend, (value, slope) = jax.jacfwd(first_order, has_aux=True)(point)
        return value, slope, (bend + bend.T) / 2

    return both


@partial(jax.jit, static_argnames="model")
def search(model: Model, starts: Any, trials: Any, prior: Prior) -> Found:
    """
    Search for the most probable parameters of many people at once.

    Parameters
    ----------
    model : Model
        The model.
    starts : array, shape (n_people, n_parameters)
        Where to start, on the scale of estimation.
    trials : mapping of str to array, shape (n_people, n_trials)
        Columns, and ``answered``.
    prior : Prior
        Where parameters are expected.

    Returns
    -------
    Found
        Where each search ended; the objective is the negative log likelihood plus half the
        squared distance from the prior's mean in units of its precision.
    """
    many = len(model.parameters) > MANY and not model.keeps_state
    derive = backward_second_order if many else second_order

    def look(point: Any, trial: Any, one: Prior) -> tuple[Any, Any, Any]:
        def objective(here: Any) -> Any:
            away = here - one.mean
            return away @ one.precision @ away / 2 - log_likelihood(model, here, trial).sum()

        return derive(objective)(point)

    looks = jax.vmap(look)
    return _descend(lambda points: looks(points, trials, prior), starts)


def _descend(looks: Callable[[Any], tuple[Any, Any, Any]], starts: Any) -> Found:
    """Take Newton's steps until every search has arrived; the first step only looks."""
    n_points, size = starts.shape
    walker = _Walker(
        point=starts,
        value=jnp.full(n_points, jnp.inf),
        slope=jnp.full((n_points, size), 1.0),
        bend=jnp.broadcast_to(jnp.eye(size), (n_points, size, size)),
        damping=jnp.zeros(n_points),
        step=jnp.zeros(n_points, int),
        still=jnp.zeros(n_points, bool),
    )

    def done(walker: _Walker) -> Any:
        flat = jnp.abs(walker.slope).max(axis=1) < SMALL_SLOPE
        return walker.still | flat | (walker.damping > GIVEN_UP)

    def unfinished(walker: _Walker) -> Any:
        return (~done(walker) & (walker.step < MOST_STEPS)).any()

    def take(walker: _Walker) -> _Walker:
        moved = jnp.where(walker.step[:, None] > 0, _move(walker), 0.0)
        point = walker.point + moved
        value, slope, bend = looks(point)
        better = (value < walker.value) & ~done(walker)
        fall = walker.value - value
        eased = jnp.where(walker.damping > 1e-6, walker.damping / 10, 0.0)
        harder = jnp.maximum(walker.damping * 10, DAMPED)

        def keep(new: Any, old: Any) -> Any:
            return jnp.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old)

        return _Walker(
            point=keep(point, walker.point),
            value=keep(value, walker.value),
            slope=keep(slope, walker.slope),
            bend=keep(bend, walker.bend),
            damping=jnp.where(better, eased, harder),
            step=walker.step + ~done(walker),
            still=done(walker) | (better & (fall <= SMALL_FALL * (1 + jnp.abs(value)))),
        )

    walker = jax.lax.while_loop(unfinished, take, walker)
    return Found(walker.point, walker.value, walker.bend, done(walker), walker.step)


def _move(walker: _Walker) -> Any:
    """Give each search's next step."""
    lengths, ways = jnp.linalg.eigh(walker.bend)
    stiff = jnp.maximum(jnp.abs(lengths), 1e-6) + walker.damping[:, None]
    along = jnp.einsum("pij,pi->pj", ways, walker.slope)
    move = -jnp.einsum("pij,pj->pi", ways, along / stiff)
    return move * jnp.minimum(
        1.0, LONGEST / jnp.abs(move).max(axis=1, keepdims=True, initial=1e-12)
    )
