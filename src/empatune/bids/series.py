"""A run's images read from front to back, so that memory does not grow with the run."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import nibabel
import numpy as np

from empatune.core import Grid
from empatune.errors import ImageError
from empatune.typing import Array, BoolArray, FloatArray

_SECONDS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6, "unknown": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """A 4D NIfTI file whose header has been read.

    Parameters
    ----------
    path : Path
        The file, ``.nii`` or ``.nii.gz``.
    grid : Grid
        Where the voxels lie.
    n_volumes : int
        Length of the series.
    tr_s : float
        Repetition time that the header tells [s]; 0 if it tells none.
    dtype : numpy.dtype
        Type of the stored values.
    offset : int
        Where the values start [bytes].
    slope, intercept : float
        Scaling: intensity = slope * stored + intercept.
    """

    path: Path
    grid: Grid
    n_volumes: int
    tr_s: float
    dtype: np.dtype[Any]
    offset: int
    slope: float = 1.0
    intercept: float = 0.0

    @classmethod
    def open(cls, path: Path) -> Series:
        """Read the header of a series.

        Parameters
        ----------
        path : Path
            A 4D NIfTI file.

        Returns
        -------
        Series
            The series; no volume has been read.

        Raises
        ------
        ImageError
            If the file is missing, damaged or not 4D.
        """
        if not path.is_file():
            raise ImageError(f"{path} is not there.")
        try:
            image: Any = nibabel.load(path)
            shape, affine = image.shape, image.affine
            slope, intercept = image.dataobj.slope, image.dataobj.inter
            header, offset = image.header, int(image.dataobj.offset)
            unit = header.get_xyzt_units()[1]
        except Exception as problem:  # nibabel raises many kinds for damaged files
            raise ImageError(f"{path} cannot be read as a NIfTI image: {problem}") from problem
        if len(shape) != 4:
            raise ImageError(
                f"{path} has shape {shape}; a run is one 4D image with a volume for each time."
            )
        if header.get_data_dtype().kind not in "iuf":
            raise ImageError(
                f"{path} stores {header.get_data_dtype()}; a run is whole or real numbers."
            )
        return cls(
            path=path,
            grid=Grid(shape=shape[:3], affine=affine),
            n_volumes=int(shape[3]),
            tr_s=float(header["pixdim"][4]) * _SECONDS.get(unit, 1.0),
            dtype=header.get_data_dtype(),
            offset=offset,
            slope=float(slope),
            intercept=float(intercept),
        )

    def blocks(self, mask: BoolArray, *, n_volumes: int) -> Iterator[FloatArray]:
        """Read the series from front to back, some volumes at a time.

        Parameters
        ----------
        mask : ndarray, shape (n_i, n_j, n_k), bool
            Voxels to keep.
        n_volumes : int
            Volumes a block.

        Yields
        ------
        ndarray, shape (n_volumes or fewer, n_kept), float64
            Intensities of the kept voxels, in the order of ``image[mask]``.

        Raises
        ------
        ImageError
            If the file is damaged or ends too early.
        """
        kept = _places(mask)
        first = 0
        try:
            with _opened(self.path) as file:
                file.seek(self.offset)
                while first < self.n_volumes:
                    count = min(n_volumes, self.n_volumes - first)
                    stored = self._read(file, count, first)
                    values = stored[:, kept].astype(np.float64)
                    if self.slope != 1.0 or self.intercept != 0.0:
                        values = values * self.slope + self.intercept
                    yield values
                    first += count
                file.read(1)  # at its end, gzip compares the checksum
        except (OSError, EOFError, zlib.error) as problem:
            raise ImageError(
                f"{self.path} is damaged near volume {first} of {self.n_volumes}: {problem}. "
                "Make or copy it again."
            ) from problem

    def _read(self, file: IO[bytes], count: int, first: int) -> Array:
        n_bytes = count * self.grid.n_voxels * self.dtype.itemsize
        content = file.read(n_bytes)
        if len(content) != n_bytes:
            raise ImageError(
                f"{self.path} is damaged: it ends within volumes {first} to {first + count - 1} "
                f"of {self.n_volumes}. Make or copy it again."
            )
        return np.frombuffer(content, dtype=self.dtype).reshape(count, -1)


def _opened(path: Path) -> IO[bytes]:
    if path.name.endswith(".gz"):
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def _places(mask: BoolArray) -> Array:
    """Say where the voxels of a mask lie in a file, where i runs fastest."""
    n_i, n_j, _ = mask.shape
    i, j, k = np.nonzero(mask)
    return np.asarray(i + n_i * (j + n_j * k))
