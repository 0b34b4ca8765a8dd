"""From parameters to predicted signals by SPM's bilinear integrator.

SPM12 replaces the equations by their first-order (bilinear) expansion around rest; between changes of the inputs the expansion is linear and its exponential
exact. Regions' blood vessels do not know of each other, so that the exponential is built from
small blocks (neurons; vessels of one region; what neurons do to vessels) instead of one large
matrix. Arrays end in an axis of lanes: many vectors of parameters are integrated at once.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from empatune.connectivity.dcm.equations import observe
from empatune.connectivity.dcm.expansion import N_VESSELS, Reduction, reduce_to_bilinear
from empatune.connectivity.dcm.parameters import Parts
from empatune.connectivity.dcm.schedule import LONGEST_STEP_DOUBLINGS, Schedule
from empatune.numerics.differentiable import jax, jnp

TAYLOR_ORDER = 10
"""Order of the series of the exponential of the smallest step."""

LONGEST_SERIES_S = 0.02
"""The series is summed for steps of at most this [s]; longer ones are squared up."""


class Propagators(NamedTuple):
    """Exponentials of steps of 1, 2, 4 ... bins under each pattern of inputs.

    Attributes
    ----------
    neurons : array, shape (n_doublings * n_patterns, 1 + n_neurons, 1 + n_neurons, n_lanes)
        Constant and activity onto themselves.
    reach : array, shape (n_doublings * n_patterns, n_regions, 4, 1 + n_neurons, n_lanes)
        Constant and activity onto the vessels of each region.
    vessels : array, shape (n_doublings, n_regions, 4, 4, n_lanes)
        Vessels onto themselves.
    """

    neurons: Any
    reach: Any
    vessels: Any


def propagators_of(reduction: Reduction, patterns: Any, bin_s: float) -> Propagators:
    """
    Exponentiate the expansion for steps of 1, 2, 4 ... bins under each pattern.

    Parameters
    ----------
    reduction : Reduction
        The expansion.
    patterns : array, shape (n_patterns, n_inputs)
        Combinations of inputs.
    bin_s : float
        Width of a bin [s].

    Returns
    -------
    Propagators
        The exponentials.
    """
    halvings = max(0, math.ceil(math.log2(bin_s / LONGEST_SERIES_S)))
    smallest = _series(reduction, patterns, bin_s / 2**halvings)
    _, doubled = jax.lax.scan(
        lambda blocks, _: (_squared(blocks), blocks),
        smallest,
        length=halvings + LONGEST_STEP_DOUBLINGS + 1,
    )
    neurons, reach, vessels = (blocks[halvings:] for blocks in doubled)
    return Propagators(
        neurons=neurons.reshape(-1, *neurons.shape[2:]),
        reach=reach.reshape(-1, *reach.shape[2:]),
        vessels=vessels[:, 0],
    )


def predict(parts: Parts, schedule: Schedule, bin_s: float) -> Any:
    """
    Predict signals with SPM12's bilinear integrator (spm_int).

    Parameters
    ----------
    parts : Parts
        Parameters.
    schedule : Schedule
        Steps and samples.
    bin_s : float
        Width of a bin of the inputs [s].

    Returns
    -------
    array, shape (n_scans, n_regions, n_lanes)
        Predicted signals.
    """
    through = propagators_of(reduce_to_bilinear(parts), schedule.patterns, bin_s)
    n_patterns = schedule.patterns.shape[0]
    n_regions, n_lanes = parts.transit.shape
    n_neurons = through.neurons.shape[1] - 1
    start = (
        jnp.concatenate([jnp.ones((1, n_lanes)), jnp.zeros((n_neurons, n_lanes))]),
        jnp.zeros((n_regions, N_VESSELS, n_lanes)),
    )

    def step(place: Any, carried: Any) -> Any:
        activity, vessels, course = carried
        doublings = schedule.doublings[place]
        which = doublings * n_patterns + schedule.pattern[place]
        vessels = _apply(through.reach[which], activity) + _apply(
            through.vessels[doublings], vessels
        )
        activity = _apply(through.neurons[which], activity)
        return activity, vessels, course.at[place + 1].set(vessels[:, 2:])

    room = jnp.zeros((schedule.pattern.shape[0] + 1, n_regions, 2, n_lanes))
    *_, course = jax.lax.fori_loop(0, schedule.n_steps, step, (*start, room))
    sampled = course[schedule.samples, jnp.arange(n_regions)]
    return observe(sampled[:, :, 0], sampled[:, :, 1], parts)


def _series(reduction: Reduction, patterns: Any, step_s: float) -> tuple[Any, Any, Any]:
    """Sum the exponential series of a small step, block by block."""
    neurons, vessels = _generator(reduction, patterns, step_s)
    n_patterns, size, _, n_lanes = neurons.shape
    n_regions = reduction.uptake.shape[1]
    uptake = reduction.uptake.transpose(1, 0, 2)[:, :, None] * step_s
    identities = (
        jnp.broadcast_to(jnp.eye(size)[..., None], neurons.shape),
        jnp.zeros((n_patterns, n_regions, N_VESSELS, size, n_lanes)),
        jnp.broadcast_to(jnp.eye(N_VESSELS)[..., None], vessels.shape),
    )

    def add(order: Any, terms_and_totals: Any) -> Any:
        (of_neurons, of_reach, of_vessels), totals = terms_and_totals
        fed = uptake * of_neurons[:, 1 : 1 + n_regions, None] + _product(vessels, of_reach)
        products = (_product(neurons, of_neurons), fed, _product(vessels, of_vessels))
        terms = tuple(product / order for product in products)
        return terms, tuple(map(jnp.add, totals, terms))

    _, (of_neurons, of_reach, of_vessels) = jax.lax.fori_loop(
        1, TAYLOR_ORDER + 1, add, (identities, identities)
    )
    return of_neurons, of_reach, of_vessels


def _generator(reduction: Reduction, patterns: Any, step_s: float) -> tuple[Any, Any]:
    """Put the rates of a step together: constant and neurons per pattern; vessels."""
    rates = reduction.rates + jnp.tensordot(patterns, reduction.rate_changes, axes=1)
    drives = jnp.tensordot(patterns, reduction.drives, axes=1)
    lower = jnp.concatenate([drives[:, :, None], rates], axis=2)
    neurons = jnp.concatenate([jnp.zeros_like(lower[:, :1]), lower], axis=1)
    return neurons * step_s, reduction.vessels.transpose(2, 0, 1, 3)[None] * step_s


def _squared(blocks: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """Double a step: multiply the block-triangular exponential with itself."""
    neurons, reach, vessels = blocks
    return (
        _product(neurons, neurons),
        _product(reach, neurons[:, None]) + _product(vessels, reach),
        _product(vessels, vessels),
    )


def _product(left: Any, right: Any) -> Any:
    """Multiply small matrices, shape (..., i, k, lanes) and (..., k, j, lanes), lane by lane."""
    return sum(left[..., :, k, None, :] * right[..., k, None, :, :] for k in range(left.shape[-2]))


def _apply(matrix: Any, vector: Any) -> Any:
    """Multiply small matrices, shape (..., i, k, lanes), with vectors (..., k, lanes)."""
    return sum(matrix[..., k, :] * vector[..., k, None, :] for k in range(matrix.shape[-2]))
