"""NIfTI files as BIDS wants them, written volume by volume so that a long run fits in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import nibabel
import numpy as np
from zlib_ng import gzip_ng

from empatune.core import Grid
from empatune.errors import ExportError
from empatune.typing import Array

LEVEL = 2
"""How hard zlib-ng tries: beyond this, images of a scanner hardly get smaller."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeriesLayout:
    """What every volume of a series shares.

    Parameters
    ----------
    grid : Grid
        Where the voxels lie.
    n_volumes : int
        Length of the series.
    dtype : numpy.dtype
        Type of the stored values.
    slope, intercept : float
        Scaling: intensity = slope * stored + intercept.
    tr_s : float
        Repetition time [s].
    """

    grid: Grid
    n_volumes: int
    dtype: np.dtype[np.generic]
    slope: float
    intercept: float
    tr_s: float


def write_series(path: Path, layout: SeriesLayout, volumes: Iterable[Array]) -> None:
    """Write a 4D image, equal to the byte for equal volumes.

    Parameters
    ----------
    path : Path
        Name of the file, ending in ``.nii.gz``.
    layout : SeriesLayout
        What the volumes share.
    volumes : iterable of ndarray, shape (n_i, n_j, n_k)
        Stored values, from first to last.

    Raises
    ------
    ExportError
        If a volume does not fit the layout, or there are too few or too many.
    """
    header = _header(layout.grid, layout.dtype, n_volumes=layout.n_volumes)
    header.set_slope_inter(layout.slope, layout.intercept)
    header["pixdim"][4] = layout.tr_s
    with path.open("wb") as raw, _gzip(raw) as file:
        file.write(bytes(header.binaryblock) + b"\0\0\0\0")
        n_written = 0
        for n_written, stored in enumerate(volumes, start=1):
            if stored.shape != layout.grid.shape or stored.dtype != layout.dtype:
                raise ExportError(
                    f"Volume {n_written - 1} has shape {stored.shape} and type {stored.dtype}, "
                    f"the series {layout.grid.shape} and {layout.dtype}."
                )
            file.write(stored.tobytes(order="F"))
    if n_written != layout.n_volumes:
        raise ExportError(f"The series has {n_written} volumes; {layout.n_volumes} were announced.")


def write_image(path: Path, values: Array, grid: Grid) -> None:
    """Write a 3D image, equal to the byte for equal values.

    Parameters
    ----------
    path : Path
        Name of the file, ending in ``.nii.gz``.
    values : ndarray, shape (n_i, n_j, n_k)
        Values; masks are written as bytes.
    grid : Grid
        Where the voxels lie.
    """
    stored = values.astype(np.uint8) if values.dtype == np.bool_ else values
    header = _header(grid, stored.dtype)
    with path.open("wb") as raw, _gzip(raw) as file:
        file.write(bytes(header.binaryblock) + b"\0\0\0\0" + stored.tobytes(order="F"))


def _gzip(raw: BinaryIO) -> BinaryIO:
    file = gzip_ng.GzipNGFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=raw, mtime=0)  # type: ignore[no-untyped-call]
    return cast("BinaryIO", file)


def _header(grid: Grid, dtype: np.dtype[np.generic], *, n_volumes: int = 0) -> nibabel.Nifti1Header:
    header = nibabel.Nifti1Header()
    header.set_data_dtype(dtype)
    header.set_data_shape((*grid.shape, n_volumes) if n_volumes else grid.shape)
    header.set_sform(grid.affine, code="scanner")
    header.set_qform(grid.affine, code="scanner", strip_shears=True)
    header.set_xyzt_units("mm", "sec")
    header["vox_offset"] = 352
    header["magic"] = b"n+1"
    return header
