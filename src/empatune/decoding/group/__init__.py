"""The group level of decoding: contrasts of every signature and system over people."""

from empatune.decoding.group.analysis import analyse
from empatune.decoding.group.contrast import Contrast
from empatune.decoding.group.result import Effect, Failure, GroupResult, PersonScore
from empatune.decoding.group.settings import GroupSettings

__all__ = [
    "Contrast",
    "Effect",
    "Failure",
    "GroupResult",
    "GroupSettings",
    "PersonScore",
    "analyse",
]
