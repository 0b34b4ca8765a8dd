"""How alike weight maps are, in the whole brain and in the regions of the component systems."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import nibabel as nib
import numpy as np
from nibabel.processing import resample_from_to

from empatune.core import Grid
from empatune.errors import UsageError
from empatune.signatures.lattice import align
from empatune.signatures.signature import Signature
from empatune.systems import SYSTEMS
from empatune.typing import Array, BoolArray, Float32Array, FloatArray

Voxels = Literal["joint", "union"]
"""Voxels where both maps have weight, or where at least one has."""

ELSEWHERE = "elsewhere"
"""What lies in no region of a component system."""

# the box of the usual 2 mm templates in MNI space, on the lattice of the published maps
_AFFINE = np.array([[-2, 0, 0, 90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1]], dtype=float)
COMMON = Grid(shape=(91, 109, 91), affine=_AFFINE)
"""Where maps are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity:
    """How alike two maps are in one place.

    Parameters
    ----------
    one, other : str
        The maps.
    place : str
        ``whole map``, a component system, or ``system: region``.
    n_voxels : int
        Voxels that are compared.
    cosine, correlation : float
        Of the weights; NaN where a map has none or does not vary.
    """

    one: str
    other: str
    place: str
    n_voxels: int
    cosine: float
    correlation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one map has in one region.

    Parameters
    ----------
    name : str
        The map.
    system : str
        The component system, or `ELSEWHERE`.
    region : str
        The region, or `ELSEWHERE`.
    n_voxels : int
        Voxels of the region in which the map has weight.
    mean : float
        Their mean weight, in standard deviations of the map; NaN if there are none.
    positive : float
        Share of the map's positive weight energy (sum of squares) that lies here.
    volume : float
        Share of the map's voxels that lie here.
    """

    name: str
    system: str
    region: str
    n_voxels: int
    mean: float
    positive: float
    volume: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Maps beside each other.

    Parameters
    ----------
    names : tuple of str
        The maps.
    voxels : Voxels
        Which voxels were compared.
    radius_mm : float
        Radius of the spheres around the systems' peaks [mm].
    interpolated : tuple of str
        Maps off the common lattice, which had to be interpolated.
    similarities : tuple of Similarity
        Every pair in every place.
    shares : tuple of Share
        Every map in every region.
    """

    names: tuple[str, ...]
    voxels: Voxels
    radius_mm: float
    interpolated: tuple[str, ...]
    similarities: tuple[Similarity, ...]
    shares: tuple[Share, ...]


def compare(
    signatures: Sequence[Signature], *, voxels: Voxels = "joint", radius_mm: float = 8.0
) -> Comparison:
    """Compare every two maps, in the whole map, by component system and by region.

    Parameters
    ----------
    signatures : sequence of Signature
        Two maps or more, each with a name of its own.
    voxels : Voxels
        ``joint``: voxels where both maps have weight; ``union``: where at least one has.
    radius_mm : float
        Radius of the sphere around each peak of a system, 1 to 30 mm; less where a region is
        smaller. A voxel within reach of several peaks belongs to the nearest.

    Returns
    -------
    Comparison
        Maps on the common 2 mm lattice are moved without interpolation; others are interpolated
        linearly and named.

    Raises
    ------
    UsageError
        If there are fewer than two maps, a name is double or a setting is not allowed.
    """
    names = tuple(signature.name for signature in signatures)
    if len(names) < 2 or len(set(names)) < len(names):
        raise UsageError(
            f"Give at least two maps with names of their own; given: {', '.join(names) or 'none'}."
        )
    if voxels not in ("joint", "union"):
        raise UsageError(f"voxels is '{voxels}'; allowed are joint and union.")
    if not 1 <= radius_mm <= 30:
        raise UsageError(f"The radius of a sphere is {radius_mm} mm; allowed are 1 to 30 mm.")
    placed = [_place(signature) for signature in signatures]
    maps = dict(zip(names, (weights for weights, _ in placed), strict=True))
    regions = label_regions(COMMON, radius_mm)
    similarities = [
        row
        for one, other in itertools.combinations(names, 2)
        for row in _similarities(one, other, maps, regions, voxels)
    ]
    return Comparison(
        names=names,
        voxels=voxels,
        radius_mm=radius_mm,
        interpolated=tuple(n for n, (_, exact) in zip(names, placed, strict=True) if not exact),
        similarities=tuple(similarities),
        shares=tuple(row for name in names for row in _shares(name, maps[name], regions)),
    )


