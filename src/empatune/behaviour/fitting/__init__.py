"""Ways to fit a model: maximum likelihood, MAP, empirical Bayes, and full sampling."""

from __future__ import annotations

from empatune.behaviour.fitting.design import Design, design_of
from empatune.behaviour.fitting.hierarchy import fit_group
from empatune.behaviour.fitting.methods import FitSettings, fit
from empatune.behaviour.fitting.point import fit_each
from empatune.behaviour.fitting.record import Fit, Group, Method, Unfitted

__all__ = [
    "Design",
    "Fit",
    "FitSettings",
    "Group",
    "Method",
    "Unfitted",
    "design_of",
    "fit",
    "fit_each",
    "fit_group",
]
