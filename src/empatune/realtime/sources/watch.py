"""A folder into which the scanner writes.

It is looked at again and again, since file events never come over network mounts. A file is read
when it is complete, and its content decides that: all pixels that the header announces are there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

from empatune.errors import SourceError
from empatune.realtime.clock import Clock
from empatune.realtime.messages import SourceEnded, SourceMessage
from empatune.realtime.sources.files import in_name_order
from empatune.realtime.sources.nifti import NO_TIME, is_nifti, piece_of, read_file, sidecar_time
from empatune.realtime.sources.piece import Piece, one_way
from empatune.realtime.sources.reader import read_pieces
from empatune.realtime.sources.received import ReceivedSource
from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.realtime.sources.run import Run
from empatune.typing import JsonObject

_UNFINISHED_NAMES = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", "~")
_LISTING_SHARE = 0.1
"""At most this share of the time goes into listing a folder that seems unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """How a folder is watched.

    Parameters
    ----------
    subfolders : bool
        Whether folders inside it are watched too.
    tr_s : float or None
        Repetition time, for images that do not say it [s].
    poll_s : float
        Time between two looks [s].
    patience_s : float
        A file that stays incomplete for so long is reported; it is still read if it grows [s].
    """

    subfolders: bool = False
    tr_s: float | None = None
    poll_s: float = 0.02
    patience_s: float = 10.0


@dataclass(slots=True, kw_only=True)
class _Unfinished:
    """A file that is not complete yet, as it was at the last attempt to read it."""

    state: tuple[int, int]
    since_ns: int
    problem: RefusedObjectError
    reported: bool = False


@dataclass(slots=True, kw_only=True)
class _Listing:
    """What is known of one folder."""

    names: set[str] = field(default_factory=set)
    changed_ns: int = -1
    listed_ns: int = 0
    cost_ns: int = 0


