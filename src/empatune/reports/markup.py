"""HTML that cannot be broken by what is put into it: everything is escaped unless it is markup."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence

from empatune.bids import Cell
from empatune.exports.statistics import Estimate

_NUMBER = re.compile(r"−?\d+(\.\d+)?")

NOTHING = "–"
"""What stands for a value that is not known."""


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def escape(content: object) -> Html:
    """Make markup of anything.

    Parameters
    ----------
    content : object
        Markup stays as it is; all else becomes text.

    Returns
    -------
    Html
        Safe markup.
    """
    return content if isinstance(content, Html) else Html(html.escape(str(content)))


def join(*parts: object) -> Html:
    """Put parts one after the other.

    Parameters
    ----------
    *parts : object
        Markup or text.

    Returns
    -------
    Html
        Safe markup.
    """
    return Html("".join(escape(part) for part in parts))


def tag(name: str, *children: object, **attributes: str) -> Html:
    """Make an element.

    Parameters
    ----------
    name : str
        Such as ``p``.
    *children : object
        Markup or text.
    **attributes : str
        ``class_`` stands for ``class``, underscores inside names for hyphens.

    Returns
    -------
    Html
        The element.
    """
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for key, value in attributes.items()
        if value
    )
    return Html(f"<{name}{words}>{join(*children)}</{name}>")


def paragraph(*children: object, note: bool = False) -> Html:
    """Make a paragraph.

    Parameters
    ----------
    *children : object
        Markup or text.
    note : bool
        True for small print.

    Returns
    -------
    Html
        The paragraph.
    """
    return tag("p", *children, class_="note" if note else "")


def table(
    headers: Sequence[object], rows: Iterable[Sequence[object]], *, caption: str = ""
) -> Html:
    """Make a table; columns of numbers are set flush right.

    Parameters
    ----------
    headers : sequence of object
        Heads of the columns.
    rows : iterable of sequence of object
        Cells; numbers are rounded to what a reader can use.
    caption : str
        What the table shows.

    Returns
    -------
    Html
        The table, in a box that scrolls if it must.
    """
    rows = [list(row) for row in rows]
    numeric = [
        any(_is_number(row[i]) for row in rows)
        and all(_is_number(row[i]) or row[i] is None or row[i] == NOTHING for row in rows)
        for i in range(len(headers))
    ]
    kinds = ["number" if flag else "" for flag in numeric]
    head = tag(
        "tr", *(tag("th", h, class_=k, scope="col") for h, k in zip(headers, kinds, strict=True))
    )
    body = [
        tag("tr", *(tag("td", shown(cell), class_=k) for cell, k in zip(row, kinds, strict=True)))
        for row in rows
    ]
    parts = [tag("caption", caption)] if caption else []
    parts += [tag("thead", head)] if any(headers) else []
    inner = tag("table", *parts, tag("tbody", *body))
    return tag("div", inner, class_="scroll")


def shown(cell: object) -> object:
    """Return a table's cell as a reader wants it.

    Parameters
    ----------
    cell : object
        A value.

    Returns
    -------
    object
        Text or markup.
    """
    if cell is None:
        return NOTHING
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Estimate):
        return interval(cell)
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return number(cell)
    return cell


def number(value: Cell, digits: int = 2) -> str:
    """Write a number as a reader wants it.

    Parameters
    ----------
    value : Cell
        The number.
    digits : int
        Digits after the point.

    Returns
    -------
    str
        With a true minus sign; a dash if it is not known.
    """
    if value is None or isinstance(value, str) or not math.isfinite(value):
        return NOTHING
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def interval(estimate: Estimate, digits: int = 2) -> str:
    """Write a value with its interval.

    Parameters
    ----------
    estimate : Estimate
        The value.
    digits : int
        Digits after the point.

    Returns
    -------
    str
        Such as ``0.41 [0.10, 0.72]``.
    """
    if not math.isfinite(estimate.value):
        return NOTHING
    if not math.isfinite(estimate.low):
        return number(estimate.value, digits)
    low, high = number(estimate.low, digits), number(estimate.high, digits)
    return f"{number(estimate.value, digits)} [{low}, {high}]"


def _is_number(cell: object) -> bool:
    if isinstance(cell, str):
        return bool(_NUMBER.fullmatch(cell))
    return isinstance(cell, int | float | Estimate) and not isinstance(cell, bool)
