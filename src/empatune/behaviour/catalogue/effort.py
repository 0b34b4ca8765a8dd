r"""Effort for oneself and for another: how much less a reward is worth that must be earned.

.. math::

    V = R - k E^2 \text{ (parabolic)}, \quad V = R - k E \text{ (linear)}, \quad
    V = \frac{R}{1 + k E} \text{ (hyperbolic)}

against rest for a reward of 1, chosen with probability

.. math::

    P(1) = \frac{1}{1 + e^{-\beta (V - 1)}}

with one discount :math:`k` and one precision :math:`\beta`, or one for each recipient (Lockwood et
al. 2022, doi:10.1016/j.cub.2022.08.010, whose bounds these are). The priors are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.variation import vary

BASELINE = 1.0
"""Reward of rest [levels]."""

RECIPIENT = Column(name="recipient", summary="who earns", levels=("self", "other"))

DISCOUNT = Parameter(
    name="discount",
    summary="how much effort takes from a reward",
    lower=0.0,
    upper=1.5,
    typical=0.15,
)
PRECISION = Parameter(
    name="precision",
    summary="how strictly values decide",
    unit="1/level",
    lower=0.0,
    upper=100.0,
    typical=1.5,
    spread=1.0,
)

SHAPES: dict[str, tuple[Callable[[Any, Any, Any], Any], str]] = {
    "parabolic": (lambda reward, effort, k: reward - k * effort**2, "R - k E^2"),
    "linear": (lambda reward, effort, k: reward - k * effort, "R - k E"),
    "hyperbolic": (lambda reward, effort, k: reward / (1 + k * effort), "R / (1 + k E)"),
}
"""The value of an offer from reward, effort and discount, and its equation, by shape."""


def _shaped(shape: str) -> Model:
    """Make a model with one discount and one precision."""
    value_of, equation = SHAPES[shape]

    def value(values: Values, trial: Values) -> Any:
        return value_of(trial["reward"], trial["effort"], values["discount"])

    def expect(values: Values, _: Any, trial: Values) -> Any:
        return values["precision"] * (value(values, trial) - BASELINE)

    def learn(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
        offer, chose = value(values, trial), trial["choice"]
        return state, {
            "value": offer,
            "value_chosen": chose * offer + (1 - chose) * BASELINE,
            "value_unchosen": (1 - chose) * offer + chose * BASELINE,
        }

    return Model(
        name=f"effort-{shape}",
        summary=f"{shape} discounting of rewards by effort, alike for everybody who earns",
        doi="10.1016/j.cub.2022.08.010",
        parameters=(DISCOUNT, PRECISION),
        columns=(
            Column(name="reward", summary="what the offer earns", unit="levels"),
            Column(name="effort", summary="what it costs; the published levels are 2 to 6"),
        ),
        expect=expect,
        learn=learn,
        equations=rf"V = {equation},\quad P(1) = \sigma(\beta (V - 1))",
    )


def _family(shape: str) -> tuple[Model, ...]:
    """Make the four models of a shape."""
    plain = _shaped(shape)
    apart = {"discounts": ["discount"], "precisions": ["precision"]}
    apart["discounts-precisions"] = ["discount", "precision"]
    return (
        plain,
        *(
            vary(
                plain,
                which,
                RECIPIENT,
                name=f"{plain.name}-{name}",
                summary=f"{shape} discounting, a {' and a '.join(which)} for each recipient",
            )
            for name, which in apart.items()
        ),
    )


EFFORT_MODELS: tuple[Model, ...] = tuple(model for shape in SHAPES for model in _family(shape))
"""Models of prosocial effort by shape, the plainest first."""
