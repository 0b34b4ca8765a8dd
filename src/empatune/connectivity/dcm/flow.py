"""Integrators that keep what the bilinear expansion leaves out.

Both take matrix exponentials by their series, applied to a state: no large matrix is made.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from empatune.connectivity.dcm.equations import neural_flow, observe, vascular_flow
from empatune.connectivity.dcm.expansion import N_VESSELS, gating_of, reduce_to_bilinear
from empatune.connectivity.dcm.parameters import Parts
from empatune.connectivity.dcm.schedule import sample_bins
from empatune.connectivity.series import Timing
from empatune.numerics.differentiable import jax, jnp
from empatune.typing import BoolArray, FloatArray, IntArray

SERIES_ORDER = 13
"""Terms of the series for a bin."""


class Bins(NamedTuple):
    """A recording bin by bin.

    Attributes
    ----------
    inputs : ndarray, shape (n_bins, n_inputs)
        Inputs.
    samples : ndarray of int, shape (n_scans, n_regions)
        After how many bins each region is sampled for each scan.
    renewed : ndarray of bool, shape (n_bins,)
        In which bins the expansion is taken anew.
    """

    inputs: FloatArray
    samples: IntArray
    renewed: BoolArray


def plan_bins(timing: Timing) -> Bins:
    """
    Sample a recording at its delays, with the expansion taken anew in every bin.

    Parameters
    ----------
    timing : Timing
        The recording's times and inputs.

    Returns
    -------
    Bins
        Its bins.
    """
    samples = np.minimum(sample_bins(timing) + 1, len(timing.inputs))
    return Bins(timing.inputs, samples, np.ones(len(timing.inputs), bool))


def plan_renewals(timing: Timing) -> Bins:
    """
    Sample a recording as SPM12 does, with the expansion taken anew about every second.

    Parameters
    ----------
    timing : Timing
        The recording's times and inputs.

    Returns
    -------
    Bins
        Its bins.
    """
    n_bins, n_scans = len(timing.inputs), timing.n_scans
    samples = sample_bins(timing)
    a_scan = max(round(max(timing.tr_s, 1)), 1)
    between = np.ceil(np.arange((n_scans - 1) * a_scan + 1) * n_bins / n_scans / a_scan)
    renewed = np.zeros(n_bins, bool)
    renewed[0] = True
    renewed[1:] = np.any(np.diff(timing.inputs, axis=0) != 0, axis=1)
    renewed[np.minimum(samples.ravel(), n_bins - 1)] = True
    renewed[np.minimum(between.astype(int) + samples[0, 0], n_bins - 1)] = True
    return Bins(timing.inputs, samples, renewed)


def predict_local_linear(parts: Parts, bins: Bins, bin_s: float) -> Any:
    """
    Predict signals by local linearisation: the flow is expanded anew around every state.

    The scheme of SPM12's spm_int_J; exact where the flow is linear within a bin, and the only
    one here that keeps the nonlinearity of the blood's response.

    Parameters
    ----------
    parts : Parts
        Parameters.
    bins : Bins
        The recording bin by bin.
    bin_s : float
        Width of a bin [s].

    Returns
    -------
    array, shape (n_scans, n_regions, n_lanes)
        Predicted signals [percent].
    """
    n_regions = parts.transit.shape[0]

    def flow(state: Any, inputs: Any) -> Any:
        neurons, vessels = state
        return (
            neural_flow(neurons, inputs, parts),
            vascular_flow(vessels, neurons[:n_regions], parts),
        )

    def step(state: Any, inputs: Any) -> Any:
        now, push = jax.linearize(lambda at: flow(at, inputs), state)
        after = _followed(state, now, push, bin_s)
        return after, after[1][2:]

    return _observed(jax.lax.scan(step, _rest(parts), bins.inputs)[1], bins, parts)


def predict_second_order(parts: Parts, bins: Bins, bin_s: float) -> Any:
    """
    Predict signals of a gated network as SPM12's spm_int_D, to the digit.

    Its expansion (spm_soreduce) adds the first-order effect of activity a second time, so that
    these signals are not those of the equations; it is here to reproduce SPM12. Use the local
    linearisation for anything else.

    Parameters
    ----------
    parts : Parts
        Parameters.
    bins : Bins
        The recording bin by bin.
    bin_s : float
        Width of a bin [s].

    Returns
    -------
    array, shape (n_scans, n_regions, n_lanes)
        Predicted signals [percent].
    """
    near_rest = reduce_to_bilinear(parts)
    gating = gating_of(parts)
    n_regions = parts.transit.shape[0]

    def expand(neurons: Any, inputs: Any) -> Any:
        held = neurons[:n_regions]
        rates = near_rest.rates + jnp.tensordot(inputs, near_rest.rate_changes, axes=1)
        rates = rates + jnp.sum(held[:, None, None] * gating, axis=0)
        again = jnp.sum(near_rest.rates[:, :n_regions] * held[None], axis=1)
        drives = jnp.tensordot(inputs, near_rest.drives, axes=1)
        return rates, drives + again, near_rest.uptake * held

    def step(carried: Any, which: Any) -> Any:
        state, expanded = carried
        inputs, renew = which
        fresh = expand(state[0], inputs)
        expanded = jax.tree.map(lambda new, old: jnp.where(renew, new, old), fresh, expanded)
        rates, push, feed = expanded

        def apply(term: Any) -> Any:
            neurons, vessels = term
            return (
                jnp.sum(rates * neurons[None], axis=1),
                jnp.sum(near_rest.vessels * vessels[None], axis=1)
                + near_rest.uptake * neurons[:n_regions],
            )

        now = jax.tree.map(jnp.add, apply(state), (push, feed))
        after = _followed(state, now, apply, bin_s)
        return (after, expanded), after[1][2:]

    rest = _rest(parts)
    start = (rest, expand(rest[0], bins.inputs[0]))
    return _observed(jax.lax.scan(step, start, (bins.inputs, bins.renewed))[1], bins, parts)


def _followed(state: Any, now: Any, push: Any, bin_s: float) -> Any:
    """Follow a linear flow for a bin: sum the series of its exponential on the state."""
    term = jax.tree.map(lambda part: part * bin_s, now)
    total = jax.tree.map(jnp.add, state, term)
    for order in range(2, SERIES_ORDER + 1):
        term = jax.tree.map(lambda part, order=order: part * bin_s / order, push(term))
        total = jax.tree.map(jnp.add, total, term)
    return total


def _rest(parts: Parts) -> tuple[Any, Any]:
    """Give neurons and vessels at rest."""
    n_regions, n_lanes = parts.transit.shape
    n_neurons = 2 * n_regions if parts.two_state else n_regions
    return jnp.zeros((n_neurons, n_lanes)), jnp.zeros((N_VESSELS, n_regions, n_lanes))


def _observed(course: Any, bins: Bins, parts: Parts) -> Any:
    """Sample log volume and deoxyhaemoglobin, shape (n_bins, 2, n_regions, n_lanes), as BOLD."""
    course = jnp.concatenate([jnp.zeros_like(course[:1]), course])
    regions = jnp.arange(course.shape[2])
    volume, deoxy = (course[bins.samples, part, regions] for part in (0, 1))
    return observe(volume, deoxy, parts)
