r"""Donations to people in need, by what is felt for them and thought of them.

.. math::

    x \sim N(b_0 + b_t T + b_d D + b_b B + b_i I, \sigma)

after tenderness :math:`T`, personal distress :math:`D`, perceived blamelessness :math:`B` and
instrumental value :math:`I`, how much good a donation does (Ashar et al. 2016, Emotion 16:691,
https://pubmed.ncbi.nlm.nih.gov/27018610/). Blamelessness and instrumental value may be left out; they
then count as 0, and their weights are what the prior says. The priors are ours and hold for donations
from 0 to 1 (a share of what one has) and causes that are standardised: mean 0, standard deviation 1.
"""

from __future__ import annotations

from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.responses import SHARE

CAUSES = (
    Column(name="tenderness", summary="tenderness that is felt, standardised"),
    Column(name="distress", summary="personal distress that is felt, standardised"),
    Column(name="blamelessness", summary="how little the other is to blame", optional=True),
    Column(name="instrumental", summary="how much good a donation does", optional=True),
)
"""What donations follow."""

LEVEL = Parameter(name="level", summary="donation where all causes are 0", typical=0.4, spread=0.5)
SPREAD = Parameter(
    name="spread",
    summary="standard deviation of donations around what is expected",
    lower=0.01,  # nobody gives in finer steps: somebody who always gives the same stays finite
    typical=0.2,
    spread=0.7,
)


def _expect(values: Values, _: Any, trial: Values) -> Any:
    """Expect what the causes add up to."""
    caused = sum(values[f"{cause.name}_weight"] * trial[cause.name] for cause in CAUSES)
    return values["level"] + caused, values["spread"]


def _value(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Give what is expected, and how far off it was."""
    mean, _ = _expect(values, state, trial)
    return state, {"value": mean, "residual": trial["rating"] - mean}


DONATION_MODELS: tuple[Model, ...] = (
    Model(
        name="donation",
        summary="donations by tenderness, distress, blamelessness and instrumental value",
        doi="",
        parameters=(
            LEVEL,
            *(
                Parameter(
                    name=f"{cause.name}_weight",
                    summary=f"weight of {cause.name}",
                    typical=0.0,
                    spread=0.2,
                )
                for cause in CAUSES
            ),
            SPREAD,
        ),
        columns=CAUSES,
        expect=_expect,
        learn=_value,
        response=SHARE,
        equations=r"x \sim N(b_0 + b_t T + b_d D + b_b B + b_i I, \sigma)",
    ),
)
"""Models of donations; the donation is the column ``rating`` (``--columns rating=donation``)."""
