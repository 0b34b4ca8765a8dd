"""Siemens mosaics: the slices of a volume laid out as tiles of one big image.

The tiles run row by row. The CSA header says how many there are and which way they go; where an
anonymiser has taken it away, standard tags and the image itself must tell.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
import pydicom

from empatune.realtime.sources import scaling
from empatune.realtime.sources.fields import floats, integer, slice_spacing, text, words
from empatune.realtime.sources.piece import Piece
from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.typing import Array, FloatArray

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # nibabel.nicom greets everybody with a warning
    from nibabel.nicom import csareader

_ISOCENTRE_MARGIN = 2.0
"""How much nearer to the isocentre the middle of the slices must be one way than the other."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """How the tiles of a mosaic lie in space.

    Parameters
    ----------
    n_slices : int
        Number of tiles that are slices.
    per_side : int
        Number of tiles along each side.
    normal : ndarray, shape (3,)
        Direction from one tile's slice to the next, in the patient's system (LPS).
    notes : tuple of str
        What had to be inferred.
    """

    n_slices: int
    per_side: int
    normal: FloatArray
    notes: tuple[str, ...] = ()


def is_mosaic(dataset: pydicom.Dataset) -> bool:
    """Tell whether an object is a mosaic.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object.

    Returns
    -------
    bool
        True if its image type or its CSA header says so.
    """
    return "MOSAIC" in words(dataset, "ImageType")


def piece(dataset: pydicom.Dataset, pixels: Array, common: dict[str, Any]) -> Piece:
    """Cut a mosaic into its slices.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object.
    pixels : ndarray, shape (1, n_rows, n_columns)
        Its stored values.
    common : dict
        Fields of the piece that do not depend on the kind of object.

    Returns
    -------
    Piece
        A whole volume.

    Raises
    ------
    RefusedObjectError
        If the number, size or direction of the tiles cannot be known.
    """
    spacing = slice_spacing(dataset)
    corner = floats(dataset, "ImagePositionPatient", n=3)
    layout = _layout(dataset, pixels[0], common, corner=corner, spacing=spacing)
    tiles = _tiles(pixels[0], layout)
    first = _first_position(corner, pixels[0].shape, layout.per_side, common)
    number = integer(dataset, "AcquisitionNumber", low=1, high=10_000_000)
    return Piece(
        kind="mosaic",
        volume=(common["instance"] or number or 1) - 1,
        n_slices=layout.n_slices,
        pixels=tiles,
        positions_mm=first + np.arange(layout.n_slices)[:, None] * spacing * layout.normal,
        spacing_mm=spacing,
        scaling=np.tile(scaling.of_object(dataset), (layout.n_slices, 1)),
        notes=layout.notes,
        **common,
    )


def _tiles(image: Array, layout: Layout) -> Array:
    side = layout.per_side
    n_rows, n_columns = image.shape[0] // side, image.shape[1] // side
    grid = image.reshape(side, n_rows, side, n_columns).swapaxes(1, 2)
    return grid.reshape(side * side, n_rows, n_columns)[: layout.n_slices]


def _first_position(
    corner: FloatArray, shape: tuple[int, ...], per_side: int, common: dict[str, Any]
) -> FloatArray:
    """Return where the first pixel of the first tile lies.

    The header has the corner that the whole mosaic would have if it were one slice with the
    same centre.
    """
    between_rows, between_columns = common["pixel_mm"]
    along_row, along_column = common["orientation"][:3], common["orientation"][3:]
    rows = (shape[0] - shape[0] // per_side) / 2 * between_rows
    columns = (shape[1] - shape[1] // per_side) / 2 * between_columns
    first: FloatArray = corner + along_row * columns + along_column * rows
    return first


def _layout(
    dataset: pydicom.Dataset,
    image: Array,
    common: dict[str, Any],
    *,
    corner: FloatArray,
    spacing: float,
) -> Layout:
    cross = np.cross(common["orientation"][:3], common["orientation"][3:])
    n_slices, normal = _from_csa(dataset)
    notes: list[str] = []
    if n_slices is not None:
        per_side = ceil(sqrt(n_slices))
    else:
        per_side = _per_side(dataset, image)
        n_slices = _count(dataset, image, per_side)
        notes.append(f"No CSA header: {n_slices} slices found in the mosaic itself.")
    if image.shape[0] % per_side or image.shape[1] % per_side:
        raise RefusedObjectError("unreadable", "A mosaic cannot be cut into its tiles.")
    if normal is None or abs(float(normal @ cross)) < 0.9:
        first = _first_position(corner, image.shape, per_side, common)
        normal = _direction(first, cross, extent_mm=(n_slices - 1) * spacing)
        notes.append("No slice normal: direction of the slices inferred from the isocentre.")
    return Layout(n_slices=n_slices, per_side=per_side, normal=normal, notes=tuple(notes))


def _from_csa(dataset: pydicom.Dataset) -> tuple[int | None, FloatArray | None]:
    """Return number of slices and slice normal of the CSA image header, None where absent."""
    for block in range(4):
        creator = dataset.get((0x0029, 0x0010 + block))
        header = dataset.get((0x0029, 0x1010 + 0x100 * block))
        if creator is None or header is None or "SIEMENS CSA HEADER" not in str(creator.value):
            continue
        try:
            tags = csareader.read(header.value)["tags"]
        except Exception:  # noqa: BLE001 - a damaged CSA header raises anything
            return None, None
        return _csa_count(tags), _csa_normal(tags)
    return None, None


def _csa_count(tags: dict[str, Any]) -> int | None:
    items = tags.get("NumberOfImagesInMosaic", {}).get("items", [])
    return int(items[0]) if items and 1 <= int(items[0]) <= 1024 else None


def _csa_normal(tags: dict[str, Any]) -> FloatArray | None:
    items = tags.get("SliceNormalVector", {}).get("items", [])
    normal = np.array(items, dtype=np.float64)
    if normal.shape != (3,) or not np.isfinite(normal).all():
        return None
    length = float(np.linalg.norm(normal))
    return normal / length if abs(length - 1) < 0.01 else None


def _per_side(dataset: pydicom.Dataset, image: Array) -> int:
    """Return the number of tiles along a side from what the standard tags say of a tile."""
    matrix = [int(n) for n in dataset.get("AcquisitionMatrix") or [] if int(n) > 0]
    named = re.search(r"_(\d{2,3})\b", text(dataset, "SequenceName"))
    steps = integer(dataset, "NumberOfPhaseEncodingSteps", low=16, high=1024)
    candidates = [max(matrix)] if matrix else []
    candidates += [int(named.group(1))] if named else []
    candidates += [steps] if steps else []
    for size in candidates:
        per_side, rest = divmod(int(image.shape[1]), size)
        if rest == 0 and per_side >= 2 and image.shape[0] % per_side == 0:
            return per_side
    raise RefusedObjectError(
        "unsupported",
        "A mosaic has lost its CSA header and the size of its tiles: it cannot be cut. Keep "
        "private tags (0029,xx10) or AcquisitionMatrix when anonymising, or send it as it is.",
    )


def _count(dataset: pydicom.Dataset, image: Array, per_side: int) -> int:
    """Return the number of slices: unused tiles at the end are zero throughout."""
    listed = len(dataset.get("SourceImageSequence") or [])
    full = Layout(n_slices=per_side**2, per_side=per_side, normal=np.zeros(3))
    used = np.flatnonzero(_tiles(image, full).any(axis=(1, 2)))
    last = int(used[-1]) + 1 if used.size else 0
    fewest = (per_side - 1) ** 2 + 1
    if listed >= last and fewest <= listed <= per_side**2:
        return listed
    if last >= fewest:
        return last
    raise RefusedObjectError(
        "unsupported",
        "A mosaic has lost its CSA header and shows too few slices for its size: their number "
        "cannot be known. Keep private tags (0029,xx10) when anonymising.",
    )


def _direction(first: FloatArray, cross: FloatArray, *, extent_mm: float) -> FloatArray:
    """Return the direction in which the slices' middle lies nearer to the isocentre.

    The position gives the first slice only; a head coil images around the isocentre.
    """
    from_isocentre = float(first @ cross)
    up, down = abs(from_isocentre + extent_mm / 2), abs(from_isocentre - extent_mm / 2)
    if max(up, down) < _ISOCENTRE_MARGIN * min(up, down):
        raise RefusedObjectError(
            "unsupported",
            "A mosaic has lost its CSA header and its position fits both directions of its "
            "slices. Keep private tags (0029,xx10) when anonymising.",
        )
    direction: FloatArray = cross if up < down else -cross
    return direction
