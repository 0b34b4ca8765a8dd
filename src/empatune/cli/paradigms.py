"""``empatune paradigms``: list, show, check, draw and preview experiments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from empatune.errors import ExportError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.paradigms import Paradigm

_SEED = click.option("--seed", type=int, default=0, show_default=True, help="Of all that varies.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_ORDERS = click.option(
    "--orders",
    type=click.IntRange(1, 10_000),
    default=25,
    show_default=True,
    help="Random orders with which the design's own is compared.",
)


@click.group()
def paradigms() -> None:
    """Experiments as designs: those of the review, and your own in TOML.

    PARADIGM is a name of the library or the path of a file that ends in .toml. Each command
    takes --json.

    Example: empatune paradigms show hein-2010
    """


@paradigms.command(name="list")
@_JSON
def list_paradigms(*, as_json: bool) -> None:
    """List the library.

    Example: empatune paradigms list
    """
    from empatune.paradigms import library, load

    designs = [load(name) for name in library()]
    if as_json:
        click.echo(json.dumps([_facts(design) for design in designs]))
        return
    width = max(len(design.name) for design in designs)
    for design in designs:
        size = f"{design.participants:4d} people"
        click.echo(f"{design.name:{width}}  {size}  {design.paradigm.title}")


@paradigms.command()
@click.argument("paradigm")
@_JSON
def show(paradigm: str, *, as_json: bool) -> None:
    """Show what PARADIGM consists of, and where its figures come from.

    Example: empatune paradigms show singer-2006
    """
    from empatune.paradigms import load

    design = load(paradigm)
    if as_json:
        click.echo(json.dumps(_described(design)))
        return
    click.echo("\n".join(_lines(design)))


@paradigms.command()
@click.argument("paradigm")
@_ORDERS
@_SEED
@_JSON
def check(paradigm: str, *, orders: int, seed: int, as_json: bool) -> None:
    """Check PARADIGM, and tell how efficient the design is.

    Every problem is told with its line. The efficiency of a contrast is compared with the best of
    random orders; variance inflation above 5 means that regressors can hardly be told apart.

    Example: empatune paradigms check mine.toml
    """
    from empatune.paradigms import load
    from empatune.paradigms.efficiency import efficiency, inflation

    design = load(paradigm)
    found: JsonObject = {"paradigm": design.name, "valid": True}
    if design.scanned:
        with _progress("orders", orders + 1) as told:
            table = efficiency(design, seed=seed, n_orders=orders, progress=told)
        shared = inflation(design, seed=seed)
        found["efficiency"] = json.loads(table.to_json(orient="records"))
        found["inflation"] = json.loads(shared.to_json(orient="records"))
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{design.name} is a valid paradigm.")
    if not design.scanned:
        click.echo("Nobody is scanned, so that there is no efficiency to tell.")
        return
    click.echo("\nEfficiency of contrasts, and their share of the best random order:")
    for row in table.itertuples():
        click.echo(f"  {row.contrast:40}  {row.efficiency:10.3g}  {row.share:6.0%}")
    worst = shared.groupby("regressor", sort=False)["vif"].max()
    click.echo("\nVariance inflation of regressors:")
    for name, value in worst.items():
        click.echo(f"  {name:40}  {value:10.2f}{'  much shared' if value > 5 else ''}")


@paradigms.command(name="events", short_help="Write the events of PARADIGM as BIDS.")
@click.argument("paradigm")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The BIDS data set; made if it is not there.",
)
@click.option("--n", type=click.IntRange(1, 100_000), help="People; as in the paradigm if absent.")
@_SEED
@_JSON
def write_events(paradigm: str, *, out: Path, n: int | None, seed: int, as_json: bool) -> None:
    """Write the events of PARADIGM as BIDS: orders and times of every run of n people.

    Example: empatune paradigms events hein-2010 --n 20 --seed 3 --out design
    """
    from empatune.paradigms import load
    from empatune.paradigms.dataset import write_events as write

    design = load(paradigm)
    with _progress("people", n or design.participants) as told:
        written = write(design, out, n=n, seed=seed, progress=told)
    runs = [path for path in written if path.name.endswith("_events.tsv")]
    if as_json:
        click.echo(json.dumps({"folder": str(out), "runs": len(runs), "seed": seed}))
        return
    click.echo(f"{out}\t{len(runs)} runs")


@paradigms.command(short_help="Draw PARADIGM: a run, its context, what is predicted.")
@click.argument("paradigm")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The picture, a PNG file.",
)
@_ORDERS
@_SEED
@_JSON
def preview(paradigm: str, *, out: Path, orders: int, seed: int, as_json: bool) -> None:
    """Draw PARADIGM: a run, its context, the responses that are predicted, its efficiency.

    Example: empatune paradigms preview hein-2010 --out hein-2010.png
    """
    from empatune.paradigms import load
    from empatune.reports.paradigm_pictures import write_preview

    design = load(paradigm)
    with _progress("orders", orders + 1) as told:
        path = write_preview(design, out, seed=seed, n_orders=orders, progress=told)
    click.echo(json.dumps({"preview": str(path)}) if as_json else str(path))


@paradigms.command()
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file; NAME.toml if not given.",
)
@_JSON
def new(name: str, *, out: Path | None, as_json: bool) -> None:
    """Start a paradigm of your own, called NAME, from a small example.

    Example: empatune paradigms new my-study
    """
    from empatune.paradigms import loads, template

    path = out or Path(f"{name}.toml")
    text = template(name)
    loads(text, path)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ExportError(f"{path} is there already; give another --out.") from None
    except OSError as problem:
        raise ExportError(f"{path} cannot be written: {problem.strerror}.") from None
    click.echo(json.dumps({"file": str(path)}) if as_json else str(path))


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], object]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True),
        transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def _facts(design: Paradigm) -> JsonObject:
    facts = design.paradigm
    return {
        "name": design.name,
        "title": facts.title,
        "source": facts.source,
        "doi": facts.doi,
        "participants": facts.participants,
        "tr_s": facts.tr_s,
        "runs": facts.runs,
        "notes": facts.notes.strip(),
    }


def _described(design: Paradigm) -> JsonObject:
    evidence = design.evidence
    return _facts(design) | {
        "evidence": {
            name: getattr(evidence, name)
            for name in ("participants", "trials", "timing", "features")
        },
        "groups": {name: group.n for name, group in design.groups.items()},
        "sessions": [session.name for session in design.sessions],
        "conditions": {
            name: {"trials": one.trials, "target": one.target, "meaning": one.meaning.strip()}
            for name, one in design.conditions.items()
        },
        "responses": {
            name: {"of": one.of, "kind": one.kind, "question": one.question}
            for name, one in design.responses.items()
        },
        "contrasts": {
            name: {
                "meaning": one.meaning,
                "conditions": dict(one.conditions),
                "sessions": dict(one.sessions),
                "groups": dict(one.groups),
                "by": one.by,
                "responses": list(one.responses),
                "regions": list(one.regions),
            }
            for name, one in design.contrasts.items()
        },
    }


def _lines(design: Paradigm) -> list[str]:
    facts = design.paradigm
    doi = f"  https://doi.org/{facts.doi}" if facts.doi else ""
    lines = [facts.title, f"{facts.source}{doi}", ""]
    lines += [f"{facts.participants} people; {design.evidence.participants}"]
    lines += [f"trials: {design.evidence.trials}", f"times: {design.evidence.timing}"]
    lines += [f"context: {design.evidence.features}"]
    if facts.notes.strip():
        lines += ["", facts.notes.strip()]
    if len(design.groups) > 1:
        lines += ["", "Groups"]
        lines += [f"  {name:24} {g.n:4d}  {g.meaning}" for name, g in design.groups.items()]
    if len(design.sessions) > 1:
        lines += ["", "Sessions", f"  {', '.join(s.name for s in design.sessions)}"]
    lines += ["", "Conditions (trials in a run)"]
    lines += [
        f"  {name:24} {one.trials:4d}  {one.meaning.strip()}".rstrip()
        for name, one in design.conditions.items()
    ]
    lines += ["", "Responses"]
    lines += [f"  {name:24} {one.of:10} {one.question}" for name, one in design.responses.items()]
    lines += ["", "Contrasts"]
    lines += [f"  {name:32} {one.meaning}" for name, one in design.contrasts.items()]
    return lines
