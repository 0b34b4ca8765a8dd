"""``empatune demo``: the whole loop with a simulated participant."""

from __future__ import annotations

import contextlib
import time
import webbrowser
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from empatune.cli.browser import find_chromium, has_screen, window
from empatune.cli.session import finish, pace_of, run_with_pages
from empatune.numerics.warming import warm_up
from empatune.realtime import study as studies
from empatune.realtime.opening import SIMULATE, SourceOptions, open_session

STUDY = Path(__file__).with_name("demo.toml")


@click.command()
@click.option("--headless", is_flag=True, help="Open the pages in a browser without a screen.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the record; a new one if not given.",
)
@click.option(
    "--pace",
    default="1",
    show_default=True,
    metavar="X",
    help="Speed: 1 is true, max as fast as possible.",
)
@click.option("--seed", type=int, help="Another simulated person.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def demo(*, headless: bool, out: Path | None, pace: str, seed: int | None, as_json: bool) -> None:
    """Run a closed-loop session with a simulated participant.

    Two minutes of a simulated scan: head motion, signatures of care and distress, feedback on
    the participant's page, the operator's console, and a report at the end. Uses published
    signature maps where they are found, stand-ins otherwise.

    Example: empatune demo --headless
    """
    console = Console(stderr=True)
    folder = out or _new_folder()
    study = studies.load(STUDY)
    if seed is not None:
        study = replace(study, study=replace(study.study, seed=seed))
    with console.status("warming up") as status:
        warm_up()
        session = open_session(
            study,
            SIMULATE,
            folder,
            options=SourceOptions(pace=pace_of(pace)),
            progress=status.update,
        )
    if not headless and not has_screen():
        console.print("This machine has no screen: the pages are drawn without one (--headless).")
        headless = True
    with contextlib.ExitStack() as stack:
        show = _headless(stack, console) if headless else webbrowser.open_new
        run_with_pages(session, console=console, show=show)
    finish(folder, console=console, as_json=as_json)


def _new_folder() -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return Path(f"demo-session-{stamp}")


def _headless(stack: contextlib.ExitStack, console: Console) -> Callable[[str], object] | None:
    chromium = find_chromium()
    if chromium is None:
        console.print(
            "[yellow]No Chromium was found: the session runs without pages being drawn.[/]"
        )
        return None
    return lambda url: stack.enter_context(window(chromium, url))
