"""A session from start to end: open, resume, run, replay."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from empatune import __version__
from empatune.core import Volume
from empatune.errors import RecordError
from empatune.numerics.threads import one_thread
from empatune.preparation import Prepared
from empatune.realtime import study as studies
from empatune.realtime.clock import Clock, SystemClock
from empatune.realtime.engine import Engine, EngineSettings
from empatune.realtime.feedback.sham import Assignment, open_seal
from empatune.realtime.listener import Listener
from empatune.realtime.messages import (
    Drawn,
    Inbound,
    Notice,
    OperatorCommand,
    SourceEnded,
    VolumeReceived,
    encode,
)
from empatune.realtime.pipeline import Pipeline, advance
from empatune.realtime.plan import Circumstances, SessionPlan, assemble
from empatune.realtime.recorder import (
    ALLOCATION,
    FORMAT,
    JOURNAL,
    PREPARATION,
    RAW,
    SPOOL,
    STUDY,
    Entry,
    Record,
    Recorder,
    read_raw,
)
from empatune.realtime.sources.contract import Source
from empatune.realtime.study import Study
from empatune.signatures import Signature
from empatune.typing import FloatArray, JsonObject

PACKAGES = ("numpy", "scipy", "numba", "nibabel", "nilearn", "pydicom", "pynetdicom", "antspyx")
"""Packages whose versions a record keeps."""


class Session:
    """One session, new or resumed, ready to run.

    Parameters
    ----------
    folder : Path
        Where it is recorded.
    study : Study
        The study; that of the record if the session is resumed.
    source : Source
        Where volumes come from.
    signatures : tuple of Signature
        Maps that may have to be prepared.
    circumstances : Circumstances
        What else is known.
    assignment : Assignment, optional
        What a sealed allocation says; kept to itself until the session ends.
    mni_to_world : ndarray, shape (4, 4), optional
        Where MNI lies in the participant, if that is known.
    clock : Clock, optional
        Time.
    settings : EngineSettings, optional
        Deadlines.

    Raises
    ------
    RecordError
        If the folder cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        study: Study,
        *,
        source: Source,
        signatures: tuple[Signature, ...] = (),
        circumstances: Circumstances | None = None,
        assignment: Assignment | None = None,
        mni_to_world: FloatArray | None = None,
        clock: Clock | None = None,
        settings: EngineSettings | None = None,
    ) -> None:
        self.folder = folder
        self.study = study
        self._source = source
        self._clock = clock or SystemClock()
        self._settings = settings
        self._listeners: list[Listener] = []
        self._assignment = assignment
        self._resumed = (folder / JOURNAL).exists()
        circumstances = circumstances or Circumstances()
        if not self._resumed:  # before the journal, so that no journal is without its study
            self._write_study()
        self._recorder = Recorder(folder, self._clock)
        self._state_facts(circumstances)
        self._plan = SessionPlan(
            study=study,
            recorder=self._recorder,
            signatures=signatures,
            mni_to_world=mni_to_world,
            circumstances=circumstances,
            tr_s=_recorded_tr(folder),
        )
        self._engine = Engine(
            recorder=self._recorder,
            source=source,
            plan=self._plan,
            listeners=self._listeners,
            clock=self._clock,
            settings=settings,
        )

    def listen(self, listener: Listener) -> None:
        """Add somebody who watches; before `run`.

        Parameters
        ----------
        listener : Listener
            Who is told.
        """
        self._listeners.append(listener)

    def note(self, notice: Notice) -> None:
        """Put a notice into the journal, as if the source had sent it.

        Parameters
        ----------
        notice : Notice
            What the operator should know.
        """
        self._engine.note(notice)

    def command(self, command: OperatorCommand) -> None:
        """Take an operator's command; safe from any thread.

        Parameters
        ----------
        command : OperatorCommand
            What the operator did.
        """
        self._engine.command(command)

    def acknowledge(self, drawn: Drawn) -> None:
        """Take a page's word that it has drawn; safe from any thread.

        Parameters
        ----------
        drawn : Drawn
            What was drawn.
        """
        self._engine.acknowledge(drawn)

    def run(self) -> None:
        """Run until the session is over; go through the record first if it is resumed.

        Raises
        ------
        EmpatuneError
            If the source cannot be opened, the record cannot be written, or the participant
            cannot be prepared. What was recorded is safe.
        """
        try:
            with one_thread():
                self._plan.anticipate()
                if self._resumed:
                    self._engine.restore(_history(self.folder))
                self._engine.run()
            if not self._engine.source_failed:
                self._recorder.state(ended_wall_s=self._clock.wall_s())
            if self._assignment is not None:
                self._recorder.state(
                    allocation={
                        "digest": self._assignment.digest,
                        "opened": self._assignment.reveal(),
                    }
                )
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the record; a folder in which nothing happened is left as it was found."""
        self._recorder.close()
        if not self._resumed:
            remove_if_empty(self.folder)

    def _write_study(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / STUDY).write_text(self.study.to_toml(), encoding="utf-8")
        except OSError as problem:
            raise RecordError(
                f"The session folder {self.folder} cannot be written: {problem}."
            ) from None

    def _state_facts(self, circumstances: Circumstances) -> None:
        self._recorder.state(source=self._source.describe(), software=software())
        with Record(self.folder) as record:
            if "format" in record.facts:
                return
        self._recorder.state(
            format=FORMAT,
            created_wall_s=self._clock.wall_s(),
            study=self.study.to_json(),
            seed=self.study.study.seed,
            synthetic=circumstances.synthetic,
            synthetic_signatures=circumstances.synthetic_signatures,
        )
        if self._assignment is not None:
            self._recorder.state(allocation={"digest": self._assignment.digest, "opened": None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a replay found.

    Parameters
    ----------
    n_volumes : int
        Volumes that were computed again.
    n_results : int
        Results that were compared.
    first_difference : int or None
        Row of the journal that differs first; None if all are equal.
    """

    n_volumes: int
    n_results: int
    first_difference: int | None

    @property
    def equal(self) -> bool:
        """True if every result is equal to the bit."""
        return self.first_difference is None

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.equal:
            return (
                f"Equal to the bit: {self.n_results} results of {self.n_volumes} volumes were "
                "computed again from the raw data."
            )
        return (
            f"Not equal: after {self.n_results} equal results, row {self.first_difference} of the "
            "journal differs. Was it recorded with another version or on another machine?"
        )

    def to_json(self) -> JsonObject:
        """Return the finding as JSON values.

        Returns
        -------
        dict
            Its fields and whether all is equal.
        """
        return {
            "equal": self.equal,
            "n_volumes": self.n_volumes,
            "n_results": self.n_results,
            "first_difference": self.first_difference,
        }


