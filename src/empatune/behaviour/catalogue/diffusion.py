r"""Drift-diffusion: choices and their times from evidence that drifts between two boundaries.

Evidence starts at :math:`z a` between 0 and :math:`a`, drifts by :math:`v` a second with unit noise,
and decides for 1 at :math:`a` and for 0 at 0; seeing and pressing take :math:`t_0` more:

.. math::

    p(\text{choice}, t) = 0.95 \, f(t - t_0 \mid v, a, z) + 0.05 \cdot 0.1

with the exact Wiener density :math:`f` (Navarro & Fuss 2009, doi:10.1016/j.jmp.2009.02.003), which is
also that of ``choiceRT_ddm`` in hBayesDM (its alpha is our boundary, beta our start, delta our drift
and tau our non-decision time; it has no outliers). One response in twenty may be anything, with a
density of 0.1: the defaults of HDDM's code (``p_outlier`` 0.05 and ``w_outlier`` 0.1; Wiecki, Sofer &
Frank 2013, doi:10.3389/fninf.2013.00014). Drift, boundary and start may be each motive's own
(Saulin et al. 2022, doi:10.1016/j.neuroimage.2021.118827, who let drift, start and non-decision time
vary over trials too; that is left out here), or drift follows what is to be lost and won:

.. math::

    v = v_0 + v_g G - v_c C

The priors are ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from empatune.behaviour.catalogue.allocation import CONDITION, COST, GAIN
from empatune.behaviour.columns import Column
from empatune.behaviour.curvature import Curved, carried
from empatune.behaviour.model import Model, Values
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.responses import Response
from empatune.behaviour.variation import vary
from empatune.behaviour.wiener import log_passage, passage
from empatune.numerics.differentiable import jax, jnp

OUTLIERS = 0.05
"""Share of responses that may be anything (HDDM's ``p_outlier``)."""

OUTLIER_S = 5.0
"""They are as likely at any time up to this, for either choice [s]: HDDM's ``w_outlier``, 0.1."""

SOONEST_S = 1e-4
"""A decision that took less cannot be one [s]."""

LATEST = 4.0
"""Draws end at this many squared boundaries; one in a hundred million would come later."""

N_DRAWN = 500
"""Places of the grid on which times are drawn."""


def _toward(expected: Any, choice: Any) -> tuple[Any, Any, Any]:
    """Turn drift, boundary and start so that the choice is made at the lower boundary."""
    drift, boundary, start = expected
    up = choice > 0.5
    return jnp.where(up, -drift, drift), boundary, jnp.where(up, 1 - start, start)


def _mixed(decided_s: Any, drift: Any, boundary: Any, start: Any) -> Curved:
    """Mix the density of a decision with that of responses that may be anything."""
    possible = decided_s > SOONEST_S
    value, slopes, bends = passage(jnp.where(possible, decided_s, 1.0), drift, boundary, start)
    decision = math.log1p(-OUTLIERS) + value
    anything = math.log(OUTLIERS / (2 * OUTLIER_S))
    either = jnp.where(possible, jnp.logaddexp(decision, anything), anything)
    share = jnp.where(possible, jnp.exp(decision - either), 0.0)
    spread = share * (1 - share)
    return (
        either,
        tuple(share * slope for slope in slopes),
        tuple(
            tuple(
                share * bend + spread * one * slope for bend, slope in zip(row, slopes, strict=True)
            )
            for row, one in zip(bends, slopes, strict=True)
        ),
    )


_log_mixed = carried(_mixed)


def _log_probability(expected: Any, trial: Mapping[str, Any]) -> Any:
    """Score a choice and its time."""
    *diffusion, rest = expected
    return _log_mixed(trial["rt"] - rest, *_toward(diffusion, trial["choice"]))


def _draw(key: Any, expected: Any) -> dict[str, Any]:
    """Draw a choice and its time by the inverse of their cumulative probability."""
    *diffusion, rest = expected
    which, when, lapse, any_choice, any_time = jax.random.split(key, 5)
    shares = jnp.linspace(0.0, 1.0, N_DRAWN + 1)
    times = LATEST * diffusion[1] ** 2 * shares**2
    middle = (times[1:] + times[:-1]) / 2
    masses = jnp.stack(
        [jnp.exp(log_passage(middle, *_toward(diffusion, choice))) for choice in (0.0, 1.0)]
    ) * jnp.diff(times)
    total = masses.sum(axis=1)
    choice = (jax.random.uniform(which) * total.sum() < total[1]).astype(float)
    mass = jnp.where(choice > 0.5, masses[1], masses[0])
    reached = jnp.concatenate([jnp.zeros(1), jnp.cumsum(mass)])
    decided = jnp.interp(jax.random.uniform(when) * reached[-1], reached, times)
    odd = jax.random.uniform(lapse) < OUTLIERS
    lapsed = (jax.random.uniform(any_choice) < 0.5).astype(float)
    late = OUTLIER_S * jax.random.uniform(any_time, minval=1e-6)
    return {
        "choice": jnp.where(odd, lapsed, choice),
        "rt": jnp.where(odd, late, rest + decided),
    }


CHOICE_AND_TIME = Response(
    name="choice and time",
    columns=(
        Column(name="choice", summary="which of two, 1 or 0"),
        Column(name="rt", summary="when it was given, since the offer", unit="s"),
    ),
    log_probability=_log_probability,
    draw=_draw,
)
"""A choice and its time; the model gives drift, boundary, start and non-decision time."""

DRIFT = Parameter(
    name="drift", summary="drift of evidence towards 1", unit="1/s", typical=0.3, spread=1.0
)
BOUNDARY = Parameter(
    name="boundary",
    summary="evidence between the boundaries",
    lower=0.0,
    typical=1.8,
    spread=0.5,
)
START = Parameter(
    name="start",
    summary="where evidence starts, as a share of the boundary",
    lower=0.0,
    upper=1.0,
    typical=0.5,
    spread=0.7,
)
REST = Parameter(
    name="non_decision",
    summary="time that seeing and pressing take",
    unit="s",
    lower=0.0,
    typical=0.5,
    spread=0.7,
)


def _expect(values: Values, _: Any, __: Values) -> Any:
    """Give the diffusion."""
    return values["drift"], values["boundary"], values["start"], values["non_decision"]


def _expect_by_offer(values: Values, state: Any, trial: Values) -> Any:
    """Let drift follow cost and gain."""
    offer = values["drift_gain"] * trial["gain"] - values["drift_cost"] * trial["cost"]
    return _expect({**values, "drift": values["drift"] + offer}, state, trial)


DIFFUSION = Model(
    name="diffusion",
    summary="drift-diffusion of choices and their times",
    doi="10.1016/j.jmp.2009.02.003",
    parameters=(DRIFT, BOUNDARY, START, REST),
    columns=(),
    expect=_expect,
    response=CHOICE_AND_TIME,
    equations=r"p = 0.95 f(t - t_0 \mid v, a, z) + 0.005",
)
DIFFUSION_OFFER = replace(
    DIFFUSION,
    name="diffusion-offer",
    summary="drift-diffusion whose drift follows own cost and other's gain",
    doi="10.1016/j.neuroimage.2021.118827",
    parameters=(
        DRIFT,
        Parameter(name="drift_gain", summary="drift for other's gain", unit="1/s", typical=0.0),
        Parameter(name="drift_cost", summary="drift against own cost", unit="1/s", typical=0.0),
        BOUNDARY,
        START,
        REST,
    ),
    columns=(COST, GAIN),
    expect=_expect_by_offer,
    equations=rf"{DIFFUSION.equations},\quad v = v_0 + v_g G - v_c C",
)


def _by_motive(name: str, which: list[str]) -> Model:
    """Give each motive its own."""
    return replace(
        vary(
            DIFFUSION,
            which,
            CONDITION,
            name=f"diffusion-{name}",
            summary=f"drift-diffusion with {', '.join(which)} of each motive",
        ),
        doi="10.1016/j.neuroimage.2021.118827",
    )


DIFFUSION_MODELS: tuple[Model, ...] = (
    DIFFUSION,
    _by_motive("drifts", ["drift"]),
    _by_motive("starts", ["start"]),
    _by_motive("drifts-starts", ["drift", "start"]),
    _by_motive("motives", ["drift", "boundary", "start"]),
    DIFFUSION_OFFER,
)
"""Models of choices and their times, the plainest first."""
