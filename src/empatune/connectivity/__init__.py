"""Effective connectivity between regions: dynamic causal models, their groups, and baselines.

What needs JAX (fits and simulations) is loaded when it is first asked for, so that reading
tables or comparing stored fits does without it. Regression DCM and correlations keep rooms of
their own: `empatune.connectivity.regression` and `empatune.connectivity.correlation`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from empatune.connectivity.comparison.families import (
    compare_families_fixed,
    compare_families_random,
)
from empatune.connectivity.comparison.reduction import reduce, switch_off
from empatune.connectivity.comparison.search import Search, search
from empatune.connectivity.dcm.parameters import Prior, names_of, prior_of
from empatune.connectivity.group.averaging import average_models, average_participants
from empatune.connectivity.group.design import Design, design_group
from empatune.connectivity.group.empirical_bayes import GroupFit, fit_group
from empatune.connectivity.group.priors import GroupSettings
from empatune.connectivity.network import Network, connect
from empatune.connectivity.posterior import Posterior
from empatune.connectivity.series import Series
from empatune.numerics.model_selection import select_fixed, select_random

if TYPE_CHECKING:
    from empatune.connectivity.dcm.fit import Failure, Fit
    from empatune.connectivity.dcm.fitting import FitSettings, Task, fit, fit_all, fits_of
    from empatune.connectivity.dcm.scoring import Noise
    from empatune.connectivity.dcm.simulation import simulate

__all__ = [
    "Design",
    "Failure",
    "Fit",
    "FitSettings",
    "GroupFit",
    "GroupSettings",
    "Network",
    "Noise",
    "Posterior",
    "Prior",
    "Search",
    "Series",
    "Task",
    "average_models",
    "average_participants",
    "compare_families_fixed",
    "compare_families_random",
    "connect",
    "design_group",
    "fit",
    "fit_all",
    "fit_group",
    "fits_of",
    "names_of",
    "prior_of",
    "reduce",
    "search",
    "select_fixed",
    "select_random",
    "simulate",
    "switch_off",
]

_WITH_JAX = {
    "Failure": "dcm.fit",
    "Fit": "dcm.fit",
    "FitSettings": "dcm.fitting",
    "Noise": "dcm.scoring",
    "Task": "dcm.fitting",
    "fit": "dcm.fitting",
    "fit_all": "dcm.fitting",
    "fits_of": "dcm.fitting",
    "simulate": "dcm.simulation",
}


def __getattr__(name: str) -> object:
    """Load what needs JAX when it is first asked for."""
    if name not in _WITH_JAX:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WITH_JAX[name]}"), name)


def __dir__() -> list[str]:
    """List everything that is exported, loaded or not."""
    return sorted({*globals(), *__all__})
