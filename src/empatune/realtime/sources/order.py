"""Where an object stands in its series, without reading all of it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pydicom

from empatune.realtime.sources import mosaic
from empatune.realtime.sources.excerpt import Wanted, excerpt
from empatune.realtime.sources.fields import (
    ENHANCED_MR_IMAGE,
    GE_N_SLICES,
    LEGACY_ENHANCED_MR_IMAGE,
    MR_IMAGE,
    PHILIPS_N_SLICES,
    day_seconds,
    integer,
    repetition_time,
    slices_of,
    text,
)
from empatune.realtime.sources.piece import one_way
from empatune.realtime.sources.refusal import RefusedObjectError

_KEYWORDS = (
    "ImageType",
    "SOPClassUID",
    "AcquisitionTime",
    "AcquisitionDateTime",
    "Manufacturer",
    "RepetitionTime",
    "SeriesInstanceUID",
    "InstanceNumber",
    "TemporalPositionIdentifier",
    "ImagesInAcquisition",
)
_WANTED: Wanted = {
    **{int(pydicom.tag.Tag(keyword)): None for keyword in _KEYWORDS},
    PHILIPS_N_SLICES: None,
    GE_N_SLICES: None,
    int(pydicom.tag.Tag("SharedFunctionalGroupsSequence")): {0x00189112: {0x00180080: None}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Where an object stands in its series.

    Parameters
    ----------
    series : str
        One-way digest of its series.
    volume : int
        Position in the run of its volume, the first one if it holds several.
    instance : int
        Its number within the series.
    single : bool
        True if it is one slice, False if it is a whole volume or more.
    tr_s : float or None
        Repetition time of the header [s].
    clock_s : float or None
        Start of the acquisition, in seconds of the day [s].
    """

    series: str
    volume: int
    instance: int
    single: bool
    tr_s: float | None
    clock_s: float | None


def read_order(content: bytes) -> Order:
    """Read where an object stands in its series; much faster than reading all of it.

    Parameters
    ----------
    content : bytes
        A whole DICOM file.

    Returns
    -------
    Order
        Its place.

    Raises
    ------
    RefusedObjectError
        If it is damaged or no MR image.
    """
    try:
        dataset = pydicom.dcmread(io.BytesIO(excerpt(content, _WANTED)))
        return _order(dataset)
    except RefusedObjectError:
        raise
    except Exception as problem:  # noqa: BLE001 - a damaged file makes pydicom raise anything
        raise RefusedObjectError(
            "unreadable", f"A DICOM object cannot be read ({type(problem).__name__})."
        ) from None


def _order(dataset: pydicom.Dataset) -> Order:
    sop_class = text(dataset, "SOPClassUID")
    if sop_class not in (MR_IMAGE, ENHANCED_MR_IMAGE, LEGACY_ENHANCED_MR_IMAGE):
        raise RefusedObjectError("not-an-image", "A DICOM object is not an MR image.")
    instance = integer(dataset, "InstanceNumber", low=0, high=10_000_000) or 1
    temporal = integer(dataset, "TemporalPositionIdentifier", low=1, high=100_000)
    n_slices = slices_of(dataset)
    single = sop_class == MR_IMAGE and not mosaic.is_mosaic(dataset)
    if temporal is None:
        temporal = (instance - 1) // n_slices + 1 if single and n_slices else instance
    shared = next(iter(dataset.get("SharedFunctionalGroupsSequence") or []), pydicom.Dataset())
    timing = next(iter(shared.get("MRTimingAndRelatedParametersSequence") or []), dataset)
    moment = dataset.get("AcquisitionTime") or dataset.get("AcquisitionDateTime")
    return Order(
        series=one_way(text(dataset, "SeriesInstanceUID")),
        volume=temporal - 1,
        instance=instance,
        single=single,
        tr_s=repetition_time(timing),
        clock_s=day_seconds(moment),
    )
