"""The network in which motives show: ACC, AI and VS, and what each motive says of its connections.

Hein, Morishima, Leiberg, Sul & Fehr 2016 (Science 351:1074, doi:10.1126/science.aac7992): the
same help, given from empathy, comes with a positive influence of ACC on AI; given from
reciprocity, with a positive influence of AI on ACC and an even stronger one of AI on VS besides.
Signs and order are the paper's; strengths, inputs and the set of models are ours (the paper's
were not open to us).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from empatune.connectivity.network import Edge, Network, connect
from empatune.errors import UsageError
from empatune.systems import Peak, Region, find

REGIONS = ("ACC", "AI", "VS")
"""Regions of the network; names of `empatune.systems`."""

TO_AI, TO_ACC, TO_VS, FROM_VS = ("ACC", "AI"), ("AI", "ACC"), ("AI", "VS"), ("VS", "AI")

EDGES: tuple[Edge, ...] = (TO_AI, TO_ACC, TO_VS, FROM_VS)
"""Connections of the network: the three that motives change, and the way back from VS."""

RADIUS_MM = 8.0
"""Radius of a region's sphere, unless the region is smaller [mm]; our choice."""

Side = Literal["left", "right", "both"]
"""Which hemisphere's AI and VS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Motive:
    """What a motive says of the network.

    Attributes
    ----------
    name, summary : str
        Its name, and in a line what it says.
    positive : tuple of Edge
        Connections that the motive makes more positive; it leaves the others alone.
    order : tuple of (Edge, Edge)
        Pairs of which the first is changed more.
    doi : str
        Who found it.
    """

    name: str
    summary: str
    positive: tuple[Edge, ...]
    order: tuple[tuple[Edge, Edge], ...] = ()
    doi: str = "10.1126/science.aac7992"


MOTIVES = MappingProxyType(
    {
        motive.name: motive
        for motive in (
            Motive(name="empathy", summary="ACC moves AI", positive=(TO_AI,)),
            Motive(
                name="reciprocity",
                summary="ACC moves AI, AI moves ACC, and AI moves VS even more",
                positive=(TO_AI, TO_ACC, TO_VS),
                order=((TO_VS, TO_ACC),),
            ),
        )
    }
)
"""Every motive with a known network, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a region's signal is taken.

    Attributes
    ----------
    region : str
        Name of the region.
    summary : str
        Its full name.
    centres_mm : tuple of (float, float, float)
        Centre of each sphere, MNI: one, or one a hemisphere [mm].
    radius_mm : float
        Radius of the spheres [mm].
    sources : tuple of str
        Publications whose peaks were averaged.
    """

    region: str
    summary: str
    centres_mm: tuple[tuple[float, float, float], ...]
    radius_mm: float
    sources: tuple[str, ...]


def motive_network(modulator: str = "motive", drives: Sequence[str] = ("decisions",)) -> Network:
    """
    Build the network of motives.

    Every drive may move every region, so that a change of activity alone needs no change of
    connections.

    Parameters
    ----------
    modulator : str
        Input that is on while the motive is; it changes all connections between regions.
    drives : sequence of str
        Inputs that move the regions; decisions of each condition apart, where both are there.

    Returns
    -------
    Network
        ACC, AI and VS, with the connections of EDGES.
    """
    return connect(
        REGIONS,
        (*drives, modulator),
        edges=EDGES,
        modulated={modulator: EDGES},
        driven=dict.fromkeys(drives, REGIONS),
    )


def places(side: Side = "both") -> tuple[Place, ...]:
    """
    Tell where the regions of the network are: means of leading peaks of `empatune.systems`.

    Parameters
    ----------
    side : {'left', 'right', 'both'}
        Hemisphere of AI and VS; ACC lies in the middle.

    Returns
    -------
    tuple of Place
        A place for each of REGIONS.
    """
    return tuple(_place(name, side) for name in REGIONS)


def parameter_of(edge: Edge, modulator: str = "motive") -> str:
    """
    Name the parameter by which a motive changes a connection.

    Parameters
    ----------
    edge : Edge
        Source and target.
    modulator : str
        Input that is on while the motive is.

    Returns
    -------
    str
        The name in posteriors and tables: ``B[motive] AI<-ACC``.
    """
    return f"B[{modulator}] {edge[1]}<-{edge[0]}"


def _place(name: str, side: Side) -> Place:
    """Average the leading peaks of a region, each hemisphere by itself."""
    region = find(name)
    if not isinstance(region, Region):
        raise UsageError(f"'{name}' is no region of the component systems.")
    groups = [region.leading]
    if not region.medial:
        sides = ("left", "right") if side == "both" else (side,)
        groups = [tuple(peak for peak in region.leading if peak.hemisphere == s) for s in sides]
    used = dict.fromkeys(str(peak.source) for group in groups for peak in group)
    return Place(
        region=region.name,
        summary=region.summary,
        centres_mm=tuple(_centre(group) for group in groups),
        radius_mm=min(RADIUS_MM, region.largest_radius_mm),
        sources=tuple(used),
    )


def _centre(peaks: tuple[Peak, ...]) -> tuple[float, float, float]:
    """Average peaks [mm]."""
    x, y, z = np.mean([(peak.x, peak.y, peak.z) for peak in peaks], axis=0).round(1).tolist()
    return x, y, z
