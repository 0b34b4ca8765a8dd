"""Experiments as designs: conditions in the terms of context, timing, responses, contrasts."""

from empatune.paradigms.contrasts import cell_weights, find_contrast, people_of
from empatune.paradigms.paradigm import Paradigm
from empatune.paradigms.reading import library, load, loads, template
from empatune.paradigms.records import Condition, Contrast, Group, Phase, Response, Session, Target
from empatune.paradigms.vocabulary import QUANTITIES, TRAININGS, TRAITS

__all__ = [
    "QUANTITIES",
    "TRAININGS",
    "TRAITS",
    "Condition",
    "Contrast",
    "Group",
    "Paradigm",
    "Phase",
    "Response",
    "Session",
    "Target",
    "cell_weights",
    "find_contrast",
    "library",
    "load",
    "loads",
    "people_of",
    "template",
]
