"""``empatune simulate``: a paradigm with simulated people, as a BIDS data set."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from empatune.errors import UsageError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.signatures import Signature


@click.command()
@click.argument("paradigm")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="The BIDS data set; must be empty or not there.",
)
@click.option("--n", type=click.IntRange(1, 100_000), help="People; as in the paradigm if absent.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of everything.")
@click.option(
    "--kind",
    type=click.Choice(["behaviour", "regions", "brain"]),
    default="behaviour",
    show_default=True,
    help="Answers; with time series of Figure 1's regions; or with whole brains.",
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PARAMETER=VALUE",
    help="Another value of a parameter of the model; again for more.",
)
@click.option("--tr", "tr_s", type=float, help="Repetition time [s]; the paradigm's if absent.")
@click.option("--voxel", default=3.0, show_default=True, help="Size of the voxels [mm].")
@click.option("--workers", type=click.IntRange(1), default=min(2, os.cpu_count() or 1),
              show_default=True, help="Processes that make images.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def simulate(
    paradigm: str,
    *,
    out: Path,
    n: int | None,
    seed: int,
    kind: str,
    changes: tuple[str, ...],
    tr_s: float | None,
    voxel: float,
    workers: int,
    as_json: bool,
) -> None:
    """Simulate PARADIGM: people with individual differences, their answers, their brains.

    PARADIGM is a name of the library or the path of a file that ends in .toml. Nobody takes part:
    what an analysis finds in the result is what the model put in.

    Example: empatune simulate hein-2010 --n 30 --seed 1 --kind regions --out simulated
    """
    from empatune.paradigms import load
    from empatune.simulation.brain import BrainSettings
    from empatune.simulation.experiment import ExperimentSettings, simulate_experiment
    from empatune.simulation.signatures import NOTICE

    if not 1 <= voxel <= 20:
        raise UsageError(f"Voxels of {voxel:g} mm were asked for; allowed are 1 to 20 mm.")
    settings = ExperimentSettings(
        kind=kind,  # type: ignore[arg-type]
        n=n,
        seed=seed,
        parameters=_parameters(changes),
        tr_s=tr_s,
        workers=workers,
        brain=BrainSettings(voxel_mm=(voxel, voxel, voxel)),
    )
    maps = _maps() if kind == "brain" else None
    with _progress() as told:
        cohort = simulate_experiment(
            load(paradigm), out, settings=settings, signatures=maps, progress=told
        )
    facts: JsonObject = {
        "folder": str(out),
        "paradigm": cohort.paradigm.name,
        "people": len(cohort.labels),
        "trials": len(cohort.layout.table),
        "kind": kind,
        "seed": seed,
    }
    if kind == "brain":
        facts["maps"] = "published" if maps else "synthetic"
        if not maps:
            click.echo(NOTICE, err=True)
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo(f"{out}\t{facts['people']} people, {facts['trials']} trials")


def _parameters(changes: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for change in changes:
        name, equals, value = change.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals:
            raise UsageError(f"--set {change} is not PARAMETER=VALUE, such as --set coupling=0.")
    return found


def _maps() -> dict[str, Signature] | None:
    from empatune.signatures import CATALOGUE, find, load

    names = ("care", "distress")
    if all(find(CATALOGUE[name]) for name in names):
        return {name: load(name) for name in names}
    return None


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], object]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield told
