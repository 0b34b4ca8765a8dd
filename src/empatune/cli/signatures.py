"""``empatune signatures``: list, show, fetch and compare published signatures."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.progress import track

from empatune.cli.compare import compare
from empatune.errors import UsageError
from empatune.signatures import CATALOGUE, Entry, find
from empatune.signatures.fetching import fetch as fetch_maps
from empatune.typing import JsonObject


@click.group()
def signatures() -> None:
    """List, show, fetch and compare the published signatures; each takes --json.

    Example: empatune signatures fetch care distress
    """


signatures.add_command(compare)


@signatures.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def list_signatures(*, as_json: bool) -> None:
    """List the catalogue, and which maps are on this machine.

    Example: empatune signatures list
    """
    if as_json:
        click.echo(json.dumps([_described(entry) for entry in CATALOGUE.values()]))
        return
    width = max(map(len, CATALOGUE))
    for entry in CATALOGUE.values():
        mark = "found  " if find(entry) else "missing"
        click.echo(f"{entry.name:{width}}  {mark}  {entry.summary}")


@signatures.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def show(name: str, *, as_json: bool) -> None:
    """Show what is known about the signature NAME.

    Example: empatune signatures show care
    """
    entry = CATALOGUE.get(name)
    if entry is None:
        raise UsageError(
            f"No signature is called '{name}'. Known signatures: {', '.join(CATALOGUE)}."
        )
    described = _described(entry)
    if as_json:
        click.echo(json.dumps(described))
        return
    for key, value in described.items():
        click.echo(f"{key.replace('_', ' ') + ':':12} {value or 'not on this machine'}")


@signatures.command()
@click.argument("names", nargs=-1)
@click.option(
    "--from",
    "home",
    help="Address of a copy of the public repository; EMPATUNE_SIGNATURES_URL says the same.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fetch(names: tuple[str, ...], *, home: str | None, as_json: bool) -> None:
    """Fetch the maps NAMES, or all, from their public home.

    They go to EMPATUNE_DATA/signatures if that is set, else to the cache. Every map is checked.

    Example: empatune signatures fetch care distress
    """
    chosen = names or tuple(CATALOGUE)
    paths = fetch_maps(chosen, home=home)
    console = Console(stderr=True)
    bar = track(paths, "maps", total=len(chosen), console=console, transient=True)
    got = dict(zip(chosen, map(str, bar), strict=True))
    if as_json:
        click.echo(json.dumps(got))
        return
    for name, path in got.items():
        click.echo(f"{name}\t{path}")


def _described(entry: Entry) -> JsonObject:
    path = find(entry)
    known: JsonObject = {
        key: value for key, value in asdict(entry).items() if key not in ("sha256", "digest")
    }
    return known | {"path": str(path) if path else ""}
