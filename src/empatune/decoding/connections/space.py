"""A model space: regions, inputs, and the networks that are supposed of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from empatune.bids import label
from empatune.connectivity.network import Edge, Network, connect
from empatune.decoding.connections.records import InputPart, NetworkPart, RegionPart, SpacePart
from empatune.errors import ConnectivityError, NetworkError
from empatune.forms import ContradictionError, Problem, alike


class SpaceContradictionError(ContradictionError, NetworkError):
    """Parts of a file of networks that contradict each other."""

    between = "; "


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpace:
    """Regions, inputs and networks of one file.

    Parameters
    ----------
    regions : dict of str to RegionPart
        Where each region's signal comes from, in the order of the models.
    inputs : dict of str to InputPart
        What each input is made of, in the order of the models.
    networks : dict of str to NetworkPart
        The models by name.
    space : SpacePart
        What it is about.

    Raises
    ------
    NetworkError
        If parts contradict each other.
    """

    regions: Mapping[str, RegionPart]
    inputs: Mapping[str, InputPart]
    networks: Mapping[str, NetworkPart]
    space: SpacePart

    def __post_init__(self) -> None:
        found = [*_region_problems(self), *_input_problems(self), *_network_problems(self)]
        if not found:
            found += _twins(self)
        if found:
            raise SpaceContradictionError(found)

    @property
    def region_names(self) -> tuple[str, ...]:
        """Names of the regions."""
        return tuple(self.regions)

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(self.inputs)

    def network(self, name: str) -> Network:
        """
        Build one of the networks.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Network
            With all regions and inputs of the space, whether this network uses them or not.

        Raises
        ------
        NetworkError
            If there is none of this name.
        """
        if name not in self.networks:
            raise NetworkError(
                f"There is no network '{name}' in {self.space.name}."
                f"{alike(name, list(self.networks))} It has: {', '.join(self.networks)}."
            )
        return _build(self, self.networks[name])


def split_edges(edges: tuple[str, ...]) -> list[Edge]:
    """
    Take written connections apart.

    Parameters
    ----------
    edges : tuple of str
        Such as ``ACC->AI`` or ``ACC<->AI``.

    Returns
    -------
    list of (str, str)
        Source and target of each, both ways where written so.
    """
    found: list[Edge] = []
    for edge in edges:
        source, target = (each.strip("< \t") for each in edge.split("->"))
        found.append((source, target))
        if "<->" in edge:
            found.append((target, source))
    return found


def _build(space: ModelSpace, part: NetworkPart) -> Network:
    return connect(
        space.region_names,
        space.input_names,
        edges=None if part.edges is None else split_edges(part.edges),
        modulated={name: split_edges(edges) for name, edges in part.modulated.items()},
        driven=part.driven,
    )


def _region_problems(space: ModelSpace) -> Iterator[Problem]:
    for name, part in space.regions.items():
        told = [key for key in ("system", "mm", "mask") if getattr(part, key)]
        if len(told) > 1:
            yield Problem(
                where=("regions", name, told[1]),
                text=f"regions.{name} says where it lies by {' and by '.join(told)}; allowed: one "
                "of system, mm and mask.",
            )


def _input_problems(space: ModelSpace) -> Iterator[Problem]:
    for name in space.inputs:
        if name in space.regions:
            yield Problem(
                where=("inputs", name),
                text=f"inputs.{name} has the name of a region: give it one of its own.",
            )


def _network_problems(space: ModelSpace) -> Iterator[Problem]:
    for name, part in space.networks.items():
        path = ("networks", name)
        problems = [*_edge_problems(space, path, part), *_reach_problems(space, path, part)]
        yield from problems
        if not problems:
            try:
                _build(space, part)
            except ConnectivityError as problem:  # such as a modulated edge that is none
                yield Problem(where=(*path, "modulated"), text=f"networks.{name}: {problem}")


def _edge_problems(
    space: ModelSpace, path: tuple[str, str], part: NetworkPart
) -> Iterator[Problem]:
    lists: dict[tuple[str, ...], tuple[str, ...]] = {("edges",): part.edges or ()}
    lists |= {("modulated", each): edges for each, edges in part.modulated.items()}
    for where, edges in lists.items():
        named = [each for edge in split_edges(edges) for each in edge]
        for unknown in dict.fromkeys(each for each in named if each not in space.regions):
            yield _unknown((*path, *where), unknown, "region", list(space.regions))


def _reach_problems(
    space: ModelSpace, path: tuple[str, str], part: NetworkPart
) -> Iterator[Problem]:
    for table in ("modulated", "driven"):
        for each in getattr(part, table):
            if each not in space.inputs:
                yield _unknown((*path, table, each), each, "input", list(space.inputs))
    for each, regions in part.driven.items():
        for unknown in (region for region in regions if region not in space.regions):
            yield _unknown((*path, "driven", each), unknown, "region", list(space.regions))
    if not part.driven:
        yield Problem(
            where=path,
            text=f"networks.{path[1]} has no driven regions: nothing would ever be active. Add "
            f'driven, such as driven = {{ {next(iter(space.inputs))} = ["'
            f'{next(iter(space.regions))}"] }}.',
        )


def _unknown(where: tuple[str, ...], name: str, kind: str, known: list[str]) -> Problem:
    return Problem(
        where=where,
        text=f"{'.'.join(where)} names the {kind} '{name}', which does not exist; allowed: "
        f"{', '.join(known)}.{alike(name, known)}",
    )


def _twins(space: ModelSpace) -> Iterator[Problem]:
    for one, other in combinations(space.networks, 2):
        if label(one).lower() == label(other).lower():  # names of files have letters and digits
            yield Problem(
                where=("networks", other),
                text=f"networks.{other} differs from networks.{one} in signs or case alone: give "
                "it a name of its own.",
            )
    built = {name: space.network(name) for name in space.networks}
    for (one, first), (other, second) in combinations(built.items(), 2):
        parts = ("connections", "modulations", "drives")
        if all(np.array_equal(getattr(first, each), getattr(second, each)) for each in parts):
            yield Problem(
                where=("networks", other),
                text=f"networks.{other} is the same model as networks.{one}: leave one of them "
                "out, or change it.",
            )
