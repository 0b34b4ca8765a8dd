"""``empatune train``: a signature from a table of maps, with validation and model card."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from empatune.cli.any_space import offer_any_space
from empatune.errors import EmpatuneWarning
from empatune.signatures.training import (
    METHODS,
    Columns,
    Trained,
    TrainingData,
    TrainingSettings,
    read_table,
    save,
)
from empatune.signatures.training import train as train_signature
from empatune.signatures.training.saving import check_place

if TYPE_CHECKING:
    from empatune.reports.brain import Ground


@click.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the map, its statistics and its model card.",
)
@click.option("--name", help="Name of the signature; that of --out if not given.")
@click.option(
    "--image-column", default="image", show_default=True, help="Column of paths of 3D maps."
)
@click.option("--outcome", default="outcome", show_default=True, help="Column to predict.")
@click.option(
    "--group",
    default="participant",
    show_default=True,
    help="Column of what is held out together: participant or study.",
)
@click.option("--positive", default="", help="Class that a higher response shall mean.")
@click.option("--condition", default="", help="Column of conditions, for --off-target.")
@click.option(
    "--off-target",
    multiple=True,
    help="Condition to test on and never to train on; several times if needed.",
)
@click.option(
    "--off-target-outcome",
    multiple=True,
    help="Column of numbers that the signature should not tell; several times if needed.",
)
@click.option(
    "--method",
    type=click.Choice(list(METHODS)),
    default="lasso-pcr",
    show_default=True,
    help="How to train.",
)
@click.option("--folds", type=int, help="Number of folds; one group at a time if not given.")
@click.option("--penalty", type=float, help="Fix the penalty instead of choosing it.")
@click.option("--components", type=click.IntRange(1), help="Keep the largest so many components.")
@click.option("--bootstraps", type=int, default=5000, show_default=True, help="For the weights.")
@click.option("--permutations", type=int, default=1000, show_default=True, help="For p values.")
@click.option("--percentile", is_flag=True, help="Percentile intervals of the weights (slower).")
@click.option("--resample", is_flag=True, help="Bring maps of other grids to that of the first.")
@click.option("--any-space", is_flag=True, help="Do not ask whether maps lie as MNI images do.")
@click.option("--intended-use", default="", help="For the model card.")
@click.option("--limits", default="", help="For the model card.")
@click.option("--workers", type=int, default=2, show_default=True, help="Threads.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed.")
@click.option("--overwrite", is_flag=True, help="Replace the signature in --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the model card as JSON.")
def train(
    table: Path,
    *,
    out: Path,
    name: str | None,
    image_column: str,
    outcome: str,
    group: str,
    positive: str,
    condition: str,
    off_target: tuple[str, ...],
    off_target_outcome: tuple[str, ...],
    method: str,
    folds: int | None,
    penalty: float | None,
    components: int | None,
    bootstraps: int,
    permutations: int,
    percentile: bool,
    resample: bool,
    any_space: bool,
    intended_use: str,
    limits: str,
    workers: int,
    seed: int,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Train a signature on the maps that TABLE names, validate it and write its model card.

    TABLE is .csv or .tsv with one row a map: its path (relative to the table), the outcome
    (numbers, or two classes) and the group that is held out together.

    \b
    Examples:
      empatune train ratings.csv --outcome distress --group participant --out distress-signature
      empatune train maps.csv --outcome category --method svm --folds 8 --out faces
    """  # noqa: D301
    from empatune.reports.model_card import write_model_card

    title = name or out.name
    check_place(out, name=title, overwrite=overwrite)
    settings = TrainingSettings(
        method=method,
        n_folds=folds,
        penalty=penalty,
        n_components=components,
        n_bootstraps=bootstraps,
        n_permutations=permutations,
        percentile=percentile,
        seed=seed,
        n_workers=workers,
    )
    columns = Columns(
        image=image_column,
        outcome=outcome,
        group=group,
        positive=positive,
        condition=condition,
        off_target=off_target,
        off_target_outcomes=off_target_outcome,
    )
    with warnings.catch_warnings(record=True) as caught, _bar(Console(stderr=True)) as bar:
        warnings.simplefilter("always", EmpatuneWarning)
        task = bar.add_task("reading images", total=1.0)

        def progress(step: str, share: float) -> None:
            bar.update(task, description=step, completed=share)

        with offer_any_space():
            data = read_table(
                table,
                columns,
                resample=resample,
                check_space=not any_space,
                progress=lambda share: progress("reading images", share),
            )
        trained = train_signature(data, settings, progress=progress)
        path = save(
            trained,
            out,
            name=title,
            intended_use=intended_use,
            limits=limits,
            overwrite=overwrite,
        )
        progress("model card", 0.0)
        write_model_card(path, ground=_ground(data) if any_space else None)
        progress("model card", 1.0)
    for each in caught:
        click.echo(f"warning: {each.message}", err=True)
    card = path.with_name(f"{title}.json")
    click.echo(card.read_text("utf-8") if as_json else _text(trained, path))


def _ground(data: TrainingData) -> Ground:
    """Show the voxels of images of an unknown space by themselves."""
    from empatune.reports.brain import Ground

    images = data.images
    return Ground(image=images.mask.astype(np.float32), brain=images.mask, grid=images.grid)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(complete_style="magenta", finished_style="green"),
        TimeElapsedColumn(),
        console=console,
    )


def _text(trained: Trained, path: Path) -> str:
    lines = [f"{'measure':<34}  value  95 % interval        p"]
    for result in trained.results.values():
        p = "" if result.p is None else f"{result.p:.4f}"
        interval = f"[{result.low:.3f}, {result.high:.3f}]"
        lines.append(f"{result.label:<34}  {result.value:>5.3f}  {interval:<18}  {p}")
    for each in trained.off_targets:
        found = ", ".join(f"{r.label} {r.value:.3f}" for r in each.results.values())
        lines.append(f"off-target {each.kind} {each.name}: {found or 'nothing to compare'}")
    if trained.statistics is not None:
        n_found = int((trained.statistics.q < 0.05).sum())
        lines.append(
            f"{n_found} of {len(trained.weights)} weights at a false discovery rate of .05"
        )
    card = path.with_name(path.name.replace(".nii.gz", ".html"))
    return "\n".join([*lines, f"Map: {path}", f"Model card: {card}"])
