"""What motion estimation needs from the reference image, computed once before the session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from empatune.errors import ImageError
from empatune.numerics.sampling import Columns, columns, sample
from empatune.numerics.smoothing import FWHM_PER_SIGMA, voxel_sizes
from empatune.typing import BoolArray, Float32Array, FloatArray, IntArray

NATIVE = (1, 1, 1)
"""The factors of the finest level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealignmentSettings:
    """How motion is estimated.

    Parameters
    ----------
    n_voxels : int
        About how many voxels to look at, at the finest level: the most informative columns.
    margin_voxels : int
        How far around the mask to look: the edge of the brain tells most.
    local_gain_mm : float
        Brightness that drifts on this scale or a larger one is not taken for motion
        (full width at half maximum) [mm]; 0 to take all brightness into account.
    detail_voxels : float
        Detail finer than this is trusted less: it aliases (full width at half maximum) [voxels].
    max_iterations : int
        Most iterations at a level.
    tolerance_mm : float
        A step that moves the brain less than this ends the iterations [mm].
    coarse_mm : tuple of float
        Voxel sizes of the coarser levels, coarsest first [mm].
    suspicious_mm : float
        A volume that seems to lie so far from its start is estimated again, coarse to fine [mm].
    """

    n_voxels: int = 400_000
    margin_voxels: int = 2
    local_gain_mm: float = 60.0
    detail_voxels: float = 1.25
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
    instruments : ndarray, shape (7, n_voxels), float32
        What residuals are multiplied with.
    solver : ndarray, shape (7, 7)
        From those products to x, y, z [mm], rotations about the centre [rad] and gain.
    centre : ndarray, shape (3,)
        Centre of the voxels [mm].
    """

    factors: tuple[int, int, int]
    affine: FloatArray
    where: Columns
    intensities: Float32Array
    instruments: Float32Array
    solver: FloatArray
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
        What `realignment.estimate` takes.

    Raises
    ------
    ImageError
        If the image or the mask holds nothing to align to.
    """
    settings = settings or RealignmentSettings()
    volume = np.ascontiguousarray(image, dtype=np.float32)
    if not np.isfinite(volume).all() or volume.max() <= 0:
        raise ImageError("The reference image must be finite and hold a brain; this one does not.")
    world = np.asarray(affine, dtype=np.float64)
    brain = bright(volume) if mask is None else np.asarray(mask, dtype=bool)
    wide = ndimage.binary_dilation(brain, iterations=settings.margin_voxels)
    levels = [
        _level(shrink(volume, factors), wide, factors=factors, affine=world)
        for factors in _coarse_factors(volume.shape, world, settings)
    ]
    finest = _level(volume, wide, factors=NATIVE, affine=world, settings=settings)
    return Reference(levels=(*levels, finest), settings=settings)


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


