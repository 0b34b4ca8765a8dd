"""How strongly a volume expresses weight maps, without reslicing or smoothing the volume.

Smoothing is its own adjoint, so the weights are smoothed once. The volume is sampled with the
cubic B-spline kernel as it is, at the moved places of the voxels that carry weight; the
prefilter that a spline reslice would apply to every volume is applied to the weights instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy.linalg import solve_banded

from empatune.errors import SignatureError
from empatune.numerics.sampling import OUTSIDE, Columns, columns, sample
from empatune.numerics.smoothing import smooth
from empatune.typing import Array, BoolArray, Float32Array, FloatArray

NEGLIGIBLE = 1e-3
"""Voxels on which every map weighs less than this share of its largest weight are left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """Weight maps, ready for the dot product with moved volumes.

    Parameters
    ----------
    values : ndarray, shape (n_maps, n_voxels), float32
        Smoothed and prefiltered weights.
    where : Columns
        The voxels.
    affine : ndarray, shape (4, 4)
        Voxel to world of the reference grid [mm].
    """

    values: Float32Array
    where: Columns
    affine: FloatArray


def prepare_weights(
    maps: Array, affine: FloatArray, *, fwhm_mm: float, mask: BoolArray | None = None
) -> Weights:
    """Smooth weight maps and keep the voxels that carry weight.

    Parameters
    ----------
    maps : ndarray, shape (n_maps, n_i, n_j, n_k)
        Weights in the reference grid, 0 where a map has none.
    affine : ndarray, shape (4, 4)
        Voxel to world of the grid [mm].
    fwhm_mm : float
        Smoothing that the volumes would have had [mm].
    mask : ndarray, shape (n_i, n_j, n_k), bool, optional
        The participant's brain: weights elsewhere are set to 0 before smoothing.

    Returns
    -------
    Weights
        What `express` takes.

    Raises
    ------
    SignatureError
        If a map is empty or not finite.
    """
    prepared = []
    for number, weights in enumerate(np.asarray(maps)):
        inside = np.asarray(weights, dtype=np.float64) * (1.0 if mask is None else mask)
        if not np.isfinite(inside).all() or not inside.any():
            raise SignatureError(
                f"Weight map {number} is empty or not finite in this person's brain."
            )
        prepared.append(_undo_kernel(smooth(inside, affine, fwhm_mm)))
    every = np.array(prepared)
    largest = np.abs(every).max(axis=(1, 2, 3), keepdims=True)
    where = columns((np.abs(every) > NEGLIGIBLE * largest).any(axis=0))
    i, j, k = where.coordinates().T
    return Weights(
        values=np.ascontiguousarray(every[:, i, j, k], dtype=np.float32),
        where=where,
        affine=np.asarray(affine, dtype=np.float64),
    )


def express(
    volume: Float32Array,
    weights: Weights,
    matrix: FloatArray,
    *,
    affine: FloatArray | None = None,
) -> tuple[FloatArray, Float32Array, float]:
    """Compute the dot products of weight maps with a moved volume.

    Parameters
    ----------
    volume : ndarray, shape (n_i, n_j, n_k), float32
        The volume.
    weights : Weights
        From `prepare_weights`.
    matrix : ndarray, shape (4, 4)
        Reference world to volume world [mm], see `rigid.matrix`.
    affine : ndarray, shape (4, 4), optional
        Voxel to world of the volume, if not that of the weights [mm].

    Returns
    -------
    responses : ndarray, shape (n_maps,), float64
        Dot product of each map with the realigned, smoothed volume.
    sampled : ndarray, shape (n_voxels,), float32
        The realigned volume at the voxels of the weights, smoothed by the B-spline kernel; 0
        outside the field of view.
    share_inside : float
        Share of the voxels that lie inside the field of view.
    """
    world = weights.affine if affine is None else np.asarray(affine, dtype=np.float64)
    to_volume = np.linalg.inv(world) @ matrix @ weights.affine
    sampled, support = sample(volume, weights.where, to_volume)
    responses = np.empty(len(weights.values))
    _dot(weights.values, sampled, responses)
    return responses, sampled, float(1.0 - np.mean(support == OUTSIDE))


def _undo_kernel(weights: FloatArray) -> FloatArray:
    """Solve B'v = w along each axis; B is the B-spline kernel with mirrored edges."""
    for axis in range(3):
        n = weights.shape[axis]
        if n < 3:
            continue
        bands = np.full((3, n), 1 / 6)
        bands[1] = 4 / 6
        bands[2, 0] = bands[0, -1] = 2 / 6  # what the mirror adds, transposed
        flat = np.moveaxis(weights, axis, 0).reshape(n, -1)
        solved = solve_banded((1, 1), bands, flat)
        shape = np.moveaxis(weights, axis, 0).shape
        weights = np.moveaxis(solved.reshape(shape), 0, axis)
    return weights


@numba.njit(cache=True, fastmath={"reassoc", "contract"})
def _dot(weights, values, responses):  # type: ignore[no-untyped-def]
    """Dot products, in single precision within blocks and in double over the blocks."""
    size = 512
    responses[:] = 0.0
    for start in range(0, len(values), size):
        n = min(size, len(values) - start)
        for row in range(len(weights)):
            part = np.float32(0.0)
            for m in range(n):
                part += weights[row, start + m] * values[start + m]
            responses[row] += float(part)
