"""The vocabulary of context: what a design can say of a situation, and a person can appraise.

Paradigms describe each condition in these terms and the model of motives reads nothing else.
0 is neutral everywhere but for ``mind`` and ``bond``, so that a design names only what it
varies. The constructs are those of Weisz & Zaki 2018, doi 10.1016/j.copsyc.2018.05.005.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from empatune.errors import UsageError
from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One thing that a situation can have more or less of.

    Parameters
    ----------
    name : str
        How designs and tables call it.
    meaning : str
        What its ends stand for.
    low, high : float
        What is allowed [units of the feature].
    default : float
        Its value where a design is silent.
    """

    name: str
    meaning: str
    low: float = 0.0
    high: float = 1.0
    default: float = 0.0


FEATURES = (
    Feature(
        name="affect",
        low=-1.0,
        meaning="what the target feels: -1 strong suffering, 1 strong joy",
    ),
    Feature(
        name="mind",
        default=1.0,
        meaning="how far the target has feelings at all: 0 a computer, 1 a person",
    ),
    Feature(
        name="thought",
        meaning="how far the task asks for the target's thoughts: 0 not, 1 it is all about them",
    ),
    Feature(
        name="membership",
        low=-1.0,
        meaning="the target's group: -1 out-group, 0 none, 1 in-group",
    ),
    Feature(
        name="bond",
        default=1.0,
        meaning="what that group means to its members: near 0 for minimal groups, 1 for real ones",
    ),
    Feature(
        name="closeness",
        meaning="how close the target is: 0 a stranger, 1 the closest person",
    ),
    Feature(
        name="similarity",
        low=-1.0,
        meaning="likeness in attitudes or attributes: -1 opposite, 1 the same",
    ),
    Feature(
        name="kindness",
        low=-1.0,
        meaning="how the target is known to treat one: -1 unfair, 1 kind",
    ),
    Feature(
        name="competition",
        meaning="how far the target's gain is one's own loss: 1 zero-sum",
    ),
    Feature(
        name="cost",
        meaning="what helping would take, as far as one knows of it: 1 the most a study can ask",
    ),
    Feature(
        name="exhaustion",
        meaning="how wearing it seems to empathize: 1 very",
    ),
    Feature(
        name="efficacy",
        meaning="how good one believes to be at it: 1 very; it takes away exhaustion",
    ),
    Feature(
        name="desirability",
        meaning="how far empathy makes one look good: 1 very",
    ),
    Feature(
        name="incentive",
        meaning="reward for understanding the target: 1 the most a study pays",
    ),
    Feature(
        name="goal",
        low=-1.0,
        meaning="what one is asked to do with one's empathy: -1 lower it, 1 enhance it",
    ),
    Feature(
        name="benefit",
        meaning="what help would do for the target: 1 the most a study allows",
    ),
)
"""All features, in the order in which arrays hold them."""

FEATURE_NAMES = tuple(feature.name for feature in FEATURES)
"""Their names, in that order."""

_BY_NAME = {feature.name: feature for feature in FEATURES}


def check_feature(name: str, value: float, *, where: str) -> float:
    """Tell whether a feature exists and may have a value.

    Parameters
    ----------
    name : str
        Its name.
    value : float
        Its value [units of the feature].
    where : str
        Who says so; for the message.

    Returns
    -------
    float
        The value.

    Raises
    ------
    UsageError
        If there is no such feature, or the value lies outside its range.
    """
    feature = _BY_NAME.get(name)
    if feature is None:
        near = get_close_matches(name, FEATURE_NAMES, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise UsageError(
            f"{where}: there is no feature '{name}'.{hint} Known are {', '.join(FEATURE_NAMES)}."
        )
    if not feature.low <= value <= feature.high:
        raise UsageError(
            f"{where}: {name} is {value:g}; allowed are {feature.low:g} to {feature.high:g} "
            f"({feature.meaning})."
        )
    return float(value)


def situation(given: Mapping[str, float], *, where: str = "context") -> FloatArray:
    """Fill a situation up with defaults.

    Parameters
    ----------
    given : mapping of str to float
        Features that are not at their default.
    where : str
        Who says so; for messages.

    Returns
    -------
    ndarray, shape (n_features,)
        All features, in the order of ``FEATURES``.

    Raises
    ------
    UsageError
        If a feature is unknown or out of range.
    """
    checked = {name: check_feature(name, value, where=where) for name, value in given.items()}
    return np.array([checked.get(feature.name, feature.default) for feature in FEATURES])
