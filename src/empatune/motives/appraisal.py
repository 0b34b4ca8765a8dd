"""From a situation to motives: the only place where context enters the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from empatune.core import FEATURE_NAMES
from empatune.numerics.differentiable import jnp
from empatune.typing import Array

APPROACH = ("sharing joy", "affiliation", "desirability")
"""Motives to approach empathy."""

AVOIDANCE = ("suffering", "cost", "interference")
"""Motives to avoid it."""

_PLACE = {name: place for place, name in enumerate(FEATURE_NAMES)}


def feature(situation: Array, name: str) -> Any:
    """Take one feature of a situation.

    Parameters
    ----------
    situation : array, shape (..., n_features)
        Features in the order of ``core.FEATURES``.
    name : str
        Which.

    Returns
    -------
    array, shape (...)
        Its value [units of the feature].
    """
    return situation[..., _PLACE[name]]


def motives(
    person: Mapping[str, Any], situation: Array, *, belief: Any, appeal: Any
) -> dict[str, Any]:
    """Appraise a situation.

    Parameters
    ----------
    person : mapping of str to array
        Parameters of a person.
    situation : array, shape (n_features,)
        The situation.
    belief : array
        What was learned about the target's kindness, -1 to 1.
    appeal : array
        How this target happens to appeal to this person [standard deviations].

    Returns
    -------
    dict of str to array
        Strength of every motive [logits of approaching]; of affiliation below 0 when it is
        rather enmity.
    """

    def of(name: str) -> Any:
        return feature(situation, name)

    joy, pain = jnp.maximum(of("affect"), 0), jnp.maximum(-of("affect"), 0)
    identified = person["identification"] * of("bond") - person["indifference"] * of("bond")
    return {
        "sharing joy": person["positive"] * joy * of("mind"),
        "affiliation": person["group"] * of("membership") * identified
        + person["closeness"] * of("closeness")
        + person["similarity"] * of("similarity")
        + person["kindness"] * (of("kindness") + belief)
        + person["affinity"] * appeal,
        "desirability": person["desirability"] * of("desirability")
        + person["incentive"] * of("incentive")
        + person["goal"] * of("goal"),
        "suffering": person["suffering"] * pain * of("mind")
        + person["exhaustion"] * of("exhaustion") * (1 - of("efficacy")),
        "cost": person["cost"] * of("cost"),
        "interference": person["interference"] * of("competition"),
    }


def net(person: Mapping[str, Any], strength: Mapping[str, Any], mood: Any) -> Any:
    """Weigh approach against avoidance.

    Parameters
    ----------
    person : mapping of str to array
        Parameters of a person.
    strength : mapping of str to array
        Every motive.
    mood : array
        What concern and distress of the trials before left behind.

    Returns
    -------
    array
        Net motive [logits of approaching]; 0 whatever the situation when the path is cut.
    """
    approach = sum(strength[name] for name in APPROACH)
    avoidance = sum(strength[name] for name in AVOIDANCE)
    return person["coupling"] * (person["disposition"] + approach - avoidance + mood)
