"""``empatune scanner``: play a stored series as a scanner would."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from empatune.errors import UsageError

if TYPE_CHECKING:
    from empatune.realtime.sources.outlets import Outlet
    from empatune.realtime.sources.player import Played

EXAMPLE = """
\b
Examples:
  empatune scanner stored/run1 --to 127.0.0.1:11112
  empatune scanner stored/run1 --into /export/today --speed max
"""


@click.command(epilog=EXAMPLE)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--to", metavar="HOST:PORT", help="Send by DICOM C-STORE to this receiver.")
@click.option("--into", type=click.Path(path_type=Path), help="Write into this folder.")
@click.option(
    "--speed", default="1", show_default=True, help="Times the true pace, or 'max' for no waiting."
)
@click.option("--calling", default="SCANNER", show_default=True, help="Our AE title.")
@click.option("--called", default="EMPATUNE", show_default=True, help="The receiver's AE title.")
@click.option(
    "--shuffle-slices", type=int, metavar="SEED", help="Mix slices within and between volumes."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def scanner(
    path: Path,
    to: str | None,
    into: Path | None,
    speed: str,
    calling: str,
    called: str,
    shuffle_slices: int | None,
    as_json: bool,
) -> int:
    """Play the DICOM series in PATH as a scanner would, at its true pace.

    Objects go to a receiver by C-STORE (--to) or into a folder (--into). A broken association is
    opened again, and what was not acknowledged is sent again.
    """
    from rich.console import Console
    from rich.progress import Progress

    from empatune.realtime.clock import SystemClock
    from empatune.realtime.sources.player import compose, play

    factor = _speed(speed)
    outlet = _outlet(to, into, calling=calling, called=called)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        looking = progress.add_task("looking at files", total=None)
        score = compose(
            path,
            shuffle=shuffle_slices,
            advance=lambda done, of: progress.update(looking, completed=done, total=of),
        )
        sending = progress.add_task(f"playing {score.n_volumes} volumes", total=None)
        played = play(
            score,
            outlet,
            speed=factor,
            clock=SystemClock(),
            stop=Event(),
            advance=lambda done, of: progress.update(sending, completed=done, total=of),
            refused=_once(f"{to or into} does not take images yet; trying again for a minute."),
        )
    click.echo(json.dumps(asdict(played) | {"tr_s": score.tr_s}) if as_json else _words(played))
    return 0 if played.n_accepted == played.n_objects else 1


def _once(text: str) -> Callable[[], None]:
    said: list[str] = []

    def say() -> None:
        if not said:
            said.append(text)
            click.echo(text, err=True)

    return say


def _words(played: Played) -> str:
    return (
        f"{played.n_volumes} volumes: {played.n_accepted} of {played.n_objects} objects accepted, "
        f"{played.n_refused} refused, {played.n_again} sent again, in {played.seconds:.1f} s."
    )


def _speed(speed: str) -> float:
    try:
        factor = math.inf if speed == "max" else float(speed)
    except ValueError:
        factor = math.nan
    if not factor > 0:
        raise UsageError(f"--speed must be a number above 0, or 'max'; given {speed!r}.")
    return factor


def _outlet(to: str | None, into: Path | None, *, calling: str, called: str) -> Outlet:
    from empatune.realtime.sources.outlets import FolderOutlet, StoreOutlet

    if (to is None) == (into is None):
        raise UsageError("Give either --to HOST:PORT or --into DIR.")
    if into is not None:
        return FolderOutlet(into)
    host, _, port = str(to).rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"--to must be HOST:PORT, such as 127.0.0.1:11112; given {to!r}.")
    for option, title in (("--calling", calling), ("--called", called)):
        if not 1 <= len(title.strip()) <= 16 or not title.isascii() or "\\" in title:
            raise UsageError(f"{option} must have 1 to 16 characters; given {title!r}.")
    return StoreOutlet(host or "127.0.0.1", int(port), calling=calling, called=called)
