"""Images as they lie in files: read volume by volume, and refused where the header contradicts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, cast

import nibabel
import numpy as np
from zlib_ng import gzip_ng, zlib_ng

from empatune.core import Grid
from empatune.errors import ImageError
from empatune.typing import Array, FloatArray

_DAMAGE = (OSError, EOFError, cast("type[Exception]", zlib_ng.error))
_NIFTI1, _NIFTI2 = 348, 540
_STANDARD_SPACE = 2
"""From this code on, an affine of NIfTI claims a space that is not the scanner's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """What the header of an image says.

    Parameters
    ----------
    grid : Grid
        Where the voxels lie.
    n_volumes : int
        Number of volumes.
    is_series : bool
        Whether the image has a fourth axis.
    dtype : numpy.dtype
        Type of the stored values.
    offset : int
        Where they start in the file [bytes].
    slope, intercept : float
        Scaling: value = slope * stored + intercept.
    """

    grid: Grid
    n_volumes: int
    is_series: bool
    dtype: np.dtype[Any]
    offset: int
    slope: float
    intercept: float


class ImageFile:
    """An open NIfTI file, read from front to back.

    Parameters
    ----------
    path : Path
        A file that ends in ``.nii`` or ``.nii.gz``.

    Raises
    ------
    ImageError
        If the file is missing, damaged, or its header contradicts itself.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = _opened(path)
        except OSError as problem:
            raise ImageError(f"{path} cannot be opened: {problem.strerror}.") from problem
        try:
            start = self._read(_NIFTI1)
            size = int.from_bytes(start[:4], "little")
            if size == _NIFTI2 or int.from_bytes(start[:4], "big") == _NIFTI2:
                start += self._read(_NIFTI2 - _NIFTI1)
            self.layout = _parse(start)
            self._read(self.layout.offset - len(start))
        except ImageError as problem:
            self.close()
            raise ImageError(f"{path}: {problem}") from problem
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> ImageFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def volumes(self) -> Iterator[Array]:
        """Read the volumes, one after the other.

        Yields
        ------
        ndarray, shape (n_i, n_j, n_k)
            Stored values, first axis fastest; valid until the next one is read.

        Raises
        ------
        ImageError
            If the file is damaged or ends too early.
        """
        layout = self.layout
        n_bytes = layout.grid.n_voxels * layout.dtype.itemsize
        for number in range(layout.n_volumes):
            try:
                content = self._read(n_bytes)
                if number == layout.n_volumes - 1:
                    self._file.read(1)  # at its end gzip compares the checksum
            except (ImageError, *_DAMAGE) as problem:
                raise ImageError(
                    f"{self.path} is damaged: volume {number} of {layout.n_volumes} cannot be read "
                    f"({problem}). Make or copy it again."
                ) from problem
            yield np.frombuffer(content, dtype=layout.dtype).reshape(layout.grid.shape, order="F")

    def _read(self, n_bytes: int) -> bytes:
        try:
            content = self._file.read(n_bytes)
        except _DAMAGE as problem:
            raise ImageError(f"the file is damaged ({problem})") from problem
        if len(content) != n_bytes:
            raise ImageError("the file ends too early")
        return content


def layout_of(header: Any, *, shape: tuple[int, ...], affine: FloatArray) -> Layout:
    """Read a header and refuse what contradicts itself.

    Parameters
    ----------
    header : nibabel header
        Of any format that nibabel knows.
    shape : tuple of int
        The image's shape.
    affine : ndarray, shape (4, 4)
        Voxel to world [mm].

    Returns
    -------
    Layout
        What the header says; slope 1 and intercept 0.

    Raises
    ------
    ImageError
        If the image is not 3D or 4D, not of numbers, or its place is unknown or contradictory.
    """
    if len(shape) > 3 and set(shape[3:]) == {1}:
        shape = shape[:3]
    if len(shape) not in (3, 4):
        raise ImageError(f"the image has shape {shape}; allowed are 3D images and 4D series")
    dtype = header.get_data_dtype()
    if dtype.kind not in "iuf":
        raise ImageError(f"the image holds values of type {dtype}; allowed are real numbers")
    if isinstance(header, nibabel.Nifti1Header):
        _check_header(header)
    return Layout(
        grid=Grid(shape=shape[:3], affine=affine),  # type: ignore[arg-type]
        n_volumes=shape[3] if len(shape) == 4 else 1,
        is_series=len(shape) == 4,
        dtype=dtype,
        offset=0,
        slope=1.0,
        intercept=0.0,
    )


@lru_cache(maxsize=64)
def _parse(content: bytes) -> Layout:
    kind = nibabel.Nifti1Header if len(content) == _NIFTI1 else nibabel.Nifti2Header
    try:
        header = kind.from_fileobj(io.BytesIO(content))
        shape, affine = header.get_data_shape(), header.get_best_affine()
        slope, intercept = header.get_slope_inter()
        offset = int(header["vox_offset"])
    except Exception as problem:  # nibabel raises many kinds for damaged headers
        raise ImageError(f"this is no NIfTI image ({problem})") from problem
    plain = layout_of(header, shape=shape, affine=affine)
    return Layout(
        grid=plain.grid,
        n_volumes=plain.n_volumes,
        is_series=plain.is_series,
        dtype=plain.dtype,
        offset=max(offset, len(content) + 4),
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if intercept is None else float(intercept),
    )


def _check_header(header: Any) -> None:
    """Refuse a NIfTI header that leaves open where the voxels lie."""
    unit = header.get_xyzt_units()[0]
    if unit not in ("mm", "unknown"):
        raise ImageError(
            f"the header gives lengths in {unit}; allowed: mm. Mend its xyzt_units and affine"
        )
    sform, s_code = header.get_sform(coded=True)
    qform, q_code = header.get_qform(coded=True)
    if not s_code and not q_code:
        raise ImageError(
            "the header does not say where the voxels lie (sform and qform are not set), so that "
            "left and right cannot be told. Set the affine of the space the image is in"
        )
    if sform is None or qform is None or not s_code or not q_code:
        return
    if np.linalg.det(sform[:3, :3]) * np.linalg.det(qform[:3, :3]) < 0:
        raise ImageError(
            "the header contradicts itself: sform and qform disagree on which side is left. "
            "Find out which one is right, and set both to it"
        )
    shape = (*header.get_data_shape(), 1, 1, 1)[:3]
    claims_one = q_code >= _STANDARD_SPACE or q_code == s_code
    there = Grid(shape=shape, affine=sform)
    if claims_one and not there.matches(Grid(shape=shape, affine=qform), tolerance_mm=1.0):
        raise ImageError(
            "the header contradicts itself: sform and qform put the voxels more than 1 mm apart. "
            "Find out which one is right, and set both to it"
        )


def _opened(path: Path) -> IO[bytes]:
    if path.name.endswith(".gz"):
        opened: IO[bytes] = gzip_ng.open(path, "rb")  # type: ignore[no-untyped-call]
        return opened
    return path.open("rb")
