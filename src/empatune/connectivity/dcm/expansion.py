"""The equations near rest: expansions by forward differences, as SPM12 takes them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from empatune.connectivity.dcm.equations import coupling, drive, neural_flow, vascular_flow
from empatune.connectivity.dcm.parameters import Parts
from empatune.numerics.differentiable import jax, jnp

DIFFERENCE = math.exp(-8)
"""Step of SPM12's forward differences (spm_diff)."""

N_VESSELS = 4
"""States of the blood vessels of a region."""


class Reduction(NamedTuple):
    """The bilinear expansion, in blocks.

    Attributes
    ----------
    rates : array, shape (n_neurons, n_neurons, n_lanes)
        Connections at rest.
    rate_changes : array, shape (n_inputs, n_neurons, n_neurons, n_lanes)
        Their change with each input.
    drives : array, shape (n_inputs, n_neurons, n_lanes)
        What each input adds to activity.
    vessels : array, shape (4, 4, n_regions, n_lanes)
        Rates among the states of each region's vessels.
    uptake : array, shape (4, n_regions, n_lanes)
        What activity adds to them.
    """

    rates: Any
    rate_changes: Any
    drives: Any
    vessels: Any
    uptake: Any


def reduce_to_bilinear(parts: Parts) -> Reduction:
    """
    Expand the equations around rest by forward differences, as SPM12's spm_bireduce.

    Parameters
    ----------
    parts : Parts
        Parameters.

    Returns
    -------
    Reduction
        The expansion.
    """
    n_inputs, n_regions, _, n_lanes = parts.b.shape
    units = jnp.eye(n_inputs)
    # One call for rest and every move: code that is compiled once.
    off_and_on = jnp.concatenate([jnp.zeros((1, n_inputs)), DIFFERENCE * units])
    rates = jax.vmap(lambda inputs: coupling(parts, inputs))(off_and_on)
    moves = DIFFERENCE * jnp.eye(2 + N_VESSELS)[:, 1:, None, None]
    still = jnp.zeros((1 + N_VESSELS, n_regions, n_lanes))
    flows = jax.vmap(
        lambda move: vascular_flow((still + move)[:-1], (still + move)[-1], parts), out_axes=1
    )(moves)
    slopes = (flows[:, 1:] - flows[:, :1]) / DIFFERENCE
    return Reduction(
        rates=rates[0],
        rate_changes=(rates[1:] - rates[0]) / DIFFERENCE,
        drives=jax.vmap(lambda unit: drive(parts, unit))(units),
        vessels=slopes[:, :N_VESSELS],
        uptake=slopes[:, N_VESSELS],
    )


def gating_of(parts: Parts) -> Any:
    """
    Tell how the activity of each region changes the connections, to second order.

    Parameters
    ----------
    parts : Parts
        Parameters with gates.

    Returns
    -------
    array, shape (n_regions, n_neurons, n_neurons, n_lanes)
        Change of the rates with the activity of each region.
    """
    n_regions, n_lanes = parts.transit.shape
    quiet = jnp.zeros(parts.c.shape[1])
    n_neurons = coupling(parts, quiet).shape[0]
    units = jnp.eye(n_neurons)[..., None] * DIFFERENCE

    def slope(activity: Any) -> Any:
        here = neural_flow(activity, quiet, parts)
        moved = jax.vmap(lambda unit: neural_flow(activity + unit, quiet, parts), out_axes=1)(units)
        return (moved - here[:, None]) / DIFFERENCE

    rest = jnp.zeros((n_neurons, n_lanes))
    changed = jax.vmap(lambda unit: slope(rest + unit))(units[:n_regions])
    return (changed - slope(rest)) / DIFFERENCE
