"""What a statistical map shows in the component systems, beside random places of the same map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from empatune.core import Grid
from empatune.errors import ImageError, UsageError
from empatune.systems.catalogue import SYSTEMS
from empatune.systems.masks import Mask, Shape, draw
from empatune.systems.region import Region
from empatune.typing import Array, BoolArray, FloatArray, IntArray

_MOST_MISSING = 0.1
"""A random place may miss this share of a mask, no more."""

_TRIES = 20
"""How often random places that miss too much are replaced."""

_AT_ONCE = 250
"""Random places that are held in memory together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a map shows in one system, region or side of a region.

    Parameters
    ----------
    system : str
        The system it belongs to.
    name : str
        Its own name, see `empatune.systems.masks`.
    coverage : float
        Share of the mask that the map holds, 0 to 1.
    mean : float
        Weighted mean of the map.
    above, below : float
        Share of the mask above the threshold, and below minus the threshold.
    peak : float
        Largest value; NaN where the map has none.
    peak_mm : tuple of float
        Where it lies: x, y, z [mm].
    random_mean, random_sd : float
        Mean and spread of the same mask's mean at random places.
    p : float
        How often a random place's mean lies as far from `random_mean`, to either side.
    p_peak : float
        How often a random place's largest value is as large.
    """

    system: str
    name: str
    coverage: float
    mean: float
    above: float
    below: float
    peak: float
    peak_mm: tuple[float, float, float]
    random_mean: float
    random_sd: float
    p: float
    p_peak: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Placed:
    """Sums over one mask at its own place, first, and at random places."""

    weight: FloatArray
    total: FloatArray
    above: float
    below: float
    peak: FloatArray
    peak_mm: tuple[float, float, float]
    whole: float


def find_evidence(
    values: Array,
    grid: Grid,
    places: BoolArray,
    *,
    rng: np.random.Generator,
    threshold: float = 3.1,
    zeros_count: bool = False,
    shape: Shape = "sphere",
    radius_mm: float = 8.0,
    n_random: int = 2000,
) -> tuple[Finding, ...]:
    """Compare a map inside every system, region and side with random places of the same map.

    A mask is carried to random places without turning it; of a region with two sides, or of a
    system, each part goes to a place of its own. That is a statement on this one map: are these
    places unlike others of their size? It is none on people, for whom the map's own statistic
    speaks.

    Parameters
    ----------
    values : ndarray, shape of the grid
        The map; NaN or 0 where there is none.
    grid : Grid
        Its grid in MNI space.
    places : ndarray of bool, shape of the grid
        Where the middle of a mask may be carried: the grey matter.
    rng : numpy.random.Generator
        Chance.
    threshold : float
        What counts as above, in the unit of the map.
    zeros_count : bool
        Whether 0 is a value and NaN alone is missing, as in maps whose negative half was cut to 0.
    shape : {"sphere", "probability"}
        Kind of the masks.
    radius_mm : float
        Radius of the spheres [mm].
    n_random : int
        Number of random places.

    Returns
    -------
    tuple of Finding
        Every system, followed by its regions and their sides.

    Raises
    ------
    ImageError
        If the map does not have the shape of the grid, is empty, or not in MNI space.
    UsageError
        If there are no random places, or no room for them.
    """
    if values.shape != grid.shape or places.shape != grid.shape:
        raise ImageError(f"The map has shape {values.shape}; its grid has {grid.shape}.")
    if n_random < 100:
        raise UsageError(f"n_random (--n) is {n_random}; at least 100 random places are needed.")
    missing = ~np.isfinite(values) | ((values == 0) & (not zeros_count))
    image = np.where(missing, np.nan, values).astype(np.float64)
    if np.isnan(image).all():
        raise ImageError("The map has no value but 0 and NaN.")
    centres = np.argwhere(places & ~np.isnan(image))
    if len(centres) < 1000:
        raise UsageError(
            f"Only {len(centres)} voxels of the map lie in grey matter; random places need 1000 or "
            "more. Give a map of the whole brain."
        )
    masks = draw(grid, by="hemisphere", shape=shape, radius_mm=radius_mm)
    placed = {
        name: _place(mask, image, centres, grid, threshold, n_random, rng)
        for name, mask in masks.items()
    }
    return tuple(
        _find(system, name, [placed[part] for part in parts]) for system, name, parts in _levels()
    )


def _levels() -> Iterator[tuple[str, str, list[str]]]:
    """Say of which parts every system, region and side is made."""
    for system in SYSTEMS:
        parts = [part for region in system.regions for part in _parts(region)]
        yield system.name, system.name, parts
        for region in system.regions:
            yield system.name, region.name, _parts(region)
            if not region.medial:
                for part in _parts(region):
                    yield system.name, part, [part]


def _parts(region: Region) -> list[str]:
    return [region.name] if region.medial else [f"{region.name} {s}" for s in ("left", "right")]


def _place(
    mask: Mask,
    image: FloatArray,
    centres: IntArray,
    grid: Grid,
    threshold: float,
    n_random: int,
    rng: np.random.Generator,
) -> _Placed:
    voxels = np.argwhere(mask.values > 0)
    weights = mask.values[mask.values > 0].astype(np.float64)
    own = image[tuple(voxels.T)]
    there = ~np.isnan(own)
    if not there.any():
        nan = np.full(n_random + 1, np.nan)
        zero = np.zeros(n_random + 1)
        lost = (np.nan, np.nan, np.nan)
        return _Placed(
            weight=zero, total=zero, above=0, below=0, peak=nan, peak_mm=lost, whole=mask.total
        )
    middle = np.rint(np.average(voxels, axis=0, weights=weights)).astype(int)
    sums = [_summed(own[None], weights)]
    sums += _carry(image, voxels - middle, weights, centres, n_random, rng)
    weight, total, peak = np.concatenate(sums, axis=1)[:, : n_random + 1]
    best = voxels[np.nanargmax(own)]
    x, y, z = grid.affine[:3, :3] @ best + grid.affine[:3, 3]
    return _Placed(
        weight=weight,
        total=total,
        above=float(weights[there] @ (own[there] > threshold)),
        below=float(weights[there] @ (own[there] < -threshold)),
        peak=peak,
        peak_mm=(float(x), float(y), float(z)),
        whole=mask.total,
    )


def _carry(
    image: FloatArray,
    offsets: IntArray,
    weights: FloatArray,
    centres: IntArray,
    n_random: int,
    rng: np.random.Generator,
) -> list[FloatArray]:
    """Sum the image under a mask that is carried to random centres."""
    margin = int(np.abs(offsets).max())
    padded = np.pad(image, margin, constant_values=np.nan)
    steps = np.array([padded.shape[1] * padded.shape[2], padded.shape[2], 1])
    flat, within = padded.ravel(), offsets @ steps
    least = (1 - _MOST_MISSING) * weights.sum()
    sums: list[FloatArray] = []
    n_kept = 0
    for _ in range(-(-_TRIES * n_random // _AT_ONCE)):
        chosen = centres[rng.integers(len(centres), size=_AT_ONCE)] + margin
        found = _summed(flat[(chosen @ steps)[:, None] + within], weights)
        sums.append(found[:, found[0] >= least])
        n_kept += sums[-1].shape[1]
        if n_kept >= n_random:
            return sums
    raise UsageError(
        "The map has too few places that hold a whole region. Give a map of the whole brain, or "
        "smaller spheres (--radius-mm)."
    )


def _summed(sampled: FloatArray, weights: FloatArray) -> FloatArray:
    """Return weight, weighted total and largest value of places, shape (3, n_places)."""
    known = ~np.isnan(sampled)
    total = np.where(known, sampled, 0.0) @ weights
    peak = np.where(known, sampled, -np.inf).max(axis=1)
    return np.array([known @ weights, total, peak])


def _find(system: str, name: str, parts: list[_Placed]) -> Finding:
    weight = np.sum([part.weight for part in parts], axis=0)
    total = np.sum([part.total for part in parts], axis=0)
    peaks = np.array([part.peak for part in parts])
    with np.errstate(invalid="ignore"):
        means = total / weight
    top = np.fmax.reduce(peaks, axis=0)
    best = int(np.argmax(np.nan_to_num(peaks[:, 0], nan=-np.inf)))
    middle = float(means[1:].mean())
    n = len(means)  # the own place counts among the random ones, so that p is never 0
    return Finding(
        system=system,
        name=name,
        coverage=float(weight[0] / sum(part.whole for part in parts)),
        mean=float(means[0]),
        above=sum(part.above for part in parts) / max(float(weight[0]), 1e-12),
        below=sum(part.below for part in parts) / max(float(weight[0]), 1e-12),
        peak=float(top[0]),
        peak_mm=parts[best].peak_mm,
        random_mean=middle,
        random_sd=float(means[1:].std()),
        p=float((np.abs(means - middle) >= abs(means[0] - middle)).sum() / n),
        p_peak=float((top >= top[0]).sum() / n),
    )


def grey_matter(grid: Grid) -> BoolArray:
    """Say which voxels lie in grey matter, by the template in MNI space that nilearn ships.

    Parameters
    ----------
    grid : Grid
        A grid of MNI space.

    Returns
    -------
    ndarray of bool, shape of the grid
        Where grey matter is likelier than 0.3.
    """
    from nilearn.datasets import load_mni152_gm_mask  # loads scikit-learn, which few need here

    from empatune.numerics.resampling import resample

    template = load_mni152_gm_mask(resolution=2, threshold=0.3)
    inside = resample(
        np.asarray(template.dataobj),
        template.affine,
        to_affine=grid.affine,
        to_shape=grid.shape,
        order=0,
    )
    return np.asarray(inside > 0.5)
