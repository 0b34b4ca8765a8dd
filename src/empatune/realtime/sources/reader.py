"""From the bytes of a DICOM object to pieces of volumes.

Geometry, scaling and timing follow the DICOM standard (PS3.3 C.7.6.2, C.7.6.16, C.11.1); what
vendors do differently lives in `mosaic` and `enhanced`. Only the tags that are named here are
read: names, dates and descriptions of the person are skipped without being decoded.
"""

from __future__ import annotations

import io
import logging
import warnings
from typing import Any

import numpy as np
import pydicom
from pydicom.uid import UID

from empatune.realtime.sources import enhanced, mosaic, scaling
from empatune.realtime.sources.excerpt import Wanted, excerpt
from empatune.realtime.sources.fields import (
    ENHANCED_MR_IMAGE,
    GE_N_SLICES,
    LEGACY_ENHANCED_MR_IMAGE,
    MR_IMAGE,
    PHILIPS_N_SLICES,
    day_seconds,
    floats,
    integer,
    repetition_time,
    scanner_of,
    slice_spacing,
    slices_of,
    text,
    words,
)
from empatune.realtime.sources.piece import Piece, one_way
from empatune.realtime.sources.refusal import Code, RefusedObjectError
from empatune.typing import Array

_KEYWORDS = (
    "ImageType",
    "SOPClassUID",
    "SOPInstanceUID",
    "AcquisitionTime",
    "AcquisitionDateTime",
    "ContentTime",
    "Modality",
    "Manufacturer",
    "ManufacturerModelName",
    "SeriesDescription",
    "SourceImageSequence",
    "ComplexImageComponent",
    "SequenceName",
    "SliceThickness",
    "RepetitionTime",
    "EchoNumbers",
    "SpacingBetweenSlices",
    "NumberOfPhaseEncodingSteps",
    "AcquisitionMatrix",
    "SeriesInstanceUID",
    "AcquisitionNumber",
    "InstanceNumber",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "TemporalPositionIdentifier",
    "NumberOfTemporalPositions",
    "ImagesInAcquisition",
    "ConcatenationUID",
    "ImageComments",
    "SamplesPerPixel",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "PixelSpacing",
    "BitsAllocated",
    "PixelRepresentation",
    "RescaleIntercept",
    "RescaleSlope",
    "RealWorldValueMappingSequence",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    "FloatPixelData",
    "PixelData",
)
_SIEMENS_CSA = [(0x0029, 0x0010 + block) for block in range(4)] + [
    (0x0029, 0x1010 + 0x100 * block) for block in range(4)
]
_PRIVATE = (PHILIPS_N_SLICES, scaling.PHILIPS_SCALE_SLOPE, GE_N_SLICES)
_WANTED: Wanted = {
    **{int(pydicom.tag.Tag(keyword)): None for keyword in _KEYWORDS},
    **{int(pydicom.tag.Tag(*tag)): None for tag in _SIEMENS_CSA},
    **dict.fromkeys(_PRIVATE),
    int(pydicom.tag.Tag("SourceImageSequence")): {},
    int(pydicom.tag.Tag("SharedFunctionalGroupsSequence")): enhanced.WANTED,
    int(pydicom.tag.Tag("PerFrameFunctionalGroupsSequence")): enhanced.WANTED,
}

_TAGS = [pydicom.tag.Tag(tag) for tag in _WANTED]

# A damaged length pulls neighbouring fields into a value, a person's name among them, and pydicom
# would quote such a value in its warnings and log lines.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
warnings.filterwarnings("ignore", module=r"pydicom\.")
logging.getLogger("pydicom").propagate = False


def read_pieces(content: bytes) -> tuple[Piece, ...]:
    """Read what an object holds of one or more volumes.

    Parameters
    ----------
    content : bytes
        A whole DICOM file.

    Returns
    -------
    tuple of Piece
        One piece for every volume to which the object contributes.

    Raises
    ------
    RefusedObjectError
        If it is damaged, cut short, no MR image, or not a measured magnitude image.
    """
    if len(content) < 132 or content[128:132] != b"DICM":
        code: Code = "unreadable" if len(content) >= 132 and any(content[:132]) else "incomplete"
        raise RefusedObjectError(code, "This is not a DICOM object: its mark is missing.")
    try:
        dataset = pydicom.dcmread(io.BytesIO(excerpt(content, _WANTED)), specific_tags=_TAGS)
        return _pieces(dataset)
    except RefusedObjectError:
        raise
    except Exception as problem:  # noqa: BLE001 - a damaged file makes pydicom raise anything
        raise RefusedObjectError(
            "unreadable",
            f"A DICOM object is damaged and cannot be read ({type(problem).__name__}).",
        ) from None