class FolderWatch(ReceivedSource):
    """Receives a run from a folder.

    Parameters
    ----------
    folder : Path
        The folder.
    settings : WatchSettings
        How it is watched.
    spool : Path
        The session's folder for what waits.
    already : collection of str
        Digests of the objects that the record holds.
    clock : Clock
        This machine's time.
    """

    def __init__(
        self,
        folder: Path,
        settings: WatchSettings,
        *,
        spool: Path,
        already: Collection[str],
        clock: Clock,
    ) -> None:
        super().__init__(Run(source="watch", spool=spool, already=already, clock=clock))
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self._goes_on = bool(already)
        self._listings: dict[Path, _Listing] = {}
        self._unfinished: dict[Path, _Unfinished] = {}
        self._first_number: int | None = None

    def describe(self) -> JsonObject:
        """Return what this source is, for the record.

        Returns
        -------
        dict
            Kind and settings; the folder's name may identify a person and stays out.
        """
        return {
            "source": "watch",
            "subfolders": self._settings.subfolders,
            "poll_s": self._settings.poll_s,
        }

    def open(self) -> None:
        """Look at the folder.

        Raises
        ------
        SourceError
            If it is not there or may not be read.
        """
        try:
            present = sum(1 for entry in os.scandir(self._folder) if entry.is_file())
        except OSError as problem:
            raise SourceError(
                f"The folder {self._folder} cannot be watched: {problem.strerror}. "
                "Make it, or give the one into which the scanner writes."
            ) from None
        self._listings[self._folder] = _Listing()
        if present and not self._goes_on:
            self._run.admission.tell(
                "files-present",
                f"The folder held {present} files already; they are read as the beginning of the "
                "run. Give every run an empty folder of its own.",
            )

    def messages(self, stop: Event) -> Iterator[SourceMessage]:
        """Yield volumes as their files are completed.

        Parameters
        ----------
        stop : Event
            Ends the run when it is set.

        Yields
        ------
        SourceMessage
            Volumes, losses, notices, and the end.
        """
        while not stop.is_set() and not self._run.is_over():
            yield from self.look(stop)
            stop.wait(self._settings.poll_s)
        for unfinished in self._unfinished.values():
            self._run.refuse(unfinished.problem)
        yield from self._run.finish()
        yield SourceEnded(reason="stopped" if stop.is_set() else "the scanner's run is complete")

    def look(self, stop: Event) -> Iterator[SourceMessage]:
        """Look at the folder once, and yield what is complete.

        Parameters
        ----------
        stop : Event
            Ends the look when it is set.

        Yields
        ------
        SourceMessage
            Volumes, losses and notices.
        """
        for path in [*self._changed(), *self._new_files()]:
            if stop.is_set():
                return
            self._attempt(path)
            yield from self._run.ready()
        self._report_stuck()
        yield from self._run.ready()

    def _new_files(self) -> list[Path]:
        found: list[Path] = []
        for folder in list(self._listings):
            found += self._list(folder, self._listings[folder])
        return in_name_order(found)

    def _list(self, folder: Path, listing: _Listing) -> list[Path]:
        """Return the files of a folder that were not there at the last look.

        A folder that seems unchanged is not listed every time: over a network its time of change
        may be stale, so that it is listed now and then all the same.
        """
        now_ns = self._clock.monotonic_ns()
        try:
            changed_ns = folder.stat().st_mtime_ns
            rested = now_ns - listing.listed_ns >= listing.cost_ns / _LISTING_SHARE
            if changed_ns == listing.changed_ns and not rested:
                return []
            # of 100,000 names, sets find the new ones in a fraction of the time of iterdir
            fresh = set(os.listdir(folder)).difference(listing.names)  # noqa: PTH208
        except OSError:
            self._run.admission.tell(
                "folder-gone", "The watched folder cannot be read at the moment.", level="alarm"
            )
            return []
        self._run.admission.retell("folder-gone")
        found = self._sort_out(folder, fresh, listing)
        listing.changed_ns, listing.listed_ns = changed_ns, self._clock.monotonic_ns()
        listing.cost_ns = listing.listed_ns - now_ns
        return found

    def _sort_out(self, folder: Path, names: set[str], listing: _Listing) -> list[Path]:
        listing.names |= names
        files: list[Path] = []
        for name in names:
            if name.startswith(".") or name.lower().endswith(_UNFINISHED_NAMES):
                continue
            path = folder / name
            if not path.is_dir():
                files.append(path)
            elif self._settings.subfolders:
                self._listings.setdefault(path, _Listing())
        return files

    def _changed(self) -> list[Path]:
        """Return the unfinished files that are not as they were."""
        changed: list[Path] = []
        for path, unfinished in list(self._unfinished.items()):
            state = _state(path)
            if state is None:
                del self._unfinished[path]  # renamed or taken away
            elif state != unfinished.state:
                changed.append(path)
        return changed

    def _attempt(self, path: Path) -> None:
        state = _state(path)
        if state is None:
            return
        try:
            pieces = self._pieces(path)
        except RefusedObjectError as problem:
            if problem.code in ("incomplete", "unreadable"):
                now_ns = self._clock.monotonic_ns()
                self._unfinished[path] = _Unfinished(state=state, since_ns=now_ns, problem=problem)
            else:
                self._unfinished.pop(path, None)
                self._run.refuse(problem)
            return
        self._unfinished.pop(path, None)
        received_ns = self._clock.monotonic_ns()
        for piece in pieces:
            self._run.take(piece, received_ns)

    def _pieces(self, path: Path) -> tuple[Piece, ...]:
        if is_nifti(path.name):
            return (self._image(path),)
        try:
            content = path.read_bytes()
        except OSError:
            raise RefusedObjectError("incomplete", "A file cannot be read yet.") from None
        if len(content) >= 132 and content[128:132] not in (b"DICM", b"\0\0\0\0"):
            raise RefusedObjectError("not-an-image", "A file is neither DICOM nor NIfTI.")
        return read_pieces(content)

    def _image(self, path: Path) -> Piece:
        """Read a volume that is a NIfTI file; the last number of its name is its number."""
        image = read_file(path)
        numbers = re.findall(r"\d+", path.name)
        if image.stored.shape[3] > 1 or not numbers:
            raise RefusedObjectError(
                "unsupported", "A watched NIfTI file must be one volume with its number at the end."
            )
        number = int(numbers[-1])
        if self._first_number is None:
            self._first_number = min(number, 1)
        tr_s = self._settings.tr_s or sidecar_time(path) or image.tr_s
        if tr_s is None:
            raise RefusedObjectError("unsupported", NO_TIME.format(source="watch:DIR"))
        return piece_of(
            replace(image, tr_s=tr_s),
            0,
            volume=max(number - self._first_number, 0),
            series=one_way(str(self._folder.resolve())),
            digest=one_way(path.name),
        )

    def _report_stuck(self) -> None:
        now_ns = self._clock.monotonic_ns()
        for unfinished in self._unfinished.values():
            waited_s = (now_ns - unfinished.since_ns) / 1e9
            if not unfinished.reported and waited_s >= self._settings.patience_s:
                unfinished.reported = True
                self._run.admission.tell(
                    "stuck-file",
                    f"A file is still not complete after {waited_s:.0f} s. {unfinished.problem} "
                    "Its volume waits for it.",
                )


def _state(path: Path) -> tuple[int, int] | None:
    """Return size and time of change of a file; None if it is gone."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns
