"""Enhanced multi-frame objects: many slices, of one volume or of many, in one object.

What holds for all frames stands in the shared functional groups, what differs in the groups of
each frame (DICOM PS3.3 C.7.6.16).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement

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


_EMPTY = pydicom.Dataset()
_MOST_ITEMS = 4096

_known: dict[tuple[int, bool, bool, bytes], pydicom.Dataset] = {}
"""Items of functional groups by their bytes: most are the same in every volume of a run."""


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
    reader = _Groups(dataset, shared)
    frames = [reader.frame(k, group) for k, group in enumerate(groups)]
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
    common = common | _facts(dataset, groups[0], reader)
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


def _facts(dataset: pydicom.Dataset, group: pydicom.Dataset, reader: _Groups) -> dict[str, Any]:
    measures = reader.item("PixelMeasuresSequence", group)
    plane = reader.item("PlaneOrientationSequence", group)
    timing = reader.item("MRTimingAndRelatedParametersSequence", group)
    n_volumes = integer(dataset, "NumberOfTemporalPositions", low=2, high=100_000)
    return {
        "orientation": floats(plane, "ImageOrientationPatient", n=6),
        "pixel_mm": tuple(floats(measures, "PixelSpacing", n=2).tolist()),
        "spacing_mm": slice_spacing(dataset if "SpacingBetweenSlices" in dataset else measures),
        "tr_s": repetition_time(timing),
        "n_volumes": n_volumes,
    }


class _Groups:
    """Reads the functional groups of frames; what frames share to the byte is read once."""

    def __init__(self, dataset: pydicom.Dataset, shared: pydicom.Dataset) -> None:
        self._dataset = dataset
        self._shared = shared
        self._vendor = vendor_of(dataset)
        self._seen: list[pydicom.Dataset] = []
        self._answers: dict[tuple[object, ...], Any] = {}

    def frame(self, number: int, group: pydicom.Dataset) -> _Frame | None:
        """Read one frame; None if it does not show magnitude."""
        kind = self.item("MRImageFrameTypeSequence", group)
        if self._once(_shows_phase, kind):
            return None
        content = self.item("FrameContentSequence", group)
        temporal, clock_s = self._once(self._place_in_time, content)
        position = self.item("PlanePositionSequence", group)
        return _Frame(
            number=number,
            temporal=temporal,
            position=floats(position, "ImagePositionPatient", n=3),
            scaling=self._scaling(group),
            clock_s=clock_s,
        )

    def item(self, name: str, group: pydicom.Dataset) -> pydicom.Dataset:
        """Return the one item of a functional group, of the frame itself or of all; may be empty."""
        tag = tag_for_keyword(name) or 0
        for place in (group, self._shared):
            found = self._first(place, tag)
            if found is not None:
                return found
        return _EMPTY

    def _first(self, place: pydicom.Dataset, tag: int) -> pydicom.Dataset | None:
        if tag not in place:
            return None
        raw: Any = place.get_item(tag)
        if not isinstance(raw, RawDataElement) or not raw.value:
            return _item_of(place, tag)
        key = (tag, raw.is_implicit_VR, raw.is_little_endian, raw.value)
        item = _known.get(key)
        if item is None:
            item = _item_of(place, tag)
            if item is not None:
                if len(_known) >= _MOST_ITEMS:
                    _known.clear()
                _known[key] = item
        if item is not None:
            self._seen.append(item)  # answers are kept by identity, so no item may go before us
        return item

    def _scaling(self, group: pydicom.Dataset) -> FloatArray:
        transformation = self.item("PixelValueTransformationSequence", group)
        private = self._first(group, _PHILIPS_FRAME_FACTS) or _EMPTY
        if "RealWorldValueMappingSequence" in group:
            return self._slope(transformation, group, private)
        key = ("scaling", id(transformation), id(private) if len(private) else 0)
        if key not in self._answers:
            self._answers[key] = self._slope(transformation, group, private)
        slope: FloatArray = self._answers[key]
        return slope

    def _slope(
        self, transformation: pydicom.Dataset, group: pydicom.Dataset, private: pydicom.Dataset
    ) -> FloatArray:
        return scaling.slope_and_intercept(transformation, group, private, vendor=self._vendor)

    def _place_in_time(self, content: pydicom.Dataset) -> tuple[int | None, float | None]:
        moment = content.get("FrameAcquisitionDateTime") or self._dataset.get("AcquisitionDateTime")
        temporal = integer(content, "TemporalPositionIndex", low=1, high=100_000)
        return temporal, day_seconds(moment)

    def _once(self, question: Callable[[pydicom.Dataset], Any], item: pydicom.Dataset) -> Any:
        if not len(item):
            return question(item)
        key = (question.__name__, id(item))
        if key not in self._answers:
            self._answers[key] = question(item)
        return self._answers[key]


def _item_of(place: pydicom.Dataset, tag: int) -> pydicom.Dataset | None:
    value = place[tag].value
    return value[0] if isinstance(value, pydicom.Sequence) and len(value) else None


def _shows_phase(kind: pydicom.Dataset) -> bool:
    component = text(kind, "ComplexImageComponent").upper()
    return component not in ("", "MAGNITUDE") or bool(
        {"P", "PHASE"} & set(words(kind, "FrameType")[2:])
    )
