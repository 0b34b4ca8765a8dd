"""Correlations between the signals of regions: what is known without a model of causes.

Full correlation knows no direction and no third region. Partial correlation takes the other
regions out. Lagged correlation looks for the region that moves first; blood, inputs and slow
regions can turn its arrows round, which is why dynamic causal models exist (David et al. 2008,
doi:10.1371/journal.pbio.0060315). Weights restrict each of them to a condition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr

from empatune.connectivity.regression.response import response
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError
from empatune.typing import FloatArray

Kind = Literal["full", "partial", "lagged"]
"""Which correlation."""

FEWEST_SCANS = 10.0
"""A correlation needs at least so many (effective) scans."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correlation:
    """Correlations between regions.

    Attributes
    ----------
    kind : str
        ``full``, ``partial`` or ``lagged``.
    values : ndarray, shape (n_regions, n_regions)
        Correlations. Lagged ones are not symmetric: row the region now, column the region before.
    lag : int
        Scans between before and now; 0 unless lagged.
    shrinkage : float
        How much partial correlation was shrunk to none, from 0 to 1; 0 for the others.
    n_effective : float
        Scans that the weights amount to.
    """

    kind: Kind
    values: FloatArray
    lag: int
    shrinkage: float
    n_effective: float

    @property
    def direction(self) -> FloatArray:
        """Lagged correlation less its mirror image: above 0, the column leads the row."""
        lead: FloatArray = self.values - self.values.T
        return lead

    @property
    def p(self) -> FloatArray:
        """Two-sided p against no correlation, by Fisher's z, shape of ``values``.

        Scans are taken as independent, which signals are not: too small a p is the rule.
        """
        n_regions = len(self.values)
        given = n_regions - 2 if self.kind == "partial" else 0
        degrees = max(self.n_effective - given - 3, 0.0)
        inside = np.clip(self.values, -1 + 1e-15, 1 - 1e-15)
        p: FloatArray = 2 * ndtr(-np.abs(np.arctanh(inside)) * np.sqrt(degrees))
        return p


def correlate(
    series: Series, kind: Kind = "full", *, weights: FloatArray | None = None, lag: int = 1
) -> Correlation:
    """
    Correlate the signals of regions, without their confounds.

    Parameters
    ----------
    series : Series
        The recording.
    kind : {'full', 'partial', 'lagged'}
        Which correlation. Partial correlation is shrunk as Ledoit & Wolf 2004
        (doi:10.1016/S0047-259X(03)00096-4) say.
    weights : ndarray, shape (n_scans,), optional
        How much each scan belongs to the condition of interest, 0 or more; all alike if left out.
    lag : int
        Scans between before and now, for lagged correlation.

    Returns
    -------
    Correlation
        The correlations.

    Raises
    ------
    ConnectivityError
        If weights or lag cannot be used, or scans are too few.
    """
    if kind not in ("full", "partial", "lagged"):
        raise ConnectivityError(
            f"There is no correlation '{kind}'. Use: 'full', 'partial', 'lagged'."
        )
    weight = _checked_weights(series, weights)
    signals = _without_confounds(series)
    if kind == "lagged":
        if not 1 <= lag <= series.n_scans - FEWEST_SCANS:
            raise ConnectivityError(
                f"lag must be from 1 scan to {series.n_scans - FEWEST_SCANS:.0f}; given: {lag}."
            )
        before, now, weight = signals[:-lag], signals[lag:], weight[lag:]
    else:
        before = now = signals
    n_effective = _effective(weight)
    shrinkage = 0.0
    if kind == "partial":
        values, shrinkage = _partial(_standard(now, weight), weight)
    else:
        values = _standard(now, weight).T @ _standard(before, weight)
    return Correlation(
        kind=kind,
        values=values,
        lag=lag if kind == "lagged" else 0,
        shrinkage=shrinkage,
        n_effective=n_effective,
    )


