"""A study of connections: every recording with every network, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from empatune.bids import label, read_rows
from empatune.decoding.cluster import ClusterSettings
from empatune.decoding.connections.assembly import Group, group_runs
from empatune.decoding.connections.job import FitJob, Job, ReadingJob, Told
from empatune.decoding.connections.methods import DYNAMIC, check_method
from empatune.decoding.connections.outputs import STATUS, Entry, write_dataset, write_tables
from empatune.decoding.connections.recordings import Recording
from empatune.decoding.connections.settings import ReadingSettings
from empatune.decoding.connections.space import ModelSpace
from empatune.decoding.connections.storage import load_fit
from empatune.decoding.connections.workers import Workers, open_workers
from empatune.errors import DecodingError, ExportError
from empatune.files import write_whole
from empatune.forms import alike

if TYPE_CHECKING:
    from empatune.connectivity.dcm.fit import Fit
    from empatune.connectivity.dcm.fitting import FitSettings

NETWORKS = "networks.toml"
"""The file of networks, kept beside the fits."""

Progress = Callable[[str, int, int], None]
"""Told what is done, how many, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is fitted to what.

    Parameters
    ----------
    recordings : tuple of Recording
        Runs of people.
    space : ModelSpace
        Regions, inputs, networks.
    networks : tuple of str
        Names of the networks that are fitted; all if empty.
    source : Path
        Where the recordings are.
    networks_file : Path
        The file of networks.
    """

    recordings: tuple[Recording, ...]
    space: ModelSpace
    source: Path
    networks_file: Path
    networks: tuple[str, ...] = ()

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the networks that are fitted."""
        return self.networks or tuple(self.space.networks)


def fit_study(
    plan: Plan,
    folder: Path,
    *,
    reading: ReadingSettings | None = None,
    fitting: FitSettings | None = None,
    method: str = DYNAMIC,
    cluster: ClusterSettings | None = None,
    n_threads: int = 2,
    progress: Progress = lambda _what, _done, _total: None,
) -> tuple[Entry, ...]:
    """
    Fit every network to every recording; a bad one never stops the rest.

    A finished fit is a file: what is finished is kept when the study is given again.

    Parameters
    ----------
    plan : Plan
        What is fitted to what.
    folder : Path
        The data set that is made or added to.
    reading, fitting : ReadingSettings, FitSettings, optional
        How.
    method : str
        Name in `empatune.decoding.connections.methods.METHODS`.
    cluster : ClusterSettings, optional
        Where; threads of this process if not given.
    n_threads : int
        How many at a time, in threads.
    progress : callable
        Told how far it is.

    Returns
    -------
    tuple of Entry
        One a recording and network, in their order.

    Raises
    ------
    DecodingError
        If the folder cannot be written at all.
    NetworkError
        If a network that is asked for does not exist.
    UsageError
        If the method does not exist.
    """
    from empatune.connectivity.dcm.fitting import FitSettings

    check_method(method)
    reading, fitting = reading or ReadingSettings(), fitting or FitSettings()
    networks = {name: plan.space.network(name) for name in plan.chosen}
    _begin(folder, plan)
    readings = _reading_jobs(plan, folder, reading)
    with open_workers(cluster, n_threads=n_threads) as workers:
        read = _run("reading recordings", readings, workers, progress)
        jobs = [
            FitJob(
                group=job.group,
                name=name,
                network=network,
                series=job.path,
                settings=fitting,
                path=_fit_path(folder, job.group, name),
                method=method,
            )
            for job, told in zip(readings, read, strict=True)
            if told.status != "failed"
            for name, network in networks.items()
        ]
        fitted = _run("fitting networks", jobs, workers, progress)
    known = dict(zip([job.path for job in jobs], fitted, strict=True))
    entries = tuple(
        Entry(
            participant=job.group.participant,
            run=job.group.run,
            network=name,
            told=known.get(path, told),
            path=path,
        )
        for job, told in zip(readings, read, strict=True)
        for name in networks
        for path in [_fit_path(folder, job.group, name)]
    )
    write_tables(folder, entries, list(_read_back(entries, progress)))
    return entries


