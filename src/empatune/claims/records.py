"""What a claim is: a statement of the literature in terms that can be simulated and tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Section = Literal[
    "components", "avoidance", "approach", "neural level", "interventions", "future directions"
]
"""Where in the review the statement stands."""

Kind = Literal["response", "region", "structure"]
"""Behaviour, activity of a brain region, or its thickness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """What is different from the model's defaults, or from the paradigm.

    Parameters
    ----------
    parameters : mapping of str to float
        Parameters of the model [their units].
    groups : mapping of str to mapping
        By group of people, parameters that differ for them alone.
    features : mapping of str to float
        Features that every trial gets.
    """

    parameters: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    features: Mapping[str, float] = field(default_factory=dict)


CUT = Switch(parameters={"coupling": 0.0})
"""The path from motives to empathy is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Evidence against a claim, and what in the model stands for it.

    Parameters
    ----------
    text : str
        What was found, in our words.
    source : str
        Who found it.
    switch : Switch
        What stands for it.
    sign : int
        What is then expected of the contrast: -1, 0 or 1.
    """

    text: str
    source: str
    switch: Switch
    sign: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One empirical statement of the review.

    Parameters
    ----------
    name : str
        How it is called.
    text : str
        What it says, in our words.
    section : str
        Where in the review it stands.
    source : str
        The study that the review cites for it.
    doi : str
        Its DOI; empty where none could be confirmed.
    paradigm : str
        The design in which it is tested.
    contrast : str
        The contrast of that design.
    kind : str
        What is measured.
    measure : str
        Name of the response or region.
    by_surprise : bool
        True if the measure shall follow the trial-by-trial prediction error that the model
        with its defaults computes, in the trials of the contrast.
    sign : int
        Predicted sign of the contrast.
    size : str
        What size was found, with its source; empty where none could be read.
    cut : Switch
        What cuts the path by which the model explains it.
    counters : tuple of Counter
        Evidence against it.
    evidence : str
        What real data of others showed; empty if none was tested.
    """

    name: str
    text: str
    section: Section
    source: str
    doi: str = ""
    paradigm: str
    contrast: str
    kind: Kind = "response"
    measure: str
    by_surprise: bool = False
    sign: int = 1
    size: str = ""
    cut: Switch = CUT
    counters: tuple[Counter, ...] = ()
    evidence: str = ""
