"""The equations of a dynamic causal model for fMRI: neurons, blood, and what the scanner sees.

Arrays end in an axis of lanes: many vectors of parameters at once. The equations and constants
are those of SPM12 r7771 (spm_fx_fmri, spm_gx_fmri), from Friston, Harrison & Penny 2003
(doi:10.1016/S1053-8119(03)00202-7) and Stephan et al. 2007 (doi:10.1016/j.neuroimage.2007.07.040).
"""

from __future__ import annotations

from typing import Any

from empatune.connectivity.constants import (
    AUTOREGULATION_HZ,
    DECAY_HZ,
    DRIVE_SCALE,
    ECHO_S,
    EXTRACTION,
    FREQUENCY_OFFSET_HZ,
    INTRAVASCULAR_SLOPE_HZ,
    STIFFNESS,
    TRANSIT_S,
    VOLUME_PERCENT,
)
from empatune.connectivity.dcm.parameters import Parts
from empatune.numerics.differentiable import jnp


def coupling(parts: Parts, inputs: Any, activity: Any = None) -> Any:
    """
    Give the connections that hold under inputs (and activity, where it gates).

    Parameters
    ----------
    parts : Parts
        Parameters.
    inputs : array, shape (n_inputs,)
        Inputs at this time.
    activity : array, shape (n_regions, n_lanes), optional
        Neuronal activity, for nonlinear networks.

    Returns
    -------
    array, shape (n_neurons, n_neurons, n_lanes)
        Rates [Hz], target by source. With one population a region, self-inhibition is
        ``-exp(a_ii) / 2``; with two, excitatory populations come first and connections are
        ``exp(a_ij) / 8``.
    """
    logs = parts.a + jnp.tensordot(inputs, parts.b, axes=1)
    if activity is not None:
        logs = logs + jnp.sum(activity[:, None, None] * parts.d, axis=0)
    own = jnp.eye(logs.shape[0])[..., None]
    if not parts.two_state:
        return logs * (1 - own) - own * jnp.exp(logs * own) / 2
    strengths = jnp.exp(logs) / 8
    each = jnp.broadcast_to(own, strengths.shape)
    excitatory = jnp.concatenate([strengths * (1 - own) - each / 2, -strengths * own], axis=1)
    return jnp.concatenate([excitatory, jnp.concatenate([each, -each], axis=1)])


def drive(parts: Parts, inputs: Any) -> Any:
    """
    Give what the inputs add to the activity of each region.

    Parameters
    ----------
    parts : Parts
        Parameters.
    inputs : array, shape (n_inputs,)
        Inputs at this time.

    Returns
    -------
    array, shape (n_neurons, n_lanes)
        Change of activity [1/s]; inhibitory populations are not driven.
    """
    driven = jnp.tensordot(inputs, parts.c, axes=([0], [1])) / DRIVE_SCALE
    return jnp.concatenate([driven, jnp.zeros_like(driven)]) if parts.two_state else driven


def neural_flow(activity: Any, inputs: Any, parts: Parts) -> Any:
    """
    Give the change of neuronal activity.

    Parameters
    ----------
    activity : array, shape (n_neurons, n_lanes)
        Neuronal activity: one or two populations a region.
    inputs : array, shape (n_inputs,)
        Inputs at this time.
    parts : Parts
        Parameters.

    Returns
    -------
    array, shape (n_neurons, n_lanes)
        Its rate of change.
    """
    gating = activity[: parts.d.shape[0]] if parts.d.shape[0] else None
    rates = coupling(parts, inputs, gating)
    return jnp.sum(rates * activity[None], axis=1) + drive(parts, inputs)


def vascular_flow(vessels: Any, activity: Any, parts: Parts) -> Any:
    """
    Give the change of signal, log flow, log volume and log deoxyhaemoglobin.

    Parameters
    ----------
    vessels : array, shape (4, n_regions, n_lanes)
        Vasodilatory signal, log blood flow, log venous volume, log deoxyhaemoglobin.
    activity : array, shape (n_regions, n_lanes)
        Neuronal activity.
    parts : Parts
        Parameters.

    Returns
    -------
    array, shape (4, n_regions, n_lanes)
        Their rates of change.
    """
    signal = vessels[0]
    flow, volume, deoxy = jnp.exp(vessels[1]), jnp.exp(vessels[2]), jnp.exp(vessels[3])
    transit_s = TRANSIT_S * jnp.exp(parts.transit)
    outflow = volume ** (1 / STIFFNESS)
    extracted = (1 - (1 - EXTRACTION) ** (1 / flow)) / EXTRACTION
    return jnp.stack(
        [
            activity - DECAY_HZ * jnp.exp(parts.decay) * signal - AUTOREGULATION_HZ * (flow - 1),
            signal / flow,
            (flow - outflow) / (transit_s * volume),
            (extracted * flow - outflow * deoxy / volume) / (transit_s * deoxy),
        ]
    )


def observe(log_volume: Any, log_deoxy: Any, parts: Parts) -> Any:
    """
    Give the BOLD signal.

    Parameters
    ----------
    log_volume, log_deoxy : array, shape (..., n_lanes)
        Log venous volume and log deoxyhaemoglobin.
    parts : Parts
        Parameters.

    Returns
    -------
    array, shape (..., n_lanes)
        Signal change [percent].
    """
    ratio = jnp.exp(parts.epsilon)
    surface = 4.3 * FREQUENCY_OFFSET_HZ * EXTRACTION * ECHO_S
    inside = ratio * INTRAVASCULAR_SLOPE_HZ * EXTRACTION * ECHO_S
    volume, deoxy = jnp.exp(log_volume), jnp.exp(log_deoxy)
    return VOLUME_PERCENT * (
        surface * (1 - deoxy) + inside * (1 - deoxy / volume) + (1 - ratio) * (1 - volume)
    )
