"""``empatune prepare``: signatures and component systems in a participant's own EPI."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from empatune.cli.series import read_series
from empatune.core import Volume
from empatune.errors import EmpatuneWarning, PreparationError, UsageError
from empatune.preparation import (
    AffineTransform,
    Aligner,
    FmriprepTransforms,
    Prepared,
    Registration,
    check_place,
)
from empatune.preparation import prepare as prepare_participant
from empatune.reports.preparation_pictures import draw
from empatune.signatures import CATALOGUE, Signature, find, load
from empatune.typing import JsonObject

_PLACE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("series")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the preparation goes; a session takes it from there.",
)
@click.option(
    "--signature",
    "names",
    multiple=True,
    help="A published signature or the path of a map of your own; may be given several times. "
    "All that are found if not given.",
)
@click.option(
    "--no-signatures",
    is_flag=True,
    help="Component systems alone: a decoder of the person's own is to follow.",
)
@click.option("--fmriprep", type=_PLACE, help="Folder that fMRIPrep wrote for this participant.")
@click.option("--bold", default="", help="Part of the name of the fMRIPrep BOLD run to take.")
@click.option("--affine", type=_PLACE, help="Text file: 4 x 4 matrix from MNI to the EPI [mm].")
@click.option(
    "--quality",
    type=click.Choice(["fast", "full"]),
    default="full",
    show_default=True,
    help="Work to spend on the registration: seconds, or about a minute.",
)
@click.option(
    "--volumes",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="Volumes to average.",
)
@click.option(
    "--dummies",
    type=click.IntRange(0, 100),
    default=3,
    show_default=True,
    help="Volumes to leave out at the start.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the registration.")
@click.option("--overwrite", is_flag=True, help="Replace the preparation in --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def prepare(
    series: str,
    *,
    out: Path,
    names: tuple[str, ...],
    no_signatures: bool,
    fmriprep: Path | None,
    bold: str,
    affine: Path | None,
    quality: str,
    volumes: int,
    dummies: int,
    seed: int,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Bring signatures and component systems to the brain in SERIES.

    SERIES is a folder of DICOM files, a NIfTI image or a folder of them, or any source that a
    session takes, such as dicom:11112. Its first volumes are averaged, MNI is registered to
    them, and pictures are drawn by which to check that it fits: look at them.

    \b
    Examples:
      empatune prepare localizer/ --out prepared/sub-01
      empatune prepare localizer/ --out prepared/sub-01 --fmriprep derivatives/sub-01
    """  # noqa: D301
    check_place(out, overwrite=overwrite)
    aligner = _aligner(fmriprep, affine, bold=bold, quality=quality, seed=seed)
    if no_signatures and names:
        raise UsageError("Give --signature or --no-signatures, not both.")
    signatures = [] if no_signatures else _signatures(names)
    console = Console(stderr=True)
    with warnings.catch_warnings(record=True) as caught, _bar(console) as bar:
        warnings.simplefilter("always", EmpatuneWarning)
        task = bar.add_task("reading volumes", total=1.0)
        kept = _read(series, n_volumes=volumes, n_dummies=dummies)
        prepared = prepare_participant(
            np.stack([volume.intensities() for volume in kept]),
            kept[0].grid,
            signatures,
            aligner=aligner,
            progress=lambda step, share: bar.update(
                task, description=step, completed=0.05 + 0.75 * share
            ),
        )
        prepared.save(out, overwrite=overwrite)
        bar.update(task, description="drawing pictures", completed=0.85)
        page = draw(prepared, out / "pictures")
        bar.update(task, description="done", completed=1.0)
    notes = [str(each.message) for each in caught if issubclass(each.category, EmpatuneWarning)]
    for note in notes:
        console.print(f"[yellow]warning:[/] {note}")
    click.echo(
        json.dumps(_result(prepared, out, page, notes)) if as_json else _text(prepared, page)
    )


def _aligner(
    fmriprep: Path | None, affine: Path | None, *, bold: str, quality: str, seed: int
) -> Aligner:
    if fmriprep is not None and affine is not None:
        raise UsageError("Give --fmriprep or --affine, not both.")
    if bold and fmriprep is None:
        raise UsageError("--bold names a run of --fmriprep, which is not given.")
    if fmriprep is not None:
        return FmriprepTransforms(folder=fmriprep, run=bold, seed=seed)
    if affine is not None:
        return AffineTransform.from_text(affine)
    return Registration(quality="fast" if quality == "fast" else "full", seed=seed)


def _signatures(names: tuple[str, ...]) -> list[Signature]:
    found = names or tuple(name for name, entry in CATALOGUE.items() if find(entry))
    return [load(name) for name in found or ("care",)]  # the error says where maps are looked for


def _read(series: str, *, n_volumes: int, n_dummies: int) -> list[Volume]:
    volumes, n_lost = read_series(series, n_wanted=n_dummies + n_volumes)
    kept = [volume for volume in volumes if volume.index >= n_dummies]
    if not kept:
        lost = f" {n_lost} more could not be used." if n_lost else ""
        raise PreparationError(
            f"{series} gave {len(volumes)} volumes, of which {n_dummies} dummies are left out: "
            f"none is left.{lost} Give a longer series, or fewer --dummies."
        )
    if not all(volume.grid.matches(kept[0].grid) for volume in kept):
        raise PreparationError(f"The volumes of {series} do not lie in one grid.")
    return kept


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(complete_style="magenta", finished_style="green"),
        TimeElapsedColumn(),
        console=console,
    )


def _text(prepared: Prepared, page: Path) -> str:
    width = max(len(name) for name in prepared.coverage)
    lines = [f"{'inside image and brain':<{width}}  weight energy  voxels"]
    lines += [
        f"{name:<{width}}  {entry.energy_share:>13.0%}  {entry.voxel_share:>6.0%}"
        for name, entry in prepared.coverage.items()
    ]
    dice = _dice(prepared)
    lines += [
        "(weight energy: share of the sum of squared weights)",
        f"Method {prepared.method}; the brains of MNI and EPI overlap by {dice:.2f} (Dice).",
        f"Look at the pictures before you trust it: {page}",
    ]
    return "\n".join(lines)


def _result(prepared: Prepared, out: Path, page: Path, notes: list[str]) -> JsonObject:
    return {
        "folder": str(out),
        "pictures": str(page),
        "method": prepared.method,
        "coverage": {name: entry.to_json() for name, entry in prepared.coverage.items()},
        "details": prepared.details,
        "warnings": list(notes),
    }


def _dice(prepared: Prepared) -> float:
    alignment = prepared.details["alignment"]
    return float(str(alignment["brain_dice"])) if isinstance(alignment, dict) else float("nan")
