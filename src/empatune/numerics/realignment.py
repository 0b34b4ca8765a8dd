"""The rigid motion of each volume against a reference, by inverse-compositional Gauss-Newton.

Everything that depends on the reference alone is computed once (`reference`): the voxels to look
at, how their intensities change with motion, the solver. A volume then costs a few passes of
sampling and seven dot products. Reference and volume are both sampled with the cubic B-spline
kernel as they are, which smooths and interpolates at once. Far starts go through coarser levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from empatune.numerics import rigid
from empatune.numerics.reference import (
    Level,
    RealignmentSettings,
    Reference,
    prepare_reference,
    shrink,
    shrunk_affine,
)
from empatune.numerics.sampling import FULL, sample
from empatune.typing import Array, Float32Array, FloatArray

__all__ = ["MotionEstimate", "RealignmentSettings", "Reference", "estimate", "prepare_reference"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionEstimate:
    """Where the head lies in one volume.

    Parameters
    ----------
    parameters : ndarray, shape (6,)
        Translations x, y, z [mm], rotations about x, y, z [rad], see `rigid.matrix`.
    gain : float
        Intensity of the volume over that of the reference.
    n_iterations : int
        Iterations, over all levels.
    converged : bool
        True if the last step was below the tolerance.
    residual_percent : float
        Root mean square difference of the realigned volume [percent of the mean intensity].
    """

    parameters: FloatArray
    gain: float
    n_iterations: int
    converged: bool
    residual_percent: float


def estimate(
    volume: Float32Array,
    reference: Reference,
    start: FloatArray,
    *,
    affine: FloatArray | None = None,
    coarse: bool = False,
) -> MotionEstimate:
    """Find the rigid motion that brings a volume onto the reference.

    Parameters
    ----------
    volume : ndarray, shape (n_i, n_j, n_k), float32
        The volume.
    reference : Reference
        From `prepare_reference`.
    start : ndarray, shape (6,)
        Where to start: the parameters of the volume before.
    affine : ndarray, shape (4, 4), optional
        Voxel to world of the volume, if not that of the reference [mm].
    coarse : bool
        Begin at the coarsest level: for a first volume, which may lie far away.

    Returns
    -------
    MotionEstimate
        The motion. A volume that does not look like the reference is told by ``converged`` and
        ``residual_percent``, never by an exception.
    """
    settings, finest = reference.settings, reference.levels[-1]
    world = finest.affine if affine is None else np.asarray(affine, dtype=np.float64)
    begin = rigid.matrix(start)
    if not coarse:
        result = _descend(volume, world, (finest,), settings, begin)
        moved = rigid.rms_displacement(rigid.matrix(result.parameters), begin, centre=finest.centre)
        if result.converged and moved < settings.suspicious_mm:
            return result
    again = _descend(volume, world, reference.levels, settings, begin)
    if coarse or again.residual_percent < result.residual_percent:
        return again
    return result


def _descend(
    volume: Float32Array,
    affine: FloatArray,
    levels: tuple[Level, ...],
    settings: RealignmentSettings,
    begin: FloatArray,
) -> MotionEstimate:
    """Run Gauss-Newton level by level."""
    motion, gain, total, moved, residual = begin, 0.0, 0, np.inf, np.inf
    for level in levels:
        small = shrink(volume, level.factors)
        from_world = np.linalg.inv(shrunk_affine(affine, level.factors))
        for _ in range(settings.max_iterations):
            values, support = sample(small, level.where, from_world @ motion @ level.affine)
            gain = gain or _first_gain(values, level)
            products, residual = _project(values, support, level, gain)
            step = level.solver @ products
            back = rigid.small_motion(-step[:6] / gain, level.centre)
            motion, gain, total = motion @ back, gain + step[6], total + 1
            moved = rigid.rms_displacement(back, np.eye(4), centre=level.centre)
            if moved < settings.tolerance_mm or not 0.05 < gain < 20:
                break
    return MotionEstimate(
        parameters=rigid.parameters(motion),
        gain=float(gain),
        n_iterations=total,
        converged=bool(moved < settings.tolerance_mm),
        residual_percent=float(100 * residual / abs(gain * levels[-1].intensities.mean())),
    )


def _first_gain(values: Float32Array, level: Level) -> float:
    gain = float(values.mean(dtype=np.float64) / level.intensities.mean(dtype=np.float64))
    return gain if np.isfinite(gain) and gain > 0 else 1.0


def _project(
    values: Float32Array,
    support: Array,
    level: Level,
    gain: float,
) -> tuple[FloatArray, float]:
    products = np.zeros(7)
    total, n_used = _project_blocks(
        values, support, level.intensities, level.instruments, np.float32(gain), products
    )
    return products, float(np.sqrt(total / n_used)) if n_used else np.inf


@numba.njit(cache=True, fastmath={"reassoc", "contract"})
def _project_blocks(values, support, intensities, changes, gain, products):  # type: ignore[no-untyped-def]
    """Add the residuals' products with the changes; return sum of squares and count.

    Sums run over blocks in single precision, and over the blocks in double. Samples that do
    not rest on measured voxels count as explained.
    """
    size = 512
    residual = np.empty(size, dtype=np.float32)
    squares, n_used = 0.0, 0
    for start in range(0, len(values), size):
        n = min(size, len(values) - start)
        part = np.float32(0.0)
        for m in range(n):
            good = support[start + m] == FULL
            difference = values[start + m] - gain * intensities[start + m]
            residual[m] = difference if good else np.float32(0.0)
            part += residual[m] * residual[m]
            n_used += good
        squares += float(part)
        for row in range(7):
            part = np.float32(0.0)
            for m in range(n):
                part += residual[m] * changes[row, start + m]
            products[row] += float(part)
    return squares, n_used
