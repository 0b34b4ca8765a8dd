"""Peaks, regions and systems, and what is published about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Hemisphere = Literal["left", "right", "middle"]
"""Where a peak lies; ``middle`` within 2 mm of the midline."""

Kind = Literal["meta-analysis", "study"]
"""Whether many studies speak through a source, or one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A publication with coordinates.

    Parameters
    ----------
    citation : str
        Authors and year.
    about : str
        What was studied.
    pmid : str
        Its number in PubMed.
    kind : {"meta-analysis", "study"}
        Whether many studies speak through it, or one.
    """

    citation: str
    about: str
    pmid: str
    kind: Kind = "study"

    def __str__(self) -> str:
        return f"{self.citation}, {self.about}, PMID {self.pmid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """One published coordinate.

    Parameters
    ----------
    x, y, z : float
        MNI coordinates: right, front, top [mm].
    source : Source
        Who published it.
    table : str
        In which table.
    """

    x: float
    y: float
    z: float
    source: Source
    table: str

    @property
    def hemisphere(self) -> Hemisphere:
        """Where the peak lies."""
        if abs(self.x) <= 2:
            return "middle"
        return "left" if self.x < 0 else "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region of a system.

    Parameters
    ----------
    name : str
        Its usual short name.
    summary : str
        Its full name.
    peaks : tuple of Peak
        Published coordinates that belong to it.
    medial : bool
        Whether it lies at the midline, where hemispheres are not told apart.
    largest_radius_mm : float
        A sphere larger than this leaves the region [mm].
    also : tuple of str
        Other names under which it is found.
    confounds : tuple of str
        What else it is known to answer to.
    """

    name: str
    summary: str
    peaks: tuple[Peak, ...]
    medial: bool = False
    largest_radius_mm: float = 12.0
    also: tuple[str, ...] = ()
    confounds: tuple[str, ...] = ()

    @property
    def leading(self) -> tuple[Peak, ...]:
        """Peaks of meta-analyses if there are any, else all."""
        pooled = tuple(peak for peak in self.peaks if peak.source.kind == "meta-analysis")
        return pooled or self.peaks

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where its peaks were published, meta-analyses first."""
        found = dict.fromkeys(peak.source for peak in self.peaks)
        return tuple(sorted(found, key=lambda source: source.kind != "meta-analysis"))


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A component of empathy and the regions that carry it.

    Parameters
    ----------
    name : str
        The name by which users ask for it.
    summary : str
        What the component is.
    regions : tuple of Region
        Its regions.
    """

    name: str
    summary: str
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confound:
    """Something other than empathy that shows in the same places.

    Parameters
    ----------
    name : str
        The name by which users ask for it.
    summary : str
        What it is, and what its source leaves open.
    peaks : tuple of Peak
        Where it shows.
    """

    name: str
    summary: str
    peaks: tuple[Peak, ...]
