"""Sampling a moved volume at columns of reference voxels with the cubic B-spline kernel.

The volume is not prefiltered: a sample is the volume *smoothed* by the cubic B-spline (about
1.4 voxels FWHM) at any place between the voxels. Motion estimation wants that smoothing;
`expression` undoes it on the weights, once.

A rigid motion of a few degrees hardly turns a column of voxels, so that neighbours in a column
read neighbours in the volume. The kernel cuts columns into segments on which that holds
exactly and computes a segment with wide instructions. Any other motion is computed as rightly,
only slower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from empatune.numerics.lanes import N_LANES, sample_eight
from empatune.typing import Array, BoolArray, Float32Array, FloatArray, IntArray

OUTSIDE, EDGE, FULL = 0, 1, 2
"""What a sample rests on: nothing (it is 0), a kernel cut by the edge (the volume mirrored
there), or measured voxels alone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Reference voxels as runs along the last axis.

    Parameters
    ----------
    first : ndarray, shape (n_columns, 3), int64
        Indices i, j, k of the first voxel of each run.
    length : ndarray, shape (n_columns,), int64
        Voxels in each run.
    offset : ndarray, shape (n_columns,), int64
        Where the run starts among all voxels.
    """

    first: IntArray
    length: IntArray
    offset: IntArray

    @property
    def n_voxels(self) -> int:
        """Number of voxels in all runs."""
        return int(self.length.sum())

    def coordinates(self) -> IntArray:
        """List the voxels.

        Returns
        -------
        ndarray, shape (n_voxels, 3), int64
            Indices i, j, k, run after run.
        """
        start = np.repeat(self.first, self.length, axis=0)
        start[:, 2] += np.arange(self.n_voxels) - np.repeat(self.offset, self.length)
        return start


def columns(mask: BoolArray, *, largest_gap: int = 4) -> Columns:
    """Cut a mask into runs along its last axis; short gaps are filled rather than cut.

    Parameters
    ----------
    mask : ndarray, shape (n_i, n_j, n_k), bool
        The voxels that are needed.
    largest_gap : int
        Gaps of up to so many voxels become part of a run.

    Returns
    -------
    Columns
        Runs that hold every voxel of the mask.
    """
    first: list[tuple[int, int, int]] = []
    length: list[int] = []
    for i, j in np.argwhere(mask.any(axis=2)):
        inside = np.flatnonzero(mask[i, j])
        breaks = np.flatnonzero(np.diff(inside) > largest_gap + 1)
        starts = inside[np.concatenate([[0], breaks + 1])]
        ends = inside[np.concatenate([breaks, [len(inside) - 1]])]
        first.extend((i, j, k) for k in starts)
        length.extend(ends - starts + 1)
    lengths = np.array(length, dtype=np.int64)
    return Columns(
        first=np.array(first, dtype=np.int64).reshape(-1, 3),
        length=lengths,
        offset=np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64),
    )


def sample(
    volume: Float32Array, where: Columns, to_volume: FloatArray
) -> tuple[Float32Array, Array]:
    """Sample a volume, smoothed by the cubic B-spline, at moved reference voxels.

    Parameters
    ----------
    volume : ndarray, shape (n_i, n_j, n_k), float32
        The moved volume.
    where : Columns
        The reference voxels.
    to_volume : ndarray, shape (4, 4)
        Maps reference voxel indices to volume voxel indices.

    Returns
    -------
    values : ndarray, shape (n_voxels,), float32
        Samples; 0 outside the field of view.
    support : ndarray, shape (n_voxels,), uint8
        `OUTSIDE`, `EDGE` or `FULL` for each sample.
    """
    n_voxels = where.n_voxels
    values = np.empty(n_voxels + N_LANES, dtype=np.float32)  # the last eight may overhang
    support = np.empty(n_voxels, dtype=np.uint8)
    shape = np.array(volume.shape, dtype=np.int64)
    _sample_columns(
        np.ascontiguousarray(volume, dtype=np.float32).reshape(-1),
        shape,
        where.first,
        where.length,
        where.offset,
        np.ascontiguousarray(to_volume, dtype=np.float64),
        values,
        support,
    )
    return values[:n_voxels], support


@numba.njit(cache=True)
def _sample_columns(flat, shape, first, length, offset, to_volume, values, support):  # type: ignore[no-untyped-def]
    """Fill values and support, column by column, segment by segment."""
    origin, step = np.empty(3), to_volume[:3, 2].copy()
    for column in range(len(length)):
        for axis in range(3):
            origin[axis] = to_volume[axis, 3]
            for other in range(3):
                origin[axis] += to_volume[axis, other] * first[column, other]
        done = 0
        while done < length[column]:
            at = offset[column] + done
            place = (
                origin[0] + done * step[0],
                origin[1] + done * step[1],
                origin[2] + done * step[2],
            )
            n = _segment_length(place, step, shape, length[column] - done)
            if n > 0:
                _fill_segment(flat, shape, place, step, n, values, at)
                support[at : at + n] = FULL
            else:
                values[at], support[at] = _edge_sample(flat, shape, place)
                n = 1
            done += n


@numba.njit(cache=True)
def _segment_length(place, step, shape, n_left):  # type: ignore[no-untyped-def]
    """Count the next points whose kernels are neighbours inside the volume; 0 if none."""
    n = n_left
    for axis in range(3):
        low = np.floor(place[axis])
        if low < 1 or low > shape[axis] - 3:
            return 0
        drift = step[axis] - (1.0 if axis == 2 else 0.0)
        rest = place[axis] - low
        if drift > 0.0:
            n = min(n, 1 + int(min((1.0 - rest) / drift, 1e6)))
        elif drift < 0.0:
            n = min(n, 1 + int(min(rest / -drift, 1e6)))
        if axis == 2:
            n = min(n, int(shape[2]) - 2 - int(low))
    # the last block of eight reads a little past the segment: it must stay in the array
    i, j, k = int(place[0]), int(place[1]), int(place[2])
    last = ((i + 2) * shape[1] + j + 2) * shape[2] + k + 2 + (n + N_LANES - 1) // N_LANES * N_LANES
    return n if last <= shape[0] * shape[1] * shape[2] else 0


@numba.njit(cache=True)
def _fill_segment(flat, shape, place, step, n, values, at):  # type: ignore[no-untyped-def]
    stride_j = np.int64(shape[2])
    stride_i = np.int64(shape[1]) * stride_j
    i, j, k = np.int64(place[0]), np.int64(place[1]), np.int64(place[2])
    base = (i - 1) * stride_i + (j - 1) * stride_j + k - 1
    rest = (place[0] - i, place[1] - j, place[2] - k)
    drift = (step[0], step[1], step[2] - 1.0)
    change = (np.float32(drift[0]), np.float32(drift[1]), np.float32(drift[2]))
    for m in range(0, n, N_LANES):
        start = (
            np.float32(rest[0] + m * drift[0]),
            np.float32(rest[1] + m * drift[1]),
            np.float32(rest[2] + m * drift[2]),
        )
        sample_eight(flat, base + m, stride_i, stride_j, start, change, values, at + m)


@numba.njit(cache=True)
def _edge_sample(flat, shape, place):  # type: ignore[no-untyped-def]
    """Sample one point near or beyond the edge, the volume mirrored at its outermost voxels."""
    weights, index, full = np.empty((3, 4)), np.empty((3, 4), np.int64), True
    for axis in range(3):
        if not -0.5 <= place[axis] <= shape[axis] - 0.5:
            return np.float32(0.0), OUTSIDE
        low = int(np.floor(place[axis]))
        full = full and 1 <= low <= shape[axis] - 3
        t = place[axis] - low
        s = 1.0 - t
        weights[axis, 0], weights[axis, 3] = s**3 / 6, t**3 / 6
        weights[axis, 1], weights[axis, 2] = 2 / 3 - t**2 + t**3 / 2, 2 / 3 - s**2 + s**3 / 2
        last = shape[axis] - 1
        for tap in range(4):
            mirrored = abs(low - 1 + tap)
            index[axis, tap] = max(min(mirrored, 2 * last - mirrored), 0)
    total = 0.0
    for a in range(4):
        for b in range(4):
            row = (index[0, a] * shape[1] + index[1, b]) * shape[2]
            for c in range(4):
                weight = weights[0, a] * weights[1, b] * weights[2, c]
                total += weight * flat[row + index[2, c]]
    return np.float32(total), FULL if full else EDGE
