"""What a signature is trained on: images in one grid, outcomes, groups."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from empatune.core import Grid
from empatune.errors import CoverageWarning, TrainingError
from empatune.typing import Array, BoolArray, Float32Array, FloatArray

SMALLEST_SHARE = 0.5
"""An image that lacks more than this share of the voxels that most images have is refused."""

KEPT = 0.9
"""If less than this share of the usual voxels is common to all images, a warning says so."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Images:
    """Images of one grid, as rows over the voxels that all of them have.

    Parameters
    ----------
    values : ndarray, shape (n_images, n_voxels), float32
        One row an image.
    mask : ndarray, shape (n_i, n_j, n_k), bool
        The voxels.
    grid : Grid
        Where they lie.
    checksum : str
        SHA-256 over all values, for the model card.
    """

    values: Float32Array
    mask: BoolArray
    grid: Grid
    checksum: str

    def volume(self, values: Array) -> Float32Array:
        """Put one value a voxel back into the grid.

        Parameters
        ----------
        values : ndarray, shape (n_voxels,)
            Values.

        Returns
        -------
        ndarray, shape (n_i, n_j, n_k), float32
            0 outside the mask.
        """
        volume = np.zeros(self.grid.shape, dtype=np.float32)
        volume[self.mask] = values
        return volume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingData:
    """Images with what is to be predicted.

    Parameters
    ----------
    images : Images
        The images.
    outcome : ndarray, shape (n_images,)
        A rating, or -1 and 1 for two classes; NaN for images that are not trained on.
    groups : ndarray, shape (n_images,)
        What is held out together: the person, study or block.
    classes : tuple of str, or None
        Names of the classes -1 and 1; None for ratings.
    off_target : ndarray, shape (n_images,), str
        Name of an off-target condition, on which the signature is tested and never trained;
        empty for the images that are trained on.
    off_target_outcomes : dict of str to ndarray, shape (n_images,)
        Other outcomes of the same images, which the signature should not tell.
    outcome_name, group_name : str
        What outcome and groups are called.
    space : str
        ``MNI``, or what the space is called in which the images lie.

    Raises
    ------
    TrainingError
        If nothing can be learned from them.
    """

    images: Images
    outcome: FloatArray
    groups: Array
    classes: tuple[str, str] | None = None
    off_target: Array | None = None
    off_target_outcomes: dict[str, FloatArray] = field(default_factory=dict)
    outcome_name: str = "outcome"
    group_name: str = "group"
    space: str = "MNI"

    def __post_init__(self) -> None:
        n = len(self.images.values)
        for name, column in {"outcome": self.outcome, "groups": self.groups}.items():
            if len(column) != n:
                raise TrainingError(f"{n} images are given, and {len(column)} values of {name}.")
        known = self.outcome[self.trained]
        if not np.isfinite(known).all():
            rows = ", ".join(str(row + 1) for row in np.flatnonzero(~np.isfinite(known))[:10])
            raise TrainingError(
                f"The outcome '{self.outcome_name}' is missing or no number in image(s) {rows} "
                "of those that are trained on. Leave these images out of the table, or mend them."
            )
        if len(known) < 4:
            raise TrainingError(f"{len(known)} images are too few to train on; give 4 at least.")
        if np.ptp(known) == 0:
            what = self.classes[int(known[0] > 0)] if self.classes else f"{known[0]:g}"
            raise TrainingError(
                f"Every image has the same outcome '{self.outcome_name}' ({what}): nothing can be "
                "learned. Give images of both classes, or ratings that differ."
            )

    @property
    def trained(self) -> BoolArray:
        """Images that are trained on, shape (n_images,)."""
        if self.off_target is None:
            return np.ones(len(self.images.values), dtype=bool)
        trained: BoolArray = np.asarray(self.off_target) == ""
        return trained


def gather(
    volumes: Float32Array, grid: Grid, *, names: Sequence[str], mask: BoolArray | None = None
) -> Images:
    """Keep the voxels that every image has.

    Parameters
    ----------
    volumes : ndarray, shape (n_images, n_i, n_j, n_k), float32
        Images; NaN and 0 mean that a voxel was not measured.
    grid : Grid
        Where the voxels lie.
    names : sequence of str
        What the images are called in messages.
    mask : ndarray, shape (n_i, n_j, n_k), bool, optional
        Look at no other voxels.

    Returns
    -------
    Images
        Rows over the common voxels.

    Raises
    ------
    TrainingError
        If an image is empty or lacks most voxels that the others have.
    """
    there = np.isfinite(volumes) & (volumes != 0)
    if mask is not None:
        there &= mask
    counts = there.reshape(len(volumes), -1).sum(axis=1)
    most = there.mean(axis=0) > 0.5
    for name, present, count in zip(names, there, counts, strict=True):
        if not count:
            raise TrainingError(f"{name} is empty: every voxel is 0 or not a number.")
        lacking = 1 - float((present & most).sum()) / max(int(most.sum()), 1)
        if lacking > SMALLEST_SHARE:
            raise TrainingError(
                f"{name} lacks {lacking:.0%} of the voxels that most images have: leave it out, "
                "or look at what went wrong with it."
            )
    common: BoolArray = there.all(axis=0)
    if not common.any():
        raise TrainingError("The images have no voxel in common. Are all in the same space?")
    _warn_of_losses(names, there, most, common)
    values = np.ascontiguousarray(volumes[:, common], dtype=np.float32)
    digest = hashlib.sha256(values.tobytes()).hexdigest()
    return Images(values=values, mask=common, grid=grid, checksum=digest)


def _warn_of_losses(
    names: Sequence[str], there: BoolArray, most: BoolArray, common: BoolArray
) -> None:
    """Say it if voxels that few images lack are lost for all."""
    kept = float(common.sum()) / max(int(most.sum()), 1)
    if kept >= KEPT:
        return
    lacking = np.array([float((~present & most).sum()) for present in there]) / most.sum()
    worst = [place for place in np.argsort(-lacking, kind="stable")[:3] if lacking[place] > 0]
    listed = ", ".join(f"{names[place]} lacks {lacking[place]:.0%}" for place in worst)
    warnings.warn(
        f"Only voxels that every image has are trained on: {kept:.0%} of those that most images "
        f"have are left ({listed}). Leaving these images out may serve the map better.",
        CoverageWarning,
        stacklevel=3,
    )
