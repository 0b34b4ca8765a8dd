"""From a fit to other analyses: events with values and prediction errors, modulators for GLMs."""

from empatune.behaviour.bridges.events import quantities_for, with_quantities
from empatune.behaviour.bridges.modulators import modulated
from empatune.behaviour.bridges.own_or_group import Whose, parameters_of

__all__ = ["Whose", "modulated", "parameters_of", "quantities_for", "with_quantities"]
