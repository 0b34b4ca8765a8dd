"""One volume of the brain as the scanner measured it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from empatune.core.grid import Grid
from empatune.errors import ImageError
from empatune.typing import Array, Float32Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a volume came from, without anything that identifies the person.

    Parameters
    ----------
    source : str
        The kind of source: ``dicom``, ``watch``, ``replay`` or ``simulate``.
    kind : str
        The kind of image: ``mosaic``, ``enhanced``, ``slices``, ``nifti``, ``simulated``.
    series : str
        A one-way digest of the series identifier, equal for volumes of one series.
    objects : tuple of str
        One-way digests of the objects (files, DICOM instances) that the volume was made of.
    scanner : str
        Manufacturer and model, as far as known.
    notes : tuple of str
        What the reader had to decide or repair, in plain words.
    """

    source: str
    kind: str
    series: str
    objects: tuple[str, ...] = ()
    scanner: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Volume:
    """One volume: intensities, their place, their time.

    Parameters
    ----------
    stored : ndarray, shape (n_i, n_j, n_k)
        Intensities as stored: int16, uint16, int32 or float32.
    slope, intercept : float
        Vendor scaling: intensity = slope * stored + intercept.
    grid : Grid
        Where the voxels lie.
    index : int
        Position in the run as the scanner counts, from 0; a missing volume leaves a gap.
    tr_s : float
        The true repetition time as known when the volume was read [s]; from the
        acquisition times where they tell, else from the header.
    acquired_s : float or None
        Start of the acquisition after that of volume 0, in the scanner's time [s].
    received_ns : int
        When the last byte was there, on the monotonic clock of this machine [ns].
    provenance : Provenance
        Where it came from.

    Raises
    ------
    ImageError
        If the array does not fit the grid, or a number is out of range.
    """

    stored: Array
    grid: Grid
    index: int
    tr_s: float
    received_ns: int
    provenance: Provenance
    slope: float = 1.0
    intercept: float = 0.0
    acquired_s: float | None = field(default=None)

    def __post_init__(self) -> None:
        if self.stored.shape != self.grid.shape:
            raise ImageError(
                f"Volume {self.index} has shape {self.stored.shape}, its grid {self.grid.shape}."
            )
        if self.stored.dtype not in (np.int16, np.uint16, np.int32, np.float32):
            raise ImageError(
                f"Volume {self.index} has type {self.stored.dtype}; "
                "allowed are int16, uint16, int32 and float32."
            )
        if self.index < 0:
            raise ImageError(f"A volume's index starts at 0; given {self.index}.")
        if not 0.01 <= self.tr_s <= 60:
            raise ImageError(
                f"Volume {self.index} has a repetition time of {self.tr_s} s; "
                "allowed are 0.01 to 60 s."
            )
        self.stored.setflags(write=False)

    def intensities(self) -> Float32Array:
        """Return the intensities with the vendor's scaling applied.

        Returns
        -------
        ndarray, shape (n_i, n_j, n_k), float32
            C-contiguous, scaled intensities.
        """
        values = np.ascontiguousarray(self.stored, dtype=np.float32)
        if self.slope != 1.0 or self.intercept != 0.0:
            values = values * np.float32(self.slope) + np.float32(self.intercept)
        return values
