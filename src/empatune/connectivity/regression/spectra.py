"""A recording in the frequency domain, where a linear network is a regression.

A linear network says that the change of every region is a weighted sum of all regions, the inputs
and a constant. Convolved with one haemodynamic response the same holds for the signals, and after
a Fourier transform the change is a product (Fraessle et al. 2017,
doi:10.1016/j.neuroimage.2017.02.090). Signals are real, so half of the spectrum holds everything:
real and imaginary parts are rows of an ordinary regression, weighted for the half left out.
(TAPAS draws lots to drop empty frequencies when most are empty; here none is dropped.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from empatune.connectivity.network import Network
from empatune.connectivity.regression.response import response
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError
from empatune.typing import Array, BoolArray, FloatArray, IntArray

FEWEST_SCANS = 32
"""Shorter runs hold too few frequencies below the noise."""

_HIGHEST_SHARE = 7 / 16
"""Frequencies above this share of the sampling rate are left out."""

GREATEST_SPREAD_PERCENT = 20.0
"""Signals with a larger standard deviation are in another unit: priors would hold drives down."""

_NOTHING = 1e-4
"""A Fourier coefficient (of response or inputs) below this says nothing."""

_SAME = 1e-10
"""Relative singular value below which convolved inputs repeat each other or the constant."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spectra:
    """Cross products of the regression of every region; columns are regions, inputs, confounds.

    Attributes
    ----------
    grams : ndarray, shape (n_cuts, n_columns, n_columns)
        Products of the columns with one another, for each set of frequencies in use.
    cut : ndarray of int, shape (n_regions,)
        Which of these sets each region uses.
    cross : ndarray, shape (n_regions, n_columns)
        Products of the columns with the region's change.
    power : ndarray, shape (n_regions,)
        Squared length of the region's change.
    n_data : ndarray of int, shape (n_regions,)
        Independent numbers that each regression explains.
    """

    grams: FloatArray
    cut: IntArray
    cross: FloatArray
    power: FloatArray
    n_data: IntArray

    @property
    def n_columns(self) -> int:
        """Number of regions, inputs and confounds together."""
        return int(self.grams.shape[1])


def transform(series: Series, network: Network) -> Spectra:
    """
    Bring a recording into the frequency domain.

    Time goes round: what inputs do after the end of the run is seen at its beginning, as in
    TAPAS. Let a run end with half a minute of rest.

    Parameters
    ----------
    series : Series
        The recording.
    network : Network
        The network that will be fitted; it must be linear.

    Returns
    -------
    Spectra
        What the regressions need.

    Raises
    ------
    ConnectivityError
        If recording and network do not fit, the network is not linear, scans are too few, or
        TR and bins do not divide.
    """
    n_bins_per_scan = _check(series, network)
    kernel = response(series.bin_s, len(series.inputs))
    spectrum = np.fft.fft(kernel)[:, None]
    blurred = np.fft.ifft(np.fft.fft(series.inputs, axis=0) * spectrum, axis=0)
    causes = np.hstack([blurred.real[::n_bins_per_scan], series.confounds])
    _check_causes(causes, network)
    inputs = np.fft.fft(causes, axis=0)
    telling = (np.abs(np.fft.fft(kernel[::n_bins_per_scan])) > _NOTHING) & (
        np.abs(inputs).sum(axis=1) > _NOTHING
    )
    signals, last = _filtered(np.fft.fft(series.signals, axis=0), telling)
    half = series.n_scans // 2 + 1
    step = np.exp(2j * np.pi * np.arange(half) / series.n_scans) - 1
    change = step[:, None] * signals[:half] / series.tr_s
    return _products(np.hstack([signals, inputs])[:half], change, last, n_scans=series.n_scans)


