"""Masks of the component systems in any grid of MNI space: spheres, or how likely a place is.

Everything is drawn at the centres of the grid's own voxels, so that nothing is interpolated and
regions may reach beyond the field of view: what lies there counts as not covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np

from empatune.core import Grid
from empatune.core.space import check_space
from empatune.errors import ImageError, UsageError
from empatune.systems.catalogue import CONFOUNDS, SYSTEMS
from empatune.systems.region import Confound, Peak, Region
from empatune.typing import Float32Array, FloatArray, IntArray

By = Literal["system", "region", "hemisphere", "confound"]
"""What gets a mask of its own; ``hemisphere`` tells the sides of lateral regions apart."""

Shape = Literal["sphere", "probability"]
"""Spheres around leading peaks, or a smooth map of all peaks."""

WEIGHTS = {"meta-analysis": 0.5, "study": 0.25}
"""How much one source alone makes of its peaks in a smooth map; our choice."""

_LEAST = 0.05
"""Smaller values of a smooth map are 0, so that it ends somewhere."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mask:
    """A region or system in a grid.

    Parameters
    ----------
    values : ndarray, shape of the grid, float32
        1 in the mask's middle, 0 outside.
    total : float
        Sum of its values if the grid had no end.
    """

    values: Float32Array
    total: float

    @property
    def inside(self) -> float:
        """Share of the mask that lies inside the field of view, 0 to 1."""
        share = float(self.values.sum(dtype=np.float64) / self.total) if self.total else 0.0
        return min(share, 1.0)  # values are rounded to single precision, the total is not


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What is drawn at once: the peaks of one side of a region, or of a confound."""

    names: dict[By, str]
    peaks: tuple[Peak, ...]
    leading: tuple[Peak, ...]
    largest_mm: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Patch:
    """Values in a box of voxels that may reach beyond the grid."""

    start: IntArray
    values: FloatArray


def masks(
    grid: Grid,
    *,
    by: By = "system",
    shape: Shape = "sphere",
    radius_mm: float = 8.0,
    fwhm_mm: float = 10.0,
) -> dict[str, Float32Array]:
    """Draw the component systems, or their regions, in a grid.

    Parameters
    ----------
    grid : Grid
        A grid of MNI space.
    by : {"system", "region", "hemisphere", "confound"}
        What gets a mask of its own. With ``hemisphere`` lateral regions get two, such as
        ``AI left``, and medial ones stay whole.
    shape : {"sphere", "probability"}
        Spheres around the peaks of meta-analyses (of studies where a region has none), or a smooth
        map of all peaks: every source has a Gaussian around each of its peaks and counts with the
        largest; sources add up as independent chances do, meta-analyses with 0.5 and studies with
        0.25 at their peaks; the largest value of each side of a region is 1.
    radius_mm : float
        Radius of the sphere around each peak [mm]; less where the region is smaller.
    fwhm_mm : float
        Width of the Gaussians at half their height [mm]; less where the region is smaller.

    Returns
    -------
    dict of str to ndarray, shape of the grid, float32
        By name, values from 0 to 1. Masks may overlap.

    Raises
    ------
    ImageError
        If the grid does not lie in MNI space.
    UsageError
        If a setting is not one of those allowed.
    """
    drawn = draw(grid, by=by, shape=shape, radius_mm=radius_mm, fwhm_mm=fwhm_mm)
    return {name: mask.values for name, mask in drawn.items()}


def draw(
    grid: Grid,
    *,
    by: By = "system",
    shape: Shape = "sphere",
    radius_mm: float = 8.0,
    fwhm_mm: float = 10.0,
) -> dict[str, Mask]:
    """Draw masks, and tell how much of each lies inside the field of view.

    Parameters
    ----------
    grid : Grid
        A grid of MNI space.
    by : {"system", "region", "hemisphere", "confound"}
        What gets a mask of its own, see `masks`.
    shape : {"sphere", "probability"}
        What is drawn, see `masks`.
    radius_mm : float
        Radius of the sphere around each peak [mm].
    fwhm_mm : float
        Width of the Gaussians at half their height [mm].

    Returns
    -------
    dict of str to Mask
        By name.

    Raises
    ------
    ImageError
        If the grid does not lie in MNI space.
    UsageError
        If a setting is not one of those allowed.
    """
    _check(by, shape, radius_mm, fwhm_mm)
    check_space(grid)
    patches: dict[str, list[_Patch]] = {}
    for part in _parts(by):
        width = min(radius_mm if shape == "sphere" else fwhm_mm, part.largest_mm)
        patch = _spheres(part, grid, width) if shape == "sphere" else _smooth(part, grid, width)
        patches.setdefault(part.names[by], []).append(patch)
    joined = {name: _join(several) for name, several in patches.items()}
    drawn = {name: _cut(patch, grid) for name, patch in joined.items()}
    if not any(mask.values.any() for mask in drawn.values()):
        raise ImageError(
            "No region of the component systems lies inside the field of view: is the image in "
            "MNI space? Bring it there, or mend its header."
        )
    return drawn


def _check(by: str, shape: str, radius_mm: float, fwhm_mm: float) -> None:
    for name, given, allowed in (("by", by, get_args(By)), ("shape", shape, get_args(Shape))):
        if given not in allowed:
            raise UsageError(f"{name} is '{given}'; allowed: {', '.join(allowed)}.")
    if not 1 <= radius_mm <= 30:
        raise UsageError(f"The radius of a sphere is {radius_mm} mm; allowed are 1 to 30 mm.")
    if not 1 <= fwhm_mm <= 30:
        raise UsageError(f"The width of a Gaussian is {fwhm_mm} mm; allowed are 1 to 30 mm.")


def _parts(by: By) -> Iterator[_Part]:
    if by == "confound":
        for confound in CONFOUNDS:
            yield _of_confound(confound)
        return
    for system in SYSTEMS:
        for region in system.regions:
            for side, peaks in _sides(region).items():
                yield _Part(
                    names={
                        "system": system.name,
                        "region": region.name,
                        "hemisphere": f"{region.name} {side}".strip(),
                    },
                    peaks=peaks,
                    leading=tuple(peak for peak in region.leading if peak in peaks),
                    largest_mm=region.largest_radius_mm,
                )


def _sides(region: Region) -> dict[str, tuple[Peak, ...]]:
    if region.medial:
        return {"": region.peaks}
    return {
        side: tuple(peak for peak in region.peaks if peak.hemisphere == side)
        for side in ("left", "right")
    }


def _of_confound(confound: Confound) -> _Part:
    return _Part(
        names={"confound": confound.name},
        peaks=confound.peaks,
        leading=confound.peaks,
        largest_mm=30.0,
    )


def _spheres(part: _Part, grid: Grid, radius_mm: float) -> _Patch:
    start, world = _box(part.leading, grid, radius_mm)
    squared = _nearest(world, part.leading)
    return _Patch(start=start, values=(squared <= radius_mm**2).astype(np.float64))


def _smooth(part: _Part, grid: Grid, fwhm_mm: float) -> _Patch:
    start, world = _box(part.peaks, grid, 1.5 * fwhm_mm)  # there a Gaussian is down to 0.002
    values = _chances(world, part.peaks, fwhm_mm) / _largest(part.peaks, fwhm_mm)
    return _Patch(start=start, values=np.where(values >= _LEAST, np.minimum(values, 1.0), 0.0))


def _chances(world: FloatArray, peaks: tuple[Peak, ...], fwhm_mm: float) -> FloatArray:
    """Say how likely places belong to peaks; a source's own peaks do not add up."""
    absent = np.ones(world.shape[:-1])
    for source in dict.fromkeys(peak.source for peak in peaks):
        squared = _nearest(world, tuple(peak for peak in peaks if peak.source == source))
        absent *= 1 - WEIGHTS[source.kind] * np.exp(-4 * np.log(2) * squared / fwhm_mm**2)
    return 1 - absent


