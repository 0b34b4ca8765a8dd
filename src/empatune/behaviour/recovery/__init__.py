"""Whether trials tell a model's parameters, and models from each other, by simulation."""

from __future__ import annotations

from empatune.behaviour.recovery.ceiling import Ceiling, find_ceiling
from empatune.behaviour.recovery.models import ModelRecovery, recover_models
from empatune.behaviour.recovery.parameters import (
    ParameterRecovery,
    Recovered,
    recover_parameters,
)

__all__ = [
    "Ceiling",
    "ModelRecovery",
    "ParameterRecovery",
    "Recovered",
    "find_ceiling",
    "recover_models",
    "recover_parameters",
]
