"""The study file: settings, their rules, reading and checking."""

from empatune.realtime.study.consistency import timing_problems
from empatune.realtime.study.reading import load, loads
from empatune.realtime.study.settings import (
    BlockSettings,
    Identity,
    NuisanceSettings,
    Participant,
    PreparationSettings,
    ProtocolSettings,
    ScalingSettings,
    ScannerSettings,
    ScoreSettings,
    ShamSettings,
    SignatureSettings,
    name_of,
)
from empatune.realtime.study.study import Study
from empatune.realtime.study.timing import delay_in_volumes, edges_in_volumes

__all__ = [
    "BlockSettings",
    "Identity",
    "NuisanceSettings",
    "Participant",
    "PreparationSettings",
    "ProtocolSettings",
    "ScalingSettings",
    "ScannerSettings",
    "ScoreSettings",
    "ShamSettings",
    "SignatureSettings",
    "Study",
    "delay_in_volumes",
    "edges_in_volumes",
    "load",
    "loads",
    "name_of",
    "timing_problems",
]
