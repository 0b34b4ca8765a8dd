"""A study decoded: one task a run, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from empatune.bids import with_sidecars
from empatune.bids.derivatives import RunFiles
from empatune.decoding.cluster import ClusterSettings, connect
from empatune.decoding.job import Job, map_checksum, perform
from empatune.decoding.outcome import STATUS, Outcome, read_status, status_table
from empatune.decoding.outputs import DIGEST, is_finished, write_dataset
from empatune.decoding.settings import DecodingSettings
from empatune.errors import DecodingError
from empatune.files import write_together

RESERVE = 16_000_000
"""Room that is kept so that a full disk can still be told [bytes]."""

_RESERVE_NAME = ".empatune-reserve"


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
    maps = tuple((name, map_checksum(name)) for name in signatures)
    jobs = [Job(run=run, maps=maps, settings=settings, folder=folder) for run in runs]
    known = {each.run: each for each in read_status(folder)}
    outcomes: dict[str, Outcome] = {}

    def heard(outcome: Outcome) -> None:
        outcomes[outcome.run] = outcome
        progress(outcome)

    _begin(folder, source)
    try:
        waiting = []
        for job in jobs:
            if is_finished(job.path, str(job.facts()[DIGEST])):
                before = known.get(job.run.stem, Outcome(run=job.run.stem, status="kept"))
                heard(replace(before, status="kept"))
            else:
                waiting.append(job)
        if waiting:
            with connect(cluster or ClusterSettings()) as client:
                for outcome in _run_all(client, waiting):
                    heard(outcome)
    finally:
        (folder / _RESERVE_NAME).unlink(missing_ok=True)
    ordered = tuple(outcomes[job.run.stem] for job in jobs)
    everything = status_table([each for _, each in sorted((known | outcomes).items())])
    write_together(with_sidecars({folder / STATUS: everything}))
    return ordered


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
