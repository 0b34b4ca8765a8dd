"""Bringing an image from one grid to another that lies in the same world."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import ndimage

from empatune.typing import Array, FloatArray


def resample(
    image: Array,
    affine: FloatArray,
    *,
    to_affine: FloatArray,
    to_shape: tuple[int, int, int],
    order: Literal[0, 1, 3] = 3,
) -> Array:
    """Sample an image at the voxels of another grid.

    Parameters
    ----------
    image : ndarray, shape (n_i, n_j, n_k)
        The image.
    affine : ndarray, shape (4, 4)
        Its voxel to world [mm].
    to_affine : ndarray, shape (4, 4)
        Voxel to world of the other grid [mm].
    to_shape : tuple of int
        Voxels of the other grid along i, j, k.
    order : {0, 1, 3}
        Degree of the spline: 0 for labels, 1 linear, 3 cubic.

    Returns
    -------
    ndarray, shape to_shape, float64
        The image in the other grid; 0 where the image has nothing.
    """
    there = np.linalg.inv(np.asarray(affine, dtype=np.float64)) @ to_affine
    values: Array = ndimage.affine_transform(
        np.asarray(image, dtype=np.float64),
        there[:3, :3],
        offset=there[:3, 3],
        output_shape=tuple(to_shape),
        order=order,
        mode="grid-constant",
    )
    return values