def label_regions(grid: Grid, radius_mm: float) -> dict[tuple[str, str], BoolArray]:
    """Draw every region of the component systems, none of which shares a voxel with another.

    Parameters
    ----------
    grid : Grid
        A grid of MNI space.
    radius_mm : float
        Radius of the sphere around each peak [mm]; less where the region is smaller.

    Returns
    -------
    dict of (str, str) to ndarray of bool, shape of the grid
        By system and region; a voxel belongs to the nearest peak.
    """
    nearest = np.full(grid.shape, np.inf)
    owner = np.full(grid.shape, -1, dtype=np.int16)
    centres = np.moveaxis(np.indices(grid.shape, dtype=np.float64), 0, -1)
    world = centres @ grid.affine[:3, :3].T + grid.affine[:3, 3]
    keys = [(system.name, region) for system in SYSTEMS for region in system.regions]
    for number, (_, region) in enumerate(keys):
        reach = min(radius_mm, region.largest_radius_mm)
        for peak in region.leading:
            centre = np.array([peak.x, peak.y, peak.z])
            box = _box(grid, centre, reach)
            squared = ((world[box] - centre) ** 2).sum(axis=-1)
            closer = (squared <= reach**2) & (squared < nearest[box])
            nearest[box][closer], owner[box][closer] = squared[closer], number
    return {(system, region.name): owner == n for n, (system, region) in enumerate(keys)}


def _box(grid: Grid, centre: FloatArray, reach_mm: float) -> tuple[slice, ...]:
    """Return the part of a grid that holds a sphere."""
    to_voxel = np.linalg.inv(grid.affine)
    middle = to_voxel[:3, :3] @ centre + to_voxel[:3, 3]
    reach = reach_mm * np.linalg.norm(to_voxel[:3, :3], axis=1)
    first = np.clip(np.floor(middle - reach), 0, grid.shape).astype(int)
    last = np.clip(np.ceil(middle + reach) + 1, 0, grid.shape).astype(int)
    return tuple(slice(a, b) for a, b in zip(first, last, strict=True))


def _place(signature: Signature) -> tuple[Float32Array, bool]:
    alignment = align(signature.grid, COMMON)
    if alignment is not None:
        return alignment.place(signature.weights, COMMON.shape), True
    source = nib.Nifti1Image(signature.weights, signature.grid.affine)
    moved = resample_from_to(source, (COMMON.shape, COMMON.affine), order=1)
    return np.asarray(moved.dataobj, dtype=np.float32), False


def _similarities(
    one: str,
    other: str,
    maps: dict[str, Float32Array],
    regions: dict[tuple[str, str], BoolArray],
    voxels: Voxels,
) -> list[Similarity]:
    a, b = maps[one] != 0, maps[other] != 0
    chosen = a & b if voxels == "joint" else a | b
    places: dict[str, Array] = {"whole map": chosen}
    for system in SYSTEMS:
        parts = [mask for (name, _), mask in regions.items() if name == system.name]
        places[system.name] = chosen & np.any(parts, axis=0)
    places |= {f"{system}: {region}": chosen & mask for (system, region), mask in regions.items()}
    rows = []
    for place, mask in places.items():
        x = maps[one][mask].astype(np.float64)
        y = maps[other][mask].astype(np.float64)
        rows.append(
            Similarity(
                one=one,
                other=other,
                place=place,
                n_voxels=len(x),
                cosine=_cosine(x, y),
                correlation=_cosine(x - x.mean(), y - y.mean()) if len(x) > 2 else float("nan"),
            )
        )
    return rows


def _cosine(x: Array, y: Array) -> float:
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / size if size > 0 else float("nan")


def _shares(
    name: str, weights: Float32Array, regions: dict[tuple[str, str], BoolArray]
) -> list[Share]:
    values = weights.astype(np.float64)
    there = values != 0
    spread = float(values[there].std()) or 1.0
    energy = np.where(values > 0, values, 0.0) ** 2
    total = float(energy.sum()) or 1.0
    everywhere = dict(regions)
    everywhere[ELSEWHERE, ELSEWHERE] = ~np.any(list(regions.values()), axis=0)
    rows = []
    for (system, region), mask in everywhere.items():
        inside = mask & there
        n = int(inside.sum())
        rows.append(
            Share(
                name=name,
                system=system,
                region=region,
                n_voxels=n,
                mean=float(values[inside].mean()) / spread if n else float("nan"),
                positive=float(energy[mask].sum()) / total,
                volume=n / int(there.sum()),
            )
        )
    return rows
