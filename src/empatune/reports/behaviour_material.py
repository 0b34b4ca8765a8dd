"""What the page of a fitted model of behaviour rests on."""

from __future__ import annotations

from dataclasses import dataclass

from empatune.behaviour.fitting.record import Fit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FitMaterial:
    """A fit and what was computed to judge it.

    Attributes
    ----------
    fit : Fit
        What was found.
    source : str
        Name of the table of trials.
    alone : Fit or None
        The same people, each alone, where they were fitted as a group.
    """

    fit: Fit
    source: str
    alone: Fit | None = None
