r"""Learning which of two cues earns, for oneself, for another and for no one.

The value :math:`Q` of the chosen cue moves towards what it earned, :math:`r`, and the difference of
values decides the next choice:

.. math::

    Q_c \leftarrow Q_c + \alpha (r - Q_c), \qquad
    P(1) = \frac{1}{1 + e^{-\beta (Q_1 - Q_0)}}

Values begin at 0.5 with every new pair of cues and every recipient; a missed trial teaches nothing.
The rate :math:`\alpha` and the precision :math:`\beta`, which is the inverse of the temperature that
is published, are one for all recipients or each recipient's own (Cutler et al. 2021,
doi:10.1038/s41467-021-24576-w; its models 1 to 4 are ``learning``, ``learning-rates``,
``learning-self-others`` and ``learning-rates-precisions``). Two forms are ours:

.. math::

    Q_u \leftarrow Q_u + \varphi (0.5 - Q_u), \qquad
    \alpha = \alpha_{better} \text{ if } r > Q_c \text{ else } \alpha_{worse}

where :math:`Q_u` is the cue that was not chosen. The priors are ours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from empatune.behaviour.catalogue.rates import two_rates
from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.variation import vary
from empatune.numerics.differentiable import jnp

RECIPIENT = Column(name="recipient", summary="who earns", levels=("self", "other", "none"))

CHANCE = 0.5
"""What a cue is worth before anything is known of it."""

RATE = Parameter(
    name="rate",
    summary="share of a prediction error that is learnt",
    lower=0.0,
    upper=1.0,
    typical=0.25,
)
PRECISION = Parameter(
    name="precision",
    summary="how strictly values decide: the inverse of a temperature",
    unit="1/value",
    lower=0.0,
    typical=5.0,
    spread=1.0,
)
DECAY = Parameter(
    name="decay",
    summary="share of the other cue's value that is forgotten in a trial",
    lower=0.0,
    upper=1.0,
    typical=0.1,
)


def _start(_: Values, __: Values) -> Any:
    """Begin with cues worth as much as chance earns."""
    return CHANCE, CHANCE


def _expect(values: Values, cues: Any, _: Values) -> Any:
    """Prefer the better cue."""
    return values["precision"] * (cues[1] - cues[0])


def _learn(values: Values, cues: Any, trial: Values) -> tuple[Any, Quantities]:
    """Move the chosen cue's value towards what it earned."""
    chosen = (1 - trial["choice"], trial["choice"])
    value = chosen[0] * cues[0] + chosen[1] * cues[1]
    error = trial["outcome"] - value
    step = values["rate"] * error
    after = (cues[0] + step * chosen[0], cues[1] + step * chosen[1])
    return after, {"value": value, "prediction_error": error}


def _learn_and_forget(values: Values, cues: Any, trial: Values) -> tuple[Any, Quantities]:
    """Learn of the chosen cue, and let the other fade to chance."""
    after, made = _learn(values, cues, trial)
    other = (trial["choice"], 1 - trial["choice"])
    kept = tuple(
        cue + values["decay"] * (CHANCE - cue) * share
        for cue, share in zip(after, other, strict=True)
    )
    return kept, made


def _learn_differently(values: Values, cues: Any, trial: Values) -> tuple[Any, Quantities]:
    """Learn at another rate from what is worse than expected."""
    value = jnp.where(trial["choice"] > 0.5, cues[1], cues[0])
    rate = two_rates(values, trial["outcome"] - value)
    return _learn({**values, "rate": rate}, cues, trial)


LEARNING = Model(
    name="learning",
    summary="values by Rescorla and Wagner's rule, one rate for whoever earns",
    doi="10.1038/s41467-021-24576-w",
    parameters=(RATE, PRECISION),
    columns=(
        Column(
            name="outcome",
            summary="what the chosen cue earned, best between 0 and 1",
            unit="points",
            lower=0.0,
            upper=1.0,
            earned=True,
        ),
        Column(name="block", summary="its change brings new cues", optional=True),
        RECIPIENT,
    ),
    start=_start,
    expect=_expect,
    learn=_learn,
    restart=("block", "recipient"),
    equations=r"Q = 0.5 \text{ at first},\quad Q \leftarrow Q + \alpha (r - Q),\quad P(1) = \sigma(\beta (Q_1 - Q_0))",
)
LEARNING_DECAY = replace(
    LEARNING,
    name="learning-decay",
    summary="one rate for whoever earns; the value of the cue that is not chosen fades",
    parameters=(RATE, PRECISION, DECAY),
    learn=_learn_and_forget,
    equations=rf"{LEARNING.equations},\quad Q_u \leftarrow Q_u + \varphi (0.5 - Q_u)",
)
LEARNING_DIFFERENTIAL = replace(
    LEARNING,
    name="learning-differential",
    summary="a rate for what is better than expected and one for what is worse",
    parameters=(
        replace(RATE, name="rate_better", summary="share learnt of what is better than expected"),
        replace(RATE, name="rate_worse", summary="share learnt of what is worse than expected"),
        PRECISION,
    ),
    learn=_learn_differently,
    equations=r"Q = 0.5 \text{ at first},\quad Q \leftarrow Q + \alpha_{better} (r - Q) \text{ if } r > Q \text{ else } "
    r"Q + \alpha_{worse} (r - Q),\quad P(1) = \sigma(\beta (Q_1 - Q_0))",
)

LEARNING_MODELS: tuple[Model, ...] = (
    LEARNING,
    vary(
        LEARNING,
        ["rate"],
        RECIPIENT,
        alike={"other": "others", "none": "others"},
        name="learning-self-others",
        summary="a rate for oneself and one for everybody else",
    ),
    vary(LEARNING, ["rate"], RECIPIENT, name="learning-rates", summary="a rate for each recipient"),
    vary(
        LEARNING,
        ["rate", "precision"],
        RECIPIENT,
        name="learning-rates-precisions",
        summary="a rate and a precision for each recipient",
    ),
    LEARNING_DECAY,
    vary(
        LEARNING_DECAY,
        ["rate"],
        RECIPIENT,
        name="learning-rates-decay",
        summary="a rate for each recipient; the value of the cue that is not chosen fades",
    ),
    LEARNING_DIFFERENTIAL,
)
"""Models of prosocial learning, the plainest first."""
