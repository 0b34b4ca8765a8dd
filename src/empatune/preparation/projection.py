"""Bring maps from MNI space into an EPI grid so that dot products stay what they were.

An analyst would warp the image to MNI space and take the dot product with the weights there. We
move the weights instead, once. Warping with linear interpolation is a linear operation A on the
image y, so that w . (A y) = (A' w) . y: the weights to use in the EPI grid are A' w, each weight
shared out among the eight EPI voxels around the place where it lies. This needs no Jacobian, loses
nothing at folds, and cannot alias: a coarse EPI voxel gathers all the weights that lie in it. Each
map voxel is treated as a small cube of points, so that the lattices leave no moire and fine EPI
voxels no holes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from empatune.core import Grid
from empatune.preparation.transforms import Transform
from empatune.typing import Array, BoolArray, Float32Array, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projection:
    """Where the voxels of one map grid lie in an EPI grid.

    Parameters
    ----------
    points : ndarray, shape (n_offsets, n_voxels, 3), float32
        EPI voxel coordinates of the points of every map voxel that is moved.
    voxels : ndarray, shape of the maps' grid, bool
        Which map voxels are moved.
    shape : tuple of int
        Shape of the EPI grid.
    """

    points: Float32Array
    voxels: BoolArray
    shape: tuple[int, int, int]

    def push(self, maps: Sequence[Array]) -> list[FloatArray]:
        """Share the values of maps out among the EPI voxels where they lie.

        Parameters
        ----------
        maps : sequence of ndarray of the maps' grid
            Weights; those of voxels that are not moved are left out.

        Returns
        -------
        list of ndarray of the EPI grid
            Per map, sums; what lies outside the EPI is lost.
        """
        values = [each[self.voxels] / np.float32(len(self.points)) for each in maps]
        # a rim of one voxel takes what lies outside, so that no point needs a test
        padded = tuple(n + 2 for n in self.shape)
        totals = [np.zeros(int(np.prod(padded))) for _ in values]
        for points in self.points:
            for flat, share in _corners(points, padded):
                for total, value in zip(totals, values, strict=True):
                    total += np.bincount(flat, weights=share * value, minlength=total.size)
        return [total.reshape(padded)[1:-1, 1:-1, 1:-1] for total in totals]

    def inside(self, mask: BoolArray) -> BoolArray:
        """Tell which map voxels lie inside a mask of the EPI grid.

        Parameters
        ----------
        mask : ndarray of the EPI grid, bool
            The mask.

        Returns
        -------
        ndarray, shape (n_voxels,), bool
            Per moved voxel, whether its centre lies in a voxel of the mask.
        """
        nearest = np.rint(self.points.mean(axis=0)).astype(np.int64)
        inside: BoolArray = ((nearest >= 0) & (nearest < self.shape)).all(axis=1)
        inside[inside] = mask[tuple(nearest[inside].T)]
        return inside


def project(maps: Grid, epi: Grid, transform: Transform, *, voxels: BoolArray) -> Projection:
    """Find where the voxels of a map grid lie in an EPI grid.

    Parameters
    ----------
    maps : Grid
        The maps' grid in MNI space.
    epi : Grid
        The participant's EPI.
    transform : Transform
        From MNI space to the EPI's world.
    voxels : ndarray of the maps' grid, bool
        Which voxels will be moved.

    Returns
    -------
    Projection
        Ready to move any map of that grid.
    """
    indices = np.argwhere(voxels).astype(np.float64)
    n_split = max(2, int(np.ceil(1.5 * max(maps.voxel_sizes_mm) / min(epi.voxel_sizes_mm))))
    steps = (np.arange(n_split) + 0.5) / n_split - 0.5
    world_to_epi = np.linalg.inv(epi.affine)
    points = np.empty((n_split**3, len(indices), 3), dtype=np.float32)
    for n, offset in enumerate(product(steps, repeat=3)):
        world = (indices + offset) @ maps.affine[:3, :3].T + maps.affine[:3, 3]
        moved = transform.to_epi(world)
        points[n] = moved @ world_to_epi[:3, :3].T + world_to_epi[:3, 3]
    return Projection(points=points, voxels=voxels, shape=epi.shape)


def _corners(
    points: Float32Array, padded: tuple[int, ...]
) -> Iterator[tuple[IntArray, Float32Array]]:
    """Yield the eight voxels around every point and the point's share in each."""
    limits = np.array(padded, dtype=np.float32) - 1
    placed = np.clip(points + 1, 0, limits - np.float32(1e-3))
    corner = placed.astype(np.int64)
    fraction = (placed - corner).T
    shares = np.stack([1 - fraction, fraction])
    base = np.ravel_multi_index(tuple(corner.T), padded)
    for i, j, k in product((0, 1), repeat=3):
        step = (i * padded[1] + j) * padded[2] + k
        yield base + step, shares[i, 0] * shares[j, 1] * shares[k, 2]
