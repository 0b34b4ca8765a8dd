"""A study decoded: one task a run, and what became of each."""

from __future__ import annotations

import errno
import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from empatune import __version__
from empatune.bids import Column, Table, read_rows
from empatune.bids.derivatives import RunFiles
from empatune.decoding.cluster import ClusterSettings, connect
from empatune.decoding.outputs import (
    DIGEST,
    is_finished,
    table_path,
    write_dataset,
    write_scores,
    write_whole,
)
from empatune.decoding.run import decode_run
from empatune.decoding.settings import DecodingSettings
from empatune.errors import DecodingError, EmpatuneError
from empatune.numerics.threads import one_thread
from empatune.signatures import CATALOGUE, Signature, find, load
from empatune.typing import JsonObject

if TYPE_CHECKING:
    import pandas as pd

RESERVE = 16_000_000
"""Room that is kept so that a full disk can still be told [bytes]."""

STATUS = "status.tsv"
"""What became of every run."""

_RESERVE_NAME = ".empatune-reserve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a run.

    Parameters
    ----------
    run : str
        Its BIDS name.
    status : {"done", "kept", "failed"}
        Decoded now, found finished from before, or not decoded.
    why : str
        What went wrong, or what a user should know.
    n_trials : int
        Trials that were scored.
    seconds : float
        Time it took [s].
    memory_mib : float
        Peak memory of the worker until then [MiB].
    """

    run: str
    status: Literal["done", "kept", "failed"]
    why: str = ""
    n_trials: int = 0
    seconds: float = 0.0
    memory_mib: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that a worker needs to decode one run.

    Parameters
    ----------
    run : RunFiles
        The run's files.
    maps : tuple of (str, str)
        Names or paths of the signatures, each with the checksum of its file.
    settings : DecodingSettings
        How.
    folder : Path
        Where the results go.
    """

    run: RunFiles
    maps: tuple[tuple[str, str], ...]
    settings: DecodingSettings
    folder: Path

    @property
    def path(self) -> Path:
        """The trial table that it makes."""
        return table_path(self.folder, self.run, self.settings.estimates)

    def facts(self) -> JsonObject:
        """Return what the result depends on.

        Returns
        -------
        dict
            Version, settings, signatures and inputs, and the digest of it all.
        """
        files = (self.run.bold, self.run.mask, self.run.confounds, self.run.events)
        facts: JsonObject = {
            "Version": __version__,
            "Settings": self.settings.to_json(),
            "Signatures": dict(self.maps),
            "Inputs": {path.name: _trace(path) for path in files if path is not None},
            "Timing": {k: self.run.metadata.get(k) for k in ("RepetitionTime", "StartTime")},
        }
        text = json.dumps(facts, sort_keys=True)
        return {DIGEST: hashlib.sha256(text.encode()).hexdigest(), **facts}


