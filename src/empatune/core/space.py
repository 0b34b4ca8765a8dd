"""Whether an image can lie in MNI space, as far as its header tells."""

from __future__ import annotations

import numpy as np

from empatune.core.grid import Grid
from empatune.errors import SpaceError
from empatune.typing import FloatArray

WHOLE_HEAD_MM = (140.0, 170.0, 140.0)
"""A field of view at least this long along x, y, z holds a whole head [mm]."""

CENTRE_MM = (0.0, -18.0, 18.0)
"""Where the field of view of the usual templates in MNI space has its centre [mm]."""

ASTRAY_MM = (10.0, 40.0, 40.0)
"""How far the centre of a whole head's field of view may lie from there along x, y, z [mm]."""


def check_space(grid: Grid) -> None:
    """Refuse a grid that holds a whole head but does not lie where heads lie in MNI space.

    Parameters
    ----------
    grid : Grid
        An image's grid.

    Raises
    ------
    SpaceError
        If the origin is wrong or axes are swapped.
    """
    low, high = world_box(grid)
    for axis, name in enumerate("xyz"):
        centre = (low[axis] + high[axis]) / 2
        if high[axis] - low[axis] < WHOLE_HEAD_MM[axis]:
            continue
        if abs(centre - CENTRE_MM[axis]) > ASTRAY_MM[axis]:
            raise SpaceError(
                f"The field of view reaches from {low[axis]:.0f} to {high[axis]:.0f} mm along "
                f"{name}; its middle, {centre:.0f} mm, should lie within {ASTRAY_MM[axis]:.0f} mm "
                f"of {CENTRE_MM[axis]:.0f} mm in MNI space. The origin is wrong, axes are swapped, "
                "or the image is in another space. Mend the header, or bring the image to MNI "
                "space."
            )


def world_box(grid: Grid) -> tuple[FloatArray, FloatArray]:
    """Return the box of world space that a grid's voxels fill.

    Parameters
    ----------
    grid : Grid
        The grid.

    Returns
    -------
    low, high : ndarray, shape (3,)
        Smallest and largest x, y, z [mm].
    """
    ends = [(-0.5, n - 0.5) for n in grid.shape]
    corners = np.array(np.meshgrid(*ends)).reshape(3, -1)
    world = grid.affine[:3, :3] @ corners + grid.affine[:3, 3:]
    return world.min(axis=1), world.max(axis=1)
