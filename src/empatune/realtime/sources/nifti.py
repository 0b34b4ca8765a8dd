"""NIfTI images as a source of volumes."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from empatune.core import Grid
from empatune.realtime.sources.piece import Piece
from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.typing import Array

SUFFIXES = (".nii", ".nii.gz")
NO_TIME = (
    "NIfTI images do not say their repetition time. Give it in seconds: --source '{source}?tr=2.0'."
)
_SECONDS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Image:
    """A NIfTI image of one or more volumes.

    Parameters
    ----------
    stored : ndarray, shape (n_i, n_j, n_k, n_volumes)
        Stored values.
    slope, intercept : float
        Scaling of the file.
    grid : Grid
        Where the voxels lie.
    tr_s : float or None
        Repetition time of the header [s].
    """

    stored: Array
    slope: float
    intercept: float
    grid: Grid
    tr_s: float | None


def is_nifti(name: str) -> bool:
    """Tell whether a file's name is that of a NIfTI image.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    bool
        True for ``.nii`` and ``.nii.gz``.
    """
    return name.lower().endswith(SUFFIXES)


def read_image(content: bytes) -> Image:
    """Read a NIfTI image.

    Parameters
    ----------
    content : bytes
        The file, compressed or not.

    Returns
    -------
    Image
        Its volumes.

    Raises
    ------
    RefusedObjectError
        If the file is cut short, damaged, or holds no volumes of real numbers.
    """
    if content[:2] == b"\x1f\x8b":
        content = _inflated(content)
    if len(content) < 352:
        raise RefusedObjectError("incomplete", "A NIfTI file is cut short.")
    kind = (
        nibabel.Nifti2Image
        if content[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c")
        else nibabel.Nifti1Image
    )
    try:
        header = kind.header_class(content[: kind.header_class.sizeof_hdr], check=True)
        shape, dtype = header.get_data_shape(), header.get_data_dtype()
        offset = int(header.get_data_offset())
        affine, (slope, intercept) = header.get_best_affine(), header.get_slope_inter()
    except Exception as problem:  # noqa: BLE001 - a damaged header makes nibabel raise anything
        raise RefusedObjectError(
            "unreadable", f"A NIfTI header is damaged ({type(problem).__name__})."
        ) from None
    if len(shape) not in (3, 4) or min(shape) < 1:
        raise RefusedObjectError("unsupported", f"A NIfTI image of shape {shape} is not a run.")
    expected = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if len(content) - offset < expected:
        raise RefusedObjectError("incomplete", "A NIfTI file is cut short.")
    stored = np.frombuffer(content, dtype, count=expected // dtype.itemsize, offset=offset)
    return Image(
        stored=_usable(stored.reshape((*shape, 1)[:4], order="F")),
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if intercept is None else float(intercept),
        grid=Grid(shape=shape[:3], affine=affine),
        tr_s=repetition_time(header),
    )


def read_file(path: Path) -> Image:
    """Read a NIfTI file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Image
        Its volumes.

    Raises
    ------
    RefusedObjectError
        If it cannot be read.
    """
    try:
        return read_image(path.read_bytes())
    except OSError as problem:
        raise RefusedObjectError(
            "unreadable", f"A file cannot be read: {problem.strerror}."
        ) from None


def sidecar_time(path: Path) -> float | None:
    """Return the repetition time of the JSON file beside an image, as BIDS has it.

    Parameters
    ----------
    path : Path
        The image.

    Returns
    -------
    float or None
        Repetition time; None if it is not there [s].
    """
    suffix = next(suffix for suffix in reversed(SUFFIXES) if path.name.lower().endswith(suffix))
    try:
        facts = json.loads((path.parent / f"{path.name[: -len(suffix)]}.json").read_text())
        tr_s = float(facts["RepetitionTime"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return tr_s if 0.01 <= tr_s <= 60 else None


def repetition_time(header: nibabel.Nifti1Header) -> float | None:
    """Return the repetition time of an image's header.

    Parameters
    ----------
    header : Nifti1Header
        The header.

    Returns
    -------
    float or None
        Repetition time; None if it is not there or cannot be one [s].
    """
    zooms = header.get_zooms()
    unit = _SECONDS.get(header.get_xyzt_units()[1], 1.0)
    tr_s = round(float(zooms[3]) * unit, 6) if len(zooms) > 3 else 0.0
    if tr_s > 60 and unit == 1.0:
        tr_s /= 1000  # milliseconds that are called seconds, or nothing
    return tr_s if 0.01 <= tr_s <= 60 else None


def piece_of(image: Image, k: int, *, volume: int, series: str, digest: str) -> Piece:
    """Return one volume of an image as a piece.

    Parameters
    ----------
    image : Image
        The image.
    k : int
        Number of the volume in it.
    volume : int
        Its position in the run.
    series, digest : str
        One-way digests of what identifies the run and the volume.

    Returns
    -------
    Piece
        The whole volume.
    """
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.grid.affine
    sizes = image.grid.voxel_sizes_mm
    n_slices = image.grid.shape[2]
    return Piece(
        kind="nifti",
        series=series,
        digest=digest,
        volume=volume,
        instance=volume + 1,
        n_slices=n_slices,
        pixels=image.stored[..., k].transpose(2, 1, 0),
        positions_mm=lps[:3, 3] + np.arange(n_slices)[:, None] * lps[:3, 2],
        orientation=np.concatenate([lps[:3, 0] / sizes[0], lps[:3, 1] / sizes[1]]),
        pixel_mm=(sizes[1], sizes[0]),
        spacing_mm=sizes[2],
        scaling=np.tile([image.slope, image.intercept], (n_slices, 1)),
        tr_s=image.tr_s,
        clock_s=None,
    )


def _inflated(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except EOFError:
        raise RefusedObjectError("incomplete", "A compressed NIfTI file is cut short.") from None
    except (zlib.error, OSError):
        raise RefusedObjectError("unreadable", "A compressed NIfTI file is damaged.") from None


def _usable(stored: Array) -> Array:
    """Return values in a type that a volume may have, unchanged where it can be."""
    native = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if native.dtype in (np.int16, np.uint16, np.int32, np.float32):
        return native
    if native.dtype in (np.uint8, np.int8):
        return native.astype(np.int16)
    if native.dtype.kind in "iuf":
        return native.astype(np.float32)
    raise RefusedObjectError(
        "unsupported", "A NIfTI image of complex or colour values is not a run."
    )
