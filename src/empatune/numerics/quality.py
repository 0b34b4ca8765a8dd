"""Running measures of how good the volumes are: tSNR, DVARS, spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from empatune.typing import Array, Float32Array

MEDIAN_VOXELS = 10_000
"""A median over about so many voxels, evenly spread, stands for the median over all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunningMoments:
    """Mean and variance of every voxel over the volumes so far (Welford).

    Parameters
    ----------
    n_volumes : int
        Volumes taken in.
    mean : ndarray, shape (n_voxels,), float32
        Mean of each voxel.
    squares : ndarray, shape (n_voxels,), float32
        Sum of squared deviations from the mean.
    """

    n_volumes: int
    mean: Float32Array
    squares: Float32Array

    def tsnr(self) -> float:
        """Return the median over voxels of mean over standard deviation.

        Returns
        -------
        float
            Temporal signal-to-noise ratio; 0 before the third volume.
        """
        if self.n_volumes < 3:
            return 0.0
        step = 1 + len(self.mean) // MEDIAN_VOXELS
        mean = self.mean[::step]
        deviation = np.sqrt(self.squares[::step] / np.float32(self.n_volumes - 1))
        alive = (deviation > 0) & (mean > 0)
        if not alive.any():
            return 0.0
        return float(np.median(mean[alive] / deviation[alive]))


def no_moments(n_voxels: int) -> RunningMoments:
    """Start moments that have seen nothing.

    Parameters
    ----------
    n_voxels : int
        Number of voxels.

    Returns
    -------
    RunningMoments
        Of no volumes.
    """
    empty = np.zeros(n_voxels, dtype=np.float32)
    return RunningMoments(n_volumes=0, mean=empty, squares=empty)


def accumulate(moments: RunningMoments, voxels: Float32Array) -> RunningMoments:
    """Take one volume into the moments.

    Parameters
    ----------
    moments : RunningMoments
        The moments so far; they are left as they are.
    voxels : ndarray, shape (n_voxels,), float32
        The volume, realigned.

    Returns
    -------
    RunningMoments
        The moments with this volume.
    """
    n_volumes = moments.n_volumes + 1
    mean, squares = np.empty_like(moments.mean), np.empty_like(moments.squares)
    _welford(moments.mean, moments.squares, voxels, np.float32(1 / n_volumes), mean, squares)
    return RunningMoments(n_volumes=n_volumes, mean=mean, squares=squares)


def dvars_percent(now: Float32Array, before: Float32Array) -> float:
    """Measure how much the brain changed from one volume to the next.

    Parameters
    ----------
    now, before : ndarray, shape (n_voxels,), float32
        Brain voxels of a volume and of the one before, realigned.

    Returns
    -------
    float
        Root mean square change [percent of the mean intensity]; 0 for an empty brain.
    """
    squares, total = _change(now, before)
    if not total > 0:
        return 0.0
    return float(100 * np.sqrt(squares / len(now)) / (total / len(now)))


def robust_z(value: float, past: Array) -> float:
    """Say how unusual a value is among past ones, by median and median absolute deviation.

    Parameters
    ----------
    value : float
        The new value.
    past : array_like, shape (n,)
        The values before it.

    Returns
    -------
    float
        Distance from the median [robust standard deviations]; 0 with fewer than 5 past values.
    """
    values = np.asarray(past, dtype=np.float64)
    if values.size < 5:
        return 0.0
    middle = float(np.median(values))
    # 1.4826 makes it a standard deviation for a normal law; the floor stops constant pasts
    spread = 1.4826 * float(np.median(np.abs(values - middle)))
    return (value - middle) / max(spread, 1e-3 * abs(middle), 1e-12)


@numba.njit(cache=True)
def _welford(old_mean, old_squares, voxels, share, mean, squares):  # type: ignore[no-untyped-def]
    for m in range(len(voxels)):
        change = voxels[m] - old_mean[m]
        mean[m] = old_mean[m] + share * change
        squares[m] = old_squares[m] + change * (voxels[m] - mean[m])


@numba.njit(cache=True, fastmath={"reassoc", "contract"})
def _change(now, before):  # type: ignore[no-untyped-def]
    """Sum of squared changes and sum of intensities; in double over blocks of single."""
    size, squares, total = 512, 0.0, 0.0
    for start in range(0, len(now), size):
        part, level = np.float32(0.0), np.float32(0.0)
        for m in range(start, min(start + size, len(now))):
            difference = now[m] - before[m]
            part += difference * difference
            level += now[m]
        squares += float(part)
        total += float(level)
    return squares, total
