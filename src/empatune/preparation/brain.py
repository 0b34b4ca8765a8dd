"""The brain in a mean EPI."""

from __future__ import annotations

import nibabel as nib
import numpy as np

from empatune.core import Grid
from empatune.errors import PreparationError
from empatune.typing import BoolArray, Float32Array

SMALLEST_ML = 150.0
"""Less than this is no useful part of a brain, not even in a slab [ml]."""

LARGEST_ML = 2500.0
"""More than this is no brain: adult brains with their fluid hold up to about 2 l [ml]."""


def find_brain(image: Float32Array, grid: Grid) -> BoolArray:
    """Find the brain in a mean EPI by nilearn's histogram method, and check that it can be one.

    Parameters
    ----------
    image : ndarray, shape (n_i, n_j, n_k), float32
        Mean EPI.
    grid : Grid
        Where its voxels lie.

    Returns
    -------
    ndarray, shape (n_i, n_j, n_k), bool
        True inside the brain.

    Raises
    ------
    PreparationError
        If nothing like a brain is found.
    """
    from nilearn.masking import compute_epi_mask  # loads scikit-learn

    try:
        mask = compute_epi_mask(nib.Nifti1Image(image, grid.affine))
    except Exception as error:  # nilearn raises many kinds for images without a brain
        raise PreparationError(
            f"No brain was found in the mean of these volumes ({error}). Check that they are EPI "
            "volumes of a head, or give a brain mask."
        ) from error
    brain: BoolArray = np.asarray(mask.dataobj) > 0
    check_brain(brain, grid)
    return brain


def check_brain(brain: BoolArray, grid: Grid) -> None:
    """Refuse a mask that cannot be a brain.

    Parameters
    ----------
    brain : ndarray, shape (n_i, n_j, n_k), bool
        The mask.
    grid : Grid
        Its grid.

    Raises
    ------
    PreparationError
        If its shape or volume cannot be.
    """
    if brain.shape != grid.shape:
        raise PreparationError(
            f"The brain mask has shape {brain.shape}, the EPI {grid.shape}: give a mask in the "
            "grid of the EPI."
        )
    volume_ml = float(brain.sum() * abs(np.linalg.det(grid.affine[:3, :3])) / 1000)
    if not SMALLEST_ML <= volume_ml <= LARGEST_ML:
        raise PreparationError(
            f"The brain that was found holds {volume_ml:.0f} ml; between {SMALLEST_ML:.0f} and "
            f"{LARGEST_ML:.0f} ml can be. Check that the volumes show a head and that their voxel "
            "sizes are right."
        )