def replay(folder: Path) -> Comparison:
    """Compute a session again from its raw volumes and compare it with its record.

    Parameters
    ----------
    folder : Path
        The session's folder; it is not changed.

    Returns
    -------
    Comparison
        Whether every result is equal to the bit.

    Raises
    ------
    RecordError
        If the folder holds no session, or one that ended before its preparation.
    """
    with Record(folder) as record:
        if "tr_s" not in record.facts:
            raise RecordError(
                f"The session in {folder} ended before its preparation: nothing was derived that "
                "could be compared."
            )
        study = load_study(folder)
        pipeline, _ = assemble(
            study,
            Prepared.load(folder / PREPARATION),
            float(str(record.facts["tr_s"])),
            circumstances_of(record, study),
        )
        with one_thread():
            return _compare(folder, record, pipeline)


def _compare(folder: Path, record: Record, pipeline: Pipeline) -> Comparison:
    recorded = list(record.entries(side="out"))
    state, n_volumes, n_equal = pipeline.init(), 0, 0
    for entry in record.entries(side="in"):
        message = cast("Inbound", entry.message)
        volume = read_raw(folder, message) if isinstance(message, VolumeReceived) else None
        n_volumes += volume is not None
        state, outbound = advance(pipeline, state, message, volume)
        for result in outbound:
            if n_equal == len(recorded):
                break  # killed before these were written
            if encode(result) != recorded[n_equal].body:
                return Comparison(
                    n_volumes=n_volumes,
                    n_results=n_equal,
                    first_difference=recorded[n_equal].number,
                )
            n_equal += 1
    rest = recorded[n_equal].number if n_equal < len(recorded) else None
    return Comparison(n_volumes=n_volumes, n_results=n_equal, first_difference=rest)


def remove_if_empty(folder: Path) -> None:
    """Remove the record of a session that never received anything.

    Parameters
    ----------
    folder : Path
        The session's folder; what else lies in it stays.
    """
    if not (folder / JOURNAL).exists():
        return
    with Record(folder) as record:
        if any(True for _ in record.entries(VolumeReceived)):
            return
        if any(True for _ in record.entries(SourceEnded)):
            return
    for name in (JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-shm", "lock.sqlite", STUDY, ALLOCATION):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / PREPARATION, ignore_errors=True)
    for part in (folder / RAW, folder / SPOOL, folder):
        with contextlib.suppress(OSError):
            part.rmdir()


def load_study(folder: Path) -> Study:
    """Read the study of a recorded session.

    Parameters
    ----------
    folder : Path
        The session's folder.

    Returns
    -------
    Study
        The study, as it was when the session began.
    """
    study = studies.load(folder / STUDY)
    if study.sham is None:
        return study
    return replace(study, sham=replace(study.sham, allocation=str(folder / ALLOCATION)))


def circumstances_of(record: Record, study: Study) -> Circumstances:
    """Read back what a session knew beside its study.

    Parameters
    ----------
    record : Record
        The record.
    study : Study
        Its study.

    Returns
    -------
    Circumstances
        What it knew.
    """
    assignment = open_seal(study)
    return Circumstances(
        synthetic=bool(record.facts.get("synthetic")),
        synthetic_signatures=bool(record.facts.get("synthetic_signatures")),
        shown_instead=None if assignment is None else assignment.shown_instead,
    )


def software() -> JsonObject:
    """Return the versions of everything that computes.

    Returns
    -------
    dict
        Name and version; the machine's kind.
    """
    found: JsonObject = {"empatune": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    found["platform"] = f"{platform.system()} {platform.machine()}"
    return found


def _recorded_tr(folder: Path) -> float | None:
    with Record(folder) as record:
        tr_s = record.facts.get("tr_s")
        return float(tr_s) if isinstance(tr_s, int | float) else None


def _history(folder: Path) -> Iterator[tuple[Entry, Volume | None]]:
    with Record(folder) as record:
        for entry in record.entries():
            message = entry.message
            volume = read_raw(folder, message) if isinstance(message, VolumeReceived) else None
            yield entry, volume
