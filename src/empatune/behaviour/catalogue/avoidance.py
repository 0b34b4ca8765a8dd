r"""Approach and avoidance learned from reward and punishment.

One option, in conflict, earns more and may hurt; the other is safe. Of each, the chance of reward
:math:`R` and of punishment :math:`P` is learnt where it is chosen, and both decide:

.. math::

    R_c \leftarrow R_c + \alpha_R (r - R_c), \qquad P_c \leftarrow P_c + \alpha_P (p - P_c)

.. math::

    \text{logit } P(\text{conflict}) =
    \beta_R (R_{conflict} - R_{safe}) - \beta_P (P_{conflict} - P_{safe})

Rates and weights are shared by reward and punishment or each one's own (Yamamori, Robinson & Roiser
2023, doi:10.7554/eLife.87720; the last, with two of each, won). Chances begin at 0.5 in each session.
The priors are ours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.numerics.differentiable import jnp

RATE = Parameter(
    name="rate",
    summary="share of a prediction error that is learnt",
    lower=0.0,
    upper=1.0,
    typical=0.25,
)
WEIGHT = Parameter(
    name="weight",
    summary="what a sure outcome weighs against none",
    unit="log odds",
    lower=0.0,
    typical=3.0,
    spread=1.0,
)


def _both(parameter: Parameter) -> tuple[Parameter, Parameter]:
    """Make one of reward and one of punishment."""
    reward, punish = (
        replace(parameter, name=f"{parameter.name}_{what}", summary=f"{parameter.summary}, {what}")
        for what in ("reward", "punish")
    )
    return reward, punish


def _own(values: Values, name: str, what: str) -> Any:
    """Give the parameter of reward or punishment, or the one of both."""
    return values[f"{name}_{what}" if f"{name}_{what}" in values else name]


def _start(_: Values, __: Values) -> Any:
    """Begin with even chances of both outcomes; the safe option comes first."""
    return {"reward": jnp.full(2, 0.5), "punish": jnp.full(2, 0.5)}


def _expect(values: Values, chances: Any, _: Values) -> Any:
    """Weigh reward against punishment."""
    gain = chances["reward"][1] - chances["reward"][0]
    risk = chances["punish"][1] - chances["punish"][0]
    return _own(values, "weight", "reward") * gain - _own(values, "weight", "punish") * risk


def _learn(values: Values, chances: Any, trial: Values) -> tuple[Any, Quantities]:
    """Move both chances of the chosen option towards what happened."""
    chosen = jnp.stack([1 - trial["choice"], trial["choice"]])
    after: dict[str, Any] = {}
    made: Quantities = {}
    for what in ("reward", "punish"):
        value = chosen @ chances[what]
        error = trial[what] - value
        after[what] = chances[what] + _own(values, "rate", what) * error * chosen
        made |= {f"value_{what}": value, f"prediction_error_{what}": error}
    return after, made


def _equations(rates: str, weights: str) -> str:
    """Write the equations with these letters for rates and weights of reward and punishment."""
    (rate_r, rate_p), (weight_r, weight_p) = rates.split(), weights.split()
    return (
        rf"R_c \leftarrow R_c + {rate_r} (r - R_c),\quad P_c \leftarrow P_c + {rate_p} (p - P_c),"
        rf"\quad P(1) = \sigma({weight_r} (R_1 - R_0) - {weight_p} (P_1 - P_0))"
    )


AVOIDANCE = Model(
    name="avoidance",
    summary="one rate and one weight for reward and punishment",
    doi="10.7554/eLife.87720",
    parameters=(RATE, WEIGHT),
    columns=(
        Column(name="reward", summary="whether the chosen option rewarded, 1 or 0", earned=True),
        Column(name="punish", summary="whether the chosen option punished, 1 or 0", earned=True),
        Column(name="session", summary="its change begins anew", optional=True),
    ),
    start=_start,
    expect=_expect,
    learn=_learn,
    restart=("session",),
    equations=_equations(r"\alpha \alpha", r"\beta \beta"),
)

AVOIDANCE_MODELS: tuple[Model, ...] = (
    AVOIDANCE,
    replace(
        AVOIDANCE,
        name="avoidance-rates",
        summary="a rate each for reward and punishment, one weight",
        parameters=(*_both(RATE), WEIGHT),
        equations=_equations(r"\alpha_R \alpha_P", r"\beta \beta"),
    ),
    replace(
        AVOIDANCE,
        name="avoidance-weights",
        summary="a weight each for reward and punishment, one rate",
        parameters=(RATE, *_both(WEIGHT)),
        equations=_equations(r"\alpha \alpha", r"\beta_R \beta_P"),
    ),
    replace(
        AVOIDANCE,
        name="avoidance-rates-weights",
        summary="a rate and a weight each for reward and punishment",
        parameters=(*_both(RATE), *_both(WEIGHT)),
        equations=_equations(r"\alpha_R \alpha_P", r"\beta_R \beta_P"),
    ),
)
"""Models of approach and avoidance, the plainest first."""
