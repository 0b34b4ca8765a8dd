"""``empatune power``: how many people a study of a claim needs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from empatune.cli.counting import counting
from empatune.errors import UsageError


@click.command()
@click.argument("claim")
@click.option(
    "--n",
    "sizes",
    default="10,20,30,40",
    show_default=True,
    help="People in a study: sizes with commas between them.",
)
@click.option(
    "--paradigm",
    help="Another design, such as your own .toml; it needs the claim's contrast and response.",
)
@click.option(
    "--seeds",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    help="Simulated studies of each size: seeds 1, 2, ...",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=2,
    show_default=True,
    help="Processes; results do not depend on it.",
)
@click.option(
    "--power",
    "wanted",
    type=click.FloatRange(0.05, 0.99),
    default=0.8,
    show_default=True,
    help="The power that is wanted.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The curve as a picture (PNG)."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def power(
    claim: str,
    *,
    sizes: str,
    paradigm: str | None,
    seeds: int,
    workers: int,
    wanted: float,
    out: Path | None,
    as_json: bool,
) -> None:
    """Simulate studies of several sizes, and tell how many of them find CLAIM.

    The same studies with the claim's path cut tell how often one is fooled. It is the power if the
    model is right, with its defaults: how much people differ follows tables of real people; how
    strong its paths are was chosen.

    Example: empatune power in-group-pain-insula --n 8,12,16,24 --seeds 100 --out power.png
    """
    from empatune.claims.catalogue import find
    from empatune.claims.power import power as simulate_power

    chosen, numbers = find(claim, paradigm=paradigm), _sizes(sizes)
    with counting("studies", 2 * seeds * len(numbers)) as told:
        found = simulate_power(
            chosen, numbers, seeds=range(1, seeds + 1), workers=workers, progress=told
        )
    if out is not None:
        from empatune.reports.power_picture import write_power

        write_power(found, out, wanted=wanted)
    if as_json:
        points = [asdict(point) for point in found.points]
        result = {
            "claim": claim,
            "paradigm": chosen.paradigm,
            "points": points,
            "n": found.needed(wanted),
            "power": wanted,
        }
        click.echo(json.dumps(result))
        return
    click.echo(f"{'n':>6}  {'found':>20}  {'without its path':>20}")
    for point in found.points:
        shares = (
            f"{s.value:.0%} [{s.low:.0%}, {s.high:.0%}]" for s in (point.found, point.without)
        )
        click.echo(f"{point.n:6d}  " + "  ".join(f"{share:>20}" for share in shares))
    click.echo(f"{found.answer(wanted)}, if the model is right.")


def _sizes(text: str) -> tuple[int, ...]:
    """Read numbers of people."""
    try:
        sizes = tuple(sorted({int(word) for word in text.split(",")}))
    except ValueError:
        raise UsageError(
            f"--n takes whole numbers with commas between them, such as 10,20,30; not '{text}'."
        ) from None
    if sizes[0] < 2:
        raise UsageError(f"A study of {sizes[0]} people cannot be tested; give at least 2.")
    return sizes
