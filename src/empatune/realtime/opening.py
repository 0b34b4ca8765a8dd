"""From a study and the name of a source to a session that is ready to run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from zlib import crc32

from empatune.errors import RecordError, SignatureError, UsageError
from empatune.preparation import Prepared
from empatune.preparation.registration import import_ants
from empatune.realtime import study as studies
from empatune.realtime.clock import Clock, SystemClock
from empatune.realtime.engine import EngineSettings
from empatune.realtime.feedback.protocol import make_timeline
from empatune.realtime.feedback.sham import open_seal
from empatune.realtime.messages import Feedback, Notice, VolumeReceived
from empatune.realtime.plan import Circumstances, weights_of
from empatune.realtime.recorder import ALLOCATION, JOURNAL, PREPARATION, SPOOL, STUDY, Record
from empatune.realtime.session import Session, load_study
from empatune.realtime.sources import open_source
from empatune.realtime.sources.contract import Source
from empatune.realtime.sources.simulate import SimulatedSource
from empatune.realtime.study import Study
from empatune.realtime.study.settings import Participant
from empatune.signatures import CATALOGUE, Signature, load
from empatune.simulation import signatures as stand_ins
from empatune.simulation.participant import ParticipantSettings, SimulatedParticipant
from empatune.typing import FloatArray

OWN = frozenset({STUDY, ALLOCATION})
"""What a start that was killed may leave before there is a journal."""

SIMULATE = "simulate"
"""The source that is a simulated participant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """What a source may need beside its name.

    Parameters
    ----------
    pace : float
        Speed of replayed and simulated volumes as a multiple of the true one; 0 is as fast as
        possible.
    person : ParticipantSettings or None
        The simulated person; made from the study's seed if not given.
    """

    pace: float = 1.0
    person: ParticipantSettings | None = None


def open_session(
    study: Study,
    source: str,
    folder: Path,
    *,
    options: SourceOptions | None = None,
    clock: Clock | None = None,
    settings: EngineSettings | None = None,
    progress: Callable[[str], None] = lambda _text: None,
) -> Session:
    """Make a new session ready.

    Parameters
    ----------
    study : Study
        The study, with the participant's labels.
    source : str
        ``simulate``, ``dicom:PORT``, ``watch:DIR`` or ``replay:PATH``.
    folder : Path
        Where to record; must not hold a session.
    options : SourceOptions, optional
        What the source needs beside its name.
    clock : Clock, optional
        Time.
    settings : EngineSettings, optional
        Deadlines.
    progress : callable
        Told what is being done.

    Returns
    -------
    Session
        Ready to run.

    Raises
    ------
    EmpatuneError
        If anything is wrong or missing: it is found here, before the scan.
    """
    if (folder / JOURNAL).exists():
        raise RecordError(
            f"{folder} already holds a session. Go on with it by --resume, or give another --out."
        )
    if folder.exists() and not (
        folder.is_dir() and OWN.issuperset(entry.name for entry in folder.iterdir())
    ):
        raise RecordError(
            f"{folder} holds something that is no session. Give a new or an empty folder."
        )
    return _open(
        study,
        source,
        folder,
        options=options or SourceOptions(),
        clock=clock or SystemClock(),
        settings=settings,
        progress=progress,
    )


def resume_session(
    folder: Path,
    source: str,
    *,
    options: SourceOptions | None = None,
    clock: Clock | None = None,
    settings: EngineSettings | None = None,
    progress: Callable[[str], None] = lambda _text: None,
) -> Session:
    """Make a session ready to go on after a stop or a kill.

    Parameters
    ----------
    folder : Path
        The session's folder.
    source : str
        The source; it may be another one than before.
    options : SourceOptions, optional
        What the source needs beside its name.
    clock : Clock, optional
        Time.
    settings : EngineSettings, optional
        Deadlines.
    progress : callable
        Told what is being done.

    Returns
    -------
    Session
        Ready to run: it goes through the record first.

    Raises
    ------
    EmpatuneError
        If the folder holds no session, or anything is missing.
    """
    if not (folder / JOURNAL).exists():
        raise RecordError(
            f"{folder} holds no session that could be resumed. Without --resume, a new one begins."
        )
    with Record(folder) as record:
        if "ended_wall_s" in record.facts:
            raise RecordError(
                f"The session in {folder} has ended: there is nothing to resume. See it with "
                f"empatune report {folder}, or give another --out for a new one."
            )
    return _open(
        load_study(folder),
        source,
        folder,
        options=options or SourceOptions(),
        clock=clock or SystemClock(),
        settings=settings,
        progress=progress,
    )


