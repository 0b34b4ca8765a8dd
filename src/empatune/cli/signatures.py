"""``empatune signatures``: list, show, fetch and compare published signatures."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.progress import track

from empatune.cli.listing import WholeGroup
from empatune.cli.signatures_compare import compare
from empatune.errors import SignatureError, UsageError
from empatune.signatures import CATALOGUE, Entry, find, load
from empatune.signatures.fetching import fetch as fetch_maps
from empatune.typing import JsonObject

_WRAPPED: Any = {
    "subsequent_indent": " " * 16,
    "break_long_words": False,
    "break_on_hyphens": False,
}


@click.group(cls=WholeGroup)
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
    described = _described(entry) | {"grid": _grid(entry)}
    if as_json:
        click.echo(json.dumps(described))
        return
    click.echo(f"{entry.name}: {entry.summary}\n")
    for label, value in _told(entry, described):
        click.echo(textwrap.fill(value, 100, initial_indent=f"  {label:14}", **_WRAPPED))


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
    known: JsonObject = {key: value for key, value in asdict(entry).items() if key != "digest"}
    return known | {"path": str(path) if path else ""}


def _grid(entry: Entry) -> JsonObject | None:
    """Read the grid of a map that is on this machine and whole."""
    try:
        found = load(entry.name)
    except SignatureError:
        return None
    return {
        "shape": list(found.grid.shape),
        "voxel_sizes_mm": list(found.grid.voxel_sizes_mm),
        "n_voxels": int((found.weights != 0).sum()),
    }


def _told(entry: Entry, described: JsonObject) -> list[tuple[str, str]]:
    where, grid = str(described["path"]), described["grid"]
    state = where or f"not on this machine: empatune signatures fetch {entry.name}"
    if where and grid is None:
        state = f"{where} is not the published map: its checksum differs"
    rows = [
        ("higher means", entry.positive),
        ("trained on", entry.sample),
        ("off target", entry.off_target),
        ("paper", f"{entry.citation}, https://doi.org/{entry.doi}"),
        ("published in", entry.home),
        ("file", entry.file),
        ("SHA-256", entry.sha256),
        ("on disk", state),
    ]
    if isinstance(grid, dict):
        shape, sizes = (
            " x ".join(f"{n:g}" for n in grid[key])  # type: ignore[union-attr]
            for key in ("shape", "voxel_sizes_mm")
        )
        rows.append(("grid", f"{shape} voxels of {sizes} mm, {grid['n_voxels']:,} carry weight"))
    return rows
