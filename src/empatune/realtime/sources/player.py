"""Plays a stored series as a scanner would: by C-STORE, or into a folder, at its true pace.

A player is the twin of a source: with it rehearsals and tests need no scanner.
"""

from __future__ import annotations

import io
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Protocol

import numpy as np
import pydicom
from pynetdicom import AE, evt

from empatune.errors import SourceError
from empatune.realtime.clock import Clock
from empatune.realtime.sources.dicom import answer_at_once
from empatune.realtime.sources.files import is_dicom, series_files
from empatune.realtime.sources.reader import Order, read_order
from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.realtime.sources.timing import ScannerClock

Advance = Callable[[int, int], None]
"""Told how many of how many are done."""

_CHUNK_BYTES = 65_536
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 5.0
_JITTER = 1.3
"""A shuffled slice comes up to so many volumes late: neighbouring volumes mix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One object and when it is due.

    Parameters
    ----------
    path : Path
        Its file.
    volume : int
        Position in the run of its volume.
    due_s : float
        When it is sent, after the first one [s].
    """

    path: Path
    volume: int
    due_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A series in the order in which a scanner would send it.

    Parameters
    ----------
    shots : tuple of Shot
        Its objects.
    tr_s : float
        Repetition time [s].
    n_volumes : int
        Number of volumes.
    n_left_out : int
        Files of other series, or no images.
    """

    shots: tuple[Shot, ...]
    tr_s: float
    n_volumes: int
    n_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of a series that was played.

    Parameters
    ----------
    n_objects : int
        Objects that were to be sent.
    n_accepted : int
        Objects whose arrival was acknowledged, or that were written.
    n_refused : int
        Objects that the receiver refused for good.
    n_again : int
        Times that an object had to be sent again.
    n_volumes : int
        Volumes of which they are part.
    seconds : float
        How long it took [s].
    """

    n_objects: int
    n_accepted: int
    n_refused: int
    n_again: int
    n_volumes: int
    seconds: float


class Outlet(Protocol):
    """Where a player sends objects."""

    def send(self, path: Path) -> bool | None:
        """Send one object: True if accepted, False if refused, None if it must be sent again."""
        ...

    def close(self) -> None:
        """Let go of the receiver."""
        ...


def compose(
    path: Path,
    *,
    shuffle: int | None = None,
    advance: Advance | None = None,
) -> Score:
    """Find out in which order and when a scanner would send the objects of a series.

    Parameters
    ----------
    path : Path
        A folder of DICOM objects; of several series the largest is taken.
    shuffle : int, optional
        Seed with which slices are mixed within and between neighbouring volumes.
    advance : callable, optional
        Told how many files of how many were looked at.

    Returns
    -------
    Score
        The series.

    Raises
    ------
    SourceError
        If there are no DICOM objects, or they do not say when they are due.
    """
    files = series_files(path)
    if not is_dicom(files[0]):
        raise SourceError(f"{path} holds no DICOM objects; a scanner can play nothing else.")
    orders: list[tuple[Order, Path]] = []
    tell = advance or _tell_nobody
    for done, file in enumerate(files):
        tell(done, len(files))
        try:
            orders.append((read_order(file.read_bytes()), file))
        except RefusedObjectError:
            continue
    tell(len(files), len(files))
    if not orders:
        raise SourceError(f"{path} holds no MR images that could be played.")
    series = Counter(order.series for order, _ in orders).most_common(1)[0][0]
    kept = sorted(
        ((order, file) for order, file in orders if order.series == series),
        key=lambda entry: (entry[0].volume, entry[0].instance, str(entry[1])),
    )
    shots, tr_s = _shots(kept, shuffle)
    return Score(
        shots=shots,
        tr_s=tr_s,
        n_volumes=len({shot.volume for shot in shots}),
        n_left_out=len(files) - len(shots),
    )


def _shots(kept: list[tuple[Order, Path]], shuffle: int | None) -> tuple[tuple[Shot, ...], float]:
    clock = ScannerClock(header_s=kept[0][0].tr_s)
    for volume, order in {order.volume: order for order, _ in kept}.items():
        if order.clock_s is not None:
            clock.observe(volume, order.clock_s)
    tr_s = clock.tr_s
    if tr_s is None:
        raise SourceError(
            "These objects say neither their repetition time nor when they were made."
        )
    first = kept[0][0].volume
    due_s = np.array([(order.volume - first) * tr_s for order, _ in kept])
    if shuffle is not None and kept[0][0].single:
        due_s += np.random.default_rng(shuffle).uniform(0, _JITTER * tr_s, due_s.size)
    shots = [
        Shot(path=file, volume=order.volume, due_s=float(due))
        for (order, file), due in zip(kept, due_s, strict=True)
    ]
    return tuple(sorted(shots, key=lambda shot: shot.due_s)), tr_s


