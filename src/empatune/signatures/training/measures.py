"""How well predictions tell outcomes: measures for ratings and for two classes.

Every measure takes ``(predictions, outcomes, groups)``, arrays of shape (n_images,), groups as
integers from 0; classes are -1 and 1. It is NaN where a design does not define it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import stats

from empatune.typing import FloatArray, IntArray

Function = Callable[[FloatArray, FloatArray, IntArray], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure.

    Parameters
    ----------
    name : str
        What tables call it.
    label : str
        What pages call it.
    function : callable
        Computes it.
    classes : bool
        True if it is for two classes, False if for ratings.
    chance : float or None
        What guessing gives; None if it is not tested against chance.
    """

    name: str
    label: str
    function: Function
    classes: bool
    chance: float | None = None


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


def accuracy(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:  # noqa: ARG001
    """Compute the share of images on their class's side of 0 (single interval).

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        0 to 1.
    """
    return float(np.mean((predictions > 0) == (outcomes > 0)))


def sensitivity(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:  # noqa: ARG001
    """Compute the share of the images of the second class that are recognised.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        0 to 1.
    """
    positive = outcomes > 0
    return float(np.mean(predictions[positive] > 0)) if positive.any() else np.nan


def specificity(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:
    """Compute the share of the images of the first class that are recognised.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        0 to 1.
    """
    return sensitivity(-predictions, -outcomes, groups)


def balanced_accuracy(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:
    """Compute the mean of sensitivity and specificity (single interval).

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        0 to 1.
    """
    both = (function(predictions, outcomes, groups) for function in (sensitivity, specificity))
    return float(sum(both) / 2)


def auc(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:  # noqa: ARG001
    """Compute the area under the ROC curve.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        Chance that an image of the second class is given the larger prediction; ties count half.
    """
    positive = outcomes > 0
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return np.nan
    ranks = stats.rankdata(predictions)[positive].sum()
    return float((ranks - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def forced_choice(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:
    """Compute in how many groups the second class has the larger mean prediction (2AFC).

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        0 to 1, ties count half; NaN if fewer than two groups have both classes.
    """
    differences = _differences(predictions, outcomes, groups)
    if len(differences) < 2:
        return np.nan
    return float(np.mean((np.sign(differences) + 1) / 2))


def d_within(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:
    """Compute Cohen's d_z: the groups' mean difference of classes over its standard deviation.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        NaN if fewer than three groups have both classes.
    """
    differences = _differences(predictions, outcomes, groups)
    spread = differences.std(ddof=1) if len(differences) > 2 else 0.0
    return float(differences.mean() / spread) if spread > 0 else np.nan


def d_between(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> float:  # noqa: ARG001
    """Compute Cohen's d_s: the difference of class means over the pooled standard deviation.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        As in the module.

    Returns
    -------
    float
        NaN if a class has fewer than two images.
    """
    first, second = predictions[outcomes <= 0], predictions[outcomes > 0]
    if min(len(first), len(second)) < 2:
        return np.nan
    degrees = len(first) + len(second) - 2
    squares = first.var() * len(first) + second.var() * len(second)
    return float((second.mean() - first.mean()) / np.sqrt(squares / degrees)) if squares else np.nan


_MEASURES = (
    Measure(name="r", label="r, all images", function=r_pooled, classes=False, chance=0.0),
    Measure(name="r_within", label="r within groups", function=r_within, classes=False, chance=0.0),
    Measure(name="r_between", label="r of group means", function=r_between, classes=False),
    Measure(name="r_squared", label="predictive R²", function=r_squared, classes=False),
    Measure(name="rmse", label="root mean square error", function=rmse, classes=False),
    Measure(name="calibration_slope", label="calibration slope", function=slope, classes=False),
    Measure(
        name="calibration_intercept",
        label="calibration intercept",
        function=intercept,
        classes=False,
    ),
    Measure(
        name="forced_choice",
        label="forced-choice accuracy (2AFC)",
        function=forced_choice,
        classes=True,
        chance=0.5,
    ),
    Measure(
        name="accuracy",
        label="single-interval accuracy",
        function=accuracy,
        classes=True,
    ),
    Measure(
        name="balanced_accuracy",
        label="balanced single-interval accuracy",
        function=balanced_accuracy,
        classes=True,
        chance=0.5,
    ),
    Measure(name="sensitivity", label="sensitivity", function=sensitivity, classes=True),
    Measure(name="specificity", label="specificity", function=specificity, classes=True),
    Measure(name="auc", label="area under the ROC curve", function=auc, classes=True, chance=0.5),
    Measure(name="d_within", label="Cohen's d within (d_z)", function=d_within, classes=True),
    Measure(name="d_between", label="Cohen's d between (d_s)", function=d_between, classes=True),
)

MEASURES = MappingProxyType({measure.name: measure for measure in _MEASURES})
"""Every measure by its name."""


def _r(one: FloatArray, other: FloatArray) -> float:
    if len(one) < 3:
        return np.nan
    one, other = one - one.mean(), other - other.mean()
    norm = np.sqrt((one @ one) * (other @ other))
    return float(one @ other / norm) if norm > 0 else np.nan


def rows_of(groups: IntArray) -> list[IntArray]:
    """List the rows of each group.

    Parameters
    ----------
    groups : ndarray, shape (n_rows,)
        Groups, from 0.

    Returns
    -------
    list of ndarray
        Rows, one array a group.
    """
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.cumsum(np.bincount(groups))[:-1])


def _means(values: FloatArray, groups: IntArray) -> FloatArray:
    return np.asarray(np.bincount(groups, values) / np.bincount(groups))


def _differences(predictions: FloatArray, outcomes: FloatArray, groups: IntArray) -> FloatArray:
    """Mean prediction of the second class minus that of the first, in groups that have both."""
    n = int(groups.max()) + 1
    positive = outcomes > 0
    means = []
    sizes = []
    for chosen in (positive, ~positive):
        size = np.bincount(groups[chosen], minlength=n)
        total = np.bincount(groups[chosen], predictions[chosen], minlength=n)
        means.append(total / np.maximum(size, 1))
        sizes.append(size)
    both = (sizes[0] > 0) & (sizes[1] > 0)
    return np.asarray((means[0] - means[1])[both])
