"""Moving weights between grids that lie on one lattice: crop, flip and turn, never interpolate.

Published maps and most images in MNI space share one lattice of 2 mm, but not one box in it. Where
every voxel centre of one grid falls on a voxel centre of the other, weights move exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.core import Grid
from empatune.typing import Array

TOLERANCE_MM = 0.01
"""How far a voxel centre may lie from its twin, so that headers in single precision agree [mm]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """How the voxels of one grid lie among those of another on the same lattice.

    Parameters
    ----------
    axes : tuple of int
        For each axis of the target, the axis of the source that runs along it.
    signs : tuple of int
        For each axis of the target, 1 if the source runs the same way, -1 if the other way.
    offsets : tuple of int
        Target index of the source's voxel 0 along each axis of the target.
    """

    axes: tuple[int, int, int]
    signs: tuple[int, int, int]
    offsets: tuple[int, int, int]

    def place(self, values: Array, shape: tuple[int, int, int]) -> Array:
        """Put values of the source into the target's box.

        Parameters
        ----------
        values : ndarray, shape of the source
            One value a voxel.
        shape : tuple of int
            Shape of the target.

        Returns
        -------
        ndarray, shape of the target
            The values where the source has some, 0 elsewhere; what lies outside is left out.
        """
        turned = np.transpose(values, self.axes)
        turned = turned[tuple(slice(None, None, sign) for sign in self.signs)]
        placed = np.zeros(shape, dtype=values.dtype, order="F")
        source, target = [], []
        for axis, n_target in enumerate(shape):
            n_source = turned.shape[axis]
            first = self.offsets[axis] - (n_source - 1 if self.signs[axis] < 0 else 0)
            start, stop = max(first, 0), min(first + n_source, n_target)
            if stop <= start:
                return placed
            source.append(slice(start - first, stop - first))
            target.append(slice(start, stop))
        placed[tuple(target)] = turned[tuple(source)]
        return placed


def align(source: Grid, target: Grid) -> Alignment | None:
    """Find how two grids lie on one lattice.

    Parameters
    ----------
    source : Grid
        The grid to move from.
    target : Grid
        The grid to move to.

    Returns
    -------
    Alignment or None
        None if the grids do not share a lattice, so that only interpolation can help.
    """
    matrix = np.linalg.inv(target.affine) @ source.affine
    whole = np.rint(matrix)
    turn = np.abs(whole[:3, :3])
    if not ((turn.sum(axis=0) == 1).all() and (turn.sum(axis=1) == 1).all() and turn.max() == 1):
        return None
    exact = Grid(shape=source.shape, affine=target.affine @ whole)
    if not exact.matches(source, tolerance_mm=TOLERANCE_MM):
        return None
    axes = tuple(int(axis) for axis in turn.argmax(axis=1))
    signs = tuple(int(whole[row, axis]) for row, axis in enumerate(axes))
    offsets = tuple(int(offset) for offset in whole[:3, 3])
    return Alignment(axes=axes, signs=signs, offsets=offsets)  # type: ignore[arg-type]
