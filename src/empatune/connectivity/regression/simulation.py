"""Signals of a linear network, exact in time: what regression DCM is tested on."""

from __future__ import annotations

import numpy as np
from scipy import linalg, signal

from empatune.connectivity.constants import DRIVE_SCALE
from empatune.connectivity.regression.fit import RegressionFit
from empatune.connectivity.regression.response import response
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError
from empatune.typing import FloatArray


def simulate(
    inputs: FloatArray,
    *,
    coupling: FloatArray,
    drives: FloatArray,
    tr_s: float,
    bin_s: float,
    snr: float,
    rng: np.random.Generator,
) -> Series:
    """
    Simulate the signals of a linear network.

    Between bins the network is solved exactly (matrix exponential). Activity is convolved with
    the response that regression DCM supposes: a fit of these signals is a test of recovery, no
    evidence about brains.

    Parameters
    ----------
    inputs : ndarray, shape (n_bins, n_inputs)
        What happens.
    coupling : ndarray, shape (n_regions, n_regions)
        Connections [Hz], target by source; self-inhibition is negative.
    drives : ndarray, shape (n_regions, n_inputs)
        What inputs add [1/16 Hz].
    tr_s, bin_s : float
        Time from scan to scan, and width of a bin [s].
    snr : float
        Standard deviation of a region's signal over that of its noise (white).
    rng : Generator
        Where the noise comes from.

    Returns
    -------
    Series
        The recording.

    Raises
    ------
    ConnectivityError
        If arrays do not fit each other, or the network is unstable (it would grow without end).
    """
    n_regions, n_inputs = len(coupling), inputs.shape[1]
    if coupling.shape != (n_regions, n_regions) or drives.shape != (n_regions, n_inputs):
        raise ConnectivityError(
            f"With {n_inputs} inputs, coupling must be regions x regions and drives regions x "
            f"inputs; given: {coupling.shape} and {drives.shape}."
        )
    clean = _signals(coupling, drives, inputs, tr_s, bin_s)
    noise = rng.normal(size=clean.shape) * clean.std(axis=0) / snr
    return Series(signals=clean + noise, inputs=inputs, tr_s=tr_s, bin_s=bin_s, name="simulated")


def predict(fit: RegressionFit, series: Series) -> FloatArray:
    """
    Give the signals that a fitted network makes of its inputs alone.

    The fit explains the change of each region from the signals of all; here the network runs
    free, so that regions that the inputs do not reach are flat.

    Parameters
    ----------
    fit : RegressionFit
        The fitted network.
    series : Series
        The recording whose inputs it receives.

    Returns
    -------
    ndarray, shape (n_scans, n_regions)
        Predicted signals in the recording's unit.

    Raises
    ------
    ConnectivityError
        If the fitted network is unstable.
    """
    coupling, drives = fit.expected_coupling, fit.drives * fit.drive_presence
    signals = _signals(coupling, drives, series.inputs, series.tr_s, series.bin_s)
    settled = -np.linalg.solve(coupling, fit.baseline)
    return signals + series.confounds @ settled.T


def _signals(
    coupling: FloatArray, drives: FloatArray, inputs: FloatArray, tr_s: float, bin_s: float
) -> FloatArray:
    """Run a stable network and convolve its activity."""
    growth = float(np.linalg.eigvals(coupling).real.max())
    if growth >= 0:
        raise ConnectivityError(
            f"The network is unstable: an eigenvalue of its coupling is {growth:.3g} Hz, and all "
            "must be below 0. Weaken connections or strengthen self-inhibition."
        )
    activity = _activity(coupling, drives / DRIVE_SCALE, inputs, bin_s)
    kernel = response(bin_s, len(inputs))[:, None]
    blurred = signal.fftconvolve(activity, kernel, axes=0)[: len(inputs)]
    signals: FloatArray = blurred[:: round(tr_s / bin_s)]
    return signals


def _activity(
    coupling: FloatArray, drives: FloatArray, inputs: FloatArray, bin_s: float
) -> FloatArray:
    """Step through the bins; inputs are constant within each."""
    n = len(coupling)
    generator = np.zeros((n + drives.shape[1],) * 2)
    generator[:n, :n], generator[:n, n:] = coupling, drives
    step = linalg.expm(generator * bin_s)[:n]
    fed = inputs @ step[:, n:].T
    activity = np.zeros((len(inputs), n))
    for place in range(len(inputs) - 1):
        activity[place + 1] = step[:, :n] @ activity[place] + fed[place]
    return activity
