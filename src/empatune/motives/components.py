"""From net motive to the components of empathy, by regulation of attention and appraisal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from empatune.motives.appraisal import feature
from empatune.numerics.differentiable import jax, jnp
from empatune.typing import Array

SHARPNESS = 10.0
"""How sharply welfare below 0 ends concern: a soft corner keeps the model differentiable."""


class Components(NamedTuple):
    """What one person feels and thinks about another, in one trial.

    Parameters
    ----------
    attention : array
        Gain of what comes in from the target.
    welfare : array
        What the target's fate means to one: 1 as much as to them, below 0 the reverse.
    shared_pain, shared_joy : array
        Experience sharing, by valence.
    mentalizing : array
        Mentalizing.
    concern : array
        Empathic concern.
    distress : array
        Vicarious distress.
    value : array
        How much one likes what happens to the target; below 0 one dislikes it.
    """

    attention: Any
    welfare: Any
    shared_pain: Any
    shared_joy: Any
    mentalizing: Any
    concern: Any
    distress: Any
    value: Any


def components(
    person: Mapping[str, Any], situation: Array, motive: Any, *, policy: Any, training: Array
) -> Components:
    """Let net motive regulate, and the components follow.

    Parameters
    ----------
    person : mapping of str to array
        Parameters of a person.
    situation : array, shape (n_features,)
        The situation.
    motive : array
        Net motive [logits of approaching].
    policy : array
        What a person adds to the welfare weight by a policy of their own [welfare weight].
    training : array, shape (3,)
        Trainings of sharing, concern and mentalizing so far: 0 none, 1 full.

    Returns
    -------
    Components
        Of this trial.
    """

    def of(name: str) -> Any:
        return feature(situation, name)

    pressure = jnp.tanh(motive)
    attention = jnp.exp(person["attention"] * pressure)
    welfare = person["welfare"] + person["appraisal"] * pressure + policy
    pain = jnp.maximum(-of("affect"), 0) * of("mind")
    joy = jnp.maximum(of("affect"), 0) * of("mind")
    sharing = person["sharing"] * jnp.exp(person["training_sharing"] * training[0])
    caring = person["concern"] * jnp.exp(person["training_concern"] * training[1])
    thinking = person["mentalizing"] * jnp.exp(person["training_mentalizing"] * training[2])
    shared_pain = sharing * attention * pain
    concern = caring * pain * jax.nn.softplus(SHARPNESS * welfare) / SHARPNESS
    return Components(
        attention=attention,
        welfare=welfare,
        shared_pain=shared_pain,
        shared_joy=sharing * attention * joy,
        mentalizing=thinking * attention * of("thought") * of("mind")
        - person["inhibition"] * shared_pain,
        concern=concern,
        distress=person["distress"] * shared_pain / (1 + person["buffer"] * concern),
        value=welfare * of("affect") * of("mind"),
    )
