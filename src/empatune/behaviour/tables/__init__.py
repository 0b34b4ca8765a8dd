"""What a fit found as tidy tables: people, group, trials, sessions, and the facts about it."""

from __future__ import annotations

from empatune.behaviour.tables.facts import METHODS, facts_of, versions
from empatune.behaviour.tables.group import group_table, scale_of
from empatune.behaviour.tables.people import intervals, parameter_table
from empatune.behaviour.tables.sessions import reliability_table
from empatune.behaviour.tables.trials import quantity_table

__all__ = [
    "METHODS",
    "facts_of",
    "group_table",
    "intervals",
    "parameter_table",
    "quantity_table",
    "reliability_table",
    "scale_of",
    "versions",
]
