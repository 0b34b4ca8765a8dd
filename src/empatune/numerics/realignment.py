"""The rigid motion of each volume against a reference, by inverse-compositional Gauss-Newton.

Everything that depends on the reference alone is computed once: the voxels to look at, how their
intensities change with motion, the inverse Hessian. A volume then costs a few passes of sampling
and seven dot products. Reference and volume are both sampled with the cubic B-spline kernel as
they are, which smooths and interpolates at once. Far starts go through coarser levels first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy import ndimage

from empatune.errors import ImageError
from empatune.numerics import rigid
from empatune.numerics.sampling import FULL, Columns, columns, sample
from empatune.typing import Array, BoolArray, Float32Array, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class RealignmentSettings:
    """How motion is estimated.

    Parameters
    ----------
    n_voxels : int
        About how many voxels to look at, at the finest level; the most informative columns.
    margin_voxels : int
        How far around a given mask to look: the edge of the brain tells most.
    max_iterations : int
        Most iterations at a level.
    tolerance_mm : float
        A step that moves the brain less than this ends the iterations [mm].
    coarse_mm : tuple of float
        Voxel sizes of the coarser levels, coarsest first [mm].
    suspicious_mm : float
        A volume that seems to lie so far from its start is estimated again, coarse to fine [mm].
    """

    n_voxels: int = 60_000
    margin_voxels: int = 2
    max_iterations: int = 12
    tolerance_mm: float = 0.002
    coarse_mm: tuple[float, ...] = (12.0, 6.0)
    suspicious_mm: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Level:
    """The reference at one resolution, ready for Gauss-Newton.

    Parameters
    ----------
    factors : tuple of int
        How many voxels of the image were averaged into one along i, j, k.
    affine : ndarray, shape (4, 4)
        Voxel to world of this level [mm].
    where : Columns
        The voxels to look at.
    intensities : ndarray, shape (n_voxels,), float32
        The reference there, smoothed by the kernel.
    changes : ndarray, shape (7, n_voxels), float32
        Change of the reference with x, y, z [per mm], rotations about the centre [per rad] and
        gain [per 1].
    inverse_hessian : ndarray, shape (7, 7)
        Inverse of ``changes @ changes.T``.
    centre : ndarray, shape (3,)
        Centre of the voxels [mm].
    """

    factors: tuple[int, int, int]
    affine: FloatArray
    where: Columns
    intensities: Float32Array
    changes: Float32Array
    instruments: Float32Array
    inverse_hessian: FloatArray
    centre: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """An image to which volumes are realigned.

    Parameters
    ----------
    levels : tuple of Level
        Coarsest first; the last has the image's own resolution.
    settings : RealignmentSettings
        How it was prepared.
    """

    levels: tuple[Level, ...]
    settings: RealignmentSettings


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


def prepare_reference(
    image: Float32Array,
    affine: FloatArray,
    *,
    mask: BoolArray | None = None,
    settings: RealignmentSettings | None = None,
) -> Reference:
    """Compute all that Gauss-Newton needs from the reference.

    Parameters
    ----------
    image : ndarray, shape (n_i, n_j, n_k)
        A volume, or the mean of a few.
    affine : ndarray, shape (4, 4)
        Its voxel to world [mm].
    mask : ndarray, shape (n_i, n_j, n_k), bool, optional
        The brain; by default whatever is bright.
    settings : RealignmentSettings, optional
        How to estimate.

    Returns
    -------
    Reference
        What `estimate` takes.

    Raises
    ------
    ImageError
        If the image or the mask holds nothing to align to.
    """
    settings = settings or RealignmentSettings()
    volume = np.ascontiguousarray(image, dtype=np.float32)
    if not np.isfinite(volume).all() or volume.max() <= 0:
        raise ImageError("The reference image must be finite and hold a brain; this one does not.")
    brain = bright(volume) if mask is None else np.asarray(mask, dtype=bool)
    wide = ndimage.binary_dilation(brain, iterations=settings.margin_voxels)
    sizes = np.sqrt((np.asarray(affine)[:3, :3] ** 2).sum(axis=0))
    levels = [
        _level(volume, affine, wide, factors, 0)
        for factors in dict.fromkeys(_factors(sizes, goal) for goal in settings.coarse_mm)
        if factors != (1, 1, 1) and min(np.array(volume.shape) // factors) >= 6
    ]
    levels.append(_level(volume, affine, wide, (1, 1, 1), settings.n_voxels))
    return Reference(levels=tuple(levels), settings=settings)


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
        moved = rigid.rms_displacement(
            rigid.matrix(result.parameters), begin, centre=finest.centre
        )
        if result.converged and moved < settings.suspicious_mm:
            return result
    again = _descend(volume, world, reference.levels, settings, begin)
    if coarse or again.residual_percent < result.residual_percent:
        return again
    return result


def bright(image: Float32Array) -> BoolArray:
    """Find what is bright in an image: a head against air.

    Parameters
    ----------
    image : ndarray, shape (n_i, n_j, n_k)
        A volume.

    Returns
    -------
    ndarray, shape (n_i, n_j, n_k), bool
        The largest connected part above a quarter of the bright intensities, holes filled.
    """
    smooth = ndimage.gaussian_filter(np.asarray(image, dtype=np.float32), 1.0)
    above = smooth > 0.25 * np.percentile(smooth, 98)
    labels, n_parts = ndimage.label(above)
    if n_parts > 1:
        above = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    return np.asarray(ndimage.binary_fill_holes(above), dtype=bool)


def _factors(sizes_mm: FloatArray, goal_mm: float) -> tuple[int, int, int]:
    i, j, k = (max(1, round(goal_mm / size)) for size in sizes_mm)
    return i, j, k


def _shrink(volume: Float32Array, factors: tuple[int, int, int]) -> Float32Array:
    """Average blocks of voxels; what does not fill a block at the far end is left out."""
    a, b, c = factors
    i, j, k = (n // f for n, f in zip(volume.shape, factors, strict=True))
    blocks = volume[: i * a, : j * b, : k * c].reshape(i, a, j, b, k, c)
    return np.ascontiguousarray(blocks.mean(axis=(1, 3, 5), dtype=np.float32))


def _shrunk_affine(affine: FloatArray, factors: tuple[int, int, int]) -> FloatArray:
    inner = np.diag([*factors, 1.0])
    inner[:3, 3] = (np.array(factors) - 1) / 2
    return np.asarray(affine, dtype=np.float64) @ inner


def _level(
    image: Float32Array,
    affine: FloatArray,
    mask: BoolArray,
    factors: tuple[int, int, int],
    n_voxels: int,
) -> Level:
    volume, world = _shrink(image, factors), _shrunk_affine(affine, factors)
    inside = _shrink(mask.astype(np.float32), factors) > 0.25
    inside[[0, -1]] = inside[:, [0, -1]] = inside[:, :, [0, -1]] = False
    if inside.sum() < 50:
        raise ImageError("The mask of the reference holds fewer than 50 voxels inside the image.")
    gradient = _world_gradient(volume, world)
    if n_voxels:
        inside = _informative(inside, (gradient**2).sum(axis=0), n_voxels)
    where = columns(inside, largest_gap=2)
    i, j, k = where.coordinates().T
    points = np.stack([i, j, k], axis=1) @ world[:3, :3].T + world[:3, 3]
    centre = points.mean(axis=0)
    slope = gradient[:, i, j, k]
    intensities, _ = sample(volume, where, np.eye(4))
    changes = np.empty((7, len(i)), dtype=np.float32)
    changes[:3] = slope
    changes[3:6] = np.cross((points - centre).T, slope, axis=0)
    changes[6] = intensities
    instruments = _instruments(changes, where, volume.shape, world)
    return Level(
        factors=factors,
        affine=world,
        where=where,
        intensities=intensities,
        changes=changes,
        instruments=instruments,
        inverse_hessian=np.linalg.pinv(instruments.astype(np.float64) @ changes.astype(np.float64).T, rcond=1e-13),
        centre=centre,
    )


GAINF = 25.0
LOWF = 1.25


def _instruments(changes, where, shape, affine):
    i, j, k = where.coordinates().T
    sizes = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    result = changes.copy()
    sigma = GAINF / 2.355 / sizes
    def smooth(x, sigma=sigma):
        field = np.zeros(shape)
        field[i, j, k] = x
        return ndimage.gaussian_filter(field, sigma, truncate=3)[i, j, k]
    f = changes[6].astype(float)
    if GAINF:
        norm = smooth(f * f)
        for row in range(6):
            result[row] = changes[row] - f * smooth(f * changes[row]) / norm
    if LOWF:
        for row in range(7):
            result[row] = smooth(result[row], LOWF/2.355)
    return result


def _world_gradient(volume: Float32Array, affine: FloatArray) -> FloatArray:
    """Gradient of the volume smoothed by the cubic B-spline [per mm], shape (3, ...)."""
    smooth, slope = np.array([1, 4, 1]) / 6, np.array([-0.5, 0.0, 0.5])
    parts = []
    for axis in range(3):
        part = volume.astype(np.float64)
        for other in range(3):
            part = ndimage.correlate1d(
                part, slope if other == axis else smooth, axis=other, mode="mirror"
            )
        parts.append(part)
    return np.einsum("ab,b...->a...", np.linalg.inv(affine[:3, :3]).T, np.array(parts))


def _informative(mask: BoolArray, energy: FloatArray, n_voxels: int) -> BoolArray:
    """Keep the columns with the steepest voxels, until there are enough."""
    masked = np.where(mask, energy, 0.0)
    count = mask.sum(axis=2)
    value = masked.sum(axis=2) / np.maximum(count, 1)
    order = np.argsort(-value, axis=None, kind="stable")
    order = order[: 1 + int(np.searchsorted(np.cumsum(count.ravel()[order]), n_voxels))]
    keep = np.zeros(count.size, dtype=bool)
    keep[order] = True
    return np.asarray(mask & keep.reshape(count.shape)[:, :, None], dtype=bool)


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
        small = volume if level.factors == (1, 1, 1) else _shrink(volume, level.factors)
        from_world = np.linalg.inv(_shrunk_affine(affine, level.factors))
        for _ in range(settings.max_iterations):
            values, support = sample(small, level.where, from_world @ motion @ level.affine)
            gain = gain or _first_gain(values, level)
            products, residual = _project(values, support, level, gain)
            step = level.inverse_hessian @ products
            twist = step[:6] / gain
            gain += step[6]
            total += 1
            back = rigid.small_motion(-twist, level.centre)
            motion = motion @ back
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
        part, used = np.float32(0.0), 0
        for m in range(n):
            good = support[start + m] == FULL
            difference = values[start + m] - gain * intensities[start + m]
            residual[m] = difference if good else np.float32(0.0)
            used += good
        for m in range(n):
            part += residual[m] * residual[m]
        squares += part
        n_used += used
        for row in range(7):
            part = np.float32(0.0)
            for m in range(n):
                part += residual[m] * changes[row, start + m]
            products[row] += part
    return squares, n_used
