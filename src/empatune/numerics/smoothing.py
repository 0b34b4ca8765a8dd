"""Gaussian smoothing in millimetres: one operator for images and for weights.

Outside the grid there is nothing (zero), and the kernel is symmetric, so that the operator is its own adjoint:
``w . smooth(y) = smooth(w) . y``. Smoothing the weights once replaces smoothing every volume.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from empatune.typing import Array, FloatArray

FWHM_PER_SIGMA = float(np.sqrt(8 * np.log(2)))
"""Full width at half maximum of a Gaussian with standard deviation 1."""


def voxel_sizes(affine: FloatArray) -> FloatArray:
    """Read the voxel sizes of an affine.

    Parameters
    ----------
    affine : ndarray, shape (4, 4)
        Voxel to world [mm].

    Returns
    -------
    ndarray, shape (3,)
        Distance between neighbouring voxels along i, j, k [mm].
    """
    return np.asarray(np.sqrt((np.asarray(affine)[:3, :3] ** 2).sum(axis=0)), dtype=np.float64)


def smooth(image: Array, affine: FloatArray, fwhm_mm: float) -> Array:
    """Smooth an image with a Gaussian; beyond its edges it is taken to be zero.

    Parameters
    ----------
    image : ndarray, shape (n_i, n_j, n_k)
        An image or a weight map.
    affine : ndarray, shape (4, 4)
        Its voxel to world [mm].
    fwhm_mm : float
        Full width at half maximum [mm]; 0 leaves the image as it is.

    Returns
    -------
    ndarray, shape (n_i, n_j, n_k), float64
        The smoothed image.
    """
    values = np.asarray(image, dtype=np.float64)
    if fwhm_mm <= 0:
        return values.copy()
    sigma = fwhm_mm / FWHM_PER_SIGMA / voxel_sizes(affine)
    smoothed: Array = ndimage.gaussian_filter(values, sigma, mode="constant", truncate=4.0)
    return smoothed
