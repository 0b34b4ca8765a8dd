"""Where a point of MNI space lies in a participant's EPI, and who can tell.

A `Transform` is the answer, an `Aligner` finds it. There are three: registration by ANTs
(`registration.py`), an affine that is known beforehand (here), and the transforms of an fMRIPrep
run (`fmriprep.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.ndimage import map_coordinates

from empatune.core import Grid
from empatune.errors import PreparationError
from empatune.typing import BoolArray, Float32Array, FloatArray, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """The participant's EPI, to which MNI is brought.

    Parameters
    ----------
    image : ndarray, shape (n_i, n_j, n_k), float32
        Mean EPI.
    brain : ndarray, shape (n_i, n_j, n_k), bool
        Its brain.
    grid : Grid
        Where the voxels lie in the scanner's world.
    """

    image: Float32Array
    brain: BoolArray
    grid: Grid


class Transform(Protocol):
    """Where points of MNI space lie in the world of one EPI."""

    def to_epi(self, points_mm: FloatArray) -> FloatArray:
        """Move points, shape (n, 3), from MNI space to the EPI's world [mm]."""
        ...

    def describe(self) -> JsonObject:
        """Return how the transform was found, for the record."""
        ...


class Aligner(Protocol):
    """A way to find the transform for one participant."""

    @property
    def method(self) -> str:
        """Short name of the way, such as ``ants-fast``."""
        ...

    def align(self, reference: Reference) -> Transform:
        """Find where MNI space lies in this participant's EPI."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AffineTransform:
    """A transform by one matrix; it is its own aligner, for it is known beforehand.

    Parameters
    ----------
    matrix : ndarray, shape (4, 4)
        Maps MNI world coordinates to the EPI's world coordinates [mm].
    origin : str
        Where the matrix comes from, for the record.

    Raises
    ------
    PreparationError
        If the matrix is not an invertible affine.
    """

    matrix: FloatArray
    origin: str = "given"

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        fits = matrix.shape == (4, 4) and bool(np.isfinite(matrix).all())
        if not fits or not np.allclose(matrix[3], (0, 0, 0, 1)):
            raise PreparationError(
                "An affine from MNI to EPI is a finite 4 x 4 matrix whose last row is 0 0 0 1; "
                f"given {self.matrix!r}."
            )
        if abs(np.linalg.det(matrix[:3, :3])) < 1e-6:
            raise PreparationError("The affine from MNI to EPI is singular.")
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    @property
    def method(self) -> str:
        """Short name of the way."""
        return "affine"

    @classmethod
    def from_text(cls, path: Path) -> AffineTransform:
        """Read the matrix from a text file of four rows with four numbers.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        AffineTransform
            The transform.

        Raises
        ------
        PreparationError
            If the file does not hold such a matrix.
        """
        try:
            matrix = np.loadtxt(path, dtype=np.float64)
        except (OSError, ValueError) as error:
            raise PreparationError(
                f"{path} cannot be read as a matrix: {error}. Write four rows of four numbers, "
                "the affine that maps MNI world coordinates to those of the EPI [mm]."
            ) from error
        return cls(matrix=matrix, origin=path.name)

    def align(self, reference: Reference) -> AffineTransform:  # noqa: ARG002
        """Return the matrix as it is.

        Parameters
        ----------
        reference : Reference
            Not looked at.

        Returns
        -------
        AffineTransform
            Itself.
        """
        return self

    def to_epi(self, points_mm: FloatArray) -> FloatArray:
        """Move points from MNI space to the EPI's world.

        Parameters
        ----------
        points_mm : ndarray, shape (n, 3)
            MNI coordinates [mm].

        Returns
        -------
        ndarray, shape (n, 3)
            Coordinates in the EPI's world [mm].
        """
        moved: FloatArray = points_mm @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return moved

    def describe(self) -> JsonObject:
        """Return the matrix and its origin.

        Returns
        -------
        dict
            For the record.
        """
        return {"origin": self.origin, "matrix": self.matrix.tolist()}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FieldTransform:
    """A transform by a dense field of displacements.

    Parameters
    ----------
    grid : Grid
        The lattice of MNI space on which the field is known.
    displacement_mm : ndarray, shape (n_i, n_j, n_k, 3), float32
        From each lattice point to where it lies in the EPI's world: x, y, z [mm].
    details : dict
        How the field was found, for the record.
    """

    grid: Grid
    displacement_mm: Float32Array
    details: JsonObject = field(default_factory=dict)

    def to_epi(self, points_mm: FloatArray) -> FloatArray:
        """Move points from MNI space to the EPI's world.

        Parameters
        ----------
        points_mm : ndarray, shape (n, 3)
            MNI coordinates [mm]; beyond the lattice the displacement of its border holds.

        Returns
        -------
        ndarray, shape (n, 3)
            Coordinates in the EPI's world [mm].
        """
        world_to_lattice = np.linalg.inv(self.grid.affine)
        where = (points_mm @ world_to_lattice[:3, :3].T + world_to_lattice[:3, 3]).T
        moved = np.array(points_mm, dtype=np.float64)
        for axis in range(3):
            moved[:, axis] += map_coordinates(
                self.displacement_mm[..., axis], where, order=1, mode="nearest"
            )
        return moved

    def describe(self) -> JsonObject:
        """Return how the field was found.

        Returns
        -------
        dict
            For the record.
        """
        return dict(self.details)
