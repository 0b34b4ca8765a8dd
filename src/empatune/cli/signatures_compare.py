"""``empatune signatures compare``: how alike weight maps are, whole and by region."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from empatune.bids import Column, Table, with_sidecars
from empatune.signatures import load

if TYPE_CHECKING:
    from empatune.signatures.similarity import Comparison

_WORDS = {
    "one": "The first map",
    "other": "The second map",
    "place": "Whole map, component system, or region of a system",
    "n_voxels": "Voxels that count",
    "cosine": "Cosine of the weights",
    "correlation": "Correlation of the weights",
    "name": "The map",
    "system": "Component system",
    "region": "Region of the system",
    "mean": "Mean weight in standard deviations of the map",
    "positive": "Share of the map's positive weight energy",
    "volume": "Share of the map's voxels",
}


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAMES...")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the tables and the page.",
)
@click.option(
    "--voxels",
    type=click.Choice(["joint", "union"]),
    default="joint",
    show_default=True,
    help="Voxels where both maps have weight, or where at least one has.",
)
@click.option(
    "--radius-mm",
    type=float,
    default=8.0,
    show_default=True,
    help="Radius of the spheres around the systems' peaks.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def compare(
    names: tuple[str, ...], *, out: Path, voxels: str, radius_mm: float, as_json: bool
) -> int:
    """Compare two or more signatures: names of the catalogue or paths of weight maps.

    Example: empatune signatures compare care distress vps --out compared
    """
    # drawing is slow to import: the other commands of the group must not wait for it
    from empatune.signatures.similarity import compare as compare_maps

    with Console(stderr=True).status("comparing maps"):
        found = compare_maps(
            [load(name) for name in names],
            voxels="union" if voxels == "union" else "joint",
            radius_mm=radius_mm,
        )
        written = _write(found, out)
    if as_json:
        click.echo(json.dumps({"files": list(map(str, written)), **_known(found)}))
        return 0
    for row in found.similarities:
        if row.place == "whole map":
            click.echo(f"{row.one}\t{row.other}\t{row.n_voxels}\t{row.correlation:.3f}")
    click.echo(str(written[0]))
    return 0


def _write(found: Comparison, out: Path) -> list[Path]:
    from empatune.reports import page
    from empatune.reports.similarity_pictures import render_similarity

    written = [page.write(out / "compare.html", lambda: render_similarity(found))]
    tables = {
        "similarities": _table([asdict(row) for row in found.similarities]),
        "shares": _table([asdict(row) for row in found.shares]),
    }
    contents = with_sidecars({out / f"{name}.tsv": table for name, table in tables.items()})
    written += [page.write(path, partial(str, text)) for path, text in contents.items()]
    return written


def _table(rows: list[dict[str, Any]]) -> Table:
    columns = [Column(name=name, description=_WORDS[name]) for name in rows[0]]
    return Table(columns=columns, rows=[[row[column.name] for column in columns] for row in rows])


def _known(found: Comparison) -> dict[str, object]:
    """Return the comparison for JSON, in which what is not known is null."""
    text = json.dumps(asdict(found), allow_nan=True)
    known: dict[str, object] = json.loads(text, parse_constant=lambda _: None)
    return known
