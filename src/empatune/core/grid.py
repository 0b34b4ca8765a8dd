"""Where the voxels of an image lie in the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.errors import ImageError
from empatune.typing import FloatArray, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """A regular lattice of voxels with its place in RAS+ world space.

    Parameters
    ----------
    shape : tuple of int
        Number of voxels along i, j, k.
    affine : ndarray, shape (4, 4)
        Maps voxel indices (i, j, k, 1) to world coordinates (x, y, z, 1) [mm], x to the
        participant's right, y to the front, z to the top.

    Raises
    ------
    ImageError
        If the shape is not three positive counts or the affine cannot be inverted.
    """

    shape: tuple[int, int, int]
    affine: FloatArray

    def __post_init__(self) -> None:
        shape = tuple(int(count) for count in self.shape)
        affine = np.array(self.affine, dtype=np.float64)
        if len(shape) != 3 or min(shape) < 1:
            raise ImageError(f"A grid needs three positive counts of voxels; given {self.shape}.")
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise ImageError(f"A grid needs a finite 4 x 4 affine; given {self.affine!r}.")
        if abs(np.linalg.det(affine[:3, :3])) < 1e-9:
            raise ImageError("The affine of this image is singular: its header is damaged.")
        affine.setflags(write=False)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "affine", affine)

    @property
    def voxel_sizes_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxels along i, j, k [mm]."""
        i, j, k = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))
        return float(i), float(j), float(k)

    @property
    def n_voxels(self) -> int:
        """Number of voxels."""
        return self.shape[0] * self.shape[1] * self.shape[2]

    def matches(self, other: Grid, *, tolerance_mm: float = 0.01) -> bool:
        """Tell whether two grids are the same but for rounding.

        Parameters
        ----------
        other : Grid
            The grid to compare with.
        tolerance_mm : float
            How far any corner may lie from its twin [mm].

        Returns
        -------
        bool
            True if the shapes are equal and no corner differs by more than the tolerance.
        """
        if self.shape != other.shape:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape])).reshape(3, -1)
        corners = np.vstack([corners, np.ones(corners.shape[1])])
        distance = (self.affine - other.affine) @ corners
        return bool(np.sqrt((distance[:3] ** 2).sum(axis=0)).max() <= tolerance_mm)

    def to_json(self) -> JsonObject:
        """Return the grid as a JSON object.

        Returns
        -------
        dict
            Keys ``shape`` and ``affine``.
        """
        return {"shape": list(self.shape), "affine": self.affine.tolist()}
