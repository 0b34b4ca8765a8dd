"""How well predictions tell outcomes: a literal list of measures, for ratings and two classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from empatune.signatures.training import classes, ratings
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


_MEASURES = (
    Measure(name="r", label="r, all images", function=ratings.r_pooled, classes=False, chance=0.0),
    Measure(
        name="r_within",
        label="r within groups",
        function=ratings.r_within,
        classes=False,
        chance=0.0,
    ),
    Measure(name="r_between", label="r of group means", function=ratings.r_between, classes=False),
    Measure(name="r_squared", label="predictive R²", function=ratings.r_squared, classes=False),
    Measure(name="rmse", label="root mean square error", function=ratings.rmse, classes=False),
    Measure(
        name="calibration_slope", label="calibration slope", function=ratings.slope, classes=False
    ),
    Measure(
        name="calibration_intercept",
        label="calibration intercept",
        function=ratings.intercept,
        classes=False,
    ),
    Measure(
        name="forced_choice",
        label="forced-choice accuracy (2AFC)",
        function=classes.forced_choice,
        classes=True,
        chance=0.5,
    ),
    Measure(
        name="accuracy",
        label="single-interval accuracy",
        function=classes.accuracy,
        classes=True,
    ),
    Measure(
        name="balanced_accuracy",
        label="balanced single-interval accuracy",
        function=classes.balanced_accuracy,
        classes=True,
        chance=0.5,
    ),
    Measure(name="sensitivity", label="sensitivity", function=classes.sensitivity, classes=True),
    Measure(name="specificity", label="specificity", function=classes.specificity, classes=True),
    Measure(
        name="auc", label="area under the ROC curve", function=classes.auc, classes=True, chance=0.5
    ),
    Measure(
        name="d_within", label="Cohen's d within (d_z)", function=classes.d_within, classes=True
    ),
    Measure(
        name="d_between", label="Cohen's d between (d_s)", function=classes.d_between, classes=True
    ),
)

MEASURES = MappingProxyType({measure.name: measure for measure in _MEASURES})
"""Every measure by its name."""
