"""Drift-diffusion whose drift and non-decision time vary from trial to trial, as in HDDM.

A model of one's own, to see what leaving this variability out does to the other parameters. Drift
is normal over trials, which has a closed form: the density without drift times

    exp((s^2 a^2 w^2 - 2 v a w - v^2 t) / (2 (1 + s^2 t))) / sqrt(1 + s^2 t)

(Ratcliff & Tuerlinckx 2002, doi:10.3758/BF03196302). Non-decision time is uniform, by midpoints.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from empatune.behaviour.catalogue.allocation import CONDITION
from empatune.behaviour.catalogue.diffusion import (
    CHOICE_AND_TIME,
    DIFFUSION,
    OUTLIER_S,
    OUTLIERS,
    SOONEST_S,
)
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.variation import vary
from empatune.behaviour.wiener import log_passage
from empatune.numerics.differentiable import jax, jnp

N_POINTS = 5
"""Midpoints of the interval of non-decision times."""

IMPOSSIBLE = -1e3
"""Log density of what cannot be; the derivatives of a true zero are not numbers."""


def log_probability(expected: Any, trial: Mapping[str, Any]) -> Any:
    """Score a choice and its time."""
    drift, boundary, start, rest, spread, width = expected
    up = trial["choice"] > 0.5
    toward, begin = jnp.where(up, -drift, drift), jnp.where(up, 1 - start, start)

    def at(share: Any) -> Any:
        decided = trial["rt"] - rest - width * share
        possible = decided > SOONEST_S
        time = jnp.where(possible, decided, 1.0)
        wide = 1 + spread**2 * time
        pull = (spread * boundary * begin) ** 2 - 2 * toward * boundary * begin - toward**2 * time
        still = log_passage(time, 0.0 * time, boundary, begin)
        return jnp.where(possible, still + pull / (2 * wide) - jnp.log(wide) / 2, IMPOSSIBLE)

    places = (jnp.arange(N_POINTS) + 0.5) / N_POINTS - 0.5
    log_density = jax.nn.logsumexp(jax.vmap(at)(places))
    anything = math.log(OUTLIERS / (2 * OUTLIER_S))
    return jnp.logaddexp(math.log1p(-OUTLIERS) - math.log(N_POINTS) + log_density, anything)


def expect(values: Mapping[str, Any], state: Any, trial: Mapping[str, Any]) -> Any:
    """Give the diffusion with its variability."""
    plain = DIFFUSION.expect(values, state, trial)
    return (*plain, values["drift_spread"], values["non_decision_width"])


DIFFUSION_VARIABLE = replace(
    DIFFUSION,
    name="diffusion-variable",
    summary="drift-diffusion whose drift and non-decision time vary over trials",
    doi="10.3758/BF03196302",
    parameters=(
        *DIFFUSION.parameters,
        Parameter(
            name="drift_spread",
            summary="SD of drift over trials",
            unit="1/s",
            lower=0.0,
            typical=0.5,
            spread=0.7,
        ),
        Parameter(
            name="non_decision_width",
            summary="width of non-decision times over trials",
            unit="s",
            lower=0.0,
            typical=0.3,
            spread=0.7,
        ),
    ),
    expect=expect,
    response=replace(CHOICE_AND_TIME, log_probability=log_probability),
)
DIFFUSION_MOTIVES_VARIABLE = vary(
    DIFFUSION_VARIABLE,
    ["drift", "boundary", "start"],
    CONDITION,
    name="diffusion-motives-variable",
)
