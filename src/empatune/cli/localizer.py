"""``empatune localizer``: a decoder of one person, from a localizer run to the feedback session."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from empatune.cli.series import check_series, contents, read_series, same_files
from empatune.errors import TrainingError, UsageError
from empatune.preparation import Prepared, check_name, hand_over
from empatune.realtime.recorder import JOURNAL
from empatune.reports.brain import Ground
from empatune.reports.model_card import write_model_card
from empatune.reports.model_card_runs import runs
from empatune.reports.preparation_pictures import draw_weights
from empatune.signatures.training import METHODS, TrainingSettings
from empatune.signatures.training.blocks import (
    LONGEST_GAP_S,
    Block,
    Contrast,
    hold_out_together,
    n_orders,
    read_blocks,
)
from empatune.signatures.training.decoder_files import describe_decoder, save_decoder
from empatune.signatures.training.localizer import Head, Run, bring_to_reference
from empatune.signatures.training.personal import (
    Decoder,
    Scored,
    assess_decoder,
    train_decoder,
)
from empatune.signatures.training.saving import check_place
from empatune.typing import Float32Array, FloatArray, JsonObject

Tell = Callable[[str, float], None]
"""Told what is being done and which share of it lies behind."""

FEW_ORDERS = 100
"""With fewer orders of labels it is told how small p can be."""

BASELINE = ("rest", "baseline", "fixation")
"""Conditions that are no blocks."""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("series")
@click.argument("events", type=_FILE)
@click.option(
    "--prepared",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What `empatune prepare` made of this person; the decoder is added to it.",
)
@click.option(
    "--positive",
    required=True,
    multiple=True,
    help="Condition that a higher score shall mean; several times if needed.",
)
@click.option(
    "--against", multiple=True, help="Condition on the other side; all others if not given."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for map, statistics, blocks and model card.",
)
@click.option(
    "--baseline",
    multiple=True,
    default=BASELINE,
    show_default=True,
    help="Condition from which responses are measured: no block, no side.",
)
@click.option("--name", help="Name by which a study names the decoder; that of --out if not given.")
@click.option("--test", help="Another run of this person, on which to test.")
@click.option("--test-events", type=_FILE, help="Its events.")
@click.option("--column", default="trial_type", show_default=True, help="Column of conditions.")
@click.option(
    "--gap",
    type=click.FloatRange(0),
    default=LONGEST_GAP_S,
    show_default=True,
    help="Events of a condition with less between them are one block [s].",
)
@click.option(
    "--method",
    type=click.Choice(list(METHODS)),
    default="ridge",
    show_default=True,
    help="How to train.",
)
@click.option("--folds", type=int, help="Folds; as many as the rarer side has blocks if not given.")
@click.option(
    "--responsive",
    type=click.FloatRange(0),
    metavar="T",
    help="Train on voxels alone that answer to blocks of any kind with such a t, up or down.",
)
@click.option(
    "--fwhm",
    type=click.FloatRange(0, 20),
    default=6.0,
    show_default=True,
    help="Smoothing, that of the study's smoothing_fwhm_mm [mm].",
)
@click.option(
    "--fd",
    type=click.FloatRange(0.05, 20),
    default=0.5,
    show_default=True,
    help="Volumes that move more are not used, as in the study's fd_mm [mm].",
)
@click.option("--bootstraps", type=int, default=1000, show_default=True, help="For the weights.")
@click.option("--permutations", type=int, default=2000, show_default=True, help="For p values.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed.")
@click.option("--overwrite", is_flag=True, help="Replace the decoder of that name.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def localizer(
    series: str,
    events: Path,
    *,
    prepared: Path,
    positive: tuple[str, ...],
    against: tuple[str, ...],
    baseline: tuple[str, ...],
    out: Path,
    name: str | None,
    test: str | None,
    test_events: Path | None,
    column: str,
    gap: float,
    method: str,
    folds: int | None,
    responsive: float | None,
    fwhm: float,
    fd: float,
    bootstraps: int,
    permutations: int,
    seed: int,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Train a decoder of one person on a localizer run and hand it to their preparation.

    SERIES is a folder of DICOM files or a 4D NIfTI image, EVENTS its events as BIDS has them.
    Blocks of --positive are told from blocks of --against, cross-validated inside the run and
    tested on a second one. A study then names the decoder like any signature, with the folder of
    --prepared.

    \b
    Example:
      empatune localizer run1/ run1_events.tsv --prepared prepared/sub-01 \\
        --positive living --against non_living --test run2/ --test-events run2_events.tsv \\
        --out living
    """  # noqa: D301
    if (test is None) != (test_events is None):
        raise UsageError("Give --test and --test-events together, or neither.")
    _check_sides(positive, against, baseline)
    _check_runs(series, test)
    title = name or out.name
    person = _person(prepared)
    check_place(out, name=title, overwrite=overwrite)
    check_name(person, title, overwrite=overwrite)
    head = Head(
        grid=person.grid, reference=person.reference, brain=person.brain, fwhm_mm=fwhm, fd_mm=fd
    )

    def read(path: Path) -> list[Block]:
        found = read_blocks(path, column=column, longest_gap_s=gap)
        return [block for block in found if block.condition not in baseline]

    blocks = read(events)
    contrast = _contrast(blocks, positive, against, n_folds=folds)
    others = [] if test_events is None else read(test_events)
    if others:
        hold_out_together(_sides(contrast, others))
    settings = TrainingSettings(
        method=method,
        n_folds=folds,
        n_bootstraps=bootstraps,
        n_permutations=permutations,
        seed=seed,
    )
    with _bar(Console(stderr=True)) as bar:
        task = bar.add_task("reading", total=1.0)

        def progress(step: str, share: float) -> None:
            bar.update(task, description=step, completed=share)

        run, shown = _read(series, head, progress, what="localizer")
        second = None
        if test is not None:
            second, again = _read(test, head, progress, what="test run")
            if shown & again:
                raise _trained_on(test, f"{len(shown & again)} of its volumes are also in")
        decoder = train_decoder(
            run, blocks, contrast, settings=settings, least_t=responsive, progress=progress
        )
        if second is not None:
            progress("testing", 0.0)
            decoder = assess_decoder(
                decoder, second, others, n_permutations=permutations, seed=seed
            )
        progress("writing", 0.0)
        path = save_decoder(decoder, out, name=title, overwrite=overwrite)
        hand_over(prepared, title, _map(decoder), facts=_facts(decoder), overwrite=overwrite)
        ground = Ground(image=person.reference, brain=person.brain, grid=person.grid)
        write_model_card(path, ground=ground, more=[runs(decoder)])
        picture = draw_weights(Prepared.load(prepared), title, out / f"{title}.png")
        progress("done", 1.0)
    if as_json:
        places: JsonObject = {"name": title, "map": str(path), "picture": str(picture)}
        click.echo(json.dumps(places | describe_decoder(decoder)))
    else:
        click.echo(_text(decoder, path, prepared=prepared))


