"""A whole page in one file, and writing it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

from empatune.errors import ExportError
from empatune.files import write_whole
from empatune.reports.markup import Html, escape, join, tag


def whole(*, title: str, body: Html) -> str:
    """Make a page that needs nothing else.

    Parameters
    ----------
    title : str
        What the browser shows above it.
    body : Html
        Its content.

    Returns
    -------
    str
        The page.
    """
    style = resources.files("empatune.reports").joinpath("report.css").read_text("utf-8")
    head = join(
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", title),
        Html(f"<style>{style}</style>"),
    )
    return (
        f'<!doctype html>\n<html lang="en"><head>{escape(head)}</head><body>{body}</body></html>\n'
    )


def write(target: Path, render: Callable[[], str]) -> Path:
    """Write a page; it appears whole or not at all.

    Parameters
    ----------
    target : Path
        The file; it is replaced.
    render : callable
        Gives the page; is called when the folder is there.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, render())
    except OSError as problem:
        raise ExportError(f"{target} cannot be written: {problem}. Give another --out.") from None
    return target
