"""Registration of the MNI template to a participant's EPI by ANTs: affine, then deformable."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nibabel as nib
import numpy as np

from empatune.core import Grid
from empatune.errors import MissingExtraError, PreparationError
from empatune.preparation import template
from empatune.preparation.transforms import FieldTransform, Reference
from empatune.typing import Array, BoolArray, Float32Array, FloatArray, JsonObject

Quality = Literal["fast", "full"]
"""``fast`` takes seconds, for use in a session; ``full`` about a minute, before it."""

_SETTINGS: dict[Quality, dict[str, Any]] = {
    # mutual information copes with the inverted contrast of EPI against T1 and is quick
    "fast": {
        "aff_iterations": (200, 100, 50),
        "aff_shrink_factors": (4, 2, 1),
        "aff_smoothing_sigmas": (2, 1, 0),
        "reg_iterations": (30, 20, 5),
        "syn_metric": "mattes",
        "syn_sampling": 32,
    },
    # local cross-correlation follows edges whatever their sign
    "full": {
        "aff_iterations": (500, 250, 100),
        "aff_shrink_factors": (4, 2, 1),
        "aff_smoothing_sigmas": (2, 1, 0),
        "reg_iterations": (40, 30, 5),
        "syn_metric": "CC",
        "syn_sampling": 2,
    },
}

_FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])  # ITK's world is LPS, ours RAS


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Finds the transform by ANTs: mutual information affine, then SyN.

    Parameters
    ----------
    quality : {"fast", "full"}
        How much work to spend.
    seed : int
        Seed of the sampling of the affine stage.
    """

    quality: Quality = "full"
    seed: int = 1

    @property
    def method(self) -> str:
        """Short name of the way."""
        return f"ants-{self.quality}"

    def align(self, reference: Reference) -> FieldTransform:
        """Register the template to a participant's EPI.

        Parameters
        ----------
        reference : Reference
            The EPI and its brain.

        Returns
        -------
        FieldTransform
            On the 2 mm lattice of the template.

        Raises
        ------
        MissingExtraError
            If ANTsPy is not installed.
        PreparationError
            If ANTs fails.
        """
        ants = import_ants()
        try:
            with _seeded(ants, self.seed):
                displacement, affine = _register(ants, reference, _SETTINGS[self.quality])
        except (RuntimeError, ValueError, OSError) as error:
            raise PreparationError(
                f"ANTs could not register MNI to this EPI: {error}. Check the volumes, or give an "
                "affine or the transforms of an fMRIPrep run."
            ) from error
        details: JsonObject = {
            "template": template.NAME,
            "seed": self.seed,
            "ants": str(ants.__version__),
            **_shape_of(affine),
        }
        grid = template.load_template().grid
        return FieldTransform(grid=grid, displacement_mm=displacement, details=details)


