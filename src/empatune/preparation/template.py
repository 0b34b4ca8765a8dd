"""The MNI template that nilearn ships: its brain, and the lattice on which we work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from empatune.core import Grid
from empatune.typing import BoolArray, Float32Array

NAME = "ICBM 2009a nonlinear symmetric (nilearn)"
"""The template's name. Published maps lie in the spaces of SPM and FSL, a few mm from it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """The T1-weighted template of the brain alone.

    Parameters
    ----------
    image : ndarray, shape (n_i, n_j, n_k), float32
        Intensities between 0 and 1; 0 outside the brain.
    brain : ndarray, shape (n_i, n_j, n_k), bool
        The brain.
    grid : Grid
        A 2 mm lattice of MNI space.
    """

    image: Float32Array
    brain: BoolArray
    grid: Grid


@cache
def load_template() -> Template:
    """Load the template.

    Returns
    -------
    Template
        At 2 mm; loaded once a process.
    """
    # loads scikit-learn, which a prepared session does without
    from nilearn.datasets import load_mni152_brain_mask, load_mni152_template

    head = load_mni152_template(resolution=2)
    mask = load_mni152_brain_mask(resolution=2)
    image = np.asarray(head.dataobj, dtype=np.float32)
    brain: BoolArray = np.asarray(mask.dataobj) > 0
    return Template(
        image=np.clip(image, 0, None) * brain,
        brain=brain,
        grid=Grid(shape=image.shape, affine=head.affine),
    )
