"""How well predictions tell ratings.

Every measure takes ``(predictions, outcomes, groups)``, arrays of shape (n_images,), groups as
integers from 0. It is NaN where a design does not define it.
"""

from __future__ import annotations

import numpy as np

from empatune.signatures.training.folds import rows_of
from empatune.typing import FloatArray, IntArray


def r_pooled(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:  # noqa: ARG001
    """Compute the correlation of prediction and outcome over all images.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        Pearson's r.
    """
    return _r(predictions, outcomes)


def r_within(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:
    """Compute the mean correlation within groups.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        Mean of the r of all groups with three images or more that differ.
    """
    each = [_r(predictions[rows], outcomes[rows]) for rows in rows_of(groups) if len(rows) >= 3]
    known = [r for r in each if np.isfinite(r)]
    return float(np.mean(known)) if known else np.nan


def r_between(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:
    """Compute the correlation of the groups' mean predictions with their mean outcomes.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        Pearson's r; NaN if every group has one image, for then it is the pooled one.
    """
    sizes = np.bincount(groups)
    if sizes.max() < 2:
        return np.nan
    return _r(_means(predictions, groups), _means(outcomes, groups))


def rmse(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:  # noqa: ARG001
    """Compute the root mean square error.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        In the unit of the outcome.
    """
    return float(np.sqrt(np.mean((predictions - outcomes) ** 2)))


def r_squared(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:  # noqa: ARG001
    """Compute the share of variance that the predictions themselves explain.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        Below 0 if the mean of all outcomes predicts better.
    """
    return float(1 - np.mean((predictions - outcomes) ** 2) / np.var(outcomes))


def slope(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:  # noqa: ARG001
    """Compute the slope of the outcome on its prediction.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        1 if predictions are calibrated, below 1 if they reach too far.
    """
    spread = np.var(predictions)
    covariance = np.mean((predictions - predictions.mean()) * (outcomes - outcomes.mean()))
    return float(covariance / spread) if spread > 0 else np.nan


def intercept(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:
    """Compute the outcome that a prediction of 0 goes with.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        0 if predictions are calibrated.
    """
    return float(outcomes.mean() - slope(predictions, outcomes, groups) * np.mean(predictions))


def _r(one: FloatArray, other: FloatArray) -> float:
    if len(one) < 3:
        return np.nan
    one, other = one - one.mean(), other - other.mean()
    norm = np.sqrt((one @ one) * (other @ other))
    return float(one @ other / norm) if norm > 0 else np.nan


def _means(values: FloatArray, groups: IntArray) -> FloatArray:
    return np.asarray(np.bincount(groups, values) / np.bincount(groups))
