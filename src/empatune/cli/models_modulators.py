"""``empatune models modulators``: what a fit says of each trial, beside the events of a study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from empatune.errors import UsageError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    import pandas as pd

    from empatune.behaviour.bridges.dataset import Phase, Source

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("fit", type=_FOLDER, metavar="FIT")
@click.argument("bids_dir", type=_FOLDER)
@click.option("--out", required=True, type=_FOLDER, help="The derivative data set.")
@click.option("--task", "tasks", multiple=True, help="Only events of this task; again for more.")
@click.option(
    "--at",
    "phases",
    multiple=True,
    metavar="TYPE,...[=QUANTITY,...]",
    help="Types that together hold each trial once, and what is put there; again for another part "
    "of the trial. All events and quantities if absent.",
)
@click.option("--key", "keys", multiple=True, help="Column to match by, not by order; again.")
@click.option(
    "--trials", type=click.Path(dir_okay=False, path_type=Path), help="Table with the keys."
)
@click.option(
    "--modulator", "modulators", multiple=True, help="Write modulators of it, too; again."
)
@click.option("--standardise", is_flag=True, help="Divide modulators by their SD in the run.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def modulators(
    fit: Path,
    bids_dir: Path,
    *,
    out: Path,
    tasks: tuple[str, ...],
    phases: tuple[str, ...],
    keys: tuple[str, ...],
    trials: Path | None,
    modulators: tuple[str, ...],
    standardise: bool,
    as_json: bool,
) -> None:
    """Put values and prediction errors of FIT, a folder of 'empatune fit', beside events.

    Every file sub-*_events.tsv of BIDS_DIR is written to OUT with a column a quantity
    (desc-MODEL) and, with --modulator, once more as onset, duration, trial_type, modulation for
    nilearn (desc-MODELGlm). Events and trials must match in number; by order, or by --key.

    Example: empatune models modulators fit study --at cue=value --at outcome=prediction_error
    --modulator prediction_error --out study/derivatives/learning
    """
    from empatune.behaviour.bridges.dataset import EventSettings, Phase, write_events

    made, source = _read(fit, keys, trials)
    absent = [name for name in modulators if name not in made]
    if absent:
        raise UsageError(
            f"--modulator {', '.join(absent)}: {fit} has "
            f"{', '.join(name for name in made if name not in ('participant', 'row', *keys))}."
        )
    settings = EventSettings(
        phases=tuple(_phase(word) for word in phases) or (Phase(),),
        keys=keys,
        tasks=tasks,
        modulators=modulators,
        standardised=standardise,
    )
    paths, left_out = write_events(bids_dir, out, made, source, settings)
    if as_json:
        facts: JsonObject = {
            "folder": str(out),
            "files": [str(path) for path in paths],
            "left_out": [
                {"participant": one.participant, "reason": one.reason} for one in left_out
            ],
        }
        click.echo(json.dumps(facts))
        return
    for reason in dict.fromkeys(one.reason for one in left_out):
        who = ", ".join(one.participant for one in left_out if one.reason == reason)
        click.echo(f"left out: {who}: {reason}", err=True)
    n_people = made["participant"].nunique() - len(left_out)
    n_runs = len([path for path in paths if path.name.endswith(f"{source.label}_events.tsv")])
    click.echo(f"{out}\t{n_people} people, {n_runs} runs")


def _phase(word: str) -> Phase:
    """Read which events get which quantities."""
    from empatune.behaviour.bridges.dataset import Phase

    types, _, quantities = word.partition("=")
    parts = [
        tuple(one.strip() for one in side.split(",") if one.strip()) for side in (types, quantities)
    ]
    if not parts[0]:
        raise UsageError(
            f"--at {word} names no type of events. Write --at outcome=prediction_error."
        )
    return Phase(trial_types=parts[0], quantities=parts[1])


def _read(folder: Path, keys: tuple[str, ...], trials: Path | None) -> tuple[pd.DataFrame, Source]:
    """Read what a fit wrote of each trial, and what it was."""
    import pandas as pd

    from empatune.behaviour.bridges.dataset import Source
    from empatune.behaviour.bridges.events import keyed
    from empatune.cli.behaviour_input import read_table

    for name in ("trials.tsv", "trials.json", "parameters.tsv", "fit.json"):
        if not (folder / name).is_file():
            raise UsageError(
                f"{folder} has no {name}: it is no folder of 'empatune fit'. Fit a model first."
            )
    made = read_table(folder / "trials.tsv", "participant")
    facts = json.loads((folder / "fit.json").read_text(encoding="utf-8"))
    sidecar = json.loads((folder / "trials.json").read_text(encoding="utf-8"))
    if keys:
        path = trials or Path(facts["settings"]["trials"])
        made = keyed(made, read_table(path, "participant"), keys)
    people = pd.read_csv(folder / "parameters.tsv", sep="\t", dtype={"participant": str})
    shared: dict[str, Any] | None = sidecar.get("ParameterValues")
    values: dict[str, JsonObject] = {
        str(row["participant"]): shared or {name: float(row[name]) for name in facts["parameters"]}
        for row in people.to_dict("records")
    }
    notes = {name: sidecar[name] for name in ("Model", "Method", "Parameters", "GeneratedBy")}
    words = {
        name: entry["Description"]
        for name, entry in sidecar.items()
        if isinstance(entry, dict) and "Description" in entry
    }
    return made, Source(model=facts["model"], notes=notes, values=values, words=words)
