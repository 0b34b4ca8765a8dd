"""Models compared on the same trials: criteria, integrals, and what a group speaks for."""

from __future__ import annotations

from empatune.behaviour.comparison.comparing import compare
from empatune.behaviour.comparison.criteria import CRITERIA, Criterion, criteria_of, find_criterion
from empatune.behaviour.comparison.integration import Integral, integrate
from empatune.behaviour.comparison.record import Comparison

__all__ = [
    "CRITERIA",
    "Comparison",
    "Criterion",
    "Integral",
    "compare",
    "criteria_of",
    "find_criterion",
    "integrate",
]