def _open(
    study: Study,
    spec: str,
    folder: Path,
    *,
    options: SourceOptions,
    clock: Clock,
    settings: EngineSettings | None,
    progress: Callable[[str], None],
) -> Session:
    simulated = spec == SIMULATE
    assignment = open_seal(study)
    progress("loading signatures")
    signatures, synthetic = _signatures(study, folder, simulated=simulated)
    if study.preparation.folder is not None and not (folder / PREPARATION).exists():
        _check_preparation(study, Path(study.preparation.folder))
    elif not simulated and _prepares_itself(study, folder):
        import_ants()
    source, mni_to_world = _source(study, spec, folder, options=options, signatures=signatures)
    study = _keep_allocation(study, folder)
    session = Session(
        folder,
        study,
        source=source,
        signatures=signatures,
        circumstances=Circumstances(
            synthetic=simulated,
            synthetic_signatures=synthetic,
            shown_instead=None if assignment is None else assignment.shown_instead,
        ),
        assignment=assignment,
        mni_to_world=mni_to_world,
        clock=clock,
        settings=settings,
    )
    if synthetic:
        session.note(Notice(level="warning", code="stand-ins", text=stand_ins.NOTICE))
    return session


def _check_preparation(study: Study, folder: Path) -> None:
    prepared = Prepared.load(folder)
    for name in (*study.signatures.feedback_names, *study.signatures.monitor_names):
        weights_of(prepared, name)


def _prepares_itself(study: Study, folder: Path) -> bool:
    return study.preparation.folder is None and not (folder / PREPARATION).exists()


def _signatures(
    study: Study, folder: Path, *, simulated: bool
) -> tuple[tuple[Signature, ...], bool]:
    """Load the maps that the session needs; a simulation makes do with stand-ins."""
    if not simulated and not _prepares_itself(study, folder):
        return (), False
    names = (*study.signatures.feedback, *study.signatures.monitors)
    try:
        return tuple(load(name) for name in names), False
    except SignatureError:
        if not simulated or not all(name in CATALOGUE for name in names):
            raise
    return tuple(stand_ins.synthetic(studies.name_of(name)) for name in names), True


def _source(
    study: Study,
    spec: str,
    folder: Path,
    *,
    options: SourceOptions,
    signatures: tuple[Signature, ...],
) -> tuple[Source, FloatArray | None]:
    if spec == SIMULATE:
        simulated = _simulated(study, folder, options=options, signatures=signatures)
        return simulated, simulated.mni_to_world
    full = _with_options(spec, study, pace=options.pace)
    return open_source(full, spool=folder / SPOOL, already=_recorded_objects(folder)), None


def _with_options(spec: str, study: Study, *, pace: float) -> str:
    """Add what study and command line say to the name of a source; its own options win."""
    kind, _, _ = spec.partition(":")
    scanner = study.scanner
    given: dict[str, str] = {}
    if kind == "dicom":
        given["ae"] = scanner.called_ae_title
        if scanner.calling_ae_titles:
            given["calling"] = ",".join(scanner.calling_ae_titles)
    if kind == "replay":
        given["pace"] = f"{pace:g}"
    place, _, query = spec.partition("?")
    own = dict(parse_qsl(query, keep_blank_values=True))
    options = given | own
    return f"{place}?{urlencode(options, safe='/,:')}" if options else place


def _simulated(
    study: Study, folder: Path, *, options: SourceOptions, signatures: tuple[Signature, ...]
) -> SimulatedSource:
    person = options.person or ParticipantSettings(
        seed=study.study.seed, occasion=_occasion(study.participant)
    )
    if study.scanner.tr_s is not None:
        person = replace(person, tr_s=study.scanner.tr_s)
    maps = {signature.name: signature for signature in signatures}
    missing = {"care", "distress"} - set(maps)
    if missing:
        raise UsageError(
            "A simulated participant expresses care and distress, so the study must name both in "
            f"[signatures]; {' and '.join(sorted(missing))} is missing."
        )
    n_volumes = study.scanner.n_volumes or make_timeline(study, person.tr_s).n_expected
    n_recorded, shown = _history(folder)
    return SimulatedSource(
        SimulatedParticipant(person, maps, n_volumes=n_volumes),
        pace=options.pace,
        n_recorded=n_recorded,
        replay=shown,
    )


def _occasion(participant: Participant) -> int:
    """Give every run of a simulated person noise of its own; the first has none of these."""
    if (participant.session, participant.run) == ("01", "1"):
        return 0
    return crc32(f"ses-{participant.session}_run-{participant.run}".encode())


def _history(folder: Path) -> tuple[int, tuple[Feedback, ...]]:
    if not (folder / JOURNAL).exists():
        return 0, ()
    with Record(folder) as record:
        n_recorded = sum(1 for _ in record.entries(VolumeReceived))
        shown = [entry.message for entry in record.entries(Feedback)]
    return n_recorded, tuple(message for message in shown if isinstance(message, Feedback))


def _recorded_objects(folder: Path) -> frozenset[str]:
    if not (folder / JOURNAL).exists():
        return frozenset()
    with Record(folder) as record:
        return frozenset(
            name
            for entry in record.entries(VolumeReceived)
            if isinstance(entry.message, VolumeReceived)
            for name in entry.message.objects
        )


def _keep_allocation(study: Study, folder: Path) -> Study:
    """Put the sealed file beside the journal, so that the record stands alone."""
    if study.sham is None:
        return study
    kept = folder / ALLOCATION
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(study.sham.allocation, kept)
    return replace(study, sham=replace(study.sham, allocation=str(kept)))
