"""What the scanner measured, as BIDS: the series, its sidecar, its events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np

from empatune.bids import Dataset, Entities, SeriesLayout, write_series
from empatune.core import Volume
from empatune.errors import ExportError
from empatune.exports import events
from empatune.exports.history import SessionHistory
from empatune.realtime.messages import VolumeReceived
from empatune.realtime.recorder import read_raw
from empatune.typing import Array, JsonObject


def add(data: Dataset, history: SessionHistory, entities: Entities) -> None:
    """Add the series, its sidecar and its events to a data set.

    Parameters
    ----------
    data : Dataset
        The data set.
    history : SessionHistory
        The session.
    entities : Entities
        Names of the run.

    Raises
    ------
    ExportError
        If the volumes are not one series.
    RecordError
        If a raw volume is damaged.
    """
    bold = entities.path("bold", ".nii.gz")
    layout = _layout(history)
    write_series(data.place(bold), layout, _stored(history, layout))
    data.json(entities.path("bold", ".json"), _sidecar(history, entities))
    data.table(entities.path("events", ".tsv"), events.events(history))


def _sidecar(history: SessionHistory, entities: Entities) -> JsonObject:
    found: JsonObject = {
        "RepetitionTime": history.tr_s,
        "TaskName": entities.task,
        "TaskDescription": (
            "Neurofeedback: the participant saw how their brain expressed the score "
            f"({', '.join(history.overview.get('score_signatures', ())) or 'unknown'}); blocks and "
            "instructions are in the events."
        ),
        "Instructions": _instructions(history),
        "NumberOfVolumesDiscardedByUser": 0,
        **_scanner(history),
        "EmpatuneSimulated": history.simulated,
        "EmpatuneFinished": history.finished,
        "EmpatuneEmptyVolumes": list(empty_volumes(history)),
        "EmpatuneEmptyVolumesDescription": (
            "Indices, from 0, of volumes that were lost or never arrived. They are filled with "
            "zeros to keep the time axis; they are no data. desc-confounds of the derivatives has a "
            "motion_outlier column for each."
        ),
    }
    return found


def _instructions(history: SessionHistory) -> str:
    words = [v.during.instruction for v in history.volumes if v.during is not None and v.block >= 0]
    return " / ".join(dict.fromkeys(word for word in words if word)) or "none"


def _scanner(history: SessionHistory) -> JsonObject:
    scanner = next((v.received.scanner for v in history.volumes if v.received), "")
    if history.simulated or not scanner:
        return {"Manufacturer": "empatune"} if history.simulated else {}
    for manufacturer in ("GE MEDICAL SYSTEMS", "Philips Medical Systems", "SIEMENS"):
        if scanner.lower().startswith(manufacturer.lower()):
            model = scanner[len(manufacturer) :].strip()
            found: JsonObject = {"Manufacturer": scanner[: len(manufacturer)]}
            return {**found, "ManufacturersModelName": model} if model else found
    return {"Manufacturer": scanner}


def empty_volumes(history: SessionHistory) -> tuple[int, ...]:
    """Return which volumes hold nothing, because they were lost or never arrived.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    tuple of int
        Their indices, from 0.
    """
    return tuple(volume.index for volume in history.volumes if volume.received is None)


def _layout(history: SessionHistory) -> SeriesLayout:
    received = [volume.received for volume in history.volumes if volume.received is not None]
    first = read_raw(history.folder, received[0])
    types = {_stored_type(history.folder, volume) for volume in received}
    scalings = {(volume.slope, volume.intercept) for volume in received}
    # a zero that is stored must stay a zero: with an intercept it does not
    exact = (
        len(types) == 1 and len(scalings) == 1 and not (first.intercept and empty_volumes(history))
    )
    return SeriesLayout(
        grid=first.grid,
        n_volumes=len(history.volumes),
        dtype=first.stored.dtype if exact else np.dtype(np.float32),
        slope=first.slope if exact else 1.0,
        intercept=first.intercept if exact else 0.0,
        tr_s=history.tr_s,
    )


def _stored_type(folder: Path, received: VolumeReceived) -> np.dtype[np.generic]:
    found: np.dtype[np.generic] = nibabel.load(folder / received.file).get_data_dtype()
    return found.newbyteorder("=")


def _stored(history: SessionHistory, layout: SeriesLayout) -> Iterator[Array]:
    empty = np.zeros(layout.grid.shape, dtype=layout.dtype)
    for volume in history.volumes:
        if volume.received is None:
            yield empty
            continue
        image = read_raw(history.folder, volume.received)
        _check_grid(image, layout)
        same = (image.slope, image.intercept) == (layout.slope, layout.intercept)
        exact = same and image.stored.dtype == layout.dtype
        yield image.stored if exact else image.intensities()


def _check_grid(image: Volume, layout: SeriesLayout) -> None:
    if not image.grid.matches(layout.grid):
        raise ExportError(
            f"Volume {image.index} lies elsewhere than the first one: they are not one run and "
            "cannot be one BIDS series."
        )
