"""The record of a session: a folder with a journal, raw volumes and what they rest on.

The journal is a SQLite database in WAL mode. A row is committed before anyone acts on it, so
that a process that is killed at any moment leaves a record that ends with what it last knew.
"""

from __future__ import annotations

import errno
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import nibabel
import numpy as np

from empatune.core import Grid, Provenance, Volume
from empatune.errors import RecordError
from empatune.realtime.clock import Clock
from empatune.realtime.listener import Timing
from empatune.realtime.messages import Message, VolumeReceived, decode, encode
from empatune.typing import JsonObject, JsonValue

JOURNAL = "journal.sqlite"
RAW = "raw"
SPOOL = "spool"
PREPARATION = "preparation"
STUDY = "study.toml"
ALLOCATION = "allocation.sealed"

FORMAT = 1
"""Version of the record's layout; a reader refuses what it does not know."""

Side = Literal["in", "out"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS journal (
    number INTEGER PRIMARY KEY, wall_s REAL NOT NULL, side TEXT NOT NULL, kind TEXT NOT NULL,
    volume INTEGER, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS timings (
    volume INTEGER PRIMARY KEY, received_ns INTEGER, recorded_ns INTEGER, decoded_ns INTEGER,
    shown_ns INTEGER) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of a journal.

    Parameters
    ----------
    number : int
        Its place, from 1.
    wall_s : float
        When it was written, seconds since 1970 [s].
    side : {"in", "out"}
        Whether it came from outside or was derived.
    body : str
        The message as JSON, to the bit.
    message : Message
        The message.
    """

    number: int
    wall_s: float
    side: Side
    body: str
    message: Message


class Recorder:
    """Writes the record of one session. Belongs to one thread.

    Parameters
    ----------
    folder : Path
        The session's folder; made if it is not there.
    clock : Clock
        Time of the rows.

    Raises
    ------
    RecordError
        If the folder cannot be written, holds something else, or another process records there.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self._clock = clock
        try:
            for part in (folder, folder / RAW, folder / SPOOL):
                part.mkdir(parents=True, exist_ok=True)
            self._lock = sqlite3.connect(folder / "lock.sqlite", timeout=0, isolation_level=None)
            self._lock.execute("BEGIN EXCLUSIVE")
            self._database = _connect(folder / JOURNAL)
            self._database.executescript(_SCHEMA)
        except sqlite3.OperationalError as problem:
            raise RecordError(_why(folder, problem)) from problem
        except OSError as problem:
            raise RecordError(
                f"The session folder {folder} cannot be written: {problem}."
            ) from None
        self._number = self._last_number()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _last_number(self) -> int:
        row = self._database.execute("SELECT max(number) FROM journal").fetchone()
        return int(row[0] or 0)

    def state(self, **facts: JsonValue) -> None:
        """Write facts about the session: versions, seeds, source, study.

        Parameters
        ----------
        **facts : JSON values
            Each replaces the fact of that name.
        """
        with self._transaction():
            self._database.executemany(
                "INSERT OR REPLACE INTO facts VALUES (?, ?)",
                [(name, json.dumps(value)) for name, value in facts.items()],
            )

    def receive(self, volume: Volume) -> VolumeReceived:
        """Put a raw volume beside the journal, whole or not at all.

        Parameters
        ----------
        volume : Volume
            The volume as it came.

        Returns
        -------
        VolumeReceived
            What the journal should hold about it; not yet written.

        Raises
        ------
        RecordError
            If the file cannot be written.
        """
        name = f"{RAW}/vol-{volume.index:05d}.nii"
        content = _nifti_bytes(volume)
        target = self.folder / name
        temporary = target.with_suffix(".part")
        try:
            temporary.write_bytes(content)
            temporary.replace(target)
        except OSError as problem:
            temporary.unlink(missing_ok=True)
            raise RecordError(_full(self.folder, problem)) from problem
        return VolumeReceived(
            index=volume.index,
            file=name,
            sha256=hashlib.sha256(content).hexdigest(),
            tr_s=volume.tr_s,
            acquired_s=volume.acquired_s,
            received_ns=volume.received_ns,
            affine=tuple(float(value) for value in volume.grid.affine.ravel()),
            slope=volume.slope,
            intercept=volume.intercept,
            source=volume.provenance.source,
            kind=volume.provenance.kind,
            series=volume.provenance.series,
            scanner=volume.provenance.scanner,
            objects=volume.provenance.objects,
            notes=volume.provenance.notes,
        )

    def write(self, messages: Sequence[Message], side: Side) -> list[int]:
        """Commit messages to the journal, all or none.

        Parameters
        ----------
        messages : sequence of Message
            In their order.
        side : {"in", "out"}
            Whether they came from outside or were derived.

        Returns
        -------
        list of int
            Their numbers.

        Raises
        ------
        RecordError
            If the journal cannot be written; nothing of this call is then in it.
        """
        wall = self._clock.wall_s()
        first = self._number + 1
        rows = [
            (first + place, wall, side, type(m).__name__, volume_of(m), encode(m))
            for place, m in enumerate(messages)
        ]
        with self._transaction():
            self._database.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._number += len(rows)
        return [row[0] for row in rows]

    def time(self, timing: Timing) -> None:
        """Write when the stages of a volume were done.

        Parameters
        ----------
        timing : Timing
            The stages.
        """
        row = (
            timing.volume,
            timing.received_ns,
            timing.recorded_ns,
            timing.decoded_ns,
            timing.shown_ns,
        )
        with self._transaction():
            self._database.execute("INSERT OR REPLACE INTO timings VALUES (?, ?, ?, ?, ?)", row)

    def close(self) -> None:
        """Fold the journal into one file and let go of the folder."""
        try:
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            pass  # a full disk: the WAL stays beside the database and is read as well
        finally:
            self._database.close()
            self._lock.close()

    def _transaction(self) -> _Transaction:
        return _Transaction(self._database, self.folder)


class _Transaction:
    """A SQLite transaction whose failures are `RecordError`."""

    def __init__(self, database: sqlite3.Connection, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def __enter__(self) -> None:
        self._run("BEGIN IMMEDIATE")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if problem is None:
            try:
                self._run("COMMIT")
            except RecordError:
                self._roll_back()
                raise
            return
        self._roll_back()
        if isinstance(problem, sqlite3.Error):
            raise RecordError(_why(self._folder, problem)) from problem

    def _run(self, statement: str) -> None:
        try:
            self._database.execute(statement)
        except sqlite3.Error as problem:
            raise RecordError(_why(self._folder, problem)) from problem

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")


class Record:
    """Reads the record of a session, finished or still going on.

    Parameters
    ----------
    folder : Path
        The session's folder.

    Raises
    ------
    RecordError
        If the folder holds no record, a damaged one, or one of an unknown version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / JOURNAL
        if not path.is_file():
            raise RecordError(
                f"{folder} holds no session: {JOURNAL} is missing. "
                "Give the folder that `empatune session --out` made."
            )
        try:
            self._database = sqlite3.connect(path, timeout=10)
            self.facts: JsonObject = {
                name: json.loads(value)
                for name, value in self._database.execute("SELECT name, value FROM facts")
            }
        except sqlite3.DatabaseError as problem:
            raise RecordError(f"The journal of {folder} cannot be read: {problem}.") from problem
        if self.facts.get("format", FORMAT) != FORMAT:
            raise RecordError(
                f"The record in {folder} has format {self.facts['format']}; this version of "
                f"empatune reads format {FORMAT}. Use the version that made it."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the journal."""
        self._database.close()

    def entries(self, *kinds: type[Message], side: Side | None = None) -> Iterator[Entry]:
        """Read the journal in its order.

        Parameters
        ----------
        *kinds : type
            Only messages of these kinds; all if none is given.
        side : {"in", "out"}, optional
            Only this side.

        Yields
        ------
        Entry
            Row by row.
        """
        names = [kind.__name__ for kind in kinds]
        query = "SELECT number, wall_s, side, kind, body FROM journal WHERE (? IS NULL OR side = ?)"
        if names:
            query += f" AND kind IN ({', '.join('?' * len(names))})"
        rows = self._database.execute(f"{query} ORDER BY number", (side, side, *names))
        for number, wall_s, row_side, kind, body in rows:
            yield Entry(
                number=number, wall_s=wall_s, side=row_side, body=body, message=decode(kind, body)
            )

    def timings(self) -> list[Timing]:
        """Read when the stages of every volume were done.

        Returns
        -------
        list of Timing
            By volume.
        """
        rows = self._database.execute(
            "SELECT volume, received_ns, recorded_ns, decoded_ns, shown_ns FROM timings ORDER BY volume"
        )
        return [
            Timing(volume=v, received_ns=a, recorded_ns=b, decoded_ns=c, shown_ns=d)
            for v, a, b, c, d in rows
        ]

    def volume(self, received: VolumeReceived) -> Volume:
        """Read a raw volume exactly as it was received.

        Parameters
        ----------
        received : VolumeReceived
            What the journal says about it.

        Returns
        -------
        Volume
            Equal to the bit to the one that was recorded.

        Raises
        ------
        RecordError
            If the file is missing or is not the one that was written.
        """
        return read_raw(self.folder, received)

    def volumes(self) -> Iterator[Volume]:
        """Read every raw volume in the order of arrival.

        Yields
        ------
        Volume
            Equal to the bit to the ones that were recorded.
        """
        for entry in self.entries(VolumeReceived):
            if isinstance(entry.message, VolumeReceived):
                yield self.volume(entry.message)


def read_raw(folder: Path, received: VolumeReceived) -> Volume:
    """Read one raw volume of a session folder and check that it is what was written.

    Parameters
    ----------
    folder : Path
        The session's folder.
    received : VolumeReceived
        What the journal says about the volume.

    Returns
    -------
    Volume
        Equal to the bit to the one that was recorded.

    Raises
    ------
    RecordError
        If the file is missing or is not the one that was written.
    """
    path = folder / received.file
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise RecordError(f"Raw volume {received.index} cannot be read: {problem}.") from problem
    if hashlib.sha256(content).hexdigest() != received.sha256:
        raise RecordError(
            f"{path} is not the file that was recorded: its checksum differs. "
            "Restore it from a backup of the session."
        )
    image = nibabel.Nifti1Image.from_bytes(content)
    stored = np.ascontiguousarray(image.dataobj.get_unscaled())
    affine = np.array(received.affine).reshape(4, 4)
    return Volume(
        stored=stored.astype(stored.dtype.newbyteorder("="), copy=False),
        slope=received.slope,
        intercept=received.intercept,
        grid=Grid(shape=stored.shape, affine=affine),
        index=received.index,
        tr_s=received.tr_s,
        acquired_s=received.acquired_s,
        received_ns=received.received_ns,
        provenance=Provenance(
            source=received.source,
            kind=received.kind,
            series=received.series,
            objects=received.objects,
            scanner=received.scanner,
            notes=received.notes,
        ),
    )


def volume_of(message: Message) -> int | None:
    """Return the index of the volume that a message is about.

    Parameters
    ----------
    message : Message
        Any message.

    Returns
    -------
    int or None
        The index; None if the message is about no volume.
    """
    index = getattr(message, "index", getattr(message, "volume", None))
    return index if isinstance(index, int) else None


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    return database


def _nifti_bytes(volume: Volume) -> bytes:
    header = nibabel.Nifti1Header()
    header.set_data_dtype(volume.stored.dtype)
    header.set_data_shape(volume.stored.shape)
    header.set_sform(volume.grid.affine, code="scanner")
    header.set_qform(volume.grid.affine, code="scanner", strip_shears=True)
    header.set_slope_inter(volume.slope, volume.intercept)
    header.set_xyzt_units("mm", "sec")
    header["vox_offset"] = 352
    header["magic"] = b"n+1"
    return bytes(header.binaryblock) + b"\0\0\0\0" + np.ascontiguousarray(volume.stored.T).tobytes()


def _why(folder: Path, problem: sqlite3.Error) -> str:
    text = str(problem)
    if "full" in text:
        return _full(folder, OSError(errno.ENOSPC, text))
    if "locked" in text:
        return f"Another process records into {folder}. Stop it, or give another --out."
    return f"The journal of {folder} cannot be written: {text}."


def _full(folder: Path, problem: OSError) -> str:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            f"The disk of {folder} is full. Nothing that was recorded is lost: free some space, "
            "then go on with --resume."
        )
    return f"The session folder {folder} cannot be written: {problem}."
