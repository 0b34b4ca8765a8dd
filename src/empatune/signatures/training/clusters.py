"""Where a map's certain weights lie: clusters, their peaks, the regions they reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from empatune.core import Grid
from empatune.signatures.similarity import label_regions
from empatune.typing import Array, BoolArray

MNI = "MNI"
"""The space in which regions of the component systems have names."""

SMALLEST_MM3 = 200.0
"""Clusters below this volume are not listed [mm^3]."""

RADIUS_MM = 8.0
"""Reach of a region around its published peaks [mm]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Neighbouring voxels whose weights have the same sign.

    Parameters
    ----------
    sign : {"positive", "negative"}
        The sign of the weights.
    n_voxels : int
        Its size.
    volume_mm3 : float
        Its size [mm^3].
    x, y, z : float
        Where its most certain voxel lies [mm].
    peak_z : float
        Bootstrap z there.
    regions : tuple of (str, int)
        Regions of the component systems that it reaches, with voxels shared, most first.
    """

    sign: str
    n_voxels: int
    volume_mm3: float
    x: float
    y: float
    z: float
    peak_z: float
    regions: tuple[tuple[str, int], ...]


def find_clusters(z: Array, certain: BoolArray, grid: Grid, *, space: str = MNI) -> list[Cluster]:
    """List clusters of certain weights, the largest first.

    Parameters
    ----------
    z : ndarray, shape (n_i, n_j, n_k)
        Bootstrap z of every weight; its sign is the weight's.
    certain : ndarray, shape (n_i, n_j, n_k), bool
        Voxels that count.
    grid : Grid
        Where they lie.
    space : str
        ``MNI``, or the name of another space, in which no region is named.

    Returns
    -------
    list of Cluster
        Clusters of `SMALLEST_MM3` or more; voxels that share a face are neighbours.
    """
    regions = label_regions(grid, RADIUS_MM) if space == MNI else {}
    voxel = round(abs(float(np.linalg.det(grid.affine[:3, :3]))), 6)
    found = []
    for sign, words in ((1, "positive"), (-1, "negative")):
        for members in _connected(certain & (sign * z > 0)):
            if len(members) * voxel < SMALLEST_MM3:
                continue
            peak = members[np.argmax(sign * z[tuple(members.T)])]
            x, y, height = grid.affine[:3, :3] @ peak + grid.affine[:3, 3]
            found.append(
                Cluster(
                    sign=words,
                    n_voxels=len(members),
                    volume_mm3=len(members) * voxel,
                    x=float(x),
                    y=float(y),
                    z=float(height),
                    peak_z=float(z[tuple(peak)]),
                    regions=_reached(members, regions),
                )
            )
    return sorted(found, key=lambda cluster: -cluster.n_voxels)


def _connected(chosen: BoolArray) -> Iterator[Array]:
    """Yield the voxels of each cluster, shape (n_voxels, 3)."""
    labels, _ = ndimage.label(chosen)
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        corner = np.array([part.start for part in box])
        yield np.argwhere(labels[box] == number) + corner


def _reached(
    members: Array, regions: dict[tuple[str, str], BoolArray]
) -> tuple[tuple[str, int], ...]:
    shared = {
        f"{region} ({system})": int(mask[tuple(members.T)].sum())
        for (system, region), mask in regions.items()
    }
    most_first = sorted(shared.items(), key=lambda pair: -pair[1])
    return tuple((name, n) for name, n in most_first if n)