def play(
    score: Score,
    outlet: Outlet,
    *,
    speed: float,
    clock: Clock,
    stop: Event,
    advance: Advance | None = None,
) -> Played:
    """Send a series, every object when it is due.

    Parameters
    ----------
    score : Score
        The series.
    outlet : Outlet
        Where it goes.
    speed : float
        How much faster than it was measured; infinite for as fast as possible.
    clock : Clock
        This machine's time.
    stop : Event
        Ends the playing when it is set.
    advance : callable, optional
        Told how many objects of how many were sent.

    Returns
    -------
    Played
        What became of it.
    """
    began_ns = clock.monotonic_ns()
    outcomes: Counter[bool] = Counter()
    n_again = 0
    tell = advance or _tell_nobody
    for done, shot in enumerate(score.shots):
        stop.wait(max(0.0, shot.due_s / speed - (clock.monotonic_ns() - began_ns) / 1e9))
        tell(done, len(score.shots))
        outcome = None if stop.is_set() else outlet.send(shot.path)
        for wait_s in _waits():
            if outcome is not None or stop.wait(wait_s):
                break
            n_again += 1
            outcome = outlet.send(shot.path)
        if outcome is None:
            break
        outcomes[outcome] += 1
    tell(sum(outcomes.values()), len(score.shots))
    outlet.close()
    return Played(
        n_objects=len(score.shots),
        n_accepted=outcomes[True],
        n_refused=outcomes[False],
        n_again=n_again,
        n_volumes=score.n_volumes,
        seconds=(clock.monotonic_ns() - began_ns) / 1e9,
    )


def _tell_nobody(done: int, of: int) -> None:
    """Take no notice."""


def _waits() -> Iterator[float]:
    """Yield ever longer waits between attempts, about a minute in all."""
    wait_s = _FIRST_WAIT_S
    for _ in range(15):
        yield wait_s
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)


class StoreOutlet:
    """Sends objects by C-STORE over one association, which it opens again when it breaks.

    Parameters
    ----------
    host : str
        Address of the receiver.
    port : int
        Its port.
    calling, called : str
        Application entity titles of the scanner and of the receiver.
    """

    def __init__(self, host: str, port: int, *, calling: str, called: str) -> None:
        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
        self._address = (host, port)
        self._calling, self._called = calling, called
        self._association: Any = None
        self._contexts: set[tuple[str, str]] = set()

    def send(self, path: Path) -> bool | None:
        """Send one object.

        Parameters
        ----------
        path : Path
            Its file.

        Returns
        -------
        bool or None
            True if it was accepted, False if refused for good, None if it must be sent again.
        """
        dataset = pydicom.dcmread(path)
        context = (str(dataset.SOPClassUID), str(dataset.file_meta.TransferSyntaxUID))
        if not self._connect(context):
            return None
        try:
            status: int | None = self._association.send_c_store(dataset).get("Status")
        except (RuntimeError, ValueError):
            return None if not self._association.is_established else False
        if status is None or status & 0xFF00 == 0xA700:
            return None
        return status == 0 or status & 0xF000 == 0xB000

    def close(self) -> None:
        """Release the association."""
        if self._association is not None and self._association.is_established:
            self._association.release()
        self._association = None

    def _connect(self, context: tuple[str, str]) -> bool:
        established = self._association is not None and self._association.is_established
        if established and context in self._contexts:
            return True
        self.close()
        self._contexts.add(context)
        entity = AE(ae_title=self._calling)
        for sop_class, syntax in sorted(self._contexts):
            entity.add_requested_context(sop_class, syntax)
        entity.acse_timeout = entity.dimse_timeout = 30
        self._association = entity.associate(
            *self._address,
            ae_title=self._called,
            evt_handlers=[(evt.EVT_CONN_OPEN, answer_at_once)],
        )
        self._refuse_for_good()
        return bool(self._association.is_established)

    def _refuse_for_good(self) -> None:
        if self._association.is_rejected:
            raise SourceError(
                f"{self._address[0]}:{self._address[1]} refused the association: it must be called "
                f"by its own title (--called {self._called}?) and know ours (--calling {self._calling}?)."
            )


class FolderOutlet:
    """Writes objects into a folder, piece by piece, as a scanner's export does.

    Parameters
    ----------
    folder : Path
        The folder; made if it is not there.

    Raises
    ------
    SourceError
        If it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise SourceError(f"The folder {folder} cannot be made: {problem.strerror}.") from None

    def send(self, path: Path) -> bool | None:
        """Write one object.

        Parameters
        ----------
        path : Path
            Its file.

        Returns
        -------
        bool or None
            True if it was written, None if the disk did not take it.
        """
        target = self._folder / f"{self._number + 1:06d}.dcm"
        content = io.BytesIO(path.read_bytes())
        try:
            with target.open("wb", buffering=0) as file:
                while chunk := content.read(_CHUNK_BYTES):
                    file.write(chunk)
        except OSError:
            target.unlink(missing_ok=True)
            return None
        self._number += 1
        return True

    def close(self) -> None:
        """Do nothing: files are open only while they are written."""
