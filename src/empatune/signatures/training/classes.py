"""How well predictions tell two classes apart.

Every measure takes ``(predictions, outcomes, groups)``, arrays of shape (n_images,), groups as
integers from 0; classes are -1 and 1. It is NaN where a design does
not define it.
"""

from __future__ import annotations

import numpy as np

from empatune.numerics import discrimination
from empatune.typing import FloatArray, IntArray


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
    return discrimination.area(predictions[outcomes > 0], predictions[outcomes <= 0])


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
    return discrimination.forced_choice(differences) if len(differences) >= 2 else np.nan


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
    return discrimination.d_within(differences) if len(differences) >= 3 else np.nan


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
    return discrimination.d_between(predictions[outcomes > 0], predictions[outcomes <= 0])


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
