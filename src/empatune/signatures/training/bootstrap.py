"""How certain each weight is: resample the groups, never the voxels."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import stats

from empatune.errors import TrainingError
from empatune.numerics import gram
from empatune.numerics.threads import one_thread
from empatune.signatures.training.solvers import Solver
from empatune.typing import Array, FloatArray

FDR = 0.05
"""False discovery rate of thresholded maps."""

MAX_DRAWS = 1000
"""Draws after which a design is called too small to be resampled."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightStatistics:
    """What the bootstrap says of every weight.

    Parameters
    ----------
    mean, error : ndarray, shape (n_voxels,)
        Mean and standard error of the weight over the samples.
    z, p, q : ndarray, shape (n_voxels,)
        Mean over standard error, its two-sided normal p, and the false discovery rate at which
        it would just be found (Benjamini and Hochberg).
    low, high : ndarray, shape (n_voxels,)
        Ends of the 95 % interval.
    """

    mean: FloatArray
    error: FloatArray
    z: FloatArray
    p: FloatArray
    q: FloatArray
    low: FloatArray
    high: FloatArray


def resample(
    products: FloatArray,
    outcome: FloatArray,
    groups: Array,
    solver: Solver,
    *,
    penalty: float,
    n_samples: int,
    seed: int,
    n_components: int | None = None,
    n_workers: int = 1,
    progress: Callable[[float], None] = lambda _share: None,
) -> FloatArray:
    """Train on resampled groups; the same seed gives the same bits, whatever the workers.

    Parameters
    ----------
    products : ndarray, shape (n_images, n_images)
        Dot products of the images that are trained on.
    outcome : ndarray, shape (n_images,)
        Outcome.
    groups : ndarray, shape (n_images,)
        Groups are drawn whole, with replacement.
    solver : Solver
        What fits.
    penalty : float
        Its penalty, the same in all samples.
    n_samples : int
        Number of samples.
    seed : int
        Seed.
    n_components : int, optional
        Keep the largest so many components.
    n_workers : int
        Threads.
    progress : callable
        Told which share of the samples lies behind.

    Returns
    -------
    ndarray, shape (n_samples, n_images)
        Per sample, the coefficients of the images whose sum is the weight map.

    Raises
    ------
    TrainingError
        If samples hardly ever hold more than one outcome.
    """
    strengths = np.array([[penalty]])
    rows = np.empty((n_samples, len(outcome)))
    drawn = drawn_counts(outcome, groups, n_samples=n_samples, seed=seed)

    def sample(number: int) -> None:
        components = gram.decompose(products, counts=drawn[number], n_components=n_components)
        coefficients, _ = solver.solve(components, outcome[:, None], strengths)
        rows[number] = components.rows(coefficients[0, 0])

    with one_thread(), ThreadPoolExecutor(max_workers=n_workers) as pool:
        for number, _ in enumerate(pool.map(sample, range(n_samples))):
            if number % 50 == 0:
                progress(number / n_samples)
    progress(1.0)
    return rows


def drawn_counts(outcome: FloatArray, groups: Array, *, n_samples: int, seed: int) -> FloatArray:
    """Draw groups with replacement; the first samples are the same however many are drawn.

    Parameters
    ----------
    outcome : ndarray, shape (n_images,)
        Outcome; a sample in which all are the same is drawn again.
    groups : ndarray, shape (n_images,)
        Groups.
    n_samples : int
        Number of samples.
    seed : int
        Seed.

    Returns
    -------
    ndarray, shape (n_samples, n_images)
        How often each image is in each sample.

    Raises
    ------
    TrainingError
        If samples hardly ever hold more than one outcome.
    """
    _, places = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(seed)
    return np.array([_draw(outcome, places, rng) for _ in range(n_samples)])


def summarise(images: Array, rows: FloatArray, *, percentile: bool = False) -> WeightStatistics:
    """Go back to the voxels, once, with what the samples say.

    Parameters
    ----------
    images : ndarray, shape (n_images, n_voxels)
        The images that were trained on.
    rows : ndarray, shape (n_samples, n_images)
        From `resample`.
    percentile : bool
        Take intervals from the quantiles of the samples (slower) instead of the normal curve.

    Returns
    -------
    WeightStatistics
        Per voxel.
    """
    with one_thread():
        mean = gram.combine(images, rows.mean(axis=0)[None])[0]
        error = gram.spread(images, rows)
        if percentile:
            low, high = gram.quantiles(images, rows, (0.025, 0.975))
        else:
            reach = float(stats.norm.ppf(0.975)) * error
            low, high = mean - reach, mean + reach
    z = np.divide(mean, error, out=np.zeros_like(mean), where=error > 0)
    p = 2 * stats.norm.sf(np.abs(z))
    q = np.asarray(stats.false_discovery_control(p), dtype=np.float64)
    return WeightStatistics(mean=mean, error=error, z=z, p=p, q=q, low=low, high=high)


def _draw(outcome: FloatArray, places: Array, rng: np.random.Generator) -> FloatArray:
    """Count how often each image is drawn; draw again while all outcomes are the same."""
    n_groups = int(places.max()) + 1
    for _ in range(MAX_DRAWS):
        drawn = np.bincount(rng.integers(0, n_groups, n_groups), minlength=n_groups)
        counts = drawn[places].astype(np.float64)
        if np.ptp(outcome[counts > 0]) > 0:
            return counts
    raise TrainingError(
        f"{n_groups} groups are too few to be resampled: samples hold one outcome only. "
        "Give more groups, or ask for no bootstrap."
    )