def decode_study(
    runs: Sequence[RunFiles],
    signatures: Sequence[str],
    folder: Path,
    *,
    source: Path,
    settings: DecodingSettings | None = None,
    cluster: ClusterSettings | None = None,
    progress: Callable[[Outcome], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """Decode the runs of a study, each as a task of its own; a bad one never stops the rest.

    Parameters
    ----------
    runs : sequence of RunFiles
        From `empatune.bids.derivatives.find_runs`.
    signatures : sequence of str
        Names of the catalogue or paths of weight maps.
    folder : Path
        The data set that is made or added to.
    source : Path
        The data set with the preprocessed series.
    settings : DecodingSettings, optional
        How.
    cluster : ClusterSettings, optional
        Where.
    progress : callable
        Is called with every outcome.

    Returns
    -------
    tuple of Outcome
        One a run, in the order of the runs.

    Raises
    ------
    DecodingError
        If the folder cannot be written at all.
    SignatureError
        If a signature cannot be loaded.
    """
    settings = settings or DecodingSettings()
    maps = tuple((name, _map_checksum(name)) for name in signatures)
    jobs = [Job(run=run, maps=maps, settings=settings, folder=folder) for run in runs]
    outcomes: dict[str, Outcome] = {}

    def heard(outcome: Outcome) -> None:
        outcomes[outcome.run] = outcome
        progress(outcome)

    _begin(folder, source)
    try:
        waiting = []
        for job in jobs:
            if is_finished(job.path, str(job.facts()[DIGEST])):
                heard(Outcome(run=job.run.stem, status="kept"))
            else:
                waiting.append(job)
        if waiting:
            with connect(cluster or ClusterSettings()) as client:
                for outcome in _run_all(client, waiting):
                    heard(outcome)
    finally:
        (folder / _RESERVE_NAME).unlink(missing_ok=True)
    ordered = tuple(outcomes[job.run.stem] for job in jobs)
    earlier = [each for each in read_status(folder) if each.run not in outcomes]
    everything = sorted([*earlier, *ordered], key=lambda each: each.run)
    write_whole(folder / STATUS, status_table(everything).to_tsv())
    return ordered


def read_status(folder: Path) -> tuple[Outcome, ...]:
    """Read what became of the runs that were decoded before.

    Parameters
    ----------
    folder : Path
        The data set that `decode_study` made.

    Returns
    -------
    tuple of Outcome
        One a run; none if nothing was decoded.
    """
    path = folder / STATUS
    if not path.is_file():
        return ()
    known: dict[str, Literal["done", "kept", "failed"]] = {"done": "done", "kept": "kept"}
    return tuple(
        Outcome(
            run=row["run"],
            status=known.get(row["status"], "failed"),
            why="" if row["why"] == "n/a" else row["why"],
            n_trials=int(row["n_trials"]),
            seconds=float(row["seconds"]),
            memory_mib=float(row["memory_mib"]),
        )
        for row in read_rows(path)
    )


def status_table(outcomes: Sequence[Outcome]) -> Table:
    """Tell what became of every run.

    Parameters
    ----------
    outcomes : sequence of Outcome
        From `decode_study`.

    Returns
    -------
    Table
        One row a run.
    """
    names = ("run", "status", "why", "n_trials", "seconds", "memory_mib")
    return Table(
        columns=[Column(name=name, description=name) for name in names],
        rows=[[getattr(outcome, name) for name in names] for outcome in outcomes],
    )


def collect(folder: Path, *, estimates: str) -> pd.DataFrame:
    """Put the trial tables of a data set together.

    Parameters
    ----------
    folder : Path
        The data set that `decode_study` made.
    estimates : str
        What was scored.

    Returns
    -------
    DataFrame
        All trials of all people.

    Raises
    ------
    DecodingError
        If there is none, or they were not made alike.
    """
    import pandas as pd

    paths = sorted(folder.glob(f"sub-*/**/*_desc-{estimates}_table.tsv"))
    paths = [path for path in paths if path.with_suffix(".json").is_file()]
    if not paths:
        raise DecodingError(
            f"{folder} holds no trial table of '{estimates}'. Decode the participants first: "
            f"empatune decode BIDS_DIR {folder} participant"
        )
    _check_alike(paths)
    words = dict.fromkeys(("participant", "session", "task", "run", "trial_type"), str)
    return pd.concat(
        [pd.read_csv(p, sep="\t", dtype=words, na_values="n/a") for p in paths], ignore_index=True
    )


def _check_alike(paths: Sequence[Path]) -> None:
    ways: dict[str, Path] = {}
    for path in paths:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        way = json.dumps([facts["Settings"], facts["Signatures"]], sort_keys=True)
        ways.setdefault(way, path)
    if len(ways) > 1:
        first, second = list(ways.values())[:2]
        raise DecodingError(
            f"{first.name} and {second.name} were made with different settings or signatures: "
            "they cannot be compared. Decode all participants again in the same way."
        )


def perform(job: Job) -> Outcome:
    """Decode one run and write what it says; whatever goes wrong becomes the outcome.

    Parameters
    ----------
    job : Job
        The run and all it needs.

    Returns
    -------
    Outcome
        What became of it.
    """
    start = time.perf_counter()
    status: Literal["done", "failed"] = "failed"
    n_trials, why = 0, ""
    try:
        job.path.with_suffix(".json").unlink(missing_ok=True)  # what was there no longer counts
        with one_thread():
            scores = decode_run(job.run, _signatures(job.maps), job.settings)
        n_trials = write_scores(job.path, job.run, scores, notes=job.facts())
        status, why = "done", "; ".join(scores.notes)
    except EmpatuneError as problem:
        why = str(problem)
    except OSError as problem:
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
        why = f"The disk of {job.folder} is full: make room." if full else str(problem)
    except Exception as problem:  # noqa: BLE001 - one bad run never stops the rest
        why = f"{type(problem).__name__}: {problem}"
    return Outcome(
        run=job.run.stem,
        status=status,
        why=why,
        n_trials=n_trials,
        seconds=round(time.perf_counter() - start, 3),
        memory_mib=round(_peak_mib(), 1),
    )


def _run_all(client: object, jobs: Sequence[Job]) -> Iterator[Outcome]:
    from distributed import as_completed

    futures = {client.submit(perform, job, pure=False): job for job in jobs}  # type: ignore[attr-defined]
    for future in as_completed(list(futures)):
        if future.status == "finished":
            yield future.result()
        else:
            problem = future.exception()
            yield Outcome(
                run=futures[future].run.stem,
                status="failed",
                why=f"Its worker died or was lost, each time it was tried ({type(problem).__name__}):"
                " perhaps it needs more memory (--memory).",
            )


def _begin(folder: Path, source: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _RESERVE_NAME).open("wb") as reserve:
            for _ in range(RESERVE // 1_000_000):
                reserve.write(bytes(1_000_000))
        write_dataset(folder, source=source)
    except OSError as problem:
        (folder / _RESERVE_NAME).unlink(missing_ok=True)
        raise DecodingError(
            f"{folder} cannot be written: {problem}. It needs {RESERVE // 1_000_000} MB at least."
        ) from problem


def _trace(path: Path) -> str:
    """Tell a file from a changed one: by content if small, else by size and time."""
    try:
        facts = path.stat()
        if facts.st_size <= 10_000_000 and not path.name.endswith((".nii", ".nii.gz")):
            return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"
    return f"{facts.st_size} bytes, {facts.st_mtime_ns} ns"


def _map_checksum(name: str) -> str:
    load(name)  # a clear error before any run, not one for each
    entry = CATALOGUE.get(name)
    path = find(entry) if entry is not None else Path(name).expanduser()
    return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None else ""


@lru_cache(maxsize=1)
def _signatures(maps: tuple[tuple[str, str], ...]) -> tuple[Signature, ...]:
    return tuple(load(name) for name, _ in maps)


def _peak_mib() -> float:
    """Tell the peak of this process alone; what ``resource`` tells begins with the parent's."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024**2 if sys.platform == "darwin" else 1024)
