"""The integrators by name: from parameters to predicted signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from empatune.connectivity.dcm.flow import (
    plan_bins,
    plan_renewals,
    predict_local_linear,
    predict_second_order,
)
from empatune.connectivity.dcm.integration import predict
from empatune.connectivity.dcm.parameters import Parts
from empatune.connectivity.dcm.schedule import plan_steps
from empatune.connectivity.series import Timing


class Integrator(NamedTuple):
    """A way from parameters to signals.

    Attributes
    ----------
    plan : callable
        From a recording's times to what the integrator can know before the parameters.
    predict : callable
        From parameters, plan and width of a bin to signals.
    gates : bool
        Whether it can integrate networks whose activity gates connections.
    """

    plan: Callable[[Timing], Any]
    predict: Callable[[Parts, Any, float], Any]
    gates: bool


INTEGRATORS = {
    "bilinear": Integrator(plan=plan_steps, predict=predict, gates=False),
    "local-linear": Integrator(plan=plan_bins, predict=predict_local_linear, gates=True),
    "second-order": Integrator(plan=plan_renewals, predict=predict_second_order, gates=True),
}
"""SPM12's spm_int (the default), spm_int_J, and spm_int_D."""
