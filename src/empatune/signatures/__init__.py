"""Published weight maps of states of the brain: finding, loading, and scoring images on them."""

from empatune.signatures.catalogue import CATALOGUE, Entry
from empatune.signatures.expression import (
    MEASURES,
    Expresser,
    ExpressionSettings,
    Scores,
    prepare_expression,
    warn_of_coverage,
)
from empatune.signatures.signature import Signature, data_folders, find, load
from empatune.signatures.streaming import ImageScores, express

__all__ = [
    "CATALOGUE",
    "MEASURES",
    "Entry",
    "Expresser",
    "ExpressionSettings",
    "ImageScores",
    "Scores",
    "Signature",
    "data_folders",
    "express",
    "find",
    "load",
    "prepare_expression",
    "warn_of_coverage",
]
