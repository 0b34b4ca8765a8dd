r"""Choosing between two allocations of points to oneself, the own group and another group.

.. math::

    \log \frac{P(1)}{P(0)} = w_s \Delta S + w_i \Delta I + w_o \Delta O

with what the first allocation gives more than the second to oneself, :math:`\Delta S`, to a member of
the own group, :math:`\Delta I`, and of another, :math:`\Delta O`. Where identification :math:`g` with
the own group differs between trials (several groups, or induced), it may move weight from the one to
the other,

.. math::

    w_i = \bar w_i + \gamma g, \qquad w_o = \bar w_o - \gamma g

so that preference turns at :math:`g = (\bar w_o - \bar w_i) / 2 \gamma`: people who identify little
preferred rewards for the other group (Hackel et al. 2017, doi:10.1093/scan/nsx045). Identification
that was asked once a person is a covariate of the weights of ``social-value`` instead
(``design_of``). The direction of two weights is the angle of social value orientation,

.. math::

    \theta = \arctan_2(w_{other}, w_s)

0 degrees in who counts themselves alone, 45 in who counts both alike, below 0 in who takes from
others. The equations and the priors are ours; points are in steps of about what allocations differ by
(``--scale``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.numerics.differentiable import jnp

PARTIES = {"own": "oneself", "ingroup": "a member of the own group", "outgroup": "one of another"}
"""Who gets points, by the beginning of the columns that tell how many."""

POINTS = tuple(
    Column(
        name=f"{party}_{option}", summary=f"what {said} gets if {option} is chosen", unit="points"
    )
    for option in (1, 0)
    for party, said in PARTIES.items()
)
IDENTIFICATION = Column(
    name="identification", summary="with the own group in this trial; 0 is average"
)

WEIGHTS = tuple(
    Parameter(
        name=f"{party}_weight",
        summary=f"weight of points for {said}",
        unit="1/point",
        typical=typical,
        spread=1.0,
    )
    for (party, said), typical in zip(PARTIES.items(), (1.0, 0.5, 0.3), strict=True)
)
SHIFT = Parameter(
    name="identification_weight",
    summary="weight that moves from the other group to the own with identification",
    unit="1/point",
    typical=0.0,
    spread=0.5,
)


def social_value_angle(own: Any, other: Any) -> Any:
    """
    Give the angle of social value orientation.

    Parameters
    ----------
    own : array, shape (...)
        Weight of points for oneself [1/point].
    other : array, shape (...)
        Weight of points for the other [1/point].

    Returns
    -------
    array, shape (...)
        Angle, -180 to 180 [degree].
    """
    return jnp.rad2deg(jnp.arctan2(jnp.asarray(other, float), jnp.asarray(own, float)))


def _expect(values: Values, _: Any, trial: Values) -> Any:
    """Weigh what each gets more if 1 is chosen."""
    return sum(
        values[f"{party}_weight"] * (trial[f"{party}_1"] - trial[f"{party}_0"]) for party in PARTIES
    )


def _value(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Give how much better 1 is, and the angles towards either group."""
    return state, {
        "value": _expect(values, state, trial),
        **{
            f"angle_{group}": social_value_angle(values["own_weight"], values[f"{group}_weight"])
            for group in ("ingroup", "outgroup")
        },
    }


def _identified(values: Values, trial: Values) -> Values:
    """Move weight from the other group to the own."""
    moved = values["identification_weight"] * trial["identification"]
    return {
        **values,
        "ingroup_weight": values["ingroup_weight"] + moved,
        "outgroup_weight": values["outgroup_weight"] - moved,
    }


def _expect_identified(values: Values, state: Any, trial: Values) -> Any:
    """Weigh points by identification."""
    return _expect(_identified(values, trial), state, trial)


def _value_identified(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Give value and angles at this trial's identification."""
    return _value(_identified(values, trial), state, trial)


SOCIAL_VALUE = Model(
    name="social-value",
    summary="a weight of points for oneself, for the own group and for another",
    doi="10.1093/scan/nsx045",
    parameters=WEIGHTS,
    columns=POINTS,
    expect=_expect,
    learn=_value,
    equations=r"\log P(1) / P(0) = w_s \Delta S + w_i \Delta I + w_o \Delta O",
)

SOCIAL_VALUE_MODELS: tuple[Model, ...] = (
    SOCIAL_VALUE,
    replace(
        SOCIAL_VALUE,
        name="social-value-identification",
        summary="weights of points that identification moves from the other group to the own",
        parameters=(*WEIGHTS, SHIFT),
        columns=(*POINTS, IDENTIFICATION),
        expect=_expect_identified,
        learn=_value_identified,
        equations=r"\log P(1) / P(0) = w_s \Delta S + (w_i + \gamma g) \Delta I + "
        r"(w_o - \gamma g) \Delta O",
    ),
)
"""Models of allocations to groups, the plainest first."""
