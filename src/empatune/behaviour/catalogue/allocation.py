r"""Giving something up for another, under a motive.

.. math::

    \log \frac{P(1)}{P(0)} = b + w_g G - w_c C

with what the other gains, :math:`G`, what it costs oneself, :math:`C`, and a bias :math:`b`; the bias
or the weights may be each motive's own. Where cost and gain hang together (r = -.92 in the task of
Saulin et al. 2022, doi:10.1016/j.neuroimage.2021.118827) one weight of their difference,
:math:`w (G - C)`, is better known.
Costs and gains are in hundreds of points (``--scale cost=0.01``). The priors are ours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.variation import vary

CONDITION = Column(
    name="condition",
    summary="the motive that was induced",
    levels=("control", "empathy", "reciprocity", "multi"),
)
COST = Column(
    name="cost",
    summary="what is given up (--scale cost=0.01 if in points)",
    unit="hundreds of points",
)
GAIN = Column(
    name="gain",
    summary="what the other gains (--scale gain=0.01 if in points)",
    unit="hundreds of points",
)
BIAS = Parameter(name="bias", summary="log odds of giving apart from the offer", typical=0.0)
WEIGHT = Parameter(
    name="weight", summary="weight of gain less cost", unit="1/100 points", typical=0.3, spread=1.0
)
COST_WEIGHT = replace(WEIGHT, name="cost_weight", summary="weight against own cost")
GAIN_WEIGHT = replace(WEIGHT, name="gain_weight", summary="weight of other's gain")


def _expect_relative(values: Values, _: Any, trial: Values) -> Any:
    """Weigh gain against cost."""
    return values["bias"] + values["weight"] * (trial["gain"] - trial["cost"])


def _expect_weighed(values: Values, _: Any, trial: Values) -> Any:
    """Weigh gain and cost apart."""
    gained = values["gain_weight"] * trial["gain"]
    return values["bias"] + gained - values["cost_weight"] * trial["cost"]


def _value_relative(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Give the value of giving."""
    return state, {"value": _expect_relative(values, state, trial)}


def _value_weighed(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Give the value of giving."""
    return state, {"value": _expect_weighed(values, state, trial)}


ALLOCATION = Model(
    name="allocation",
    summary="giving by a bias and one weight of gain less cost",
    doi="10.1016/j.neuroimage.2021.118827",
    parameters=(BIAS, WEIGHT),
    columns=(COST, GAIN),
    expect=_expect_relative,
    learn=_value_relative,
    equations=r"\log P(1) / P(0) = b + w (G - C)",
)
ALLOCATION_WEIGHTS = replace(
    ALLOCATION,
    name="allocation-weights",
    summary="giving by a bias, a weight of gain and one of cost",
    parameters=(BIAS, GAIN_WEIGHT, COST_WEIGHT),
    expect=_expect_weighed,
    learn=_value_weighed,
    equations=r"\log P(1) / P(0) = b + w_g G - w_c C",
)

ALLOCATION_MODELS: tuple[Model, ...] = (
    ALLOCATION,
    vary(
        ALLOCATION,
        ["bias"],
        CONDITION,
        name="allocation-biases",
        summary="one weight of gain less cost, a bias of each motive",
    ),
    vary(
        ALLOCATION,
        ["weight"],
        CONDITION,
        name="allocation-motives",
        summary="a weight of gain less cost of each motive, one bias",
    ),
    vary(
        ALLOCATION,
        ["bias", "weight"],
        CONDITION,
        name="allocation-biases-motives",
        summary="a bias and a weight of gain less cost of each motive",
    ),
    ALLOCATION_WEIGHTS,
)
"""Models of giving under motives, the plainest first."""
