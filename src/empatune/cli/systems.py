"""``empatune systems``: the component systems of empathy, as regions, masks and signals."""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click
import numpy as np
from rich.console import Console
from rich.progress import track

from empatune.bids import Table, write_image
from empatune.cli.listing import WholeGroup, readable
from empatune.cli.places import in_a_folder
from empatune.cli.region_tables import (
    MASK_COLUMNS,
    OVERLAP_COLUMNS,
    described,
    finding_table,
    peak_table,
    records,
    region_table,
    signal_table,
)
from empatune.core import Grid
from empatune.errors import CoverageWarning, EmpatuneError, ImageError, UsageError
from empatune.signatures.extraction import ExtractionSettings
from empatune.signatures.extraction import extract as extract_signals
from empatune.signatures.images import ImageFile
from empatune.signatures.similarity import COMMON
from empatune.systems import SYSTEMS, By, Shape, System, draw, find, overlaps
from empatune.systems.evidence import find_evidence, grey_matter
from empatune.typing import Array

_IMAGE = click.Path(exists=True, dir_okay=False, path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_out = click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    help="The table, as TSV.",
)


def _sizes(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what masks look like."""
    for option in (
        click.option(
            "--fwhm-mm", default=10.0, show_default=True, help="Width of smooth maps' Gaussians."
        ),
        click.option("--radius-mm", default=8.0, show_default=True, help="Radius of the spheres."),
        click.option(
            "--shape",
            type=click.Choice(get_args(Shape)),
            default="sphere",
            show_default=True,
            help="Spheres around leading peaks, or smooth maps of all peaks.",
        ),
    ):
        command = option(command)
    return command


@click.group(cls=WholeGroup)
def systems() -> None:
    """List, draw and extract the component systems of Figure 1; each command takes --json.

    Example: empatune systems show AI
    """


@systems.command(name="list")
@click.option("--peaks", is_flag=True, help="Every published peak with its source, as TSV.")
@_out
@_json
def list_systems(*, peaks: bool, out: Path | None, as_json: bool) -> None:
    """List systems and regions: how many peaks and sources, and what lies near them.

    Example: empatune systems list --peaks --out peaks.tsv
    """
    _give(peak_table() if peaks else region_table(), out, as_json=as_json)


@systems.command()
@click.argument("name")
@_json
def show(name: str, *, as_json: bool) -> None:
    """Show what is known about the region, system or confound NAME.

    Example: empatune systems show NAcc
    """
    found = find(name)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    click.echo(f"{found.name}: {found.summary}")
    for place in found.regions if isinstance(found, System) else (found,):
        click.echo(described(place, named=isinstance(found, System)))


@systems.command()
@click.option(
    "--grid",
    "like",
    type=_IMAGE,
    help="An image in MNI space whose grid is used; 2 mm if not given.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the masks and their tables.",
)
@click.option(
    "--by",
    type=click.Choice(get_args(By)),
    default="region",
    show_default=True,
    help="What gets a mask.",
)
@_sizes
@_json
def mask(
    *,
    like: Path | None,
    out: Path,
    by: By,
    shape: Shape,
    radius_mm: float,
    fwhm_mm: float,
    as_json: bool,
) -> None:
    """Write masks into a folder, with a table of their sizes and of what they share.

    Example: empatune systems mask --grid sub-01_space-MNI152_bold.nii.gz --out masks
    """
    grid = _grid_of(like) if like else COMMON
    with _naming(like):
        drawn = draw(grid, by=by, shape=shape, radius_mm=radius_mm, fwhm_mm=fwhm_mm)
    voxel_mm3 = math.prod(grid.voxel_sizes_mm)
    rows = []
    out.mkdir(parents=True, exist_ok=True)
    for name, each in drawn.items():
        path = out / f"{name.replace(' ', '_')}.nii.gz"
        _whole(path, partial(write_image, values=each.values, grid=grid))
        rows.append((name, path.name, float(each.values.sum()) * voxel_mm3, each.inside))
    table = Table(columns=MASK_COLUMNS, rows=rows)
    pairs = overlaps({name: each.values for name, each in drawn.items()}, grid)
    shared = Table(columns=OVERLAP_COLUMNS, rows=[tuple(asdict(pair).values()) for pair in pairs])
    _write(table, out / "masks.tsv")
    _write(shared, out / "overlaps.tsv")
    if as_json:
        click.echo(json.dumps({"masks": records(table), "overlaps": records(shared)}))
    else:
        click.echo(f"{len(drawn)} masks in {out}, {len(pairs)} pairs share voxels.")


@systems.command()
@click.argument("images", nargs=-1, required=True, type=_IMAGE)
@_out
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(get_args(By)),
    default=("system", "region"),
    show_default=True,
    help="What gets a signal; can be given several times.",
)
@click.option("--volumes", is_flag=True, help="Take every volume of 4D series.")
@click.option("--zeros-count", is_flag=True, help="0 is a value, NaN alone is missing.")
@_sizes
@_json
def extract(
    images: tuple[Path, ...],
    *,
    out: Path | None,
    by: tuple[By, ...],
    volumes: bool,
    zeros_count: bool,
    shape: Shape,
    radius_mm: float,
    fwhm_mm: float,
    as_json: bool,
) -> None:
    """Take the mean signal of systems and regions out of IMAGES in MNI space.

    Example: empatune systems extract sub-*_tmap.nii.gz --out signals.tsv
    """
    settings = ExtractionSettings(
        by=by, shape=shape, radius_mm=radius_mm, fwhm_mm=fwhm_mm, zeros_count=zeros_count
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CoverageWarning)
        found = extract_signals(images, settings=settings, volumes=volumes)
        console = Console(stderr=True)
        bar = track(found, "images", total=len(images), console=console, transient=True)
        rows = [row for each in bar for row in each.rows()]
    for each in caught:
        click.echo(f"warning: {each.message}", err=True)
    _give(signal_table(rows), out, as_json=as_json)


@systems.command()
@click.argument("image", type=_IMAGE)
@_out
@click.option(
    "--threshold",
    default=3.1,
    show_default=True,
    help="Shares above it, and below minus it, are told.",
)
@click.option("--zeros-count", is_flag=True, help="0 is a value, NaN alone is missing.")
@click.option("--radius-mm", default=8.0, show_default=True, help="Radius of the spheres.")
@click.option("--n", "n_random", default=2000, show_default=True, help="Random places.")
@click.option("--seed", default=0, show_default=True, help="Seed of the random places.")
@_json
def evidence(
    image: Path,
    *,
    out: Path | None,
    threshold: float,
    zeros_count: bool,
    radius_mm: float,
    n_random: int,
    seed: int,
    as_json: bool,
) -> None:
    """Compare the statistical map IMAGE in every region with random places in its grey matter.

    Example: empatune systems evidence pain_tmap.nii.gz --out evidence.tsv
    """
    values, grid = _map_of(image)
    with _naming(image), Console(stderr=True).status("random places ..."):
        found = find_evidence(
            values,
            grid,
            grey_matter(grid),
            rng=np.random.default_rng(seed),
            threshold=threshold,
            zeros_count=zeros_count,
            radius_mm=radius_mm,
            n_random=n_random,
        )
    _give(finding_table(found), out, as_json=as_json)


@systems.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    help="The picture: .png, .svg or .pdf.",
)
@click.option("--system", help="One system alone; all by default.")
@_json
def figure(*, out: Path, system: str | None, as_json: bool) -> None:
    """Draw Figure 1: glass brains and slices in green, blue and purple.

    Example: empatune systems figure --out figure1.png
    """
    chosen = find(system) if system else None
    if chosen is not None and not isinstance(chosen, System):
        names = ", ".join(each.name for each in SYSTEMS)
        raise UsageError(f"'{system}' is no component system; allowed: {names}.")
    with Console(stderr=True).status("drawing"):
        from empatune.reports.system_pictures import write_figure  # loads matplotlib

        write_figure(out, system=chosen.name if chosen else None)
    click.echo(json.dumps({"file": str(out)}) if as_json else str(out))


def _grid_of(path: Path) -> Grid:
    with ImageFile(path) as file:
        return file.layout.grid


def _map_of(path: Path) -> tuple[Array, Grid]:
    with ImageFile(path) as file:
        layout = file.layout
        if layout.is_series:
            raise ImageError(f"{path} is a series; give one 3D map.")
        values = next(file.volumes()).astype(np.float64) * layout.slope + layout.intercept
    return values, layout.grid


@contextmanager
def _naming(path: Path | None) -> Iterator[None]:
    """Put the file's name before what is wrong with it."""
    try:
        yield
    except ImageError as problem:
        raise ImageError(f"{path}: {problem}" if path else str(problem)) from problem


def _give(table: Table, out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        _write(table, out)
    if as_json:
        click.echo(json.dumps({"rows": records(table), "file": str(out or "")}))
    elif out is None:
        click.echo(replace(table, rows=readable(table.rows)).to_tsv(), nl=False)
    else:
        click.echo(f"{len(table.rows)} rows in {out}.")


def _write(table: Table, path: Path) -> None:
    _whole(path, lambda part: part.write_text(table.to_tsv(), encoding="utf-8"))


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file whole, or not at all."""
    part = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        write(part)
        part.replace(path)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise EmpatuneError(f"{path} cannot be written: {problem.strerror}.") from problem
