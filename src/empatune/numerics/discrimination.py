"""How well one number tells two sides apart: shares, areas, standardised differences."""

from __future__ import annotations

import numpy as np
from scipy import stats

from empatune.typing import FloatArray


def forced_choice(differences: FloatArray) -> float:
    """Return how often the side that should be larger is larger (2AFC).

    Parameters
    ----------
    differences : ndarray, shape (n_pairs,)
        One side minus the other.

    Returns
    -------
    float
        Share of differences above 0; those of 0 count half.
    """
    return float(np.mean((np.sign(differences) + 1) / 2))


def area(one: FloatArray, other: FloatArray) -> float:
    """Return the area under the ROC curve.

    Parameters
    ----------
    one, other : ndarray
        Values of the side that should be larger, and of the other.

    Returns
    -------
    float
        Chance that a value of the first is the larger one; ties count half. NaN if one is empty.
    """
    n, m = len(one), len(other)
    if not n or not m:
        return np.nan
    ranks = stats.rankdata(np.concatenate([one, other]))[:n].sum()
    return float((ranks - n * (n + 1) / 2) / (n * m))


def d_within(differences: FloatArray) -> float:
    """Return Cohen's d_z: the mean difference in standard deviations of the differences.

    Parameters
    ----------
    differences : ndarray, shape (n_pairs,)
        One side minus the other.

    Returns
    -------
    float
        NaN if there are fewer than two differences, or all are the same.
    """
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    return float(differences.mean()) / spread if spread else np.nan


def d_between(one: FloatArray, other: FloatArray) -> float:
    """Return Cohen's d_s: the difference of two means in their pooled standard deviation.

    Parameters
    ----------
    one, other : ndarray
        Values of both sides.

    Returns
    -------
    float
        NaN if a side has fewer than two values, or nothing varies.
    """
    n, m = len(one), len(other)
    if min(n, m) < 2:
        return np.nan
    pooled = ((n - 1) * one.var(ddof=1) + (m - 1) * other.var(ddof=1)) / (n + m - 2)
    return float((one.mean() - other.mean()) / np.sqrt(pooled)) if pooled else np.nan
