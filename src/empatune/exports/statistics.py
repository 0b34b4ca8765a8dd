"""Small statistics of autocorrelated series: honest intervals, no test of efficacy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from empatune.typing import FloatArray

MAX_LAG = 20
"""Autocorrelation is summed up to this lag at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its 95 % confidence interval.

    Parameters
    ----------
    value : float
        The value; NaN if there is too little to tell.
    low, high : float
        Ends of the interval; NaN if there is too little to tell.
    n : int
        Number of observations.
    """

    value: float
    low: float
    high: float
    n: int


def autocorrelation(groups: list[FloatArray]) -> FloatArray:
    """Estimate the autocorrelation of series that are each constant but for noise.

    Parameters
    ----------
    groups : list of ndarray
        Values in their order, one array a block; each is taken around its own mean.

    Returns
    -------
    ndarray, shape (n_lags,)
        Correlation at lags 1, 2, ...; it stops where it first is not positive.
    """
    centred = [group - group.mean() for group in groups if len(group) > 1]
    power = sum(float(group @ group) for group in centred)
    longest = max((len(group) for group in centred), default=0)
    found: list[float] = []
    for lag in range(1, min(longest // 2, MAX_LAG) + 1):
        product = sum(float(group[lag:] @ group[:-lag]) for group in centred if len(group) > lag)
        if power <= 0 or product <= 0:
            break
        found.append(product / power)
    return np.array(found)


def mean(values: FloatArray, *, correlation: FloatArray) -> Estimate:
    """Estimate the mean of an autocorrelated series.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The series.
    correlation : ndarray, shape (n_lags,)
        Its autocorrelation at lags 1, 2, ...

    Returns
    -------
    Estimate
        The interval counts only as many observations as are worth independent ones.
    """
    n = len(values)
    if n < 2:
        return Estimate(value=float(values.mean()) if n else np.nan, low=np.nan, high=np.nan, n=n)
    n_worth = max(2.0, n / (1 + 2 * float(correlation.sum())))
    reach = stats.t.ppf(0.975, n_worth - 1) * values.std(ddof=1) / np.sqrt(n_worth)
    centre = float(values.mean())
    return Estimate(value=centre, low=centre - float(reach), high=centre + float(reach), n=n)


def difference(one: FloatArray, other: FloatArray) -> Estimate:
    """Estimate the difference of two means of independent values (Welch).

    Parameters
    ----------
    one, other : ndarray
        Values of both groups, such as block means.

    Returns
    -------
    Estimate
        Mean of one minus mean of the other; without interval if a group has less than two.
    """
    n = len(one) + len(other)
    if not len(one) or not len(other):
        return Estimate(value=np.nan, low=np.nan, high=np.nan, n=n)
    value = float(one.mean() - other.mean())
    if min(len(one), len(other)) < 2:
        return Estimate(value=value, low=np.nan, high=np.nan, n=n)
    parts = np.array([one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)])
    total = float(parts.sum())
    if total <= 0:
        return Estimate(value=value, low=value, high=value, n=n)
    freedom = total**2 / float((parts**2 / [len(one) - 1, len(other) - 1]).sum())
    reach = float(stats.t.ppf(0.975, freedom)) * np.sqrt(total)
    return Estimate(value=value, low=value - reach, high=value + reach, n=n)


def slope(values: FloatArray) -> Estimate:
    """Estimate the change of a value from one place to the next.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values in their order, such as block means.

    Returns
    -------
    Estimate
        Slope of the straight line [units per place]; NaN for less than three values.
    """
    n = len(values)
    if n < 3:
        return Estimate(value=np.nan, low=np.nan, high=np.nan, n=n)
    line = stats.linregress(np.arange(n), values)
    reach = float(stats.t.ppf(0.975, n - 2)) * line.stderr
    return Estimate(value=line.slope, low=line.slope - reach, high=line.slope + reach, n=n)


def correlation(one: FloatArray, other: FloatArray) -> Estimate:
    """Estimate the correlation of two autocorrelated series (Bartlett's effective size).

    Parameters
    ----------
    one, other : ndarray, shape (n,)
        The series.

    Returns
    -------
    Estimate
        Pearson's r; NaN if a series is constant or shorter than five.
    """
    n = len(one)
    if n < 5 or not one.std() or not other.std():
        return Estimate(value=np.nan, low=np.nan, high=np.nan, n=n)
    r = float(np.corrcoef(one, other)[0, 1])
    rho_one, rho_other = autocorrelation([one]), autocorrelation([other])
    lags = min(len(rho_one), len(rho_other))
    n_worth = max(4.0, n / (1 + 2 * float((rho_one[:lags] * rho_other[:lags]).sum())))
    centre = np.arctanh(np.clip(r, -0.999999, 0.999999))
    reach = 1.959964 / np.sqrt(max(n_worth - 3, 1.0))
    return Estimate(
        value=r, low=float(np.tanh(centre - reach)), high=float(np.tanh(centre + reach)), n=n
    )


def effect_size(one: FloatArray, other: FloatArray) -> float:
    """Return Cohen's d of two groups of values.

    Parameters
    ----------
    one, other : ndarray
        Values of both groups.

    Returns
    -------
    float
        Difference of the means in pooled standard deviations; NaN if it cannot be told.
    """
    if min(len(one), len(other)) < 2:
        return float("nan")
    freedom = len(one) + len(other) - 2
    pooled = ((len(one) - 1) * one.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)) / freedom
    return float((one.mean() - other.mean()) / np.sqrt(pooled)) if pooled > 0 else float("nan")
