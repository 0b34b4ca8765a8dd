"""``empatune session``: run a neurofeedback session."""

from __future__ import annotations

import contextlib
import json
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from empatune.cli.browser import has_screen
from empatune.cli.terminal import Terminal
from empatune.errors import SourceError, UsageError
from empatune.numerics.warming import warm_up
from empatune.realtime import study as studies
from empatune.realtime.clock import SystemClock
from empatune.realtime.opening import SourceOptions, open_session, resume_session
from empatune.realtime.recorder import Record
from empatune.realtime.session import Session
from empatune.realtime.sources.files import series_files
from empatune.realtime.summary import Summary, summarise
from empatune.reports import write_report
from empatune.web import Pages


@click.command()
@click.argument("study", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--source",
    required=True,
    metavar="SOURCE",
    help="simulate, dicom:[HOST:]PORT, watch:DIR or replay:PATH.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the session's record.",
)
@click.option("--resume", is_flag=True, help="Go on with the session in --out.")
@click.option("--participant", help="BIDS label; that of the study file if not given.")
@click.option("--session", "session_label", help="BIDS label; that of the study file if not given.")
@click.option("--run", help="BIDS label; that of the study file if not given.")
@click.option(
    "--preparation",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that `empatune prepare` made.",
)
@click.option(
    "--pace",
    default="1",
    show_default=True,
    metavar="X",
    help="Speed of simulated and replayed volumes: 1 is true, max as fast as possible.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address of the pages; another than loopback needs --token.",
)
@click.option(
    "--port",
    default=0,
    type=click.IntRange(0, 65535),
    show_default=True,
    help="Port of the pages; 0 takes a free one.",
)
@click.option("--token", envvar="EMPATUNE_TOKEN", help="Secret that the pages ask for.")
@click.option("--open/--no-open", "open_pages", default=True, help="Open both pages in a browser.")
@click.option("--seed", type=int, help="Seed; that of the study file if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def session(
    study: Path | None,
    *,
    source: str,
    out: Path,
    resume: bool,
    participant: str | None,
    session_label: str | None,
    run: str | None,
    preparation: Path | None,
    pace: str,
    host: str,
    port: int,
    token: str | None,
    open_pages: bool,
    seed: int | None,
    as_json: bool,
) -> None:
    """Run the session that STUDY describes and record it.

    Volumes come from --source. The participant's and the operator's page are served on
    loopback; their addresses are printed. Everything is recorded in --out, from which
    `empatune report`, `export` and `replay` work.

    \b
    Examples:
      empatune session study.toml --source simulate --out sessions/sub-01
      empatune session study.toml --source dicom:11112 --out sessions/sub-02
      empatune session --resume --source dicom:11112 --out sessions/sub-02
    """  # noqa: D301
    options = SourceOptions(pace=pace_of(pace))
    _check_files(source)
    console = Console(stderr=True)
    with console.status("warming up") as status:
        warm_up()
        if resume and study is not None:
            raise UsageError(
                "--resume goes on with the study of the record: leave the study file out, or leave "
                "--resume out and give a new --out."
            )
        if resume:
            ready = resume_session(out, source, options=options, progress=status.update)
        else:
            content = _study(study).of(label=participant, session=session_label, run=run)
            content = _changed(content, preparation=preparation, seed=seed)
            ready = open_session(content, source, out, options=options, progress=status.update)
    run_with_pages(
        ready,
        console=console,
        host=host,
        port=port,
        token=token,
        show=webbrowser.open_new if open_pages and has_screen() else None,
    )
    finish(out, console=console, as_json=as_json)


def pace_of(text: str) -> float:
    """Read a pace: a number, or ``max``.

    Parameters
    ----------
    text : str
        What the user wrote.

    Returns
    -------
    float
        Multiple of the true speed; 0 is as fast as possible.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if text == "max":
        return 0.0
    try:
        pace = float(text)
    except ValueError:
        pace = -1.0
    if not 0.0 < pace <= 1000.0:
        raise UsageError(f"--pace is {text}; allowed: a number up to 1000, or max.")
    return pace


def run_with_pages(
    ready: Session,
    *,
    console: Console,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    show: Callable[[str], object] | None = None,
) -> None:
    """Run a session while its pages are served and a bar moves in the terminal.

    Parameters
    ----------
    ready : Session
        The session.
    console : Console
        The terminal.
    host, port, token
        Where the pages are served.
    show : callable, optional
        Opens an address in a browser.
    """
    pages = Pages(
        ready.command,
        ready.acknowledge,
        clock=SystemClock(),
        host=host,
        port=port,
        token=token,
        protocol=ready.study.protocol,
    )
    with contextlib.closing(ready), _served(pages), Terminal(console) as terminal:
        console.print(f"participant  [link]{pages.urls.participant}[/link]", highlight=False)
        console.print(f"operator     [link]{pages.urls.operator}[/link]", highlight=False)
        for url in (pages.urls.participant, pages.urls.operator):
            if show is not None:
                show(url)
        ready.listen(pages)
        ready.listen(terminal)
        ready.run()


def finish(folder: Path, *, console: Console, as_json: bool) -> Summary:
    """Write the report of a session and say where it is and how it went.

    Parameters
    ----------
    folder : Path
        The session's folder.
    console : Console
        The terminal.
    as_json : bool
        True to print the result as JSON.

    Returns
    -------
    Summary
        How it went.
    """
    with console.status("writing the report"):
        report = write_report(folder)
    with Record(folder) as record:
        summary = summarise(record)
    if summary.n_received == 0:
        raise SourceError("The session ended without a single volume; see the notices above.")
    if as_json:
        click.echo(json.dumps({**summary.to_json(), "session": str(folder), "report": str(report)}))
    else:
        click.echo(summary.sentence)
        click.echo(f"session  {folder}")
        click.echo(f"report   {report}")
    return summary


def _check_files(source: str) -> None:
    """Look for the files of a replay, or the folder to watch, while nothing is open yet."""
    kind, _, rest = source.partition(":")
    place = rest.partition("?")[0]
    if kind == "replay" and place:
        series_files(Path(place).expanduser())
    if kind == "watch" and place and not Path(place).expanduser().is_dir():
        raise SourceError(
            f"The folder {place} is not there. Make it, or give the one into which the scanner writes."
        )


def _changed(study: studies.Study, *, preparation: Path | None, seed: int | None) -> studies.Study:
    if preparation is not None:
        folder = replace(study.preparation, folder=str(preparation))
        study = replace(study, preparation=folder)
    if seed is not None:
        study = replace(study, study=replace(study.study, seed=seed))
    return study


@contextlib.contextmanager
def _served(pages: Pages) -> Iterator[None]:
    pages.start()
    try:
        yield
    finally:
        pages.stop()


def _study(path: Path | None) -> studies.Study:
    if path is None:
        raise UsageError(
            "A session needs a study file: empatune session STUDY.toml ... A commented example "
            "is studies/example.toml. With --resume, the study of the record is used."
        )
    return studies.load(path)