def _pieces(dataset: pydicom.Dataset) -> tuple[Piece, ...]:
    sop_class = text(dataset, "SOPClassUID")
    if not sop_class:
        raise RefusedObjectError("incomplete", "A DICOM object does not say what it is: cut short?")
    if sop_class not in (MR_IMAGE, ENHANCED_MR_IMAGE, LEGACY_ENHANCED_MR_IMAGE):
        raise RefusedObjectError(
            "not-an-image", "A DICOM object is not an MR image; it is left out."
        )
    series = one_way(text(dataset, "SeriesInstanceUID"))
    _check_kind(dataset, series)
    pixels = _pixels(dataset, series)
    common: dict[str, Any] = {
        "series": series,
        "digest": one_way(text(dataset, "SOPInstanceUID")),
        "instance": integer(dataset, "InstanceNumber", low=0, high=10_000_000) or 0,
        "scanner": scanner_of(dataset),
    }
    if sop_class != MR_IMAGE:
        return enhanced.pieces(dataset, pixels, common)
    common |= {
        "tr_s": repetition_time(dataset),
        "clock_s": day_seconds(dataset.get("AcquisitionTime")),
        "n_volumes": _several(integer(dataset, "NumberOfTemporalPositions", low=1, high=100_000)),
        "orientation": floats(dataset, "ImageOrientationPatient", n=6),
        "pixel_mm": tuple(floats(dataset, "PixelSpacing", n=2).tolist()),
    }
    if mosaic.is_mosaic(dataset):
        return (mosaic.piece(dataset, pixels, common),)
    return (_slice(dataset, pixels, common),)


def _slice(dataset: pydicom.Dataset, pixels: Array, common: dict[str, Any]) -> Piece:
    temporal = integer(dataset, "TemporalPositionIdentifier", low=1, high=100_000)
    return Piece(
        kind="slices",
        volume=None if temporal is None else temporal - 1,
        n_slices=slices_of(dataset),
        pixels=pixels,
        positions_mm=floats(dataset, "ImagePositionPatient", n=3)[None],
        spacing_mm=slice_spacing(dataset),
        scaling=scaling.of_object(dataset)[None],
        **common,
    )


def _check_kind(dataset: pydicom.Dataset, series: str) -> None:
    if text(dataset, "Modality") not in ("MR", ""):
        raise RefusedObjectError("not-mr", "An image is not from an MR scanner.", series=series)
    image_type = words(dataset, "ImageType")
    component = text(dataset, "ComplexImageComponent").upper()
    comment = (text(dataset, "ImageComments") + text(dataset, "SeriesDescription")).lower()
    reason = ""
    if "DERIVED" in image_type[:1] or "MOCO" in image_type:
        reason = "was computed from others (motion-corrected or derived)"
    elif "LOCALIZER" in image_type:
        reason = "is a localizer"
    elif component in ("PHASE", "REAL", "IMAGINARY") or {"P", "PHASE"} & set(image_type[2:]):
        reason = "shows phase, not magnitude"
    elif "single-band reference" in comment or "sbref" in comment:
        reason = "is the reference of a multi-band run"
    elif (integer(dataset, "EchoNumbers", low=0, high=100) or 1) > 1:
        reason = "is a later echo"
    if reason:
        raise RefusedObjectError("derived", f"A series {reason}; it is left out.", series=series)


def _pixels(dataset: pydicom.Dataset, series: str) -> Array:
    """Return the stored values, shape (n_frames, n_rows, n_columns)."""
    n_rows = integer(dataset, "Rows", low=1, high=65535)
    n_columns = integer(dataset, "Columns", low=1, high=65535)
    n_frames = integer(dataset, "NumberOfFrames", low=1, high=1_000_000) or 1
    if n_rows is None or n_columns is None:
        raise RefusedObjectError("incomplete", "An image does not say its size: cut short?")
    if integer(dataset, "SamplesPerPixel", low=1, high=4) not in (1, None):
        raise RefusedObjectError("not-an-image", "A colour image is left out.", series=series)
    if integer(dataset, "BitsAllocated", low=1, high=64) != 16:
        raise RefusedObjectError(
            "unsupported", "Only images of 16 bits can be read.", series=series
        )
    shape = (n_frames, n_rows, n_columns)
    syntax = UID(dataset.file_meta.get("TransferSyntaxUID", ""))
    if (
        syntax.is_valid
        and syntax.is_transfer_syntax
        and syntax.is_compressed
        and (syntax.is_encapsulated)
    ):
        return _decompressed(dataset, shape, series)
    signed = integer(dataset, "PixelRepresentation", low=0, high=1) == 1
    return _raw_pixels(dataset, shape, signed=signed)


def _raw_pixels(dataset: pydicom.Dataset, shape: tuple[int, int, int], *, signed: bool) -> Array:
    element = dataset.get_item("PixelData")
    content = b"" if element is None or not isinstance(element.value, bytes) else element.value
    expected = 2 * shape[0] * shape[1] * shape[2]
    if len(content) < expected:
        raise RefusedObjectError(
            "incomplete", f"An image has {len(content)} of {expected} bytes: cut short."
        )
    if len(content) > expected:
        raise RefusedObjectError("unreadable", "An image holds more bytes than its size tells.")
    order = "<" if dataset.original_encoding[1] else ">"
    values = np.frombuffer(content, dtype=f"{order}{'i' if signed else 'u'}2").reshape(shape)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _decompressed(dataset: pydicom.Dataset, shape: tuple[int, int, int], series: str) -> Array:
    try:
        values: Array = np.asarray(dataset.pixel_array).reshape(shape)
    except Exception:  # noqa: BLE001 - a missing or failing decoder raises anything
        raise RefusedObjectError(
            "unsupported",
            "A compressed image cannot be read here. Let the scanner send it uncompressed.",
            series=series,
        ) from None
    return values


def _several(count: int | None) -> int | None:
    return count if count is not None and count > 1 else None
