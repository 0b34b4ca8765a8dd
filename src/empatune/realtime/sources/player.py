"""Plays a stored series as a scanner would: by C-STORE, or into a folder, at its true pace.

A player is the twin of a source: with it rehearsals and tests need no scanner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np

from empatune.errors import SourceError
from empatune.realtime.clock import Clock
from empatune.realtime.sources.files import is_dicom, series_files
from empatune.realtime.sources.order import Order, read_order
from empatune.realtime.sources.outlets import Outlet
from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.realtime.sources.timing import ScannerClock

Advance = Callable[[int, int], None]
"""Told how many of how many are done."""

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
    refused: Callable[[], object] | None = None,
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
    refused : callable, optional
        Told when an object was not taken and must be sent again.

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
            if refused is not None:
                refused()
            outcome = outlet.send(shot.path)
        if outcome is None:
            break
        outcomes[outcome] += 1
        if done == 0:  # the run begins when its first object is received: none is hurried
            began_ns = clock.monotonic_ns() - round(shot.due_s / speed * 1e9)
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
