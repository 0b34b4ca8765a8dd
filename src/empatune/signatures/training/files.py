"""Maps as they lie in files: brought into one grid, refused where a header contradicts."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.orientations import inv_ornt_aff, io_orientation

from empatune.core import Grid
from empatune.core.space import check_space as refuse_astray
from empatune.errors import CoverageWarning, ImageError, TrainingError
from empatune.numerics import resampling
from empatune.signatures.images import layout_of
from empatune.signatures.training.data import Images, gather
from empatune.typing import BoolArray, Float32Array

LEAST_OF_BRAIN = 0.7
"""Images that share less than this of the MNI brain are doubtful; a warning says so."""


def read_images(
    paths: Sequence[Path],
    *,
    resample: bool = False,
    check_space: bool = True,
    progress: Callable[[float], None] = lambda _share: None,
) -> Images:
    """Read 3D maps of one grid.

    Parameters
    ----------
    paths : sequence of Path
        NIfTI files. Axes may run either way: they are turned to run right, front, up, exactly.
    resample : bool
        Bring maps of other grids to that of the first, linearly, instead of refusing them.
    check_space : bool
        Refuse maps of a whole head that cannot lie in MNI space, and warn of maps that hold
        little of the MNI brain.
    progress : callable
        Told which share of the files is read.

    Returns
    -------
    Images
        Voxels in which every image is finite and not 0.

    Raises
    ------
    TrainingError
        If a file is missing, damaged, no 3D map, empty, in another grid than most, or its header
        contradicts itself.
    """
    _check_files(paths)
    images = [_opened(path) for path in paths]
    grids = [_grid(image) for image in images]
    if check_space:
        for path, grid in zip(paths, grids, strict=True):
            _check_place(path, grid)
    if not resample:
        _check_same(paths, grids)
    volumes = []
    for number, (path, image, grid) in enumerate(zip(paths, images, grids, strict=True)):
        volume = _values(path, image)
        if not grid.matches(grids[0]):
            volume = _moved(volume, grid, grids[0])
        volumes.append(volume)
        progress((number + 1) / len(paths))
    found = gather(np.stack(volumes), grids[0], names=[str(path) for path in paths])
    if check_space:
        _check_brain(found)
    return found


def _check_files(paths: Sequence[Path]) -> None:
    if not paths:
        raise TrainingError("The table holds no image.")
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise TrainingError(
            f"{len(missing)} of {len(paths)} images are not there: {', '.join(missing[:5])}{more}. "
            "Relative paths are looked for beside the table."
        )


def _opened(path: Path) -> Any:
    try:
        image = nib.load(path)
    except Exception as error:  # nibabel raises many kinds for damaged files
        raise TrainingError(f"{path} cannot be read as a NIfTI image: {error}") from error
    try:
        layout = layout_of(image.header, shape=image.shape, affine=image.affine)
    except ImageError as problem:
        raise TrainingError(f"{path}: {str(problem).rstrip('.')}.") from problem
    if layout.n_volumes > 1:
        raise TrainingError(
            f"{path} has shape {image.shape}; each image of the table must be one 3D map. "
            "Split 4D files into one file a map, or name one volume."
        )
    return image


def _grid(image: Any) -> Grid:
    """Return the grid with axes that run right, front, up."""
    shape = image.shape[:3]
    turn = io_orientation(image.affine)
    order = np.argsort(turn[:, 0])
    turned = (shape[order[0]], shape[order[1]], shape[order[2]])
    return Grid(shape=turned, affine=image.affine @ inv_ornt_aff(turn, shape))


def _values(path: Path, image: Any) -> Float32Array:
    try:
        turned = nib.as_closest_canonical(image)
        volume = np.asarray(turned.dataobj, dtype=np.float32)
    except Exception as error:  # nibabel raises many kinds for damaged files
        raise TrainingError(
            f"{path} is damaged: its values cannot be read ({error}). Make or copy it again."
        ) from error
    return volume.reshape(volume.shape[:3])


def _check_place(path: Path, grid: Grid) -> None:
    try:
        refuse_astray(grid)
    except ImageError as problem:
        raise TrainingError(f"{path}: {problem}") from problem


def _check_same(paths: Sequence[Path], grids: Sequence[Grid]) -> None:
    """Refuse images of several grids, naming those of which there are fewer."""
    same = np.array([grid.matches(grids[0]) for grid in grids])
    if same.all():
        return
    odd = np.flatnonzero(~same if same.sum() * 2 >= len(same) else same)
    usual = int(np.flatnonzero(same)[0] if not same[odd[0]] else np.flatnonzero(~same)[0])
    listed = ", ".join(str(paths[place]) for place in odd[:3])
    raise TrainingError(
        f"{len(odd)} of {len(paths)} images lie in another grid than the others: "
        f"{listed}{', ...' if len(odd) > 3 else ''} ({_describe(grids[odd[0]])}; the others "
        f"{_describe(grids[usual])}). If all are in the same space, ask to bring them to the grid "
        "of the first (--resample); otherwise leave them out."
    )


def _check_brain(images: Images) -> None:
    share = brain_share(images.mask, images.grid)
    if share < LEAST_OF_BRAIN:
        warnings.warn(
            f"The images hold {share:.0%} of the brain in MNI space. If they do not show a part of "
            "it alone, they lie in another space, or axes are swapped: look at one over a template.",
            CoverageWarning,
            stacklevel=3,
        )


def brain_share(mask: BoolArray, grid: Grid) -> float:
    """Compute how much of the brain in MNI space a mask holds.

    Parameters
    ----------
    mask : ndarray, shape (n_i, n_j, n_k), bool
        Voxels of images.
    grid : Grid
        Where they lie.

    Returns
    -------
    float
        Share of the brain's voxels [0 to 1].
    """
    from nilearn.datasets import load_mni152_brain_mask

    brain = load_mni152_brain_mask(resolution=4)
    voxels = np.argwhere(np.asarray(brain.dataobj) > 0)
    there = np.linalg.inv(grid.affine) @ brain.affine
    places = np.rint(voxels @ there[:3, :3].T + there[:3, 3]).astype(int)
    inside = ((places >= 0) & (places < grid.shape)).all(axis=1)
    return float(mask[tuple(places[inside].T)].sum() / len(voxels))


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
