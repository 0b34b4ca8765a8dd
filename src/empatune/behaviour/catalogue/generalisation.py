r"""Learning from a person's help, carried over to others of that person's group.

Each member :math:`m` of two groups has a value :math:`V`, the help (or empathy) that is expected,
which begins at the group's. Help :math:`r` by one member moves all values, the more the more alike
they are:

.. math::

    \text{rating} \sim N(V_m, \sigma), \qquad
    V_j \leftarrow V_j + \alpha K(d_{jm}) (r - V_m), \qquad K(d) = e^{-d / \lambda}

where the distance :math:`d` is 0 for the member who helped, 1 for others of the group, and 2 for the
other group. The wider :math:`\lambda`, the more one out-group member's help changes what is
expected of another, as was found by Hein et al. (2016, doi:10.1073/pnas.1514539112). That study's
rule of learning is Rescorla and Wagner's; the kernel, the distances and the priors are ours.

A trial without help to see (only a rating) teaches nothing; one without a rating does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.responses import RATING
from empatune.numerics.differentiable import jnp

GROUPS = ("ingroup", "outgroup")
"""Whose members are met."""

MEMBERS = ("1", "2", "3", "4")
"""At most so many members of a group."""

RATE = Parameter(
    name="rate",
    summary="share of a prediction error that is learnt of the member who helps",
    lower=0.0,
    upper=1.0,
    typical=0.2,
)
WIDTH = Parameter(
    name="width",
    summary="how far learning reaches: where it falls to a share of 1/e",
    unit="distance, 1 within a group and 2 between groups",
    lower=0.0,
    typical=1.0,
    spread=1.0,
)
FIRST = Parameter(
    name="first",
    summary="what is expected before anything happens",
    unit="share of the scale",
    lower=0.0,
    upper=1.0,
    typical=0.5,
    spread=1.0,
)
SPREAD = Parameter(
    name="spread",
    summary="standard deviation of ratings around the value",
    unit="share of the scale",
    lower=0.0,
    typical=0.1,
    spread=1.0,
)


def _start(values: Values, _: Values) -> Any:
    """Begin with the group's value in each member, shape (2, 4)."""
    first = jnp.stack([values[f"first_{group}"] for group in GROUPS])
    return jnp.broadcast_to(first[:, None], (len(GROUPS), len(MEMBERS)))


def _whom(trial: Values) -> tuple[Any, Any]:
    """Mark the group of a trial, shape (2, 1), and the member, shape (2, 4)."""
    group = (jnp.arange(len(GROUPS)) == trial["group"]).astype(float)[:, None]
    member = (jnp.arange(len(MEMBERS)) == trial["member"]).astype(float)
    return group, group * member


def _expect(values: Values, expected: Any, trial: Values) -> Any:
    """Rate what is expected of the member."""
    _, member = _whom(trial)
    return (expected * member).sum(), values["spread"]


def _surprise(expected: Any, trial: Values) -> tuple[Any, Quantities]:
    """Compare help with what was expected; where there was none to see, nothing surprises."""
    _, member = _whom(trial)
    value = (expected * member).sum()
    error = jnp.where(trial["outcome"] >= 0, trial["outcome"] - value, 0.0)
    return error, {"value": value, "prediction_error": error}


def _learn_alone(values: Values, expected: Any, trial: Values) -> tuple[Any, Quantities]:
    """Learn of the member who helped."""
    error, made = _surprise(expected, trial)
    return expected + values["rate"] * error * _whom(trial)[1], made


def _learn_alike(values: Values, expected: Any, trial: Values) -> tuple[Any, Quantities]:
    """Learn of everybody as far as they are like the member who helped."""
    group, member = _whom(trial)
    error, made = _surprise(expected, trial)
    likeness = jnp.exp(-(2 - group - member) / values["width"])
    return expected + values["rate"] * error * likeness, made


ALONE = Model(
    name="generalisation-none",
    summary="help is learnt of each member alone",
    doi="10.1073/pnas.1514539112",
    parameters=(
        RATE,
        *(replace(FIRST, name=f"first_{one}", summary=f"{FIRST.summary}, {one}") for one in GROUPS),
        SPREAD,
    ),
    columns=(
        Column(name="group", summary="whose member", levels=GROUPS),
        Column(name="member", summary="which member of the group", levels=MEMBERS),
        Column(
            name="outcome", summary="whether the member helped, 1 or 0; empty if unseen", empty=-1.0
        ),
    ),
    start=_start,
    expect=_expect,
    learn=_learn_alone,
    response=RATING,
    observes=True,
    equations=r"\text{rating} \sim N(V_m, \sigma),\quad V_m \leftarrow V_m + \alpha (r - V_m)",
)

GENERALISATION_MODELS: tuple[Model, ...] = (
    ALONE,
    replace(
        ALONE,
        name="generalisation",
        summary="help is learnt of everybody, the more the more alike they are",
        parameters=(*ALONE.parameters, WIDTH),
        learn=_learn_alike,
        equations=r"\text{rating} \sim N(V_m, \sigma),\quad "
        r"V_j \leftarrow V_j + \alpha e^{-d_{jm} / \lambda} (r - V_m)",
    ),
)
"""Models of learning about members of groups, the plainest first."""
