"""From the slices of one volume to one array with its place in the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from empatune.core import Grid
from empatune.errors import ImageError
from empatune.realtime.sources.piece import Piece
from empatune.typing import Array, FloatArray

_SAME_PLACE_MM = 0.05
"""Corners that lie nearer to each other than this differ by rounding only [mm]."""

_UNEVEN = 0.1
"""Slices may lie off their even places by this share of their distance."""

_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stack:
    """The slices of one volume, stacked.

    Parameters
    ----------
    stored : ndarray, shape (n_columns, n_rows, n_slices)
        Stored values; the first axis runs along a row, from its first column to its last, the
        second from the first row to the last. The third keeps the order of an object that is a
        whole volume (tiles of a mosaic, image files); else it runs along row x column direction.
    slope, intercept : float
        Scaling of all slices.
    grid : Grid
        Where they lie, in RAS+.
    moved : bool
        True if the grid differs from that of the run's first volume.
    """

    stored: Array
    slope: float
    intercept: float
    grid: Grid
    moved: bool


def slice_normal(piece: Piece) -> FloatArray:
    """Return the direction across the slices: that of a row x that of a column.

    Parameters
    ----------
    piece : Piece
        Any piece.

    Returns
    -------
    ndarray, shape (3,)
        Unit vector in the patient's system (LPS).

    Raises
    ------
    ImageError
        If rows and columns are not at right angles.
    """
    row, column = piece.orientation[:3], piece.orientation[3:]
    normal: FloatArray = np.cross(row, column).astype(np.float64)
    length = float(np.linalg.norm(normal))
    if abs(length - 1) > 0.01:
        raise ImageError("Rows and columns of an image are not at right angles.")
    normal /= length
    return normal


def stack(slices: Sequence[tuple[Piece, int]], reference: Grid | None) -> Stack:
    """Stack the slices of one volume.

    Parameters
    ----------
    slices : sequence of (Piece, int)
        All slices of the volume in any order: a piece and the number of the slice in it.
    reference : Grid or None
        Grid of the run's first volume; it is taken over where only rounding differs.

    Returns
    -------
    Stack
        The volume.

    Raises
    ------
    ImageError
        If the slices do not fit each other or are unevenly spaced.
    """
    first = slices[0][0]
    if any(p.pixels.shape[1:] != first.pixels.shape[1:] for p, _ in slices):
        raise ImageError("its slices differ in size")
    normal = slice_normal(first)
    if any(piece is not first for piece, _ in slices):
        slices = sorted(slices, key=lambda entry: float(entry[0].positions_mm[entry[1]] @ normal))
    grid = _grid(slices, normal)
    moved = False
    if reference is not None:
        same = grid.matches(reference, tolerance_mm=_SAME_PLACE_MM)
        grid, moved = (reference, False) if same else (grid, True)
    stored, slope, intercept = _values(slices)
    return Stack(stored=stored, slope=slope, intercept=intercept, grid=grid, moved=moved)


def _grid(slices: Sequence[tuple[Piece, int]], normal: FloatArray) -> Grid:
    first = slices[0][0]
    positions = np.array([piece.positions_mm[k] for piece, k in slices])
    n_slices = len(positions)
    step = normal * first.spacing_mm
    if n_slices > 1:
        step = (positions[-1] - positions[0]) / (n_slices - 1)
    even = positions[0] + np.arange(n_slices)[:, None] * step
    if np.abs(positions - even).max() > _UNEVEN * float(np.linalg.norm(step)):
        raise ImageError("its slices are unevenly spaced")
    between_rows, between_columns = first.pixel_mm
    affine = np.eye(4)
    affine[:3, 0] = first.orientation[:3] * between_columns
    affine[:3, 1] = first.orientation[3:] * between_rows
    affine[:3, 2] = step
    affine[:3, 3] = positions[0]
    n_rows, n_columns = first.pixels.shape[1:]
    return Grid(shape=(n_columns, n_rows, n_slices), affine=_TO_RAS @ affine)


def _values(slices: Sequence[tuple[Piece, int]]) -> tuple[Array, float, float]:
    pixels = np.array([piece.pixels[k] for piece, k in slices])
    scaling = np.array([piece.scaling[k] for piece, k in slices])
    if (scaling == scaling[0]).all():
        slope, intercept = scaling[0].tolist()
    else:
        pixels = (pixels * scaling[:, :1, None] + scaling[:, 1:, None]).astype(np.float32)
        slope, intercept = 1.0, 0.0
    return pixels.transpose(2, 1, 0), slope, intercept
