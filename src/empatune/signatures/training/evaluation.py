"""Measures of predictions with intervals; curves."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from empatune.signatures.training.folds import rows_of
from empatune.signatures.training.measures import Measure
from empatune.signatures.training.ratings import r_pooled
from empatune.typing import Array, FloatArray, IntArray, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The value of a measure, with what is known of its certainty.

    Parameters
    ----------
    name, label : str
        The measure.
    value : float
        Its value.
    low, high : float
        95 % interval from resampled groups; NaN if there are too few.
    p : float or None
        From the permutation test; None if it was not tested.
    """

    name: str
    label: str
    value: float
    low: float
    high: float
    p: float | None = None

    def to_json(self) -> JsonObject:
        """Return the result as a JSON object.

        Returns
        -------
        dict
            NaN becomes null.
        """
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {
            "label": self.label,
            **{key: number if np.isfinite(number) else None for key, number in numbers.items()},
            "p": self.p,
        }


def evaluate(
    predictions: FloatArray,
    outcomes: FloatArray,
    groups: Array,
    *,
    measures: Sequence[Measure],
    n_samples: int = 2000,
    seed: int = 0,
) -> dict[str, Result]:
    """Compute measures with intervals from resampled groups.

    Parameters
    ----------
    predictions, outcomes, groups : ndarray, shape (n_images,)
        What was predicted, what was true, what was held out together.
    measures : sequence of Measure
        Which.
    n_samples : int
        Resamples of the groups.
    seed : int
        Seed.

    Returns
    -------
    dict of str to Result
        By the measure's name; measures that the design does not define are left out.
    """
    names, places = np.unique(groups, return_inverse=True)
    values = {m.name: m.function(predictions, outcomes, places) for m in measures}
    known = [m for m in measures if np.isfinite(values[m.name])]
    samples = np.full((n_samples, len(known)), np.nan)
    members = rows_of(places)
    rng = np.random.default_rng(seed)
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # a resample may hold one outcome only
        for number in range(n_samples if len(names) > 2 else 0):
            drawn = [members[group] for group in rng.integers(0, len(names), len(names))]
            rows = np.concatenate(drawn)
            labels = np.repeat(np.arange(len(drawn)), [len(each) for each in drawn])
            samples[number] = [m.function(predictions[rows], outcomes[rows], labels) for m in known]
    return {
        m.name: Result(
            name=m.name, label=m.label, value=values[m.name], **_interval(samples[:, place])
        )
        for place, m in enumerate(known)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What was predicted for one group by a model that had not seen it.

    Parameters
    ----------
    group : str
        The group.
    fold : int
        Where it was held out.
    n_images : int
        Images that it has.
    mean_prediction, mean_outcome : float
        Means over its images.
    r : float
        Correlation of prediction and outcome in it; NaN if it has fewer than three images or the
        outcome is the same in all.
    difference : float
        Mean prediction of the second class minus that of the first; NaN if it lacks one.
    """

    group: str
    fold: int
    n_images: int
    mean_prediction: float
    mean_outcome: float
    r: float
    difference: float


def by_group(
    predictions: FloatArray, outcomes: FloatArray, groups: Array, folds: IntArray
) -> list[Held]:
    """Look at every group that was held out.

    Parameters
    ----------
    predictions, outcomes, groups, folds : ndarray, shape (n_images,)
        What was predicted, what was true, what was held out together, and where.

    Returns
    -------
    list of Held
        In the order of the groups' names.
    """
    names, places = np.unique(groups, return_inverse=True)
    found = []
    for name, rows in zip(names, rows_of(places), strict=True):
        guess, truth = predictions[rows], outcomes[rows]
        one = np.zeros(len(rows), dtype=np.int64)
        second, first = guess[truth > 0], guess[truth <= 0]
        both = len(second) and len(first)
        found.append(
            Held(
                group=str(name),
                fold=int(folds[rows[0]]),
                n_images=len(rows),
                mean_prediction=float(guess.mean()),
                mean_outcome=float(truth.mean()),
                r=r_pooled(guess, truth, one),
                difference=float(second.mean() - first.mean()) if both else np.nan,
            )
        )
    return found


def roc(predictions: FloatArray, outcomes: FloatArray) -> FloatArray:
    """Compute the points of the ROC curve.

    Parameters
    ----------
    predictions, outcomes : ndarray, shape (n_images,)
        What was predicted and the classes, -1 and 1.

    Returns
    -------
    ndarray, shape (2, n_points)
        False and true positive rate, from (0, 0) to (1, 1).
    """
    thresholds = np.unique(predictions)[::-1]
    positive = outcomes > 0
    rates = [
        [np.mean(predictions[chosen] >= threshold) for threshold in thresholds]
        for chosen in (~positive, positive)
    ]
    return np.hstack([np.zeros((2, 1)), np.array(rates)])


def calibration_curve(
    predictions: FloatArray, outcomes: FloatArray, *, n_bins: int = 8
) -> FloatArray:
    """Average outcomes of images with similar predictions.

    Parameters
    ----------
    predictions, outcomes : ndarray, shape (n_images,)
        What was predicted and what was true.
    n_bins : int
        Bins with about the same number of images; fewer if there are few images.

    Returns
    -------
    ndarray, shape (3, n_bins)
        Mean prediction, mean outcome, number of images.
    """
    n_bins = max(1, min(n_bins, len(predictions) // 4))
    parts = np.array_split(np.argsort(predictions, kind="stable"), n_bins)
    return np.array(
        [[predictions[rows].mean(), outcomes[rows].mean(), len(rows)] for rows in parts]
    ).T


def _interval(samples: FloatArray) -> dict[str, float]:
    known = samples[np.isfinite(samples)]
    if len(known) < 100:
        return {"low": np.nan, "high": np.nan}
    low, high = np.quantile(known, [0.025, 0.975])
    return {"low": float(low), "high": float(high)}
