"""Reads a session's history off its record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from empatune.exports.history import STATUSES, SessionHistory, Status, VolumeHistory
from empatune.exports.places import Places, places
from empatune.realtime.listener import Timing
from empatune.realtime.messages import (
    Aligned,
    Decoded,
    Drawn,
    Feedback,
    Notice,
    OperatorCommand,
    SourceEnded,
    StateChanged,
    VolumeLost,
    VolumeReceived,
)
from empatune.realtime.recorder import Entry, Record


def read(folder: Path) -> SessionHistory:
    """Read the history of a session from its record, finished or not.

    Parameters
    ----------
    folder : Path
        The session's folder.

    Returns
    -------
    SessionHistory
        Everything that reports and exports need, but the images.

    Raises
    ------
    RecordError
        If the folder holds no record or a damaged one.
    """
    with Record(folder) as record:
        entries = list(record.entries())
        timings = {timing.volume: timing for timing in record.timings()}
        facts: dict[str, Any] = dict(record.facts)
    kept = OperatorCommand, Notice, StateChanged, SourceEnded
    history = SessionHistory(
        folder=folder,
        facts=facts,
        overview=dict(facts.get("overview") or {}),
        volumes=(),
        entries=tuple(entry for entry in entries if isinstance(entry.message, kept)),
        n_entries=len(entries),
        last_wall_s=entries[-1].wall_s if entries else float(facts.get("created_wall_s") or 0.0),
        arrivals=tuple(
            (entry.wall_s, entry.message.index)
            for entry in entries
            if isinstance(entry.message, VolumeReceived)
        ),
    )
    where = places(
        (entry.message for entry in entries if entry.side == "in"),
        started=history.setting("protocol", "start", "first-volume") == "first-volume",
        n_dummies=int(history.setting("protocol", "dummy_volumes", 0)),
        blocks=history.blocks,
    )
    return replace(history, volumes=_volumes(entries, timings, where))


class _Gathered:
    """Messages by the volume that they are about."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.received: dict[int, VolumeReceived] = {}
        self.lost: dict[int, VolumeLost] = {}
        self.aligned: dict[int, Aligned] = {}
        self.decoded: dict[int, Decoded] = {}
        self.during: dict[int, Feedback | None] = {}
        self.derived: dict[int, Feedback] = {}
        self.drawn: dict[int, dict[str, int]] = {}
        self.waited: set[int] = set()
        self._told: Feedback | None = None
        for entry in entries:
            self._take(entry.message)

    def _take(self, message: object) -> None:
        match message:
            case VolumeReceived():
                self.received[message.index] = message
                if not self.aligned:
                    self.waited.add(message.index)
            case VolumeLost():
                self.lost[message.index] = message
            case Aligned():
                self.aligned[message.index] = message
            case Decoded():
                self.decoded[message.index] = message
            case Feedback():
                self._tell(message)
            case Drawn():
                self.drawn.setdefault(message.volume, {}).setdefault(message.page, message.drawn_ns)
            case _:
                pass

    def _tell(self, feedback: Feedback) -> None:
        # the first word about a volume was derived from it; later ones answer an operator
        if feedback.index >= 0 and feedback.index not in self.derived:
            self.during[feedback.index] = self._told
            self.derived[feedback.index] = feedback
        self._told = feedback


def _volumes(
    entries: Iterable[Entry], timings: dict[int, Timing], where: dict[int, Places]
) -> tuple[VolumeHistory, ...]:
    found = _Gathered(entries)
    known = [*found.received, *found.lost]
    waited = _waited(found, timings)
    history = []
    for index in range(max(known, default=-1) + 1):
        status, reason = _status(index, found)
        place = where.get(index, Places())
        history.append(
            VolumeHistory(
                index=index,
                status=status,
                reason=reason,
                received=found.received.get(index),
                aligned=found.aligned.get(index),
                decoded=found.decoded.get(index),
                position=place.position,
                block=place.block,
                condition=place.condition,
                during=found.during.get(index),
                derived=found.derived.get(index),
                paused=place.paused,
                waited=index in waited,
                follows=index in found.aligned and index != next(iter(found.aligned)),
                timing=timings.get(index),
                drawn_ns=found.drawn.get(index, {}),
            )
        )
    return tuple(history)


def _waited(found: _Gathered, timings: dict[int, Timing]) -> set[int]:
    """Return the volumes that came before the participant was prepared."""
    if len(found.waited) < 2:  # the first volume of a prepared session has waited for nothing
        return set()
    ready_ns = max(
        (timings[index].decoded_ns for index in found.waited if index in timings), default=0
    )
    # volumes that came meanwhile stood behind those on which the preparation rests
    behind = {index for index, timing in timings.items() if timing.received_ns < ready_ns}
    return found.waited | behind


def _status(index: int, found: _Gathered) -> tuple[Status, str]:
    if index in found.received:
        aligned, decoded = found.aligned.get(index), found.decoded.get(index)
        if decoded is None:
            return "undecoded", STATUSES["undecoded"]
        if decoded.usable and (aligned is None or aligned.usable):
            return "decoded", ""
        return "marked", aligned.reason if aligned is not None else ""
    if index in found.lost:
        return "lost", found.lost[index].reason
    return "missing", STATUSES["missing"]
