"""What is taken from one DICOM object: slices and the few facts needed, nothing that identifies.

Names, dates of birth, descriptions and institutions stop at the reader. Identifiers of series
and objects go on as one-way digests.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

import numpy as np

from empatune.errors import ImageError
from empatune.typing import Array, FloatArray

Kind = Literal["mosaic", "enhanced", "slices", "nifti"]
"""How slices are packed into objects."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """One or more slices of one volume.

    Parameters
    ----------
    kind : {"mosaic", "enhanced", "slices", "nifti"}
        How the slices were packed.
    series, digest : str
        One-way digests of the identifiers of the series and of the object.
    part : int
        Number of the piece within its object, from 0.
    volume : int or None
        Position of its volume in the run, from 0, where the object says so.
    instance : int
        The object's number within the series, from 1.
    n_slices, n_volumes : int or None
        Slices in a volume and volumes in the run, where the object says so.
    pixels : ndarray, shape (n, n_rows, n_columns)
        Stored values.
    positions_mm : ndarray, shape (n, 3)
        Centre of the first pixel of each slice in the patient's system (LPS) [mm].
    orientation : ndarray, shape (6,)
        Direction of a row, then of a column, in the patient's system (LPS).
    pixel_mm : tuple of float
        Distance between rows, between columns [mm].
    spacing_mm : float
        Distance between slices as the header has it [mm].
    scaling : ndarray, shape (n, 2)
        Slope and intercept of each slice.
    tr_s : float or None
        Repetition time as the header has it [s].
    clock_s : float or None
        Start of the acquisition on the scanner's clock, in seconds of the day [s].
    scanner : str
        Manufacturer and model.
    notes : tuple of str
        What the reader had to decide or repair.
    """

    kind: Kind
    series: str
    digest: str
    part: int = 0
    volume: int | None
    instance: int
    n_slices: int | None
    n_volumes: int | None = None
    pixels: Array
    positions_mm: FloatArray
    orientation: FloatArray
    pixel_mm: tuple[float, float]
    spacing_mm: float
    scaling: FloatArray
    tr_s: float | None
    clock_s: float | None
    scanner: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A name that no other piece has."""
        return f"{self.digest}-{self.part}"


_FACTS = (
    "kind",
    "series",
    "digest",
    "part",
    "volume",
    "instance",
    "n_slices",
    "n_volumes",
    "pixel_mm",
    "spacing_mm",
    "tr_s",
    "clock_s",
    "scanner",
    "notes",
)
_ARRAYS = ("positions_mm", "orientation", "scaling")


def one_way(identifier: str | bytes) -> str:
    """Return a digest from which the identifier cannot be had back.

    Parameters
    ----------
    identifier : str or bytes
        Such as a unique identifier of a series.

    Returns
    -------
    str
        24 hexadecimal digits.
    """
    content = identifier.encode() if isinstance(identifier, str) else identifier
    return hashlib.sha256(b"empatune:" + content).hexdigest()[:24]


def pack(piece: Piece) -> bytes:
    """Write a piece as bytes.

    Parameters
    ----------
    piece : Piece
        The piece.

    Returns
    -------
    bytes
        One line of JSON, then the pixels.
    """
    facts = {name: getattr(piece, name) for name in _FACTS}
    facts |= {name: getattr(piece, name).tolist() for name in _ARRAYS}
    facts |= {"shape": piece.pixels.shape, "dtype": piece.pixels.dtype.str}
    return json.dumps(facts).encode() + b"\n" + piece.pixels.tobytes()


def unpack(content: bytes) -> Piece:
    """Read a piece that `pack` wrote.

    Parameters
    ----------
    content : bytes
        What `pack` returned.

    Returns
    -------
    Piece
        Equal to the bit to the one that was written.

    Raises
    ------
    ImageError
        If the bytes are not a whole piece.
    """
    head, _, body = content.partition(b"\n")
    try:
        facts = json.loads(head)
        shape, dtype = facts.pop("shape"), np.dtype(facts.pop("dtype"))
        facts["pixels"] = np.frombuffer(body, dtype).reshape(shape)
        facts |= {name: np.array(facts[name], dtype=np.float64) for name in _ARRAYS}
        facts["pixel_mm"] = tuple(facts["pixel_mm"])
        facts["notes"] = tuple(facts["notes"])
        return Piece(**facts)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ImageError("This is not a whole piece of a volume.") from None
