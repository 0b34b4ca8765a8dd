"""The haemodynamic response that regression DCM holds fixed for every region."""

from __future__ import annotations

import functools
import math

import numpy as np

from empatune.connectivity.constants import (
    AUTOREGULATION_HZ,
    DECAY_HZ,
    ECHO_S,
    EXTRACTION,
    FREQUENCY_OFFSET_HZ,
    INTRAVASCULAR_SLOPE_HZ,
    STIFFNESS,
    TRANSIT_S,
    VOLUME_PERCENT,
)
from empatune.typing import FloatArray

_EXTRACTION_OF_FLOW = 0.32
"""Share of oxygen extracted, where TAPAS computes the flow; EXTRACTION where it observes."""

_SELF_INHIBITION_HZ = 1.0


@functools.lru_cache(maxsize=16)
def response(bin_s: float, n_bins: int) -> FloatArray:
    """
    Integrate the balloon model for one impulse, by Euler steps as TAPAS does.

    A region with a self-inhibition of 1 Hz receives a drive of 1 Hz for one bin. The oxygen
    extraction is .32 in the flow equation and .40 in the signal equation; we keep both, as the
    published results of regression DCM rest on them (Fraessle et al. 2017,
    doi:10.1016/j.neuroimage.2017.02.090).

    Parameters
    ----------
    bin_s : float
        Width of a bin [s].
    n_bins : int
        Number of bins.

    Returns
    -------
    ndarray, shape (n_bins,)
        Signal change [percent]; read only.
    """
    activity = vasodilation = log_flow = log_volume = log_deoxy = 0.0
    volume_course, deoxy_course = np.zeros(n_bins), np.zeros(n_bins)
    for place in range(n_bins):
        volume_course[place], deoxy_course[place] = log_volume, log_deoxy
        flow, volume, deoxy = math.exp(log_flow), math.exp(log_volume), math.exp(log_deoxy)
        outflow = volume ** (1 / STIFFNESS)
        extracted = (1 - (1 - _EXTRACTION_OF_FLOW) ** (1 / flow)) / _EXTRACTION_OF_FLOW
        log_deoxy += bin_s * (flow * extracted - outflow * deoxy / volume) / (TRANSIT_S * deoxy)
        log_volume += bin_s * (flow - outflow) / (TRANSIT_S * volume)
        log_flow += bin_s * vasodilation / flow
        vasodilation += bin_s * (
            activity - DECAY_HZ * vasodilation - AUTOREGULATION_HZ * (flow - 1)
        )
        activity += bin_s * ((place == 0) - _SELF_INHIBITION_HZ * activity)
    signal = _observe(np.exp(volume_course), np.exp(deoxy_course))
    signal.flags.writeable = False
    return signal


def _observe(volume: FloatArray, deoxy: FloatArray) -> FloatArray:
    """Turn volume and deoxyhaemoglobin into signal."""
    outside = 4.3 * FREQUENCY_OFFSET_HZ * ECHO_S * EXTRACTION * (1 - deoxy)
    inside = INTRAVASCULAR_SLOPE_HZ * ECHO_S * EXTRACTION * (1 - deoxy / volume)
    signal: FloatArray = VOLUME_PERCENT * (outside + inside)
    return signal
