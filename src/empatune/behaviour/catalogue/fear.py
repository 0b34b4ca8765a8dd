r"""Fear of a cue, learnt by seeing another person hurt after it.

Each of two cues has a value :math:`V`, the harm that is expected, which begins at 0 and moves towards
what is seen (:math:`r`, 1 or 0). By Rescorla and Wagner's rule the rate is constant; by Pearce and
Hall's it is multiplied by the cue's associability :math:`A`, which begins at 1 and follows the size
of past surprises:

.. math::

    V \leftarrow V + \alpha (r - V) \qquad \text{or} \qquad
    V \leftarrow V + \alpha A (r - V), \quad A \leftarrow A + \eta (|r - V| - A)

with the error of the same trial, from before the value moves. The skin conductance response scatters
around a value or an associability:

.. math:: \text{rating} \sim N(\gamma_0 + \gamma V, \sigma) \qquad \text{or} \qquad
    \text{rating} \sim N(\gamma_0 + \gamma A, \sigma)

The experiment is that of Olsson et al. (2016, doi:10.1177/0956797615604124), in which empathy
enhanced what was learnt: put it as a covariate on :math:`\gamma` or :math:`\alpha`. The hybrid of
both rules was brought to skin conductance by Li et al. (2011, doi:10.1038/nn.2904). Neither article's
equations could be read; their form here, the starting values and the priors are ours.

A trial in which the other person was not there teaches nothing (empty outcome); one without a usable
response does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.responses import RATING
from empatune.numerics.differentiable import jnp

CUES = ("safe", "threat")
"""Without and with the other's pain after it (CS- and CS+)."""

RATE = Parameter(
    name="rate",
    summary="share of a prediction error that is learnt",
    lower=0.0,
    upper=1.0,
    typical=0.3,
)
RENEWAL = Parameter(
    name="renewal",
    summary="share of associability that is the last surprise",
    lower=0.0,
    upper=1.0,
    typical=0.3,
)
BASELINE = Parameter(
    name="baseline",
    summary="response to a cue that is not feared",
    unit="microsiemens",
    typical=0.3,
)
GAIN = Parameter(
    name="gain",
    summary="response to certain pain (or full associability) above the baseline",
    unit="microsiemens",
    typical=0.5,
)
SPREAD = Parameter(
    name="spread",
    summary="standard deviation of responses",
    unit="microsiemens",
    lower=0.0,
    typical=0.2,
    spread=1.0,
)


def _start(_: Values, __: Values) -> Any:
    """Begin with cues that are not feared and fully attended."""
    return {"fear": jnp.zeros(len(CUES)), "associability": jnp.ones(len(CUES))}


def _seen(trial: Values) -> Any:
    """Mark the cue of a trial."""
    return (jnp.arange(len(CUES)) == trial["cue"]).astype(float)


def _expect_fear(values: Values, state: Any, trial: Values) -> Any:
    """Respond to what is feared."""
    fear = _seen(trial) @ state["fear"]
    return values["baseline"] + values["gain"] * fear, values["spread"]


def _expect_associability(values: Values, state: Any, trial: Values) -> Any:
    """Respond to what is attended."""
    associability = _seen(trial) @ state["associability"]
    return values["baseline"] + values["gain"] * associability, values["spread"]


def _learn(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Move the value of the cue towards what is seen."""
    seen = _seen(trial)
    value = seen @ state["fear"]
    error = jnp.where(trial["outcome"] >= 0, trial["outcome"] - value, 0.0)
    after = state["fear"] + values["rate"] * error * seen
    return {**state, "fear": after}, {"value": value, "prediction_error": error}


def _learn_attending(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Learn as far as the cue is attended, and attend to what surprises."""
    seen = _seen(trial)
    associability = seen @ state["associability"]
    after, made = _learn({**values, "rate": values["rate"] * associability}, state, trial)
    taught = trial["outcome"] >= 0
    error = made["prediction_error"]
    size = jnp.where(error > 0, error, -error)
    change = jnp.where(taught, values["renewal"] * (size - associability), 0.0)
    attended = state["associability"] + change * seen
    return {**after, "associability": attended}, {**made, "associability": associability}


RESCORLA_WAGNER = Model(
    name="fear",
    summary="fear by Rescorla and Wagner's rule, seen in the skin's response",
    doi="10.1177/0956797615604124",
    parameters=(RATE, BASELINE, GAIN, SPREAD),
    columns=(
        Column(name="cue", summary="which cue", levels=CUES),
        Column(
            name="outcome",
            summary="whether the other was hurt, 1 or 0; empty if nobody was seen",
            empty=-1.0,
        ),
    ),
    start=_start,
    expect=_expect_fear,
    learn=_learn,
    response=RATING,
    observes=True,
    equations=r"\text{rating} \sim N(\gamma_0 + \gamma V, \sigma),\quad "
    r"V \leftarrow V + \alpha (r - V)",
)
PEARCE_HALL = replace(
    RESCORLA_WAGNER,
    name="fear-pearce-hall",
    summary="fear learnt as fast as a cue surprised before, seen in the skin's response",
    doi="10.1038/nn.2904",
    parameters=(RATE, RENEWAL, BASELINE, GAIN, SPREAD),
    learn=_learn_attending,
    equations=r"\text{rating} \sim N(\gamma_0 + \gamma V, \sigma),\quad "
    r"V \leftarrow V + \alpha A (r - V),\quad A \leftarrow A + \eta (|r - V| - A)",
)

FEAR_MODELS: tuple[Model, ...] = (
    RESCORLA_WAGNER,
    PEARCE_HALL,
    replace(
        PEARCE_HALL,
        name="fear-associability",
        summary="fear learnt as fast as a cue surprised before; the skin responds to surprise",
        expect=_expect_associability,
        equations=PEARCE_HALL.equations.replace(r"\gamma V", r"\gamma A"),
    ),
)
"""Models of vicarious fear, the plainest first."""