def shrink(volume: Float32Array, factors: tuple[int, int, int]) -> Float32Array:
    """Average blocks of voxels; what does not fill a block at the far end is left out.

    Parameters
    ----------
    volume : ndarray, shape (n_i, n_j, n_k), float32
        A volume.
    factors : tuple of int
        Voxels per block along i, j, k.

    Returns
    -------
    ndarray, float32
        The averages; the volume itself if every factor is 1.
    """
    if factors == NATIVE:
        return volume
    a, b, c = factors
    i, j, k = (n // f for n, f in zip(volume.shape, factors, strict=True))
    blocks = volume[: i * a, : j * b, : k * c].reshape(i, a, j, b, k, c)
    return np.ascontiguousarray(blocks.mean(axis=(1, 3, 5), dtype=np.float32))


def shrunk_affine(affine: FloatArray, factors: tuple[int, int, int]) -> FloatArray:
    """Give the affine of a volume after `shrink`.

    Parameters
    ----------
    affine : ndarray, shape (4, 4)
        Voxel to world before [mm].
    factors : tuple of int
        Voxels per block along i, j, k.

    Returns
    -------
    ndarray, shape (4, 4)
        Block to world [mm].
    """
    inner = np.diag([*factors, 1.0])
    inner[:3, 3] = (np.array(factors) - 1) / 2
    return np.asarray(affine @ inner, dtype=np.float64)


def _coarse_factors(
    shape: tuple[int, ...], affine: FloatArray, settings: RealignmentSettings
) -> list[tuple[int, int, int]]:
    found: dict[tuple[int, int, int], None] = {}
    for goal in settings.coarse_mm:
        i, j, k = (max(1, round(goal / size)) for size in voxel_sizes(affine))
        if (i, j, k) != NATIVE and min(np.array(shape) // (i, j, k)) >= 6:
            found[i, j, k] = None
    return list(found)


def _level(
    volume: Float32Array,
    mask: BoolArray,
    *,
    factors: tuple[int, int, int],
    affine: FloatArray,
    settings: RealignmentSettings | None = None,
) -> Level:
    """Prepare one level; settings are given for the finest alone."""
    world = shrunk_affine(affine, factors)
    inside = shrink(mask.astype(np.float32), factors) > 0.25
    inside[[0, -1]] = inside[:, [0, -1]] = inside[:, :, [0, -1]] = False
    if inside.sum() < 50:
        raise ImageError("The mask of the reference holds fewer than 50 voxels inside the image.")
    gradient = _world_gradient(volume, world)
    if settings is not None:
        inside = _informative(inside, (gradient**2).sum(axis=0), settings.n_voxels)
    where = columns(inside, largest_gap=2)
    intensities, _ = sample(volume, where, np.eye(4))
    places = where.coordinates()
    points = places @ world[:3, :3].T + world[:3, 3]
    centre = points.mean(axis=0)
    slope = gradient[:, *places.T]
    turn = np.cross((points - centre).T, slope, axis=0)
    changes = np.concatenate([slope, turn, intensities[None]])
    instruments = changes
    if settings is not None:
        instruments = _instruments(
            changes, places.T, shape=volume.shape, affine=world, settings=settings
        )
    return Level(
        factors=factors,
        affine=world,
        where=where,
        intensities=intensities,
        instruments=instruments.astype(np.float32),
        solver=np.linalg.pinv(instruments @ changes.T, rcond=1e-13),
        centre=centre,
    )


def _world_gradient(volume: Float32Array, affine: FloatArray) -> FloatArray:
    """Gradient of the volume smoothed by the cubic B-spline [per mm], shape (3, ...)."""
    smooth, slope = np.array([1, 4, 1]) / 6, np.array([-0.5, 0.0, 0.5])
    parts = []
    for axis in range(3):
        part = volume.astype(np.float64)
        for other in range(3):
            kernel = slope if other == axis else smooth
            part = ndimage.correlate1d(part, kernel, axis=other, mode="mirror")
        parts.append(part)
    to_world = np.linalg.inv(affine[:3, :3]).T
    return np.asarray(np.einsum("ab,b...->a...", to_world, np.array(parts)), dtype=np.float64)


def _informative(mask: BoolArray, energy: FloatArray, n_voxels: int) -> BoolArray:
    """Keep the columns with the steepest voxels, until there are enough."""
    count = mask.sum(axis=2)
    value = np.where(mask, energy, 0.0).sum(axis=2) / np.maximum(count, 1)
    order = np.argsort(-value, axis=None, kind="stable")
    n_columns = 1 + int(np.searchsorted(np.cumsum(count.ravel()[order]), n_voxels))
    keep = np.zeros(count.size, dtype=bool)
    keep[order[:n_columns]] = True
    return np.asarray(mask & keep.reshape(count.shape)[:, :, None], dtype=bool)


def _instruments(
    changes: FloatArray,
    places: IntArray,
    *,
    shape: tuple[int, ...],
    affine: FloatArray,
    settings: RealignmentSettings,
) -> FloatArray:
    """Filter the changes so that their products with residuals ignore what is not motion.

    Any instruments that see motion lead to the same estimate where the model is true. These are
    blind to brightness that drifts smoothly over space (coils, breathing, activation) and less
    sensitive to detail that aliases, and they cost a volume nothing.
    """

    def smoothed(values: FloatArray, sigma: FloatArray | float) -> FloatArray:
        field = np.zeros(shape)
        field[*places] = values
        return np.asarray(ndimage.gaussian_filter(field, sigma, truncate=3.0)[*places])

    intensities = changes[6]
    fine = settings.detail_voxels / FWHM_PER_SIGMA
    *rows, steady = (smoothed(row, fine) for row in changes)
    if settings.local_gain_mm > 0:
        wide = settings.local_gain_mm / FWHM_PER_SIGMA / voxel_sizes(affine)
        power = np.maximum(smoothed(intensities**2, wide), 1e-12)
        rows = [row - intensities * smoothed(intensities * row, wide) / power for row in rows]
    return np.array([*rows, steady])
