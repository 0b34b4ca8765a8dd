"""A run's images read from front to back, so that memory does not grow with the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from empatune.core import Grid
from empatune.errors import ImageError
from empatune.signatures.images import ImageFile
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
    """

    path: Path
    grid: Grid
    n_volumes: int
    tr_s: float

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
            If the file is missing, damaged, not 4D, or its header contradicts itself.
        """
        with ImageFile(path) as file:
            layout = file.layout
        if not layout.is_series:
            raise ImageError(
                f"{path} is one image of shape {layout.grid.shape}; a run is a 4D image with a "
                "volume for each time."
            )
        header: Any = nibabel.load(path).header
        unit = header.get_xyzt_units()[1]
        return cls(
            path=path,
            grid=layout.grid,
            n_volumes=layout.n_volumes,
            tr_s=float(header["pixdim"][4]) * _SECONDS.get(unit, 1.0),
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
            Intensities of the kept voxels, in the order of ``image[mask]``; the caller's own.

        Raises
        ------
        ImageError
            If the file is damaged or ends too early.
        """
        kept = _places(mask)
        with ImageFile(self.path) as file:
            layout, volumes = file.layout, file.volumes()
            for first in range(0, self.n_volumes, n_volumes):
                block = np.empty((min(n_volumes, self.n_volumes - first), kept.size))
                for row in block:
                    row[:] = next(volumes).ravel(order="F").take(kept)
                if layout.slope != 1.0 or layout.intercept != 0.0:
                    block *= layout.slope
                    block += layout.intercept
                yield block


def _places(mask: BoolArray) -> Array:
    """Say where the voxels of a mask lie in a file, where i runs fastest."""
    n_i, n_j, _ = mask.shape
    i, j, k = np.nonzero(mask)
    return np.asarray(i + n_i * (j + n_j * k))
