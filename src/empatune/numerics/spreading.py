"""Spreading weights over the voxels of another grid, so that dot products stay what they were.

The weight of a voxel is taken as spread evenly over its box, an image as linear between the
centres of its voxels. The dot product of the two is then an integral, and a linear function of the
image: its coefficients are the weights in the image's grid. Boxes and linear functions split into
axes wherever the axes of the grids are parallel, so that three small matrices do it exactly.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from empatune.typing import Array, FloatArray

N_SPLIT = 3
"""Into how many points along each axis, at least, a box is cut where axes are not parallel."""


def parallel_axes(matrix: FloatArray) -> tuple[int, int, int] | None:
    """Tell which axis of a source runs along each axis of a target.

    Parameters
    ----------
    matrix : ndarray, shape (4, 4)
        Source voxel to target voxel.

    Returns
    -------
    tuple of int or None
        Per target axis, the source axis parallel to it; None if the grids are oblique.
    """
    steps = np.abs(np.asarray(matrix)[:3, :3])
    axes = tuple(int(axis) for axis in steps.argmax(axis=1))
    rest = steps.copy()
    rest[np.arange(3), axes] = 0.0
    if sorted(axes) != [0, 1, 2] or rest.max() > 1e-5 * steps.max():
        return None
    return axes  # type: ignore[return-value]


def spread(
    maps: Array, matrix: FloatArray, *, start: tuple[int, int, int], stop: tuple[int, int, int]
) -> FloatArray:
    """Spread the values of maps over a box of voxels of another grid.

    Parameters
    ----------
    maps : ndarray, shape (n_maps, n_i, n_j, n_k)
        Values in the source grid.
    matrix : ndarray, shape (4, 4)
        Source voxel to target voxel.
    start, stop : tuple of int
        First target voxel of the box along each axis, and the one after its last.

    Returns
    -------
    ndarray, shape (n_maps, *(stop - start)), float64
        Values whose sums are those of the maps, as far as these lie inside the box.
    """
    axes = parallel_axes(matrix)
    if axes is None:
        return _spread_points(maps, matrix, start=start, stop=stop)
    values: Array = np.transpose(
        np.asarray(maps, dtype=np.float64), (0, *(axis + 1 for axis in axes))
    )
    for target, source in enumerate(axes):
        shares = _shares(
            maps.shape[1 + source],
            step=matrix[target, source],
            origin=matrix[target, 3],
            targets=np.arange(start[target], stop[target]),
        )
        values = np.moveaxis(np.tensordot(values, shares, axes=(1 + target, 1)), -1, 1 + target)
    return np.ascontiguousarray(values)


def reach(shape: tuple[int, int, int], matrix: FloatArray) -> tuple[Array, Array]:
    """Find the box of target voxels that a source grid can touch.

    Parameters
    ----------
    shape : tuple of int
        Shape of the source grid.
    matrix : ndarray, shape (4, 4)
        Source voxel to target voxel.

    Returns
    -------
    start, stop : ndarray, shape (3,), int64
        First target voxel along each axis, and the one after the last.
    """
    corners = np.array(list(product(*[(-0.5, n - 0.5) for n in shape])))
    moved = corners @ matrix[:3, :3].T + matrix[:3, 3]
    start = np.floor(moved.min(axis=0)).astype(np.int64)
    stop = np.ceil(moved.max(axis=0)).astype(np.int64) + 1
    return start, stop


def _shares(n_source: int, *, step: float, origin: float, targets: Array) -> FloatArray:
    """Share of each source box that falls to each target voxel, shape (n_targets, n_source)."""
    centres: Array = origin + step * np.arange(n_source)
    half = abs(step) / 2
    upper = _hat_integral(centres + half - targets[:, None])
    lower = _hat_integral(centres - half - targets[:, None])
    shares: FloatArray = (upper - lower) / abs(step)
    return shares


def _hat_integral(x: Array) -> FloatArray:
    """Integral from minus infinity to x of max(0, 1 - |t|)."""
    x = np.clip(x, -1.0, 1.0)
    integral: FloatArray = 0.5 + x - 0.5 * x * np.abs(x)
    return integral


def _spread_points(
    maps: Array, matrix: FloatArray, *, start: tuple[int, int, int], stop: tuple[int, int, int]
) -> FloatArray:
    """Spread with each box cut into points, for grids whose axes are not parallel."""
    shape = tuple(int(b - a) for a, b in zip(start, stop, strict=True))
    padded = tuple(n + 2 for n in shape)  # a rim takes what lies outside
    voxels = np.argwhere((np.asarray(maps) != 0).any(axis=0))
    n_split = max(N_SPLIT, int(np.ceil(2 * np.abs(matrix[:3, :3]).max())))
    values = np.asarray(maps)[:, *voxels.T].astype(np.float64) / n_split**3
    totals = np.zeros((len(values), int(np.prod(padded))))
    for offset in product((np.arange(n_split) + 0.5) / n_split - 0.5, repeat=3):
        points = (voxels + offset) @ matrix[:3, :3].T + matrix[:3, 3] - np.array(start) + 1
        points = np.clip(points, 0, np.array(padded) - 1 - 1e-9)
        corner = points.astype(np.int64)
        fraction = points - corner
        for step in product((0, 1), repeat=3):
            share = np.where(step, fraction, 1 - fraction).prod(axis=1)
            flat = np.ravel_multi_index(tuple((corner + step).T), padded)
            for total, value in zip(totals, values, strict=True):
                total += np.bincount(flat, weights=share * value, minlength=total.size)
    inner: FloatArray = totals.reshape(len(values), *padded)[:, 1:-1, 1:-1, 1:-1]
    return inner
