"""What a signature is trained on: images in one grid, outcomes, groups."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nibabel as nib
import numpy as np

from empatune.core import Grid
from empatune.errors import TrainingError
from empatune.numerics import resampling
from empatune.typing import Array, BoolArray, Float32Array, FloatArray

SMALLEST_SHARE = 0.5
"""An image that lacks more than this share of the voxels that most images have is refused."""


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


def read_images(
    paths: Sequence[Path],
    *,
    resample: bool = False,
    progress: Callable[[float], None] = lambda _share: None,
) -> Images:
    """Read 3D maps of one grid.

    Parameters
    ----------
    paths : sequence of Path
        NIfTI files. Axes may run either way: they are turned to run right, front, up, exactly.
    resample : bool
        Bring maps of other grids to that of the first, linearly, instead of refusing them.
    progress : callable
        Told which share of the files is read.

    Returns
    -------
    Images
        Voxels in which every image is finite and not 0.

    Raises
    ------
    TrainingError
        If a file is missing, no 3D map, empty, or in another grid than the first.
    """
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise TrainingError(
            f"{len(missing)} of {len(paths)} images are not there: {', '.join(missing[:5])}{more}. "
            "Relative paths are looked for beside the table."
        )
    volumes: list[Float32Array] = []
    grid: Grid | None = None
    for number, path in enumerate(paths):
        volume, found = _read_map(path)
        grid = grid or found
        if not found.matches(grid):
            if not resample:
                raise TrainingError(
                    f"{path} lies in another grid than {paths[0]}: {_describe(found)} against "
                    f"{_describe(grid)}. Ask to resample if all are in the same space (--resample)."
                )
            volume = _moved(volume, found, grid)
        volumes.append(volume)
        progress((number + 1) / len(paths))
    if grid is None:
        raise TrainingError("The table holds no image.")
    return gather(np.stack(volumes), grid, names=[str(path) for path in paths])


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
    values = np.ascontiguousarray(volumes[:, common], dtype=np.float32)
    digest = hashlib.sha256(values.tobytes()).hexdigest()
    return Images(values=values, mask=common, grid=grid, checksum=digest)


def _read_map(path: Path) -> tuple[Float32Array, Grid]:
    try:
        image = nib.as_closest_canonical(nib.load(path))
        volume = np.asarray(image.dataobj, dtype=np.float32)
    except Exception as error:  # nibabel raises many kinds for damaged files
        raise TrainingError(f"{path} cannot be read as a NIfTI image: {error}") from error
    if volume.ndim == 4 and volume.shape[3] == 1:
        volume = volume[..., 0]
    if volume.ndim != 3:
        raise TrainingError(
            f"{path} has shape {volume.shape}; each image of the table must be one 3D map. "
            "Split 4D files into one file a map, or name one volume."
        )
    return volume, Grid(shape=volume.shape, affine=image.affine)


def _moved(volume: Float32Array, old: Grid, new: Grid) -> Float32Array:
    """Interpolate linearly; a voxel that rests on one that was not measured is not measured."""
    there = np.isfinite(volume) & (volume != 0)
    values, share = (
        resampling.resample(part, old.affine, to_affine=new.affine, to_shape=new.shape, order=1)
        for part in (np.where(there, volume, 0), there)
    )
    return np.where(share > 0.999, values, 0).astype(np.float32)


def _describe(grid: Grid) -> str:
    sizes = " x ".join(f"{size:g}" for size in grid.voxel_sizes_mm)
    corner = ", ".join(f"{value:g}" for value in grid.affine[:3, 3])
    return f"{'x'.join(str(n) for n in grid.shape)} voxels of {sizes} mm from ({corner}) mm"
