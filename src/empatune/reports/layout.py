"""How a page about fits is laid out: head with verdict and numbers, links, sections, foot."""

from __future__ import annotations

from collections.abc import Sequence

from empatune import __version__
from empatune.reports import page
from empatune.reports.markup import Html, paragraph, tag

Part = tuple[str, str, Html]
"""A section: its place in the address, its heading, its content."""

Tile = tuple[str, str, bool]
"""A number that matters: as it is shown, what it is, whether it is bad."""


def compose(title: str, head: Html, parts: Sequence[Part]) -> str:
    """
    Put a page together.

    Parameters
    ----------
    title : str
        What the browser shows above it.
    head : Html
        Its head.
    parts : sequence of Part
        Its sections.

    Returns
    -------
    str
        A whole page.
    """
    body = tag(
        "main",
        head,
        tag("nav", *(tag("a", words, href=f"#{name}") for name, words, _ in parts)),
        *(tag("section", tag("h2", words), made, id=name) for name, words, made in parts),
        tag("footer", paragraph(f"Written by empatune {__version__}.")),
    )
    return page.whole(title=title, body=body)


def header(
    kind: str,
    title: str,
    labels: Sequence[str],
    verdict: str,
    tiles: Sequence[Tile],
    *,
    warning: bool,
) -> Html:
    """
    Make the head of a page.

    Parameters
    ----------
    kind : str
        What kind of page it is.
    title : str
        What it is about.
    labels : sequence of str
        What tells it from others of its kind.
    verdict : str
        What was found, in a sentence or two.
    tiles : sequence of Tile
        The numbers that matter most.
    warning : bool
        Whether something speaks against believing it.

    Returns
    -------
    Html
        The head.
    """
    return tag(
        "header",
        tag("div", kind, class_="kind"),
        tag("h1", title),
        tag("p", " · ".join(label for label in labels if label), class_="labels"),
        tag("div", verdict, class_=f"verdict {'warning' if warning else ''}".strip()),
        tag("div", *(_tile(value, words, bad=bad) for value, words, bad in tiles), class_="tiles"),
    )


def _tile(value: str, words: str, bad: bool) -> Html:
    return tag("div", tag("b", value), tag("span", words), class_="tile bad" if bad else "tile")