@cache
def _largest(peaks: tuple[Peak, ...], fwhm_mm: float) -> float:
    """Find the largest chance anywhere, whatever the grid, on a lattice of 1 mm."""
    ends = np.array([(peak.x, peak.y, peak.z) for peak in peaks])
    axes = [
        np.arange(low, high + 1)
        for low, high in zip(ends.min(axis=0), ends.max(axis=0), strict=True)
    ]
    world = np.moveaxis(np.array(np.meshgrid(*axes, indexing="ij")), 0, -1)
    return float(_chances(world, peaks, fwhm_mm).max())


def _box(peaks: tuple[Peak, ...], grid: Grid, reach_mm: float) -> tuple[IntArray, FloatArray]:
    """Return the first voxel of a box around peaks, and the places of all its voxels [mm]."""
    to_voxel = np.linalg.inv(grid.affine)
    centres = np.array([(p.x, p.y, p.z) for p in peaks]) @ to_voxel[:3, :3].T + to_voxel[:3, 3]
    reach = reach_mm * np.linalg.norm(to_voxel[:3, :3], axis=1)
    start = np.floor(centres.min(axis=0) - reach).astype(np.int64)
    stop = np.ceil(centres.max(axis=0) + reach).astype(np.int64) + 1
    axes = [np.arange(low, high) for low, high in zip(start, stop, strict=True)]
    voxels = np.moveaxis(np.array(np.meshgrid(*axes, indexing="ij")), 0, -1)
    return start, voxels @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def _nearest(world: FloatArray, peaks: tuple[Peak, ...]) -> FloatArray:
    """Return the squared distance of places from the nearest peak [mm^2]."""
    nearest = np.full(world.shape[:-1], np.inf)
    for peak in peaks:
        np.minimum(nearest, ((world - (peak.x, peak.y, peak.z)) ** 2).sum(axis=-1), out=nearest)
    return nearest


def _join(patches: list[_Patch]) -> _Patch:
    """Put patches into one box that holds all; where they overlap, the larger value counts."""
    start = np.min([patch.start for patch in patches], axis=0)
    stop = np.max([patch.start + patch.values.shape for patch in patches], axis=0)
    values = np.zeros(stop - start)
    for patch in patches:
        first = patch.start - start
        there = tuple(slice(a, a + n) for a, n in zip(first, patch.values.shape, strict=True))
        np.maximum(values[there], patch.values, out=values[there])
    return _Patch(start=start, values=values)


def _cut(patch: _Patch, grid: Grid) -> Mask:
    values: Float32Array = np.zeros(grid.shape, dtype=np.float32)
    first = np.clip(patch.start, 0, grid.shape)
    last = np.clip(patch.start + patch.values.shape, first, grid.shape)
    there = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    here = tuple(slice(a, b) for a, b in zip(first - patch.start, last - patch.start, strict=True))
    values[there] = patch.values[here]
    return Mask(values=values, total=float(patch.values.sum()))
