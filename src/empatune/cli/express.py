"""``empatune express``: how strongly images express signatures."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from empatune.cli.any_space import offer_any_space
from empatune.cli.listing import readable
from empatune.cli.places import in_a_folder
from empatune.errors import CoverageWarning, EmpatuneError
from empatune.files import write_whole
from empatune.signatures import MEASURES, ExpressionSettings
from empatune.signatures import express as express_images
from empatune.typing import JsonObject

_COVERAGE = ("coverage_voxels", "coverage_weight")


@click.command()
@click.argument(
    "images", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--signature",
    "-s",
    "signatures",
    required=True,
    multiple=True,
    help="A name of the catalogue or the path of a weight map; can be given several times.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    help="The table, as TSV.",
)
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    help="A page with a picture of scores and coverage, as HTML.",
)
@click.option(
    "--measure",
    "-m",
    "measures",
    multiple=True,
    type=click.Choice(MEASURES),
    help="What to write; can be given several times. All by default.",
)
@click.option("--volumes", is_flag=True, help="Score every volume of 4D series.")
@click.option(
    "--policy",
    type=click.Choice(["exclude", "count"]),
    default="exclude",
    show_default=True,
    help="Voxels that an image misses take no part, or count as 0.",
)
@click.option(
    "--direction",
    type=click.Choice(["weights-to-image", "image-to-weights"]),
    default="weights-to-image",
    show_default=True,
    help="What moves where image and signature share no lattice.",
)
@click.option("--min-coverage", default=0.9, show_default=True, help="Warn below this share.")
@click.option("--min-overlap", default=0.5, show_default=True, help="Refuse below this share.")
@click.option("--any-space", is_flag=True, help="Do not ask whether images lie as MNI images do.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def express(
    images: tuple[Path, ...],
    *,
    signatures: tuple[str, ...],
    out: Path | None,
    page: Path | None,
    measures: tuple[str, ...],
    volumes: bool,
    policy: str,
    direction: str,
    min_coverage: float,
    min_overlap: float,
    any_space: bool,
    as_json: bool,
) -> int:
    """Score IMAGES in MNI space on signatures: dot product, cosine, correlation, coverage.

    One row for each image and signature. The table goes to --out, or to stdout.

    Example: empatune express --signature care --signature distress sub-*.nii.gz --out scores.tsv
    """
    settings = ExpressionSettings(
        policy=policy,  # type: ignore[arg-type]
        direction=direction,  # type: ignore[arg-type]
        min_coverage=min_coverage,
        min_overlap=min_overlap,
        check_space=not any_space,
    )
    with warnings.catch_warnings(record=True) as caught, offer_any_space():
        warnings.simplefilter("always", CoverageWarning)
        scored = express_images(images, signatures, settings=settings, volumes=volumes)
        console = Console(stderr=True)
        bar = track(
            scored,
            "images",
            total=len(images),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        rows = [row for each in bar for row in each.rows()]
    notes = [str(each.message) for each in caught if issubclass(each.category, CoverageWarning)]
    for note in notes:
        click.echo(f"warning: {note}", err=True)
    columns = ("image", "volume", "signature", *(measures or MEASURES), *_COVERAGE)
    table = [{column: row[column] for column in columns} for row in rows]
    if out is not None:
        _write(out, _as_tsv(table, columns))
    if page is not None:
        from empatune.reports.score_pictures import render_scores  # slow: loads matplotlib

        _write(page, render_scores(rows, warnings=notes, min_coverage=min_coverage))
    if as_json:
        finite = [{key: _json_number(value) for key, value in row.items()} for row in table]
        click.echo(json.dumps({"rows": finite, "warnings": notes, "file": str(out or "")}))
    elif out is None:
        short = readable([list(row.values()) for row in table])
        shown = [dict(zip(columns, row, strict=True)) for row in short]
        click.echo(_as_tsv(shown, columns), nl=False)
    else:
        click.echo(f"{_counted(len(table), 'score')} of {_counted(len(images), 'image')} in {out}.")
    return 0


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _json_number(value: object) -> object:
    return None if isinstance(value, float) and value != value else value


def _as_tsv(rows: Iterable[JsonObject], columns: tuple[str, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow("n/a" if _json_number(row[name]) is None else row[name] for name in columns)
    return text.getvalue()


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as problem:
        raise EmpatuneError(f"{path} cannot be written: {problem.strerror}.") from problem
