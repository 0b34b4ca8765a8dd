"""``empatune decode``: a study of fMRIPrep derivatives, as a BIDS App."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from empatune.bids.derivatives import RunFiles, Selection, find_runs
from empatune.decoding.cluster import ClusterSettings
from empatune.decoding.collection import collect
from empatune.decoding.confounds import STRATEGIES
from empatune.decoding.outcome import Outcome, read_status
from empatune.decoding.settings import DecodingSettings
from empatune.decoding.study import decode_study
from empatune.errors import (
    EmpatuneError,
    EmpatuneWarning,
    ExportError,
    SignatureError,
    UsageError,
)
from empatune.signatures import CATALOGUE, data_folders, find, load
from empatune.typing import JsonObject, JsonValue

if TYPE_CHECKING:
    from empatune.decoding.group import GroupSettings

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("bids_dir", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out_dir", type=_FOLDER)
@click.argument("levels", nargs=-1, required=True, type=click.Choice(["participant", "group"]))
@click.option(
    "--derivatives",
    type=_FOLDER,
    help="fMRIPrep's folder; BIDS_DIR/derivatives/fmriprep if not given.",
)
@click.option(
    "--participant-label",
    "--participant_label",
    "participants",
    multiple=True,
    help="Only these people.",
)
@click.option("--session-label", "sessions", multiple=True, help="Only these sessions.")
@click.option("--task", "tasks", multiple=True, help="Only these tasks.")
@click.option("--space", default="", help="Space of the images; any of MNI if not given.")
@click.option("--resolution", default="", help="The res label, where images have several.")
@click.option(
    "--signature",
    "-s",
    "signatures",
    multiple=True,
    help="A name of the catalogue or the path of a weight map; all that are found if not given.",
)
@click.option(
    "--estimates",
    type=click.Choice(["lss", "lsa", "volumes"]),
    default="lss",
    show_default=True,
    help="A model a trial, one model of all trials, or volumes without a model.",
)
@click.option(
    "--confounds",
    multiple=True,
    default=("motion",),
    show_default=True,
    help=f"Columns (* stands for anything) or names of nilearn's strategies: {', '.join(STRATEGIES)}; "
    "motion:basic has 6 parameters, compcor:5 five components, scrub:0.2 another FD [mm].",
)
@click.option("--high-pass", default=128.0, show_default=True, help="Longest period kept [s].")
@click.option(
    "--scaling",
    type=click.Choice(["grand-mean", "none"]),
    default="grand-mean",
    show_default=True,
    help="Scale each run to a mean of 100 in the brain, or not.",
)
@click.option("--trial-type", "trial_types", multiple=True, help="Only these events are trials.")
@click.option(
    "--cluster",
    default="local",
    show_default=True,
    help="local, slurm, or the address of a Dask scheduler that runs already.",
)
@click.option(
    "--n-workers", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="processors"
)
@click.option("--memory", default="4GB", show_default=True, help="Memory of a worker.")
@click.option("--walltime", default="02:00:00", show_default=True, help="Length of a SLURM job.")
@click.option("--queue", default="", help="Partition of SLURM jobs.")
@click.option("--account", default="", help="Account of SLURM jobs.")
@click.option(
    "--contrast",
    "contrasts",
    multiple=True,
    help="Group level: 'motive: a - b'; several times if needed.",
)
@click.option(
    "--measure",
    type=click.Choice(["dot", "cosine", "correlation"]),
    default="dot",
    show_default=True,
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of permutation and bootstrap."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def decode(
    bids_dir: Path,
    out_dir: Path,
    levels: tuple[str, ...],
    *,
    derivatives: Path | None,
    participants: tuple[str, ...],
    sessions: tuple[str, ...],
    tasks: tuple[str, ...],
    space: str,
    resolution: str,
    signatures: tuple[str, ...],
    estimates: str,
    confounds: tuple[str, ...],
    high_pass: float,
    scaling: str,
    trial_types: tuple[str, ...],
    cluster: str,
    n_workers: int,
    memory: str,
    walltime: str,
    queue: str,
    account: str,
    contrasts: tuple[str, ...],
    measure: str,
    seed: int,
    as_json: bool,
) -> int:
    """Score every trial of the study in BIDS_DIR on signatures; then compare over people.

    LEVELS is participant, group or both. A run that fails is named and does not stop the others;
    what is finished is kept when the command is given again.

    Example: empatune decode bids decoded participant group -s care -s distress
    """
    group = _group_settings(levels, contrasts, measure, seed)
    maps = signatures or _found()
    settings = DecodingSettings(
        estimates=estimates,  # type: ignore[arg-type]
        confounds=confounds,
        high_pass_s=high_pass,
        scaling=scaling,  # type: ignore[arg-type]
        trial_types=trial_types,
    )
    result: JsonObject = {"folder": str(out_dir)}
    if "participant" in levels:
        source = derivatives or bids_dir / "derivatives" / "fmriprep"
        selection = Selection(
            participants=participants,
            sessions=sessions,
            tasks=tasks,
            space=space,
            resolution=resolution,
        )
        runs = find_runs(bids_dir, source, selection=selection)
        where = ClusterSettings(
            where=cluster,
            n_workers=min(n_workers, len(runs)),
            memory_limit=memory,
            walltime=walltime,
            queue=queue,
            account=account,
        )
        if "group" in levels:
            from empatune.decoding.planned import check_contrasts

            check_contrasts(runs, group.contrasts, out_dir, settings=settings)
        with _bar() as bar:
            task = bar.add_task("decoding runs", total=len(runs))

            def told(outcome: Outcome) -> None:
                bar.advance(task)
                if outcome.status == "done":
                    _outdate(out_dir / "group", bar.console)

            decode_study(
                runs,
                maps,
                out_dir,
                source=source,
                settings=settings,
                cluster=where,
                progress=told,
            )
        result["reports"] = _pages(out_dir, runs, settings)
    outcomes = read_status(out_dir)
    result["runs"] = [_facts(outcome) for outcome in outcomes]
    if "group" in levels:
        try:
            result["group"] = _group(out_dir, outcomes, maps, settings, group)
        except EmpatuneError:  # what became of the runs may be the reason
            if outcomes:
                click.echo(json.dumps(result) if as_json else _text(outcomes, result))
            raise
    click.echo(json.dumps(result) if as_json else _text(outcomes, result))
    return 1 if any(outcome.status == "failed" for outcome in outcomes) else 0


def _group_settings(
    levels: tuple[str, ...], contrasts: tuple[str, ...], measure: str, seed: int
) -> GroupSettings:
    """Read what the group level shall do before anything else is done."""
    from empatune.decoding.group import Contrast, GroupSettings

    if contrasts and "group" not in levels:
        raise UsageError(
            f"--contrast '{contrasts[0]}' has no effect on the level participant: contrasts are "
            "compared over people. Add the level group, or leave --contrast out."
        )
    return GroupSettings(
        contrasts=tuple(Contrast.parse(text) for text in contrasts),
        measure=measure,  # type: ignore[arg-type]
        missing="drop",
        seed=seed,
    )


def _outdate(folder: Path, console: Console) -> None:
    """Mark a group level of before as soon as the first trial table is made anew."""
    from empatune.reports.outdated import MARK, mark_outdated

    try:
        marked = mark_outdated(folder)
    except ExportError as problem:  # runs are decoded all the same
        console.print(f"[yellow]warning:[/] {problem} It is outdated.")
        return
    if marked:
        console.print(
            f"[yellow]warning:[/] {folder} is of the trial tables of before and was marked as "
            f"outdated (report.html, {MARK}). Run the group level again."
        )


def _pages(out_dir: Path, runs: Sequence[RunFiles], settings: DecodingSettings) -> list[JsonValue]:
    from empatune.decoding.participant import read_participant
    from empatune.reports.participant_report import write_participant_report

    outcomes = {each.run: each for each in read_status(out_dir)}
    people: dict[str, list[RunFiles]] = {}
    for run in runs:
        people.setdefault(run.entities["sub"], []).append(run)
    pages: list[JsonValue] = []
    with _bar() as bar:
        task = bar.add_task("writing pages", total=len(people))
        for label, mine in people.items():
            page = out_dir / f"sub-{label}.html"
            bar.advance(task)
            if page.is_file() and all(outcomes[run.stem].status == "kept" for run in mine):
                pages.append(str(page))
                continue
            participant = read_participant(out_dir, mine, outcomes, settings=settings)
            try:
                write_participant_report(participant, page)
                pages.append(str(page))
            except ExportError as problem:  # the scores are there: go on
                bar.console.print(f"[yellow]warning:[/] {problem}")
    return pages


def _found() -> tuple[str, ...]:
    names = tuple(name for name, entry in CATALOGUE.items() if find(entry))
    if not names:
        raise SignatureError(
            f"No published map was found in {', '.join(map(str, data_folders()))}. Fetch them "
            "(empatune signatures fetch), or give maps of your own with --signature."
        )
    return names


def _group(
    out_dir: Path,
    outcomes: Sequence[Outcome],
    maps: Sequence[str],
    settings: DecodingSettings,
    group: GroupSettings,
) -> JsonObject:
    from empatune.decoding.group import Failure, analyse
    from empatune.reports import write_decoding_report
    from empatune.reports.outdated import unmark

    failures = [Failure(run=each.run, why=each.why) for each in outcomes if each.status == "failed"]
    table = collect(out_dir, estimates=settings.estimates)
    console = Console(stderr=True)
    with warnings.catch_warnings(record=True) as caught, _bar() as bar:
        warnings.simplefilter("always", EmpatuneWarning)
        task = bar.add_task("comparing people", total=None)
        found = analyse(
            table,
            group,
            failures=failures,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
        found.save(out_dir / "group")
        note = f"Estimates: {settings.estimates}; confounds: {', '.join(settings.confounds)}."
        report = write_decoding_report(
            found,
            out_dir / "group" / "report.html",
            signatures=[load(name) for name in maps],
            note=note,
        )
        unmark(out_dir / "group")
    for each in caught:
        console.print(f"[yellow]warning:[/] {each.message}")
    return {
        "folder": str(out_dir / "group"),
        "report": str(report),
        "n_people": found.n_people,
        "n_runs": found.n_runs,
        "failures": [{"run": each.run, "why": each.why} for each in failures],
    }


def _facts(outcome: Outcome) -> JsonObject:
    return {
        "run": outcome.run,
        "status": outcome.status,
        "why": outcome.why,
        "n_trials": outcome.n_trials,
        "seconds": outcome.seconds,
        "memory_mib": outcome.memory_mib,
    }


def _text(outcomes: Sequence[Outcome], result: JsonObject) -> str:
    width = max((len(outcome.run) for outcome in outcomes), default=3)
    lines = [f"{'run':<{width}}  status  seconds   MiB  why"]
    lines += [
        f"{each.run:<{width}}  {each.status:<6}  {each.seconds:>7.1f}  {each.memory_mib:>4.0f}  "
        f"{each.why}".rstrip()
        for each in outcomes
    ]
    n_failed = sum(outcome.status == "failed" for outcome in outcomes)
    lines.append(f"{len(outcomes) - n_failed} of {len(outcomes)} runs are decoded.")
    group = result.get("group")
    if isinstance(group, dict):
        lines.append(f"Group of {group['n_people']} people: {group['report']}")
    return "\n".join(lines)


def _bar() -> Progress:
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(complete_style="magenta", finished_style="green"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