def _filtered(signals: Array, telling: BoolArray) -> tuple[Array, IntArray]:
    """Silence frequencies at noise level; give the highest one that stays in each region."""
    n_scans = len(signals)
    noise = signals[~telling]
    loud = np.ones(signals.shape, bool)
    if len(noise) > 1:
        loud = np.abs(signals.real) > noise.real.std(axis=0, ddof=1)
        loud |= np.abs(signals.imag) > noise.imag.std(axis=0, ddof=1)
    place = np.arange(n_scans)
    distance = np.minimum(place, n_scans - place)
    low = distance <= math.floor(_HIGHEST_SHARE * n_scans + 0.5)
    loud &= (telling & low)[:, None]
    loud[0] = True
    last = np.where(loud, distance[:, None], 0).max(axis=0)
    return np.where(loud, signals, 0), last


def _products(columns: Array, change: Array, last: IntArray, *, n_scans: int) -> Spectra:
    """Sum products over the frequencies up to the last one of each region."""
    place = np.arange(len(columns))
    times = np.where((place == 0) | (2 * place == n_scans), 1, 2)
    root = np.sqrt(times)[:, None]
    columns, change = columns * root, change * root
    cuts, cut = np.unique(last, return_inverse=True)
    grams = []
    cross, power = np.zeros((change.shape[1], columns.shape[1])), np.zeros(change.shape[1])
    for number, end in enumerate(cuts):
        rows = np.vstack([columns[: end + 1].real, columns[: end + 1].imag])
        here = cut == number
        targets = np.vstack([change[: end + 1, here].real, change[: end + 1, here].imag])
        grams.append(rows.T @ rows)
        cross[here] = targets.T @ rows
        power[here] = (targets**2).sum(axis=0)
    return Spectra(
        grams=np.array(grams),
        cut=cut,
        cross=cross,
        power=power,
        n_data=np.cumsum(times)[last],
    )


def _check(series: Series, network: Network) -> int:
    """Refuse what no linear network can be fitted to; tell how many bins a scan has."""
    if (series.n_regions, series.n_inputs) != (network.n_regions, network.n_inputs):
        raise ConnectivityError(
            f"The recording has {series.n_regions} regions and {series.n_inputs} inputs, the "
            f"network {network.n_regions} and {network.n_inputs}. They must be the same."
        )
    if network.modulations.any() or network.nonlinear:
        raise ConnectivityError(
            "Regression DCM is linear: it has no modulations and no gates. Take them out of the "
            "network, or fit a bilinear model."
        )
    if series.n_scans < FEWEST_SCANS:
        raise ConnectivityError(
            f"{series.n_scans} scans are too few for regression DCM: give at least {FEWEST_SCANS}."
        )
    spread = float(series.signals.std(axis=0).max())
    if spread > GREATEST_SPREAD_PERCENT:
        raise ConnectivityError(
            f"A region's signal has a standard deviation of {spread:.3g}. Give percent signal "
            f"change (at most {GREATEST_SPREAD_PERCENT:g}) or standardised signals."
        )
    n_bins = round(series.tr_s / series.bin_s)
    if n_bins < 1 or abs(n_bins * series.bin_s - series.tr_s) > 1e-6 * series.tr_s:
        raise ConnectivityError(
            f"The TR of {series.tr_s:g} s must be a whole number of bins of the inputs; a bin is "
            f"{series.bin_s:g} s. Sample the inputs anew, for example 16 bins a TR."
        )
    if len(series.inputs) != n_bins * series.n_scans:
        raise ConnectivityError(
            f"{series.n_scans} scans of {n_bins} bins each need inputs of "
            f"{n_bins * series.n_scans} bins; given: {len(series.inputs)}. Cut or extend them."
        )
    return n_bins


def _check_causes(causes: FloatArray, network: Network) -> None:
    """Refuse inputs that repeat each other, or the confounds, as the scanner sees them."""
    lengths = np.linalg.svd(causes / np.linalg.norm(causes, axis=0), compute_uv=False)
    if len(causes) < causes.shape[1] or lengths[-1] < _SAME * lengths[0]:
        raise ConnectivityError(
            f"Seen through the blood, inputs ({', '.join(network.inputs)}) and confounds are rank "
            "deficient: one repeats others or is constant. Leave out what repeats."
        )
