"""``empatune connectivity``: networks fitted to recordings, compared, and over people."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from empatune.cli.connectivity_baselines import baselines
from empatune.cli.connectivity_people import compare, group, report
from empatune.cli.listing import WholeGroup
from empatune.errors import UsageError
from empatune.typing import JsonObject, JsonValue

if TYPE_CHECKING:
    from empatune.decoding.cluster import ClusterSettings
    from empatune.decoding.connections.outputs import Entry
    from empatune.decoding.connections.study import Progress

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(cls=WholeGroup)
def connectivity() -> None:
    """Fit networks of regions to recordings: dynamic causal models from data to answer.

    Example: empatune connectivity template > networks.toml; results go to programs with --json.
    """


for each in (baselines, compare, group, report):
    connectivity.add_command(each)


@connectivity.command()
def template() -> None:
    """Print a file of networks to begin from.

    Example: empatune connectivity template > networks.toml
    """
    from empatune.decoding.connections.reading import template as start

    click.echo(start(), nl=False)


@connectivity.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("networks", type=_FILE)
@click.option("--out", required=True, type=_FOLDER, help="Where fits and tables go.")
@click.option("--network", "names", multiple=True, help="Only these networks of the file.")
@click.option("--derivatives", type=_FOLDER, help="Folder with images or signals of a BIDS study.")
@click.option("--events", type=_FILE, help="Events of a single table of signals.")
@click.option("--confounds-table", type=_FILE, help="Confounds of a single table of signals.")
@click.option("--tr", "tr_s", type=float, help="Repetition time, above what files say [s].")
@click.option("--participant-label", "--participant_label", "participants", multiple=True,
              help="Only these people.")  # fmt: skip
@click.option("--only", multiple=True, metavar="KEY-LABEL",
              help="Only runs with this entity, such as ses-pre; again for more.")  # fmt: skip
@click.option("--space", default="", help="Space of the images; any of MNI if not given.")
@click.option("--resolution", default="", help="The res label, where images have several.")
@click.option(
    "--per",
    type=click.Choice(["person", "session", "run"]),
    default="person",
    show_default=True,
    help="One fit of all runs of a person joined, of a session joined, or of each run.",
)
@click.option("--confounds", multiple=True, default=("motion:basic",), show_default=True,
              help="Columns or strategies as empatune decode takes them; none; all.")  # fmt: skip
@click.option("--high-pass", default=128.0, show_default=True, help="Longest period kept [s].")
@click.option(
    "--scaling",
    type=click.Choice(["auto", "percent", "none"]),
    default="auto",
    show_default=True,
    help="Percent change of each region, or as it is; auto: percent for images alone.",
)
@click.option(
    "--summary",
    type=click.Choice(["mean", "eigenvariate"]),
    default="mean",
    show_default=True,
    help="What stands for the voxels of a region in images.",
)
@click.option("--min-coverage", default=0.5, show_default=True,
              help="Share of a region that must lie in the brain.")  # fmt: skip
@click.option("--starts", default=4, show_default=True, type=click.IntRange(1, 1000),
              help="Starts of each fit; the first is the prior mean.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of the other starts.")
@click.option(
    "--method",
    type=click.Choice(["dcm", "rdcm", "rdcm-sparse"]),
    default="dcm",
    show_default=True,
    help="Dynamic causal models, or regression DCM (linear networks); sparse: seeks connections.",
)
@click.option("--integrator", default="bilinear", show_default=True, help="How time is stepped.")
@click.option("--scheme", default="converged", show_default=True, help="How noise is estimated.")
@click.option(
    "--cluster",
    default="threads",
    show_default=True,
    help="threads of this process; with Dask: local, slurm, or a scheduler's address.",
)
@click.option("--n-workers", "--local", "n_workers", type=click.IntRange(1),
              default=os.cpu_count() or 1, show_default="processors",
              help="Fits at a time.")  # fmt: skip
@click.option("--memory", default="4GB", show_default=True, help="Memory of a Dask worker.")
@click.option("--walltime", default="02:00:00", show_default=True, help="Length of a SLURM job.")
@click.option("--queue", default="", help="Partition of SLURM jobs.")
@click.option("--account", default="", help="Account of SLURM jobs.")
@click.option("--report", "wants_report", is_flag=True, help="Write report.html into --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fit(
    data: Path,
    networks: Path,
    *,
    out: Path,
    names: tuple[str, ...],
    derivatives: Path | None,
    events: Path | None,
    confounds_table: Path | None,
    tr_s: float | None,
    participants: tuple[str, ...],
    only: tuple[str, ...],
    space: str,
    resolution: str,
    per: str,
    confounds: tuple[str, ...],
    high_pass: float,
    scaling: str,
    summary: str,
    min_coverage: float,
    starts: int,
    seed: int,
    method: str,
    integrator: str,
    scheme: str,
    cluster: str,
    n_workers: int,
    memory: str,
    walltime: str,
    queue: str,
    account: str,
    wants_report: bool,
    as_json: bool,
) -> int:
    """Fit the networks of NETWORKS to the recordings in DATA.

    DATA is a BIDS data set with fMRIPrep's images or tables of signals among its derivatives, a
    folder of tables sub-LABEL_..._timeseries.tsv, one such table, or a table that lists recordings
    (columns participant, signals, events). What fails is named and does not stop the rest; what is
    finished is kept when the command is given again.

    Example: empatune connectivity fit bids networks.toml --out fits
    """
    from empatune.connectivity.dcm.fitting import FitSettings
    from empatune.decoding.connections.finding import find_recordings
    from empatune.decoding.connections.reading import load
    from empatune.decoding.connections.recordings import Choice
    from empatune.decoding.connections.settings import ReadingSettings
    from empatune.decoding.connections.study import Plan, fit_study

    model_space = load(networks)
    for name in names:
        model_space.network(name)
    reading = ReadingSettings(
        per=per,  # type: ignore[arg-type]
        confounds=confounds,
        high_pass_s=high_pass,
        scaling=scaling,  # type: ignore[arg-type]
        summary=summary,  # type: ignore[arg-type]
        min_coverage=min_coverage,
        tr_s=tr_s,
    )
    fitting = FitSettings(n_starts=starts, seed=seed, integrator=integrator, scheme=scheme)
    choice = Choice(
        participants=participants,
        only=only,
        space=space,
        resolution=resolution,
        events=events,
        confounds=confounds_table,
    )
    recordings = find_recordings(data, derivatives=derivatives, choice=choice)
    plan = Plan(
        recordings=recordings,
        space=model_space,
        networks=names,
        source=data,
        networks_file=networks,
    )
    where = _cluster(cluster, n_workers, memory, walltime, queue, account)
    with _progress() as told:
        entries = fit_study(
            plan,
            out,
            reading=reading,
            fitting=fitting,
            method=method,
            cluster=where,
            n_threads=n_workers,
            progress=told,
        )
    facts = _facts(out, entries)
    if wants_report and any(entry.told.status != "failed" for entry in entries):
        from empatune.reports.connectivity_study import write_connectivity_report

        facts["report"] = str(write_connectivity_report(out))
    click.echo(json.dumps(facts) if as_json else _text(out, entries))
    if not as_json and "report" in facts:
        click.echo(facts["report"])
    return 1 if any(entry.told.status == "failed" for entry in entries) else 0


def _cluster(
    where: str, n_workers: int, memory: str, walltime: str, queue: str, account: str
) -> ClusterSettings | None:
    if where == "threads":
        return None
    from empatune.decoding.cluster import ClusterSettings

    try:
        return ClusterSettings(
            where=where,
            n_workers=n_workers,
            memory_limit=memory,
            walltime=walltime,
            queue=queue,
            account=account,
        )
    except UsageError as problem:
        raise UsageError(
            f"{problem} Or fit in threads of this process (--cluster threads)."
        ) from None


def _facts(out: Path, entries: Sequence[Entry]) -> JsonObject:
    fits: list[JsonValue] = [
        {
            "participant": entry.participant,
            "run": entry.run,
            "network": entry.network,
            "status": entry.told.status,
            "why": entry.told.why,
            "seconds": entry.told.seconds,
        }
        for entry in entries
    ]
    return {"folder": str(out), "fits": fits}


def _text(out: Path, entries: Sequence[Entry]) -> str:
    n_failed = sum(entry.told.status == "failed" for entry in entries)
    n_kept = sum(entry.told.status == "kept" for entry in entries)
    lines = [
        f"sub-{entry.participant}  {entry.run}  {entry.network}  {entry.told.status}: {why}"
        for entry, why in _worth_telling(entries)
    ]
    kept = f" ({n_kept} of before)" if n_kept else ""
    lines.append(f"{len(entries) - n_failed} of {len(entries)} fits are done{kept}: {out}")
    return "\n".join(lines)


def _worth_telling(entries: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """Give what failed or has a remark; a recording that cannot be read is told once."""
    said = set()
    for entry in entries:
        key = (entry.participant, entry.run, entry.told.why)
        if entry.told.why and key not in said:
            said.add(key)
            yield entry, entry.told.why


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show a bar for every kind of work, on stderr."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    bars: dict[str, object] = {}
    with Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(complete_style="magenta", finished_style="green"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as progress:

        def told(what: str, done: int, total: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=total)
            progress.update(bars[what], completed=done, total=total)  # type: ignore[arg-type]

        yield told
