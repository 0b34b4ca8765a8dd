"""What the levels of ``empatune decode`` do around the decoding: pages, group level, warnings."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from empatune.bids.derivatives import RunFiles
from empatune.decoding.collection import collect
from empatune.decoding.outcome import Outcome, read_status
from empatune.decoding.settings import DecodingSettings
from empatune.errors import EmpatuneWarning, ExportError, UsageError
from empatune.signatures import load
from empatune.typing import JsonObject, JsonValue

if TYPE_CHECKING:
    from empatune.decoding.group import GroupResult, GroupSettings


def group_settings(
    levels: tuple[str, ...], contrasts: tuple[str, ...], measure: str, seed: int
) -> GroupSettings:
    """Read what the group level shall do, before anything else is done.

    Parameters
    ----------
    levels : tuple of str
        The levels that were asked for.
    contrasts : tuple of str
        Contrasts as they were written.
    measure : str
        Which measure of signatures is compared.
    seed : int
        Seed of permutations.

    Returns
    -------
    GroupSettings
        The settings.

    Raises
    ------
    UsageError
        If a contrast cannot be read, or has nothing to act on.
    """
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


def people_differ(
    levels: tuple[str, ...], table: Path | None, covariates: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    """Read what people differ in, before anything else is done.

    Parameters
    ----------
    levels : tuple of str
        The levels that were asked for.
    table : Path or None
        Table of people.
    covariates : tuple of str
        Its columns.

    Returns
    -------
    dict of str to dict of str to float
        By column, each person's number; empty if none was asked for.

    Raises
    ------
    UsageError
        If one of both is missing, the group level was not asked for, or the table does not suit.
    """
    from empatune.decoding.group.covariates import read_covariates

    if table is None and not covariates:
        return {}
    if table is None or not covariates:
        raise UsageError("Covariates need a table and its columns: --people FILE --covariate age.")
    if "group" not in levels:
        raise UsageError("--covariate has no effect on the level participant. Add the level group.")
    return read_covariates(table, covariates)


def outdate(folder: Path, console: Console) -> None:
    """Mark a group level of before as soon as the first trial table is made anew.

    Parameters
    ----------
    folder : Path
        Folder of the group level.
    console : Console
        Where a warning goes.
    """
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


def write_pages(
    out_dir: Path, runs: Sequence[RunFiles], settings: DecodingSettings
) -> list[JsonValue]:
    """Write a page for every person whose trials are new.

    Parameters
    ----------
    out_dir : Path
        Folder of the derivatives.
    runs : sequence of RunFiles
        The runs of the study.
    settings : DecodingSettings
        How they were decoded.

    Returns
    -------
    list of str
        Paths of all pages.
    """
    from empatune.decoding.participant import read_participant
    from empatune.reports.participant_report import write_participant_report

    outcomes = {each.run: each for each in read_status(out_dir)}
    people: dict[str, list[RunFiles]] = {}
    for run in runs:
        people.setdefault(run.entities["sub"], []).append(run)
    pages: list[JsonValue] = []
    with progress_bar() as bar:
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


def compare_people(
    out_dir: Path,
    outcomes: Sequence[Outcome],
    maps: Sequence[str],
    settings: DecodingSettings,
    group: GroupSettings,
    *,
    covariates: Mapping[str, Mapping[str, float]],
) -> JsonObject:
    """Compare conditions over people, and write tables and report.

    Parameters
    ----------
    out_dir : Path
        Folder of the derivatives.
    outcomes : sequence of Outcome
        What became of every run.
    maps : sequence of str
        Signatures.
    settings : DecodingSettings
        How runs were decoded.
    group : GroupSettings
        What is compared.
    covariates : mapping of str to mapping of str to float
        What people differ in, each person's number by name.

    Returns
    -------
    dict
        Where it was written, and who is in it.
    """
    from empatune.decoding.group import Failure, analyse
    from empatune.reports import write_decoding_report
    from empatune.reports.outdated import unmark

    failures = [Failure(run=each.run, why=each.why) for each in outcomes if each.status == "failed"]
    table = collect(out_dir, estimates=settings.estimates)
    console = Console(stderr=True)
    with warnings.catch_warnings(record=True) as caught, progress_bar() as bar:
        warnings.simplefilter("always", EmpatuneWarning)
        task = bar.add_task("comparing people", total=None)
        found = analyse(
            table,
            group,
            failures=failures,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
        found.save(out_dir / "group")
        following = _follow(found, covariates, group.seed, out_dir / "group")
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
        **following,
    }


def _follow(
    found: GroupResult,
    covariates: Mapping[str, Mapping[str, float]],
    seed: int,
    folder: Path,
) -> JsonObject:
    """Correlate contrasts with what people differ in, if that was asked for."""
    from empatune.bids import with_sidecars
    from empatune.decoding.group.covariates import covariate_table, follow
    from empatune.files import write_together

    if not covariates:
        (folder / "covariates.tsv").unlink(missing_ok=True)
        (folder / "covariates.json").unlink(missing_ok=True)
        return {}
    table = covariate_table(follow(found.people, covariates, seed=seed))
    write_together(with_sidecars({folder / "covariates.tsv": table}))
    rows: list[JsonValue] = [dict(zip(table.names, row, strict=True)) for row in table.rows]
    return {"covariates": rows}


def progress_bar() -> Progress:
    """Make a progress bar on stderr.

    Returns
    -------
    Progress
        The bar.
    """
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(complete_style="magenta", finished_style="green"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