def import_ants() -> Any:
    """Import ANTsPy for work that repeats to the bit, which it does in one thread only.

    Returns
    -------
    module
        The package ``ants``.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    for name in ("THREADS", "ITK_THREADS"):  # both are read, once, when ITK is loaded
        os.environ[f"ITK_GLOBAL_DEFAULT_NUMBER_OF_{name}"] = "1"
    try:
        import ants
    except ImportError as error:
        raise MissingExtraError("Registration to MNI", "prepare") from error
    return ants


def as_ants(image: Array, grid: Grid) -> Any:
    """Give an array to ANTs with its place in the world.

    Parameters
    ----------
    image : ndarray, shape (n_i, n_j, n_k)
        Intensities.
    grid : Grid
        Where the voxels lie.

    Returns
    -------
    ANTsImage
        The same in LPS.
    """
    lps = _FLIP @ grid.affine
    spacing = np.array(grid.voxel_sizes_mm)
    return import_ants().from_numpy(
        np.ascontiguousarray(image, dtype=np.float32),
        origin=tuple(lps[:3, 3]),
        spacing=tuple(spacing),
        direction=lps[:3, :3] / spacing,
    )


def compose(
    lattice: Grid, moving: Any, transforms: list[str], *, invert: list[bool]
) -> Float32Array:
    """Compose ANTs transforms that bring an image to a lattice into one field.

    Parameters
    ----------
    lattice : Grid
        Where the field is wanted.
    moving : ANTsImage
        The image that the transforms would move.
    transforms : list of str
        Files, the first one last applied to the image, as ANTs has it.
    invert : list of bool
        Which of them to invert.

    Returns
    -------
    ndarray, shape (n_i, n_j, n_k, 3), float32
        From each lattice point to where it lies in the image's world: x, y, z [mm].
    """
    ants = import_ants()
    fixed = as_ants(np.zeros(lattice.shape), lattice)
    with tempfile.TemporaryDirectory(prefix="empatune-") as folder:
        written = ants.apply_transforms(
            fixed, moving, transforms, whichtoinvert=invert, compose=f"{folder}/"
        )
        field = np.asarray(nib.load(Path(written)).dataobj, dtype=np.float32)
    displacement: Float32Array = np.ascontiguousarray(field.reshape(*lattice.shape, 3))
    displacement[..., :2] *= -1
    return displacement


def _register(
    ants: Any, reference: Reference, settings: dict[str, Any]
) -> tuple[Float32Array, FloatArray]:
    mni = template.load_template()
    head = as_ants(reference.image, reference.grid)
    brain = as_ants(reference.brain.astype(np.float32), reference.grid)
    flat = ants.n4_bias_field_correction(
        head, mask=brain, shrink_factor=2, convergence={"iters": [30, 20], "tol": 1e-4}
    )
    with tempfile.TemporaryDirectory(prefix="empatune-") as folder:
        found = ants.registration(
            fixed=flat * brain,
            moving=as_ants(mni.image, mni.grid),
            type_of_transform="SyN",
            outprefix=f"{folder}/",
            singleprecision=True,
            aff_random_sampling_rate=1.0,  # a sample of voxels moves the affine by 2 mm
            **settings,
        )
        # the image-moving transforms from EPI to MNI are those that take MNI points to the EPI
        files = found["invtransforms"]
        return compose(mni.grid, head, files, invert=[True, False]), _read_affine(files[0])


@contextmanager
def _seeded(ants: Any, seed: int) -> Iterator[None]:
    """Seed ANTs, whose way of doing so also seeds the generators of numpy and Python."""
    states = np.random.get_state(), random.getstate()  # noqa: NPY002
    ants.config.set_ants_deterministic(on=True, seed_value=seed)
    try:
        yield
    finally:
        ants.config.set_ants_deterministic(on=False, seed_value=None)
        np.random.set_state(states[0])  # noqa: NPY002
        random.setstate(states[1])


def _read_affine(path: str) -> FloatArray:
    matrix: FloatArray = np.array(import_ants().read_transform(path).parameters[:9], dtype=float)
    return matrix.reshape(3, 3)


def _shape_of(matrix: FloatArray) -> JsonObject:
    """Take a rotation and zooms out of a linear map: far from upright or normal size is a failure."""
    left, zooms, right = np.linalg.svd(matrix)
    turn = np.clip((np.trace(left @ right) - 1) / 2, -1, 1)
    return {
        "rotation_degrees": float(np.degrees(np.arccos(turn))),
        "zooms": [float(zoom) for zoom in sorted(zooms)],
        "mirrored": bool(np.linalg.det(matrix) < 0),
    }


def register_rigidly(fixed: Any, moving: Any, *, seed: int, prefix: str) -> str:
    """Find the rigid motion that brings one image of a head onto another.

    Parameters
    ----------
    fixed, moving : ANTsImage
        Images of the same kind.
    seed : int
        Seed of the sampling.
    prefix : str
        Where the transform is written.

    Returns
    -------
    str
        The file of the transform that moves the second image to the first.
    """
    ants = import_ants()
    with _seeded(ants, seed):
        found = ants.registration(
            fixed=fixed,
            moving=moving,
            type_of_transform="Rigid",
            outprefix=prefix,
            aff_random_sampling_rate=1.0,
            aff_iterations=(200, 100, 50),
            aff_shrink_factors=(4, 2, 1),
            aff_smoothing_sigmas=(2, 1, 0),
        )
    transform: str = found["fwdtransforms"][0]
    return transform


def agreement(first: BoolArray, second: BoolArray) -> float:
    """Measure the overlap of two masks by Dice's coefficient.

    Parameters
    ----------
    first, second : ndarray of the same shape, bool
        The masks.

    Returns
    -------
    float
        0 for none, 1 for the same.
    """
    size = int(first.sum() + second.sum())
    return 2 * float((first & second).sum()) / size if size else 0.0
