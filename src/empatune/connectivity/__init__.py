"""Effective connectivity between regions: dynamic causal models, their groups, and baselines.

What needs JAX (fits and simulations) is loaded when it is first asked for, so that reading
tables or comparing stored fits does without it. Regression DCM and correlations keep rooms of
their own: `empatune.connectivity.regression` and `empatune.connectivity.correlation`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from empatune.connectivity.averaging import average_models, average_participants
from empatune.connectivity.empirical_bayes import GroupFit, fit_group
from empatune.connectivity.families import compare_families_fixed, compare_families_random
from empatune.connectivity.group.design import Design, design_group
from empatune.connectivity.group.priors import GroupSettings
from empatune.connectivity.network import Network, connect
from empatune.connectivity.parameters import Prior, names_of, prior_of
from empatune.connectivity.posterior import Posterior
from empatune.connectivity.reduction import reduce, switch_off
from empatune.connectivity.search import Search, search
from empatune.connectivity.selection import select_fixed, select_random
from empatune.connectivity.series import Series

if TYPE_CHECKING:
    from empatune.connectivity.fitting import Failure, Fit, FitSettings, Task, fit, fit_all, fits_of
    from empatune.connectivity.scoring import Noise
    from empatune.connectivity.simulation import simulate

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
    "Failure": "fitting",
    "Fit": "fitting",
    "FitSettings": "fitting",
    "Noise": "scoring",
    "Task": "fitting",
    "fit": "fitting",
    "fit_all": "fitting",
    "fits_of": "fitting",
    "simulate": "simulation",
}


def __getattr__(name: str) -> object:
    """Load what needs JAX when it is first asked for."""
    if name not in _WITH_JAX:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WITH_JAX[name]}"), name)


def __dir__() -> list[str]:
    """List everything that is exported, loaded or not."""
    return sorted({*globals(), *__all__})
