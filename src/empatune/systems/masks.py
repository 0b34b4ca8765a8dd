"""Masks of the component systems: spheres around their peaks, in any grid of MNI space."""

from __future__ import annotations

import numpy as np

from empatune.core import Grid
from empatune.errors import UsageError
from empatune.systems.catalogue import SYSTEMS, System
from empatune.typing import Float32Array, FloatArray


def masks(grid: Grid, *, radius_mm: float = 8.0) -> dict[str, Float32Array]:
    """Draw every component system in a grid.

    Parameters
    ----------
    grid : Grid
        A grid of MNI space.
    radius_mm : float
        Radius of the sphere around each peak [mm]; less where the region is smaller.

    Returns
    -------
    dict of str to ndarray, shape (n_i, n_j, n_k), float32
        Per system, 1 inside the union of its spheres, 0 elsewhere.

    Raises
    ------
    UsageError
        If the radius is not between 1 and 30 mm.
    """
    if not 1 <= radius_mm <= 30:
        raise UsageError(f"The radius of a sphere is {radius_mm} mm; allowed are 1 to 30 mm.")
    return {system.name: _draw(system, grid, radius_mm) for system in SYSTEMS}


def _draw(system: System, grid: Grid, radius_mm: float) -> Float32Array:
    mask: Float32Array = np.zeros(grid.shape, dtype=np.float32)
    for region in system.regions:
        radius = min(radius_mm, region.largest_radius_mm)
        for peak in region.peaks:
            _fill_sphere(mask, grid, np.array([peak.x, peak.y, peak.z]), radius)
    return mask


def _fill_sphere(mask: Float32Array, grid: Grid, centre_mm: FloatArray, radius_mm: float) -> None:
    world_to_voxel = np.linalg.inv(grid.affine)
    centre = world_to_voxel[:3, :3] @ centre_mm + world_to_voxel[:3, 3]
    reach = radius_mm * np.linalg.norm(world_to_voxel[:3, :3], axis=1)
    low = np.clip(np.ceil(centre - reach), 0, grid.shape).astype(int)
    high = np.clip(np.floor(centre + reach) + 1, low, grid.shape).astype(int)
    box = tuple(slice(*ends) for ends in zip(low, high, strict=True))
    voxels = np.moveaxis(np.mgrid[box], 0, -1)
    offset_mm = (voxels - centre) @ grid.affine[:3, :3].T
    mask[box][(offset_mm**2).sum(axis=-1) <= radius_mm**2] = 1
