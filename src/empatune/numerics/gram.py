"""Linear models of few images with many voxels, computed in the space of the images.

With n images of V voxels, n much smaller than V, everything that principal component regression,
ridge regression and linear support vector machines need is the n-by-n matrix of the images' dot
products. A row that counts twice (a bootstrap sample), with a weight (balanced classes) or not at
all (a held-out fold) changes the centring and the decomposition of that matrix, never the images.
Weights in voxel space are sums of images, ``w = X' a``, so that only the row coefficients ``a``
are computed per sample and the voxels are visited once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from empatune.typing import Array, FloatArray, IntArray

CHUNK = 8192
"""Voxels that are turned to double precision at once."""


def gram(images: Array) -> FloatArray:
    """Compute the dot products of all images with one another, in double precision.

    Parameters
    ----------
    images : ndarray, shape (n_images, n_voxels)
        The images, not centred.

    Returns
    -------
    ndarray, shape (n_images, n_images)
        Their dot products.
    """
    products = np.zeros((len(images), len(images)))
    for part in _chunks(images, CHUNK):
        products += part @ part.T
    return products


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Components:
    """Principal components of weighted images, known by their dot products alone.

    Parameters
    ----------
    members : ndarray, shape (n_members,), int
        Rows that count; the others are as if they were not there.
    counts : ndarray, shape (n_members,)
        How much each of them counts.
    vectors : ndarray, shape (n_members, n_components)
        Left singular vectors of the centred rows, each times the root of its count.
    singular : ndarray, shape (n_components,)
        Singular values, largest first.
    centre : ndarray, shape (n_members,)
        Dot products of the members with their weighted mean.
    n_images : int
        Number of all rows.
    """

    members: IntArray
    counts: FloatArray
    vectors: FloatArray
    singular: FloatArray
    centre: FloatArray
    n_images: int

    @property
    def scores(self) -> FloatArray:
        """Component scores of the members, shape (n_members, n_components)."""
        return np.asarray(self.vectors * self.singular / np.sqrt(self.counts)[:, None])

    def project(self, products: FloatArray) -> FloatArray:
        """Compute the component scores of any images.

        Parameters
        ----------
        products : ndarray, shape (n_others, n_images)
            Their dot products with all rows.

        Returns
        -------
        ndarray, shape (n_others, n_components)
            Their scores.
        """
        centred = products[:, self.members] - self.centre
        # the weighted mean has no part along the vectors, so these are centred by themselves
        return np.asarray(centred @ self._basis)

    def rows(self, coefficients: FloatArray) -> FloatArray:
        """Turn coefficients of components into coefficients of images.

        Parameters
        ----------
        coefficients : ndarray, shape (..., n_components)
            One coefficient a component.

        Returns
        -------
        ndarray, shape (..., n_images)
            The same weights as a sum of images; 0 for images that do not count.
        """
        rows = np.zeros((*coefficients.shape[:-1], self.n_images))
        rows[..., self.members] = coefficients @ self._basis.T
        return rows

    @property
    def _basis(self) -> FloatArray:
        return np.asarray(self.vectors * np.sqrt(self.counts)[:, None] / self.singular)


def decompose(
    products: FloatArray, *, counts: Array | None = None, n_components: int | None = None
) -> Components:
    """Find the principal components of images from their dot products.

    Parameters
    ----------
    products : ndarray, shape (n_images, n_images)
        From `gram`.
    counts : ndarray, shape (n_images,), optional
        How much each image counts, 0 to leave it out; 1 for all if not given.
    n_components : int, optional
        Keep the largest so many; all that are not numerically zero if not given.

    Returns
    -------
    Components
        At most one component less than images that count.
    """
    every = np.ones(len(products)) if counts is None else np.asarray(counts, dtype=np.float64)
    members = np.flatnonzero(every)
    weights = every[members]
    inner = products[np.ix_(members, members)]
    share = weights / weights.sum()
    centre = inner @ share
    root = np.sqrt(weights)
    centred = inner - centre - centre[:, None] + share @ centre
    values, vectors = np.linalg.eigh(root[:, None] * centred * root)
    values, vectors = values[::-1], vectors[:, ::-1]
    # what centring cancels out leaves its rounding behind, as large as the products were
    scale = max(float(values[0]), float(np.abs(np.diagonal(inner)).max() * weights.max()))
    floor = np.finfo(np.float64).eps * scale * len(members)
    n_kept = min(int((values > floor).sum()), len(members) - 1, n_components or len(members))
    return Components(
        members=members,
        counts=weights,
        vectors=vectors[:, :n_kept],
        singular=np.sqrt(values[:n_kept]),
        centre=centre,
        n_images=len(products),
    )


def least_squares(
    components: Components, outcomes: FloatArray, penalties: FloatArray, *, l1_ratio: float
) -> tuple[FloatArray, FloatArray]:
    """Regress outcomes on component scores with LASSO, ridge or elastic-net penalties.

    Scores of different components are orthogonal, so that each coefficient has a closed form. The
    objective is that of scikit-learn's ``ElasticNet``: mean squared error / 2 + penalty *
    (l1_ratio * sum of absolute coefficients + (1 - l1_ratio) / 2 * sum of their squares).

    Parameters
    ----------
    components : Components
        From `decompose`.
    outcomes : ndarray, shape (n_images, n_outcomes)
        Outcomes of all images; those of images that do not count are not looked at.
    penalties : ndarray, shape (n_penalties, n_outcomes) or (n_penalties, 1)
        Strengths of the penalty.
    l1_ratio : float
        1 for LASSO, 0 for ridge regression, between for the elastic net.

    Returns
    -------
    coefficients : ndarray, shape (n_penalties, n_outcomes, n_components)
        One a component.
    intercepts : ndarray, shape (n_penalties, n_outcomes)
        What is added to the scores' weighted sum.
    """
    means, products = _scores_times_outcomes(components, outcomes)
    strength = penalties[..., None] * components.counts.sum()
    shrunk = np.sign(products) * np.maximum(np.abs(products) - strength * l1_ratio, 0)
    coefficients = shrunk / (components.singular**2 + strength * (1 - l1_ratio))
    return coefficients, np.broadcast_to(means, (len(penalties), len(means)))


def largest_penalty(components: Components, outcomes: FloatArray) -> FloatArray:
    """Find the smallest LASSO penalty at which every coefficient is zero.

    Parameters
    ----------
    components : Components
        From `decompose`.
    outcomes : ndarray, shape (n_images, n_outcomes)
        The outcomes.

    Returns
    -------
    ndarray, shape (n_outcomes,)
        The penalties, in the units of `least_squares`.
    """
    _, products = _scores_times_outcomes(components, outcomes)
    return np.asarray(np.abs(products).max(axis=1, initial=0) / components.counts.sum())


def combine(images: Array, rows: FloatArray) -> FloatArray:
    """Sum images with row coefficients: the weights in voxel space.

    Parameters
    ----------
    images : ndarray, shape (n_images, n_voxels)
        The images.
    rows : ndarray, shape (n_maps, n_images)
        Coefficients of the images for each map.

    Returns
    -------
    ndarray, shape (n_maps, n_voxels)
        The maps.
    """
    return np.hstack([rows @ part for part in _chunks(images, CHUNK)])


def spread(images: Array, rows: FloatArray) -> FloatArray:
    """Compute the standard deviation of maps over samples in one pass over the voxels.

    Parameters
    ----------
    images : ndarray, shape (n_images, n_voxels)
        The images.
    rows : ndarray, shape (n_samples, n_images)
        Coefficients of the images in each sample.

    Returns
    -------
    ndarray, shape (n_voxels,)
        Standard deviation (n - 1) of ``rows @ images`` over the samples.
    """
    covariance = np.atleast_2d(np.cov(rows, rowvar=False))
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0))).T
    parts = [np.sqrt(((root @ part) ** 2).sum(axis=0)) for part in _chunks(images, CHUNK)]
    return np.concatenate(parts)


def quantiles(images: Array, rows: FloatArray, levels: tuple[float, ...]) -> FloatArray:
    """Compute quantiles of maps over samples, a few voxels at a time.

    Parameters
    ----------
    images : ndarray, shape (n_images, n_voxels)
        The images.
    rows : ndarray, shape (n_samples, n_images)
        Coefficients of the images in each sample.
    levels : tuple of float
        Between 0 and 1.

    Returns
    -------
    ndarray, shape (n_levels, n_voxels)
        Quantiles of ``rows @ images`` over the samples.
    """
    parts = [
        np.quantile(rows @ part, levels, axis=0) for part in _chunks(images, max(1, CHUNK // 16))
    ]
    return np.hstack(parts)


def _scores_times_outcomes(
    components: Components, outcomes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    counts = components.counts
    chosen = outcomes[components.members]
    means = counts @ chosen / counts.sum()
    rooted = np.sqrt(counts)[:, None] * (chosen - means)
    return means, (rooted.T @ components.vectors) * components.singular


def _chunks(images: Array, size: int) -> Iterator[FloatArray]:
    for start in range(0, images.shape[1], size):
        yield np.asarray(images[:, start : start + size], dtype=np.float64)