def _check_sides(
    positive: tuple[str, ...], against: tuple[str, ...], baseline: tuple[str, ...]
) -> None:
    for option, names in (("--positive", positive), ("--against", against)):
        for name in names:
            if name in baseline:
                raise UsageError(
                    f"{option} {name}: '{name}' is the baseline, from which the response to every "
                    "block is measured; it has no blocks to tell apart. Name another condition; "
                    f"or, if '{name}' was shown in blocks like the others, name the baseline "
                    "otherwise (--baseline)."
                )


def _check_runs(series: str, test: str | None) -> None:
    check_series(series)
    if test is not None:
        check_series(test)
        if same_files(series, test):
            raise _trained_on(test, "the same files as in")


def _trained_on(test: str, how: str) -> UsageError:
    return UsageError(
        f"--test {test}: {how} the series to train on. A decoder tells apart what it was trained "
        "on, so that this would be no test. Give another run, or leave out --test and --test-events: "
        "blocks are held out inside the run."
    )


def _person(folder: Path) -> Prepared:
    if (folder.parent / JOURNAL).exists():
        raise UsageError(
            f"{folder} belongs to the record of a session, which is not to be changed. Copy it, and "
            "give the copy as --prepared."
        )
    return Prepared.load(folder)


def _contrast(
    blocks: Sequence[Block],
    positive: tuple[str, ...],
    against: tuple[str, ...],
    *,
    n_folds: int | None,
) -> Contrast:
    """Name both sides and check that the run has enough of them, before any image is read."""
    every = sorted({block.condition for block in blocks})
    rest = tuple(name for name in every if name not in positive)
    if not rest:
        raise UsageError(
            f"The events have one condition, {', '.join(every)}: there is nothing to tell it from."
        )
    contrast = Contrast(positive=positive, against=against or rest)
    hold_out_together(_sides(contrast, blocks), n_folds=n_folds)
    return contrast


