"""Signals of a file's regions out of the images of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from empatune.core import Grid
from empatune.core.space import check_space
from empatune.decoding.connections.records import RegionPart
from empatune.decoding.run import BLOCK
from empatune.decoding.series import Series
from empatune.errors import DecodingError, ImageError, UsageError
from empatune.numerics.resampling import resample
from empatune.systems import Mask, draw, find
from empatune.typing import BoolArray, FloatArray

_INSIDE = 0.5
"""Voxels of a mask image above this are inside."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionVoxels:
    """What a run shows in a region.

    Parameters
    ----------
    values : ndarray, shape (n_scans, n_voxels)
        Intensities of the voxels that have a signal.
    coverage : float
        Share of the region that they are, 0 to 1.
    """

    values: FloatArray
    coverage: float


def draw_region(name: str, part: RegionPart, grid: Grid, *, folder: Path) -> Mask:
    """
    Draw a region in a grid.

    Parameters
    ----------
    name : str
        The region's name; a region of the component systems where nothing else is said.
    part : RegionPart
        Where it lies.
    grid : Grid
        A grid of MNI space.
    folder : Path
        Where paths of masks begin.

    Returns
    -------
    Mask
        Its values.

    Raises
    ------
    DecodingError
        If nothing says where the region lies, or its mask cannot be read.
    ImageError
        If the grid does not lie in MNI space.
    """
    if part.mask:
        return _from_image(name, folder / Path(part.mask).expanduser(), grid)
    if part.mm is not None:
        check_space(grid)
        return _sphere(part.mm, part.radius_mm, grid)
    return _from_systems(name, part, grid)


def read_voxels(
    series: Series, masks: Mapping[str, Mask], brain: BoolArray
) -> dict[str, RegionVoxels]:
    """
    Read a run once and keep the voxels of regions.

    Parameters
    ----------
    series : Series
        The run.
    masks : dict of str to Mask
        Regions in its grid.
    brain : ndarray, shape of the grid, bool
        The brain.

    Returns
    -------
    dict of str to RegionVoxels
        By region; voxels that are missing or never change are left out.
    """
    union = np.any([mask.values > 0 for mask in masks.values()], axis=0) & brain
    blocks = list(series.blocks(union, n_volumes=BLOCK)) if union.any() else []
    values = np.vstack(blocks) if blocks else np.zeros((series.n_volumes, 0))
    alive = np.isfinite(values).all(axis=0)
    alive &= np.ptp(np.where(alive, values, 0.0), axis=0) > 0
    found = {}
    for name, mask in masks.items():
        weights = mask.values[union]
        kept = (weights > 0) & alive
        share = float(weights[kept].sum(dtype=np.float64) / mask.total) if mask.total else 0.0
        found[name] = RegionVoxels(values=values[:, kept], coverage=min(share, 1.0))
    return found


def _from_systems(name: str, part: RegionPart, grid: Grid) -> Mask:
    wanted = (part.system or name).strip()
    words = wanted.rsplit(" ", 1)
    side = words[1].lower() if len(words) == 2 and words[1].lower() in ("left", "right") else ""
    try:
        known = find(words[0] if side else wanted).name
    except UsageError as problem:
        raise DecodingError(
            f"Nothing says where the region '{name}' lies. Give mm, mask or system in "
            f"[regions.{name}]. {problem}"
        ) from problem
    label = f"{known} {side}" if side else known
    for by in ("hemisphere",) if side else ("region", "system", "confound"):
        drawn = draw(grid, by=by, radius_mm=part.radius_mm)  # type: ignore[arg-type]
        if label in drawn:
            return drawn[label]
    raise DecodingError(
        f'{known} lies at the midline and has no {side} side. Write system = "{known}".'
    )


def _sphere(centre: tuple[float, float, float], radius_mm: float, grid: Grid) -> Mask:
    voxels = np.moveaxis(np.indices(grid.shape), 0, -1)
    world = voxels @ grid.affine[:3, :3].T + grid.affine[:3, 3]
    values = ((world - centre) ** 2).sum(axis=-1) <= radius_mm**2
    inside = values.astype(np.float32)
    whole = 4 / 3 * np.pi * radius_mm**3 / abs(np.linalg.det(grid.affine[:3, :3]))
    # A sphere inside the grid counts as whole, whichever voxels its border happens to take.
    edge = np.array([values.take(end, axis).any() for axis in range(3) for end in (0, -1)])
    total = float(values.sum())
    return Mask(values=inside, total=max(total, whole) if edge.any() or not total else total)


def _from_image(name: str, path: Path, grid: Grid) -> Mask:
    try:
        image: Any = nibabel.load(path)
        values = np.asarray(image.dataobj, dtype=np.float64)
    except Exception as problem:  # nibabel raises many kinds for damaged files
        raise DecodingError(
            f"The mask of '{name}', {path}, cannot be read: {problem}."
        ) from problem
    if values.ndim != 3 or not (values > _INSIDE).any():
        raise DecodingError(
            f"The mask of '{name}', {path}, has shape {values.shape} and "
            f"{int((values > _INSIDE).sum())} voxels above {_INSIDE:g}; a 3D image with some is "
            "needed."
        )
    own = Grid(shape=values.shape, affine=image.affine)
    try:
        check_space(own)
    except ImageError as problem:
        raise DecodingError(f"The mask of '{name}', {path}: {problem}") from problem
    inside = (values > _INSIDE).astype(np.float64)
    there = resample(inside, own.affine, to_affine=grid.affine, to_shape=grid.shape, order=1)
    kept = (there >= _INSIDE).astype(np.float32)
    size = abs(np.linalg.det(own.affine[:3, :3]) / np.linalg.det(grid.affine[:3, :3]))
    return Mask(values=kept, total=max(float(kept.sum()), 0.8 * float(inside.sum()) * size))
