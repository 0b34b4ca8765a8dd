"""Learning which of two cues earns, for oneself, for another and for no one."""

from __future__ import annotations

from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.variation import vary
from empatune.numerics.differentiable import jnp

RECIPIENT = Column(name="recipient", summary="who earns", levels=("self", "other", "none"))

RATE = Parameter(
    name="rate",
    summary="share of a prediction error that is learnt",
    lower=0.0,
    upper=1.0,
    typical=0.25,
)
PRECISION = Parameter(
    name="precision",
    summary="how strictly values decide",
    unit="1/value",
    lower=0.0,
    typical=5.0,
    spread=1.0,
)


def _start(_: Values, __: Values) -> Any:
    """Begin with cues worth as much as chance earns."""
    return jnp.full(2, 0.5)


def _expect(values: Values, cues: Any, _: Values) -> Any:
    """Prefer the better cue."""
    return values["precision"] * (cues[1] - cues[0])


def _learn(values: Values, cues: Any, trial: Values) -> tuple[Any, Quantities]:
    """Move the chosen cue's value towards what it earned."""
    chosen = jnp.stack([1 - trial["choice"], trial["choice"]])
    value = chosen @ cues
    error = trial["outcome"] - value
    return cues + values["rate"] * error * chosen, {"value": value, "prediction_error": error}


LEARNING = Model(
    name="learning",
    summary="values by Rescorla and Wagner's rule, one rate for whoever earns",
    doi="10.1038/s41467-021-24576-w",
    parameters=(RATE, PRECISION),
    columns=(
        Column(name="outcome", summary="what the chosen cue earned", unit="points"),
        Column(name="block", summary="its change brings new cues", optional=True),
        RECIPIENT,
    ),
    start=_start,
    expect=_expect,
    learn=_learn,
    restart=("block", "recipient"),
    equations=r"Q \leftarrow Q + \alpha (r - Q),\quad P(1) = \sigma(\beta (Q_1 - Q_0))",
)

LEARNING_MODELS: tuple[Model, ...] = (
    LEARNING,
    vary(LEARNING, ["rate"], RECIPIENT, name="learning-rates", summary="a rate for each recipient"),
)
"""Models of prosocial learning, the plainest first."""
