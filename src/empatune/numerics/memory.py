"""Noise that remembers what it was before."""

from __future__ import annotations

import numpy as np
from scipy import signal

from empatune.typing import FloatArray


def autoregress(draws: FloatArray, kept: float) -> FloatArray:
    """Turn white noise into a first-order autoregressive process, with the same variance.

    Parameters
    ----------
    draws : ndarray, shape (n_times, n_courses)
        Standard normal draws.
    kept : float
        Correlation from one time to the next, -1 to 1.

    Returns
    -------
    ndarray, shape (n_times, n_courses)
        The process from its stationary start: the first draws as they are.
    """
    driven = draws * np.sqrt(1 - kept**2)
    driven[0] = draws[0]
    return np.asarray(signal.lfilter([1.0], [1.0, -kept], driven, axis=0))
