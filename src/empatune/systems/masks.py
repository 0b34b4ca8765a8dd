"""Masks of the component systems: spheres around their peaks, in any grid of MNI space."""

from __future__ import annotations

import numpy as np

from empatune.core import Grid
from empatune.errors import UsageError
from empatune.systems.catalogue import SYSTEMS, System
from empatune.typing import BoolArray, Float32Array, FloatArray


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
    centres = _centres(grid)
    return {system.name: _draw(system, grid, centres, radius_mm) for system in SYSTEMS}


def _draw(system: System, grid: Grid, centres: FloatArray, radius_mm: float) -> Float32Array:
    inside: BoolArray = np.zeros(grid.shape, dtype=bool)
    for region in system.regions:
        radius = min(radius_mm, region.largest_radius_mm)
        for peak in region.peaks:
            offset = centres - (peak.x, peak.y, peak.z)
            inside |= (offset**2).sum(axis=-1) <= radius**2
    return inside.astype(np.float32)


def _centres(grid: Grid) -> FloatArray:
    indices = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    centres: FloatArray = indices @ grid.affine[:3, :3].T + grid.affine[:3, 3]
    return centres
