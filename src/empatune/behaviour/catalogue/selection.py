r"""Choosing to feel with somebody or only to describe them: the empathy selection task.

.. math::

    \log \frac{P(feel)}{P(describe)} = b + m

with a bias :math:`b`, below 0 in those who avoid empathy, and what moves it, :math:`m`: what was
chosen before, being praised for one of the two, who the target is, or what feeling asks and brings,

.. math::

    m = w_v V - w_e E - w_a A

with efficacy :math:`V`, effort :math:`E` and aversion :math:`A`, each of feeling less that of
describing (Cameron et al. 2019, doi:10.1037/xge0000595, relate avoidance to these three). Effort
that was asked once a person says nothing within that person: give it as a covariate of the bias of
``selection`` (``design_of``). The equations and the priors are ours.

The task's 15 to 20 trials tell a person's bias (r of true and fitted .91 in simulated people), not
the effects on it (.3 to .7): take these for the group, or give each person more trials.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.numerics.differentiable import jnp

PRAISE = Column(
    name="praise",
    summary="which of the two is praised; empty: neither",
    levels=("control", "praise_feel", "praise_describe"),
    empty=0.0,
)
RACE = Column(
    name="target_race", summary="of the target; empty: unknown", levels=("W", "B"), empty=0.5
)
EMOTION = Column(
    name="target_emotion", summary="of the target; empty: unknown", levels=("A", "F"), empty=0.5
)
LOADS = (
    Column(name="effort", summary="effort of feeling less that of describing"),
    Column(name="aversion", summary="aversion to feeling less that to describing", optional=True),
    Column(name="efficacy", summary="efficacy in feeling less that in describing", optional=True),
)

BIAS = Parameter(name="bias", summary="log odds of feeling, all else being equal", typical=0.0)


def _effect(name: str, summary: str) -> Parameter:
    """Make a parameter that moves the log odds either way."""
    return Parameter(name=name, summary=summary, typical=0.0, spread=1.0)


def _start(_: Values, __: Values) -> Any:
    """Begin with no choice to repeat."""
    return jnp.zeros(())


def _expect_bias(values: Values, _: Any, __: Values) -> Any:
    """Choose by the bias alone."""
    return values["bias"]


def _expect_repeated(values: Values, last: Any, _: Values) -> Any:
    """Lean towards what was chosen last."""
    return values["bias"] + values["perseveration"] * last


def _expect_praised(values: Values, _: Any, trial: Values) -> Any:
    """Move the bias where one of the two is praised."""
    feeling = values["praise_feel"] * (trial["praise"] == 1)
    describing = values["praise_describe"] * (trial["praise"] == 2)
    return values["bias"] + feeling + describing


def _expect_targeted(values: Values, _: Any, trial: Values) -> Any:
    """Move the bias half an effect up for one kind of target, and down for the other."""
    race = values["race"] * (trial["target_race"] - 0.5)
    emotion = values["emotion"] * (trial["target_emotion"] - 0.5)
    return values["bias"] + race + emotion


def _expect_weighed(values: Values, _: Any, trial: Values) -> Any:
    """Weigh what feeling brings against what it asks."""
    asked = (
        values["effort_weight"] * trial["effort"] + values["aversion_weight"] * trial["aversion"]
    )
    return values["bias"] + values["efficacy_weight"] * trial["efficacy"] - asked


def _remember(values: Values, last: Any, trial: Values) -> tuple[Any, Quantities]:
    """Keep what was chosen: 1 for feeling, -1 for describing."""
    return 2 * trial["choice"] - 1, {"value": _expect_repeated(values, last, trial)}


def _value_praised(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Give the log odds of feeling."""
    return state, {"value": _expect_praised(values, state, trial)}


def _value_targeted(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Give the log odds of feeling."""
    return state, {"value": _expect_targeted(values, state, trial)}


def _value_weighed(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Give the log odds of feeling."""
    return state, {"value": _expect_weighed(values, state, trial)}


SELECTION = Model(
    name="selection",
    summary="feeling or describing by a bias",
    doi="10.1037/xge0000595",
    parameters=(BIAS,),
    columns=(),
    expect=_expect_bias,
    equations=r"\log P(feel) / P(describe) = b",
)

SELECTION_MODELS: tuple[Model, ...] = (
    SELECTION,
    replace(
        SELECTION,
        name="selection-perseveration",
        summary="a bias, and leaning towards what was chosen last",
        parameters=(BIAS, _effect("perseveration", "log odds of what was chosen last")),
        start=_start,
        expect=_expect_repeated,
        learn=_remember,
        equations=r"\log P(feel) / P(describe) = b + p c_{t-1},\quad c = 1 \text{ or } -1",
    ),
    replace(
        SELECTION,
        name="selection-praise",
        summary="a bias that praise for feeling or for describing moves",
        parameters=(
            BIAS,
            _effect("praise_feel", "change of log odds by praise for feeling"),
            _effect("praise_describe", "change of log odds by praise for describing"),
        ),
        columns=(PRAISE,),
        expect=_expect_praised,
        learn=_value_praised,
        equations=r"\log P(feel) / P(describe) = b + p_f F + p_d D",
    ),
    replace(
        SELECTION,
        name="selection-targets",
        summary="a bias that the target's race and emotion move",
        parameters=(
            BIAS,
            _effect("race", "log odds for a B less those for a W target"),
            _effect("emotion", "log odds for an F less those for an A target"),
        ),
        columns=(RACE, EMOTION),
        expect=_expect_targeted,
        learn=_value_targeted,
        equations=r"\log P(feel) / P(describe) = b \pm r / 2 \pm e / 2",
    ),
    replace(
        SELECTION,
        name="selection-cost-benefit",
        summary="efficacy against effort and aversion, which differ from trial to trial",
        parameters=(
            BIAS,
            _effect("efficacy_weight", "weight of efficacy"),
            _effect("effort_weight", "weight against effort"),
            _effect("aversion_weight", "weight against aversion"),
        ),
        columns=LOADS,
        expect=_expect_weighed,
        learn=_value_weighed,
        equations=r"\log P(feel) / P(describe) = b + w_v V - w_e E - w_a A",
    ),
)
"""Models of the empathy selection task, the plainest first."""
