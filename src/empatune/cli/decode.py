"""``empatune decode``: a study of fMRIPrep derivatives, as a BIDS App."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import click

from empatune.bids.derivatives import Selection, find_runs
from empatune.cli.decoding_levels import (
    compare_people,
    group_settings,
    outdate,
    people_differ,
    progress_bar,
    write_pages,
)
from empatune.decoding.cluster import ClusterSettings
from empatune.decoding.confounds import STRATEGIES
from empatune.decoding.outcome import Outcome, read_status
from empatune.decoding.settings import DecodingSettings
from empatune.decoding.study import decode_study
from empatune.errors import EmpatuneError, SignatureError
from empatune.signatures import CATALOGUE, data_folders, find
from empatune.typing import JsonObject

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
    "--people",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Group level: table of people, such as participants.tsv or parameters.tsv of a fit.",
)
@click.option(
    "--covariate",
    "covariates",
    multiple=True,
    help="Its column that contrasts may follow over people; again for more.",
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
    people: Path | None,
    covariates: tuple[str, ...],
    measure: str,
    seed: int,
    as_json: bool,
) -> int:
    """Score every trial of the study in BIDS_DIR on signatures; then compare over people.

    LEVELS is participant, group or both. A run that fails is named and does not stop the others;
    what is finished is kept when the command is given again.

    Example: empatune decode bids decoded participant group -s care -s distress
    """
    group = group_settings(levels, contrasts, measure, seed)
    differing = people_differ(levels, people, covariates)
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
        with progress_bar() as bar:
            task = bar.add_task("decoding runs", total=len(runs))

            def told(outcome: Outcome) -> None:
                bar.advance(task)
                if outcome.status == "done":
                    outdate(out_dir / "group", bar.console)

            decode_study(
                runs,
                maps,
                out_dir,
                source=source,
                settings=settings,
                cluster=where,
                progress=told,
            )
        result["reports"] = write_pages(out_dir, runs, settings)
    outcomes = read_status(out_dir)
    result["runs"] = [_facts(outcome) for outcome in outcomes]
    if "group" in levels:
        try:
            result["group"] = compare_people(
                out_dir, outcomes, maps, settings, group, covariates=differing
            )
        except EmpatuneError:  # what became of the runs may be the reason
            if outcomes:
                click.echo(json.dumps(result) if as_json else _text(outcomes, result))
            raise
    click.echo(json.dumps(result) if as_json else _text(outcomes, result))
    return 1 if any(outcome.status == "failed" for outcome in outcomes) else 0


def _found() -> tuple[str, ...]:
    names = tuple(name for name, entry in CATALOGUE.items() if find(entry))
    if not names:
        raise SignatureError(
            f"No published map was found in {', '.join(map(str, data_folders()))}. Fetch them "
            "(empatune signatures fetch), or give maps of your own with --signature."
        )
    return names


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
