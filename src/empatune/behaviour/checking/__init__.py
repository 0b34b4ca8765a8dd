"""Checks of a fitted model: what its people would do, and how well it says what people did."""

from __future__ import annotations

from empatune.behaviour.checking.accuracy import accuracy
from empatune.behaviour.checking.predictive import STATISTICS, Statistic, check, draw_values

__all__ = ["STATISTICS", "Statistic", "accuracy", "check", "draw_values"]