def correlate_conditions(
    series: Series, conditions: Mapping[str, int], kind: Kind = "full", *, lag: int = 1
) -> dict[str, Correlation]:
    """
    Correlate the signals of regions once for each condition.

    Parameters
    ----------
    series : Series
        The recording.
    conditions : mapping of str to int
        Names, and the columns of the inputs that say when each condition holds.
    kind : {'full', 'partial', 'lagged'}
        Which correlation.
    lag : int
        Scans between before and now, for lagged correlation.

    Returns
    -------
    dict of str to Correlation
        One a condition.

    Raises
    ------
    ConnectivityError
        If an input does not exist or never holds.
    """
    return {
        name: correlate(series, kind, weights=condition_weights(series, column), lag=lag)
        for name, column in conditions.items()
    }


def condition_weights(series: Series, column: int) -> FloatArray:
    """
    Tell how much each scan belongs to a condition, as the blood shows it.

    Parameters
    ----------
    series : Series
        The recording.
    column : int
        Column of the inputs.

    Returns
    -------
    ndarray, shape (n_scans,)
        The input convolved with the haemodynamic response, cut off at 0, the largest 1.

    Raises
    ------
    ConnectivityError
        If the input does not exist or never holds.
    """
    if not 0 <= column < series.n_inputs:
        raise ConnectivityError(
            f"There is no input {column}; the recording has inputs 0 to {series.n_inputs - 1}."
        )
    n_bins = len(series.inputs)
    kernel = np.maximum(response(series.bin_s, n_bins), 0)
    blurred = np.convolve(series.inputs[:, column], kernel)[:n_bins]
    places = np.floor(np.arange(series.n_scans) * series.tr_s / series.bin_s + 1e-6).astype(int)
    weights = np.maximum(blurred[np.minimum(places, n_bins - 1)], 0)
    if not weights.max() > 0:
        raise ConnectivityError(f"Input {column} never holds: no scan belongs to this condition.")
    scaled: FloatArray = weights / weights.max()
    return scaled


def _without_confounds(series: Series) -> FloatArray:
    """Take the confounds out of the signals."""
    basis = np.linalg.qr(series.confounds)[0]
    cleaned: FloatArray = series.signals - basis @ (basis.T @ series.signals)
    return cleaned


def _checked_weights(series: Series, weights: FloatArray | None) -> FloatArray:
    """Refuse weights that are no weights, or that leave too little."""
    given = np.ones(series.n_scans) if weights is None else np.asarray(weights, float)
    if given.shape != (series.n_scans,) or not np.all(np.isfinite(given)) or np.any(given < 0):
        raise ConnectivityError(
            f"weights need one number of 0 or more for each of {series.n_scans} scans; given "
            f"shape: {given.shape}."
        )
    n_effective = _effective(given)
    if n_effective < FEWEST_SCANS:
        raise ConnectivityError(
            f"Too few scans for a correlation: they amount to {n_effective:.1f}, and at least "
            f"{FEWEST_SCANS:.0f} are needed."
        )
    return given


def _effective(weight: FloatArray) -> float:
    """Give the number of equal weights that would be as uncertain (Kish)."""
    total = float(weight.sum())
    return total**2 / float((weight**2).sum()) if total else 0.0


def _standard(signals: FloatArray, weight: FloatArray) -> FloatArray:
    """Centre and scale signals so that their products are weighted correlations."""
    share = (weight / weight.sum())[:, None]
    centred = signals - (share * signals).sum(axis=0)
    rooted = centred * np.sqrt(share)
    size = np.linalg.norm(rooted, axis=0)
    silent = np.flatnonzero(size <= 1e-12 * np.abs(signals).max())
    if silent.size:
        raise ConnectivityError(
            f"Region {', '.join(map(str, silent + 1))} does not change beyond the confounds in "
            "these scans. Leave it out, or give more scans."
        )
    standard: FloatArray = rooted / size
    return standard


def _partial(standard: FloatArray, weight: FloatArray) -> tuple[FloatArray, float]:
    """Correlate each pair with all other regions held, from a shrunk covariance."""
    from sklearn.covariance import ledoit_wolf

    counted = weight > 0
    rows = standard[counted] * np.sqrt(counted.sum())
    covariance, shrinkage = ledoit_wolf(rows, assume_centered=True)
    precision = np.linalg.inv(covariance)
    scale = np.sqrt(np.diag(precision))
    values = -precision / np.outer(scale, scale)
    np.fill_diagonal(values, 1.0)
    return values, float(shrinkage)
