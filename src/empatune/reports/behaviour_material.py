"""What the page of a fitted model of behaviour rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.fitting.reliability import Reliability

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FitMaterial:
    """A fit and what was computed to judge it.

    Attributes
    ----------
    fit : Fit
        What was found.
    source : str
        Name of the table of trials.
    checks : pandas.DataFrame or None
        What simulated people do (`empatune.behaviour.checking.check`); None if not simulated.
    why_unchecked : str
        Why not.
    accuracy : pandas.DataFrame or None
        How well responses are said beforehand (`empatune.behaviour.checking.accuracy`).
    reliability : tuple of Reliability
        How far people keep parameters from the first session to the last.
    sessions : tuple of str
        Those two; empty without sessions.
    """

    fit: Fit
    source: str
    checks: pd.DataFrame | None = None
    why_unchecked: str = ""
    accuracy: pd.DataFrame | None = None
    reliability: tuple[Reliability, ...] = ()
    sessions: tuple[str, ...] = ()
