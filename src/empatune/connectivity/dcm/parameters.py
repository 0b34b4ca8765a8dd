"""The parameters of a dynamic causal model: their order in a vector, names and priors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from empatune.connectivity.network import Network
from empatune.typing import BoolArray, FloatArray

HAEMODYNAMIC_VARIANCE = 1 / 256
"""Prior variance of transit, decay and epsilon (SPM12 r7771, spm_dcm_fmri_priors)."""

CONNECTION_MEAN = 1 / 128
"""Prior mean of a connection between regions (the same source)."""

CONNECTION_VARIANCE = 1 / 64
"""Prior variance of a connection and of a log self-inhibition (the same source)."""

TWO_STATE_ABSENT = -32.0
"""Log of a connection that is not there, with two populations a region (the same source)."""

TWO_STATE_VARIANCES = {"a": 1 / 16, "b": 1 / 4, "c": 4.0, "d": 1 / 4}
"""Prior variances with two populations a region (the same source)."""

ONE_STATE_VARIANCES = {"a": CONNECTION_VARIANCE, "b": 1.0, "c": 1.0, "d": 1.0}
"""Prior variances with one population a region (the same source)."""


class Sizes(NamedTuple):
    """What decides the shape of a vector of parameters."""

    n_regions: int
    n_inputs: int
    nonlinear: bool = False
    two_state: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A vector of parameters taken apart; arrays end in the axis of vectors (lanes).

    Attributes
    ----------
    a : array, shape (n_regions, n_regions, n_lanes)
        Fixed connections [Hz]; the diagonal is a log scale of self-inhibition.
    b : array, shape (n_inputs, n_regions, n_regions, n_lanes)
        Changes of connections by inputs.
    c : array, shape (n_regions, n_inputs, n_lanes)
        Drives, in sixteenths [Hz].
    d : array, shape (n_regions or 0, n_regions, n_regions, n_lanes)
        Changes of connections by the activity of a region.
    transit : array, shape (n_regions, n_lanes)
        Log scale of the transit time.
    decay, epsilon : array, shape (n_lanes,)
        Log scales of the signal's decay and of the intravascular share.
    two_state : bool
        Whether a region has two populations.
    """

    a: Any
    b: Any
    c: Any
    d: Any
    transit: Any
    decay: Any
    epsilon: Any
    two_state: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is believed of the parameters before the data, in the order of SPM's spm_vec.

    Attributes
    ----------
    names : tuple of str
        A name per parameter: ``A AI<-ACC``, ``B[motive] AI<-ACC``, ``C AI<-events`` ...
    mean, variance : ndarray, shape (n_parameters,)
        Prior mean and variance; a variance of 0 fixes the parameter.
    """

    names: tuple[str, ...]
    mean: FloatArray
    variance: FloatArray

    @property
    def free(self) -> BoolArray:
        """Which parameters are estimated, shape (n_parameters,)."""
        free: BoolArray = self.variance > 0
        return free


def names_of(network: Network) -> tuple[str, ...]:
    """
    Name the parameters of a network in their order.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    tuple of str
        Connections, modulations, drives, gates (of nonlinear networks), transit, decay, epsilon;
        within each kind sources change slower than targets (columns first, as SPM).
    """
    regions, inputs = network.regions, network.inputs
    edges = [f"{to}<-{origin}" for origin in regions for to in regions]
    names = [f"A {edge}" for edge in edges]
    names += [f"B[{name}] {edge}" for name in inputs for edge in edges]
    names += [f"C {to}<-{name}" for name in inputs for to in regions]
    if network.nonlinear:
        names += [f"D[{gate}] {edge}" for gate in regions for edge in edges]
    names += [f"transit {region}" for region in regions]
    return (*names, "decay", "epsilon")


def prior_of(network: Network) -> Prior:
    """
    Give SPM12's priors for a network.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    Prior
        Names, means and variances.
    """
    n = network.n_regions
    variances = TWO_STATE_VARIANCES if network.two_state else ONE_STATE_VARIANCES
    present = network.connections.T.ravel().astype(float)
    if network.two_state:
        means = (1 - present) * TWO_STATE_ABSENT
    else:
        means = (network.connections & ~np.eye(n, dtype=bool)).T.ravel() * CONNECTION_MEAN
    gates = [_columns(network.gates) * variances["d"]] if network.nonlinear else []
    changes = [
        _columns(network.modulations) * variances["b"],
        network.drives.T.ravel() * variances["c"],
        *gates,
    ]
    haemodynamic = np.full(n + 2, HAEMODYNAMIC_VARIANCE)
    return Prior(
        names=names_of(network),
        mean=np.concatenate([means, *map(np.zeros_like, changes), np.zeros(n + 2)]),
        variance=np.concatenate([present * variances["a"], *changes, haemodynamic]),
    )


def sizes_of(network: Network) -> Sizes:
    """
    Tell the sizes of a network.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    Sizes
        Numbers of regions and inputs, and which equations.
    """
    return Sizes(network.n_regions, network.n_inputs, network.nonlinear, network.two_state)


def take_apart(vectors: Any, sizes: Sizes) -> Parts:
    """
    Take vectors of parameters apart.

    Parameters
    ----------
    vectors : array, shape (n_parameters, n_lanes)
        Parameters, one vector a column (numpy or JAX).
    sizes : Sizes
        Sizes of the network that they are of.

    Returns
    -------
    Parts
        Its arrays.
    """
    n, m = sizes.n_regions, sizes.n_inputs
    lengths = [n * n, m * n * n, m * n, n * n * n if sizes.nonlinear else 0, n, 1]
    ends = np.cumsum(lengths)
    starts = ends - lengths
    a, b, c, d, transit, decay = (
        vectors[start:end] for start, end in zip(starts, ends, strict=True)
    )
    lanes = vectors.shape[1]
    return Parts(
        a=a.reshape(n, n, lanes).transpose(1, 0, 2),
        b=b.reshape(m, n, n, lanes).transpose(0, 2, 1, 3),
        c=c.reshape(m, n, lanes).transpose(1, 0, 2),
        d=d.reshape(-1, n, n, lanes).transpose(0, 2, 1, 3),
        transit=transit,
        decay=decay[0],
        epsilon=vectors[-1],
        two_state=sizes.two_state,
    )


def _columns(edges: BoolArray) -> FloatArray:
    """Flatten stacks of (target, source) with targets changing fastest."""
    return edges.transpose(0, 2, 1).ravel().astype(float)