def _sides(contrast: Contrast, blocks: Sequence[Block]) -> FloatArray:
    outcome = contrast.outcome(blocks)
    return np.asarray(outcome[outcome != 0])


def _read(series: str, head: Head, progress: Tell, *, what: str) -> tuple[Run, set[bytes]]:
    progress(f"reading the {what}", 0.0)
    volumes, _ = read_series(series)
    if not volumes:
        raise TrainingError(f"{series} gave no volume. Give a folder of DICOM files or a 4D image.")
    run = bring_to_reference(
        volumes, head, progress=lambda share: progress(f"realigning the {what}", share)
    )
    return run, contents(volumes)


def _map(decoder: Decoder) -> Float32Array:
    return decoder.trained.data.images.volume(decoder.trained.weights)


def _facts(decoder: Decoder) -> JsonObject:
    """Keep what a session's record should know of the decoder."""
    facts = describe_decoder(decoder)
    kept = ("positive", "against", "smoothing_fwhm_mm", "intercept", "calibration")
    return {key: facts[key] for key in kept}


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(complete_style="magenta", finished_style="green"),
        TimeElapsedColumn(),
        console=console,
    )


def _text(decoder: Decoder, path: Path, *, prepared: Path) -> str:
    against, positive = decoder.contrast.names
    name = path.name.removesuffix(".nii.gz")
    lines = [f"{positive} against {against}, {len(decoder.localizer.blocks)} blocks held out:"]
    lines += _measures(decoder.localizer)
    orders = n_orders(decoder.localizer.outcome, decoder.localizer.pairs)
    if orders < FEW_ORDERS:
        lines.append(
            f"  labels have {orders} orders in these folds: p is {1 / orders:.3f} at least"
        )
    if decoder.test is not None:
        lines += [f"{len(decoder.test.blocks)} blocks of the test run:", *_measures(decoder.test)]
    calibration = decoder.calibration
    fwhm = f"{decoder.run.head.fwhm_mm:g}"
    lines += [
        f"Threshold {calibration.threshold:.3f}, scale {calibration.scale:.3f}, from held-out blocks.",
        f"Map: {path}",
        f"Handed to {prepared}: a study with this preparation and smoothing_fwhm_mm = {fwhm}",
        f'names it in [signatures]: feedback = ["{name}"]',
    ]
    return "\n".join(lines)


def _measures(scored: Scored) -> list[str]:
    lines = []
    for result in scored.results.values():
        p = "" if result.p is None else f"p {result.p:.4f}"
        interval = f"[{result.low:.3f}, {result.high:.3f}]"
        lines.append(f"  {result.label:<34} {result.value:>6.3f}  {interval:<17} {p}".rstrip())
    return lines
