"""Enhanced multi-frame objects: many slices, of one volume or of many, in one object.

What holds for all frames stands in the shared functional groups, what differs in the groups of
each frame (DICOM PS3.3 C.7.6.16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom

from empatune.realtime.sources import scaling
from empatune.realtime.sources.excerpt import Wanted
from empatune.realtime.sources.fields import (
    day_seconds,
    floats,
    integer,
    repetition_time,
    slice_spacing,
    text,
    vendor_of,
    words,
)
from empatune.realtime.sources.piece import Piece
from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.typing import Array, FloatArray

_PHILIPS_FRAME_FACTS = 0x2005140F

WANTED: Wanted = {
    0x00189226: {0x00089007: None, 0x00089208: None},  # frame type and complex component
    0x00209111: {0x00189074: None, 0x00209128: None},  # moment and temporal position
    0x00209113: {0x00200032: None},  # position
    0x00209116: {0x00200037: None},  # orientation
    0x00289110: {0x00180050: None, 0x00180088: None, 0x00280030: None},  # pixel measures
    0x00289145: {0x00281052: None, 0x00281053: None},  # rescale intercept and slope
    0x00409096: {0x00409224: None, 0x00409225: None},  # real world intercept and slope
    0x00189112: {0x00180080: None},  # repetition time
    _PHILIPS_FRAME_FACTS: {scaling.PHILIPS_SCALE_SLOPE: None},
}
"""What is read of the functional groups of an enhanced object."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Frame:
    number: int
    temporal: int | None
    position: FloatArray
    scaling: FloatArray
    clock_s: float | None


def pieces(dataset: pydicom.Dataset, pixels: Array, common: dict[str, Any]) -> tuple[Piece, ...]:
    """Cut an enhanced object into volumes.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object.
    pixels : ndarray, shape (n_frames, n_rows, n_columns)
        Its stored values.
    common : dict
        Fields of the piece that do not depend on the kind of object.

    Returns
    -------
    tuple of Piece
        One piece for every volume that has frames in the object.

    Raises
    ------
    RefusedObjectError
        If a group that geometry needs is missing or damaged, or no frame shows magnitude.
    """
    groups = list(dataset.get("PerFrameFunctionalGroupsSequence") or [])
    shared = next(iter(dataset.get("SharedFunctionalGroupsSequence") or []), pydicom.Dataset())
    if len(groups) != len(pixels):
        raise RefusedObjectError(
            "unreadable", f"An image has {len(pixels)} frames and describes {len(groups)}."
        )
    frames = [_frame(k, group, shared, dataset) for k, group in enumerate(groups)]
    kept = [frame for frame in frames if frame is not None]
    if not kept:
        raise RefusedObjectError(
            "derived",
            "A series shows phase, not magnitude; it is left out.",
            series=common["series"],
        )
    by_volume: dict[int | None, list[_Frame]] = {}
    for frame in kept:
        by_volume.setdefault(frame.temporal, []).append(frame)
    common = common | _facts(dataset, groups[0], shared)
    whole = not text(dataset, "ConcatenationUID")
    several = len(by_volume) > 1
    return tuple(
        _piece(
            members,
            pixels,
            common
            | {
                "part": part,
                "volume": _volume(temporal, common["instance"], several=several or not whole),
                "n_slices": len(members) if whole else None,
            },
        )
        for part, (temporal, members) in enumerate(by_volume.items())
    )


def _volume(temporal: int | None, instance: int, *, several: bool) -> int:
    """Return the position in the run, from 0.

    Where every volume is an object of its own, some scanners leave one of the two counters at 1.
    """
    if several:
        return (temporal or 1) - 1
    return max(temporal or 1, instance or 1) - 1


def _piece(frames: list[_Frame], pixels: Array, common: dict[str, Any]) -> Piece:
    normal = np.cross(common["orientation"][:3], common["orientation"][3:])
    frames = sorted(frames, key=lambda frame: float(frame.position @ normal))
    clocks = [frame.clock_s for frame in frames if frame.clock_s is not None]
    return Piece(
        kind="enhanced",
        pixels=pixels[[frame.number for frame in frames]],
        positions_mm=np.array([frame.position for frame in frames]),
        scaling=np.array([frame.scaling for frame in frames]),
        clock_s=min(clocks, default=None),
        **common,
    )


def _facts(
    dataset: pydicom.Dataset, group: pydicom.Dataset, shared: pydicom.Dataset
) -> dict[str, Any]:
    measures = _group("PixelMeasuresSequence", group, shared)
    plane = _group("PlaneOrientationSequence", group, shared)
    timing = _group("MRTimingAndRelatedParametersSequence", group, shared)
    n_volumes = integer(dataset, "NumberOfTemporalPositions", low=2, high=100_000)
    return {
        "orientation": floats(plane, "ImageOrientationPatient", n=6),
        "pixel_mm": tuple(floats(measures, "PixelSpacing", n=2).tolist()),
        "spacing_mm": slice_spacing(dataset if "SpacingBetweenSlices" in dataset else measures),
        "tr_s": repetition_time(timing),
        "n_volumes": n_volumes,
    }


def _frame(
    number: int, group: pydicom.Dataset, shared: pydicom.Dataset, dataset: pydicom.Dataset
) -> _Frame | None:
    kind = _group("MRImageFrameTypeSequence", group, shared)
    component = text(kind, "ComplexImageComponent").upper()
    if component not in ("", "MAGNITUDE") or {"P", "PHASE"} & set(words(kind, "FrameType")[2:]):
        return None
    content = _group("FrameContentSequence", group, shared)
    private = next(iter(_sequence(group, _PHILIPS_FRAME_FACTS)), pydicom.Dataset())
    moment = content.get("FrameAcquisitionDateTime") or dataset.get("AcquisitionDateTime")
    return _Frame(
        number=number,
        temporal=integer(content, "TemporalPositionIndex", low=1, high=100_000),
        position=floats(
            _group("PlanePositionSequence", group, shared), "ImagePositionPatient", n=3
        ),
        scaling=scaling.slope_and_intercept(
            _group("PixelValueTransformationSequence", group, shared),
            group,
            private,
            vendor=vendor_of(dataset),
        ),
        clock_s=day_seconds(moment),
    )


def _group(keyword: str, group: pydicom.Dataset, shared: pydicom.Dataset) -> pydicom.Dataset:
    """Return the one item of a functional group, of the frame itself or of all; may be empty."""
    for place in (group, shared):
        items = place.get(keyword)
        if items:
            item: pydicom.Dataset = items[0]
            return item
    return pydicom.Dataset()


def _sequence(group: pydicom.Dataset, tag: int) -> list[pydicom.Dataset]:
    value = group[tag].value if tag in group else None
    return list(value) if isinstance(value, pydicom.Sequence) else []
