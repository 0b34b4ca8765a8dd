"""The network that a model supposes: regions, inputs, and which connections may exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from empatune.errors import ConnectivityError
from empatune.typing import BoolArray

Edge = tuple[str, str]
"""A connection: from the first region (or input) to the second region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Which connections, modulations and drives a model has.

    Rows are targets and columns are sources, as SPM's ``a``, ``b``, ``c`` and ``d``.

    Attributes
    ----------
    regions, inputs : tuple of str
        Their names.
    connections : ndarray of bool, shape (n_regions, n_regions)
        Fixed connections; the diagonal (self-inhibition) is always there.
    modulations : ndarray of bool, shape (n_inputs, n_regions, n_regions)
        Connections that an input changes.
    drives : ndarray of bool, shape (n_regions, n_inputs)
        Regions that an input drives.
    gates : ndarray of bool, shape (n_regions, n_regions, n_regions)
        Connections that the activity of a region (first axis) changes; none makes the model
        bilinear.
    two_state : bool
        Whether each region has an excitatory and an inhibitory population (Marreiros et al.
        2008, doi:10.1016/j.neuroimage.2007.08.019) or one population that inhibits itself.
    """

    regions: tuple[str, ...]
    inputs: tuple[str, ...]
    connections: BoolArray
    modulations: BoolArray
    drives: BoolArray
    gates: BoolArray = field(default_factory=lambda: np.zeros((0, 0, 0), bool))
    two_state: bool = False

    def __post_init__(self) -> None:
        """Give every array its shape and type; refuse what does not fit."""
        n, m = len(self.regions), len(self.inputs)
        for kind, names in (("region", self.regions), ("input", self.inputs)):
            _unique(kind, names)
        gates = self.gates if np.size(self.gates) else np.zeros((n, n, n), bool)
        shapes = {
            "connections": (self.connections, (n, n)),
            "modulations": (self.modulations, (m, n, n)),
            "drives": (self.drives, (n, m)),
            "gates": (gates, (n, n, n)),
        }
        for name, (given, shape) in shapes.items():
            array = np.asarray(given)
            if array.shape != shape:
                raise ConnectivityError(
                    f"{name} of the network has shape {array.shape}; with {n} regions and {m} "
                    f"inputs it must be {shape}."
                )
            object.__setattr__(self, name, array.astype(bool))
        object.__setattr__(self, "connections", self.connections | np.eye(n, dtype=bool))

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return len(self.regions)

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return len(self.inputs)

    @property
    def nonlinear(self) -> bool:
        """Whether activity gates connections."""
        return bool(self.gates.any())


def connect(
    regions: Sequence[str],
    inputs: Sequence[str],
    *,
    edges: Iterable[Edge] | None = None,
    modulated: Mapping[str, Iterable[Edge]] | None = None,
    driven: Mapping[str, Iterable[str]] | None = None,
) -> Network:
    """
    Build a network from names.

    Parameters
    ----------
    regions, inputs : sequence of str
        Names of regions and inputs.
    edges : iterable of (source, target), optional
        Fixed connections; left out, every region connects with every other.
    modulated : mapping of input to edges, optional
        Connections that each input changes; a region with itself is its self-inhibition.
    driven : mapping of input to regions, optional
        Regions that each input drives.

    Returns
    -------
    Network
        The network.

    Raises
    ------
    ConnectivityError
        If a name is unknown or an edge is modulated that does not exist.
    """
    n, m = len(regions), len(inputs)
    connections = np.ones((n, n), bool) if edges is None else np.eye(n, dtype=bool)
    for source, target in edges or ():
        connections[_place(target, regions, "region"), _place(source, regions, "region")] = True
    modulations = np.zeros((m, n, n), bool)
    for name, changed in (modulated or {}).items():
        for source, target in changed:
            to, origin = _place(target, regions, "region"), _place(source, regions, "region")
            if not connections[to, origin]:
                raise ConnectivityError(
                    f"{name} modulates {source}->{target}, which is not a connection of the "
                    f"network. Add it to the edges, or take the modulation away."
                )
            modulations[_place(name, inputs, "input"), to, origin] = True
    drives = np.zeros((n, m), bool)
    for name, targets in (driven or {}).items():
        for target in targets:
            drives[_place(target, regions, "region"), _place(name, inputs, "input")] = True
    return Network(
        regions=tuple(regions),
        inputs=tuple(inputs),
        connections=connections,
        modulations=modulations,
        drives=drives,
    )


def _unique(kind: str, names: tuple[str, ...]) -> None:
    """Refuse no names, empty names and names that come twice."""
    if not names or any(not name for name in names) or len(set(names)) < len(names):
        raise ConnectivityError(
            f"{kind} names of a network must be there, not empty and each its own; given: "
            f"{', '.join(map(repr, names)) or 'none'}."
        )


def _place(name: str, names: Sequence[str], kind: str) -> int:
    """Find a name's place, or say which there are."""
    if name not in names:
        raise ConnectivityError(
            f"'{name}' is no {kind} of the network. {kind.capitalize()}s: {', '.join(names)}."
        )
    return list(names).index(name)