def read_entries(folder: Path) -> tuple[Entry, ...]:
    """
    Read what became of a study.

    Parameters
    ----------
    folder : Path
        What `fit_study` made.

    Returns
    -------
    tuple of Entry
        One a recording and network.

    Raises
    ------
    DecodingError
        If there is no study, or its table is damaged.
    """
    path = folder / STATUS
    if not path.is_file():
        raise DecodingError(
            f"{folder} has no {STATUS}: nothing was fitted there to its end. Make it: empatune "
            "connectivity fit DATA NETWORKS --out FOLDER."
        )
    try:
        return tuple(
            Entry(
                participant=row["participant"],
                run=row["run"],
                network=row["network"],
                told=Told(
                    status=row["status"],  # type: ignore[arg-type]
                    why="" if row["why"] == "n/a" else row["why"],
                    seconds=float(row["seconds"]),
                ),
                path=folder / row["file"],
            )
            for row in read_rows(path)
        )
    except (KeyError, ValueError, ExportError) as problem:
        raise DecodingError(
            f"{path} is damaged ({problem}). Fit again: finished fits are kept."
        ) from problem


def read_fits(folder: Path, *, network: str = "") -> tuple[tuple[Entry, Fit], ...]:
    """
    Read the fits of a study.

    Parameters
    ----------
    folder : Path
        What `fit_study` made.
    network : str
        Only of this network; of all if empty.

    Returns
    -------
    tuple of (Entry, Fit)
        Those that did not fail.

    Raises
    ------
    DecodingError
        If there is no study, none of this network, or a file is damaged.
    """
    entries = read_entries(folder)
    names = list(dict.fromkeys(entry.network for entry in entries))
    if network and network not in names:
        raise DecodingError(
            f"{folder} has no fits of the network '{network}'.{alike(network, names)} It has: "
            f"{', '.join(names)}."
        )
    wanted = [entry for entry in entries if network in ("", entry.network)]
    done = [entry for entry in wanted if entry.told.status != "failed"]
    if not done:
        raise DecodingError(
            f"{folder} has no fit to go on with: each of {len(wanted)} failed, the first since "
            f"{wanted[0].told.why} Mend this, and fit again; status.tsv has the others."
        )
    return tuple((entry, load_fit(entry.path)) for entry in done)


def series_path(entry: Entry) -> Path:
    """
    Tell where the series of a fit is.

    Parameters
    ----------
    entry : Entry
        The fit.

    Returns
    -------
    Path
        What `empatune.decoding.connections.storage.load_series` reads.
    """
    stem = entry.path.name.split("_net-")[0]
    return entry.path.with_name(f"{stem}_series.npz")


def _reading_jobs(plan: Plan, folder: Path, settings: ReadingSettings) -> list[ReadingJob]:
    return [
        ReadingJob(
            group=group,
            space=plan.space,
            settings=settings,
            folder=plan.networks_file.parent,
            path=folder / f"sub-{group.participant}" / f"{group.stem}_series.npz",
        )
        for group in group_runs(plan.recordings, settings)
    ]


def _fit_path(folder: Path, group: Group, network: str) -> Path:
    return folder / f"sub-{group.participant}" / f"{group.stem}_net-{label(network)}_fit.npz"


def _run(what: str, jobs: Sequence[Job], workers: Workers, progress: Progress) -> list[Told]:
    """Do what is not finished, and tell of everything."""
    told: dict[int, Told] = {}
    for place, job in enumerate(jobs):
        if job.finished():
            told[place] = Told(status="kept")
    progress(what, len(told), len(jobs))
    waiting = [place for place in range(len(jobs)) if place not in told]
    for place, outcome in workers([jobs[place] for place in waiting]):
        told[waiting[place]] = outcome
        progress(what, len(told), len(jobs))
    return [told[place] for place in range(len(jobs))]


def _read_back(entries: Sequence[Entry], progress: Progress) -> Iterator[Fit | None]:
    for place, entry in enumerate(entries, start=1):
        yield None if entry.told.status == "failed" else load_fit(entry.path)
        progress("writing tables", place, len(entries))


def _begin(folder: Path, plan: Plan) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_dataset(folder, source=plan.source)
        write_whole(folder / NETWORKS, plan.networks_file.read_bytes())
    except OSError as problem:
        raise DecodingError(f"{folder} cannot be written: {problem}.") from problem
