"""The framework of motivated empathy as a generative model: context, motives, components."""

from empatune.motives.parameters import PARAMETERS, Parameter, population
from empatune.motives.responses import KINDS, LOADINGS, QUANTITIES, Quantity
from empatune.motives.simulate import TRAITS, Experiment, Simulated, expect, simulate

__all__ = [
    "KINDS",
    "LOADINGS",
    "PARAMETERS",
    "QUANTITIES",
    "TRAITS",
    "Experiment",
    "Parameter",
    "Quantity",
    "Simulated",
    "expect",
    "population",
    "simulate",
]
