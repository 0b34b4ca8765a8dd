"""From components to what can be measured: ratings, choices and the activity of regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from empatune.motives.appraisal import feature
from empatune.motives.components import Components
from empatune.numerics.differentiable import jax, jnp
from empatune.typing import Array

Kind = Literal["rating", "choice"]
"""A number with Gaussian error, or yes and no with a probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Something that a person can be asked or seen to do.

    Parameters
    ----------
    name : str
        How paradigms call it.
    kind : str
        A rating or a choice.
    meaning : str
        What it is.
    """

    name: str
    kind: Kind
    meaning: str


QUANTITIES = (
    Quantity(name="empathy", kind="rating", meaning="how strongly one feels with the target"),
    Quantity(name="care", kind="rating", meaning="empathic concern, tenderness, compassion"),
    Quantity(name="distress", kind="rating", meaning="vicarious distress, negative affect"),
    Quantity(name="positive", kind="rating", meaning="positive affect while with the target"),
    Quantity(name="liking", kind="rating", meaning="how much one likes what happens to the target"),
    Quantity(name="closeness", kind="rating", meaning="how near one feels to the target"),
    Quantity(name="conditioned", kind="rating", meaning="arousal at a cue of another's pain"),
    Quantity(name="donation", kind="rating", meaning="share of the endowment that is given"),
    Quantity(name="points", kind="rating", meaning="share of points given to the target"),
    Quantity(name="approach", kind="choice", meaning="choosing to empathize"),
    Quantity(name="help", kind="choice", meaning="helping at a cost"),
    Quantity(
        name="accurate", kind="choice", meaning="right about the target's thoughts and feelings"
    ),
)
"""All quantities; a choice's value is its probability."""

KINDS = {quantity.name: quantity.kind for quantity in QUANTITIES}
"""Kind by name."""

LOADINGS: dict[str, dict[str, float]] = {
    "ACC": {"shared_pain": 0.9, "distress": 0.4, "dislike": 0.8},
    "AI": {"shared_pain": 1.0, "distress": 0.4, "dislike": 0.8, "surprise": 1.0},
    "PMC": {"shared_pain": 0.8, "shared_joy": 0.4},
    "IPL": {"shared_pain": 0.8, "shared_joy": 0.4},
    "mPFC": {"mentalizing": 1.0},
    "TPJ": {"mentalizing": 1.0},
    "TP": {"mentalizing": 0.8},
    "precuneus": {"mentalizing": 0.8, "concern": 0.3},
    "VS": {"value": 1.0, "concern": 0.2},
    "VTA": {"value": 0.5, "concern": 0.8},
    "mOFC": {"value": 0.7, "concern": 1.0},
}
"""What each region of Figure 1 answers to. That it answers is the paper's; the size is ours.

``dislike`` is a disliked outcome (value below 0): the anterior insula and cingulate answer to
salience of either kind, ``surprise`` to a prediction error about kindness."""


def quantities(
    person: Mapping[str, Any],
    situation: Array,
    found: Components,
    *,
    motive: Any,
    affiliation: Any,
    cue: Any,
) -> dict[str, Any]:
    """Tell what a person would answer and do, without noise.

    Parameters
    ----------
    person : mapping of str to array
        Parameters of a person.
    situation : array, shape (n_features,)
        The situation.
    found : Components
        What they feel and think.
    motive : array
        Net motive [logits of approaching].
    affiliation : array
        That motive alone, as far as it acts.
    cue : array
        Strength of a conditioned cue that is shown.

    Returns
    -------
    dict of str to array
        Expected rating, or probability of a choice, by ``QUANTITIES``.
    """
    helping = (
        person["help_bias"]
        + person["help_concern"] * found.concern
        + person["help_welfare"] * found.welfare * feature(situation, "benefit")
        - person["help_cost"] * feature(situation, "cost")
    )
    understanding = person["accuracy"] * (found.mentalizing + found.attention - 1)
    return {
        "empathy": found.shared_pain + found.shared_joy + 0.5 * found.concern,
        "care": found.concern,
        "distress": found.distress,
        "positive": found.shared_joy + found.concern,
        "liking": found.value,
        "closeness": affiliation,
        "conditioned": cue,
        "donation": person["donation_concern"] * found.concern
        + person["donation_distress"] * found.distress,
        "points": jax.nn.sigmoid(2 * found.welfare),
        "approach": jax.nn.sigmoid(person["entry_bias"] + person["selection"] * motive),
        "help": jax.nn.sigmoid(helping),
        "accurate": jax.nn.sigmoid(understanding),
    }


def activity(person: Mapping[str, Any], found: Components, surprise: Any) -> dict[str, Any]:
    """Tell how the regions answer, without noise.

    Parameters
    ----------
    person : mapping of str to array
        Parameters of a person.
    found : Components
        What they feel and think.
    surprise : array
        Prediction error about the target's kindness.

    Returns
    -------
    dict of str to array
        Response of each region [units of a component].
    """
    sources = {
        **found._asdict(),
        "dislike": jnp.maximum(-found.value, 0),
        "surprise": person["surprise"] * surprise,
    }
    return {
        region: sum(weight * sources[name] for name, weight in loads.items())
        for region, loads in LOADINGS.items()
    }
