"""Effect sizes and forced choice of people's means, with their intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from empatune.numerics import discrimination
from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its confidence interval.

    Parameters
    ----------
    value : float
        The value; NaN if it cannot be told.
    low, high : float
        Ends of the interval; NaN if they cannot be told.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How often the score alone tells the two sides of a contrast apart.

    Parameters
    ----------
    accuracy : Interval
        Share of correct choices; ties count one half. Within people every person is one choice;
        between people every pair of two people is one (the area under the ROC curve).
    p : float
        Against chance, two-sided: binomial within people, rank sum between.
    """

    accuracy: Interval
    p: float


def within(difference: FloatArray, *, confidence: float = 0.95) -> Interval:
    """Return d_z: the mean difference in standard deviations of the differences.

    Parameters
    ----------
    difference : ndarray, shape (n_people,)
        Positive minus negative side, a person.
    confidence : float
        Confidence of the interval, between 0 and 1.

    Returns
    -------
    Interval
        The interval inverts the noncentral t distribution: exact for normal differences.
    """
    n, d = len(difference), discrimination.d_within(difference)
    if not np.isfinite(d):
        return Interval(value=np.nan, low=np.nan, high=np.nan)
    return _interval(d, scale=np.sqrt(n), df=n - 1, confidence=confidence)


def between(one: FloatArray, other: FloatArray, *, confidence: float = 0.95) -> Interval:
    """Return d_s: the difference of two groups in their pooled standard deviation.

    Parameters
    ----------
    one, other : ndarray
        People's means on the positive and on the negative side.
    confidence : float
        Confidence of the interval, between 0 and 1.

    Returns
    -------
    Interval
        The interval inverts the noncentral t distribution: exact for normal means of equal
        variance.
    """
    n, m, d = len(one), len(other), discrimination.d_between(one, other)
    if not np.isfinite(d):
        return Interval(value=np.nan, low=np.nan, high=np.nan)
    return _interval(d, scale=np.sqrt(n * m / (n + m)), df=n + m - 2, confidence=confidence)


def forced_choice(difference: FloatArray, *, confidence: float = 0.95) -> Choice:
    """Choose, for every person, the condition with the higher mean as the positive one.

    Parameters
    ----------
    difference : ndarray, shape (n_people,)
        Positive minus negative side, a person.
    confidence : float
        Confidence of the interval (Wilson's), between 0 and 1.

    Returns
    -------
    Choice
        The share of people for whom that is right.
    """
    n_right, n_wrong = int((difference > 0).sum()), int((difference < 0).sum())
    n = len(difference)
    right = n * discrimination.forced_choice(difference)
    p = stats.binomtest(n_right, n_right + n_wrong).pvalue if n_right + n_wrong else 1.0
    return Choice(accuracy=wilson(right, n, confidence=confidence), p=float(p))


def pairwise_choice(one: FloatArray, other: FloatArray, *, confidence: float = 0.95) -> Choice:
    """Choose, in every pair of people of two groups, the one with the higher mean.

    Parameters
    ----------
    one, other : ndarray
        People's means on the positive and on the negative side.
    confidence : float
        Confidence of the interval, between 0 and 1.

    Returns
    -------
    Choice
        The share of pairs for which that is right; the interval is DeLong's on the logit scale.
    """
    wins = (one[:, None] > other).astype(np.float64) + 0.5 * (one[:, None] == other)
    area = float(wins.mean())
    p = float(stats.mannwhitneyu(one, other).pvalue)
    if area in (0.0, 1.0) or min(wins.shape) < 2:
        # no spread to go by: as many independent choices as there are people in the smaller group
        n = min(wins.shape)
        return Choice(accuracy=wilson(area * n, n, confidence=confidence), p=p)
    error = np.sqrt(
        wins.mean(axis=1).var(ddof=1) / len(one) + wins.mean(axis=0).var(ddof=1) / len(other)
    )
    reach = stats.norm.ppf((1 + confidence) / 2) * error / (area * (1 - area))
    centre = np.log(area / (1 - area))
    low, high = (float(1 / (1 + np.exp(-(centre + side * reach)))) for side in (-1, 1))
    return Choice(accuracy=Interval(value=area, low=low, high=high), p=p)


def wilson(n_right: float, n: int, *, confidence: float = 0.95) -> Interval:
    """Return a share with Wilson's interval.

    Parameters
    ----------
    n_right : float
        Successes; halves are allowed.
    n : int
        Trials.
    confidence : float
        Confidence of the interval, between 0 and 1.

    Returns
    -------
    Interval
        The share.
    """
    z = float(stats.norm.ppf((1 + confidence) / 2))
    share = n_right / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return Interval(
        value=share, low=float(max(0.0, centre - reach)), high=float(min(1.0, centre + reach))
    )


def _interval(d: float, *, scale: float, df: int, confidence: float) -> Interval:
    t, tail = d * scale, (1 - confidence) / 2
    step = np.sqrt(1 + t**2 / (2 * df))  # about the standard error of the noncentrality

    def edge(side: int) -> float:
        goal = 1 - tail if side < 0 else tail

        def miss(ncp: float) -> float:
            return float(stats.nct.cdf(t, df, ncp)) - goal

        return _root(miss, float(t), float(side * step)) / float(scale)

    return Interval(value=d, low=edge(-1), high=edge(1))


def _root(function: Callable[[float], float], start: float, step: float) -> float:
    """Walk from a start until the sign changes: far tails of scipy's distribution are not safe."""
    sign = np.sign(function(start))
    for n in range(1, 100):
        end = start + n * step
        value = function(end)
        if not np.isfinite(value):
            return float("nan")
        if np.sign(value) != sign:
            return float(optimize.brentq(function, end - step, end))
    return float("nan")
