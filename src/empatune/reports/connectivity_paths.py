"""Path diagrams: regions, and arrows with width, sign, strength and interval."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from empatune.errors import ExportError
from empatune.files import write_whole
from empatune.reports import figure
from empatune.reports.connectivity_arrows import (
    SIZE,
    Style,
    draw_arrow,
    draw_region,
    label_arrow,
    label_drive,
    width_of,
)
from empatune.reports.connectivity_layout import Box, Curve, around, bend_of, join
from empatune.reports.connectivity_links import Diagram, Link
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html, number

MOST_LABELS = 14
"""With more arrows, those whose interval holds 0 have no numbers; the tables have them."""

_TITLE, _KEY = 0.32, 0.35
"""Height of a diagram's title and of the figure's key [inch]."""

_DRIVE = 0.74
"""Room that an input with its label takes beside a region [inch]."""


def paths(diagrams: Sequence[Diagram], regions: Sequence[str], name: str) -> Html:
    """
    Draw path diagrams for a page.

    Parameters
    ----------
    diagrams : sequence of Diagram
        What stands side by side.
    regions : sequence of str
        All regions, the first at the top.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    words = "; ".join(f"{each.title}: {_words(each)}" for each in diagrams)
    made = figure.to_svg(draw_paths(diagrams, regions), name, f"Path diagrams. {words}.")
    return Html(made.replace("var(--paper)", "var(--panel)"))


def draw_paths(
    diagrams: Sequence[Diagram], regions: Sequence[str], *, ground: str = "none"
) -> Figure:
    """
    Draw path diagrams side by side.

    Parameters
    ----------
    diagrams : sequence of Diagram
        What stands side by side.
    regions : sequence of str
        All regions, the first at the top.
    ground : str
        Colour of the ground.

    Returns
    -------
    Figure
        Arrows as wide as connections are strong; arrowheads for excitation, bars for inhibition;
        pale where the interval holds 0, or as opaque as probable.
    """
    columns = _columns(diagrams, len(regions))
    driven = {link.target for each in diagrams for link in each.drives}
    height = _height(regions, columns, driven)
    panel = Box(x=0.0, y=0.0, width=figure.WIDTH / columns, height=height)
    n_rows = -(-len(diagrams) // columns)
    total = n_rows * panel.height + _KEY
    drawing = Figure(figsize=(figure.WIDTH, total), facecolor=ground)
    FigureCanvasAgg(drawing)
    style = _style(diagrams)
    boxes = _boxes(regions, panel, driven)
    for place, diagram in enumerate(diagrams):
        low = (total - (place // columns + 1) * panel.height) / total
        axes = drawing.add_axes((place % columns / columns, low, 1 / columns, panel.height / total))
        _diagram(axes, diagram, boxes, style, panel)
    _legend(drawing.add_axes((0, 0, 1, _KEY / total)), style)
    return drawing


def write_paths(diagrams: Sequence[Diagram], regions: Sequence[str], out: Path) -> Path:
    """
    Write path diagrams as a picture for a paper.

    Parameters
    ----------
    diagrams : sequence of Diagram
        What stands side by side.
    regions : sequence of str
        All regions.
    out : Path
        The file: ``.png``, ``.svg`` or ``.pdf``; it is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        If it cannot be written, or not in this format.
    """
    if out.suffix not in (".png", ".svg", ".pdf"):
        raise ExportError(f"{out.name} is no picture that can be drawn; use .png, .svg or .pdf.")
    drawing = draw_paths(diagrams, regions, ground="white")
    content = io.BytesIO()
    drawing.savefig(content, format=out.suffix[1:], dpi=300)
    try:
        write_whole(out, content.getvalue())
    except OSError as problem:
        raise ExportError(f"{out} cannot be written: {problem}. Give another place.") from None
    return out


def _columns(diagrams: Sequence[Diagram], n_regions: int) -> int:
    most = max((len(each.links) for each in diagrams), default=0)
    if n_regions > 7:
        return 1
    return 3 if n_regions <= 4 and most <= 8 and len(diagrams) > 2 else 2


def _height(regions: Sequence[str], columns: int, driven: set[str]) -> float:
    """Give the height of a diagram [inch]."""
    n_regions = len(regions)
    between = {1: 0.6, 2: 0.75, 3: 1.75, 4: 1.75}.get(n_regions, 3.7 if columns == 2 else 4.6)
    if columns == 2 and n_regions in (3, 4):
        between *= 1.4
    places = dict(zip(regions, around(n_regions), strict=True))
    sides = {_toward(places[region], n_regions) for region in driven}
    return _TITLE + between + 0.46 + sum(_DRIVE if side in sides else 0.16 for side in "ud")


def _style(diagrams: Sequence[Diagram]) -> Style:
    links = [abs(link.mean) for each in diagrams for link in each.links]
    drives = [abs(link.mean) for each in diagrams for link in each.drives]
    every = [link for each in diagrams for link in (*each.links, *each.drives)]
    return Style(
        strongest=max(links, default=0.0),
        strongest_drive=max(drives, default=0.0),
        graded=any(np.isfinite(link.probability) for link in every),
    )


def _boxes(regions: Sequence[str], panel: Box, driven: set[str]) -> dict[str, Box]:
    """Place regions; the same in all diagrams of a figure."""
    places = dict(zip(regions, around(len(regions)), strict=True))
    toward = {region: _toward(places[region], len(regions)) for region in driven}
    room = {"u": 0.16, "d": 0.16, "l": 0.36, "r": 0.36}
    for side in toward.values():
        room[side] = _DRIVE if side in "ud" else _DRIVE + 0.35
    widest = max(map(width_of, regions))
    left = -panel.width / 2 + room["l"] + widest / 2
    right = panel.width / 2 - room["r"] - widest / 2
    low, high = -panel.height / 2 + room["d"] + 0.23, panel.height / 2 - _TITLE - room["u"] - 0.23
    if len(regions) <= 4:  # closer than a wide panel allows
        left, right = max(left, -1.6), min(right, 1.6)
    return {
        region: Box(
            x=float(left + (x + 1) / 2 * (right - left)),
            y=float(low + (y + 1) / 2 * (high - low)),
            width=width_of(region),
            height=0.46,
        )
        for region, (x, y) in places.items()
    }


def _toward(place: np.ndarray[tuple[int], np.dtype[np.float64]], n_regions: int) -> str:
    """Say from which side inputs reach a region: from up, down, left or right."""
    x, y = place
    if n_regions > 4 and abs(y) < 0.7:
        return "r" if x > 0 else "l"
    return "u" if y > -0.1 else "d"


def _diagram(
    axes: Axes, diagram: Diagram, boxes: Mapping[str, Box], style: Style, panel: Box
) -> None:
    """Draw one diagram; a unit of the panel is an inch."""
    axes.set_xlim(-panel.width / 2, panel.width / 2)
    axes.set_ylim(-panel.height / 2, panel.height / 2)
    axes.set_axis_off()
    corner = (-panel.width / 2 + 0.12, panel.height / 2 - 0.06)
    axes.text(
        *corner, diagram.title, fontsize=10, fontweight="bold", color=COLOURS["ink"], va="top"
    )
    curves, stubs = _curves(diagram.links, boxes), _stubs(diagram.drives, boxes)
    for link, curve in curves:
        draw_arrow(axes, link, curve, style)
    for link, curve in stubs:
        draw_arrow(axes, link, curve, style, drive=True)
    for region, box in boxes.items():
        draw_region(axes, region, box, diagram.within.get(region, ""))
    taken = [*boxes.values(), *(label_drive(axes, *stub, panel=panel) for stub in stubs)]
    everything = [curve for _, curve in (*curves, *stubs)]
    many = len(diagram.links) > MOST_LABELS
    for link, curve in sorted(curves, key=lambda each: (not each[0].sure, -abs(each[0].mean))):
        if (link.sure or not many) and not link.gone:
            taken.append(label_arrow(axes, link, curve, taken, everything, panel=panel))


def _curves(links: Sequence[Link], boxes: Mapping[str, Box]) -> list[tuple[Link, Curve]]:
    pairs = {(link.source, link.target) for link in links}
    made = []
    for link in links:
        returned = (link.target, link.source) in pairs
        bend = bend_of(link.source, link.target, boxes, returned=returned)
        made.append((link, join(boxes[link.source], boxes[link.target], bend=bend)))
    return made


def _stubs(drives: Sequence[Link], boxes: Mapping[str, Box]) -> list[tuple[Link, Curve]]:
    """Let inputs come from outside, fanned where a region has several."""
    places = dict(zip(boxes, around(len(boxes)), strict=True))
    outward = {"u": (0.0, 1.0), "d": (0.0, -1.0), "l": (-1.0, 0.0), "r": (1.0, 0.0)}
    made = []
    for region, box in boxes.items():
        mine = [link for link in drives if link.target == region]
        x, y = outward[_toward(places[region], len(boxes))]
        for place, link in enumerate(mine):
            slant = 0.8 * (place - (len(mine) - 1) / 2)
            reach = 0.5 if y else box.width / 2 + 0.3
            start = Box(
                x=box.x + reach * x + slant * abs(y),
                y=box.y + reach * y + 0.5 * slant * abs(x),
                width=0.0,
                height=0.0,
            )
            made.append((link, join(start, box, bend=0.0)))
    return made


def _legend(axes: Axes, style: Style) -> None:
    """Say what arrows mean."""
    axes.set_xlim(0, figure.WIDTH)
    axes.set_ylim(0, _KEY)
    axes.set_axis_off()
    strong, x, y = style.strongest or 1.0, 0.15, _KEY / 2
    faint = "less probable (grey: removed)" if style.graded else "95 % interval holds 0"
    for mean, low, high, words in (
        (0.6, 0.5, 0.7, "excites"),
        (-0.6, -0.7, -0.5, "inhibits"),
        (0.6, -0.1, 1.3, faint),
    ):
        link = Link(
            source="",
            target="",
            mean=mean * strong,
            low=low * strong,
            high=high * strong,
            probability=(0.65 if low * high < 0 else 1.0) if style.graded else float("nan"),
        )
        points = np.array([[x, y], [x + 0.2, y], [x + 0.4, y]])
        draw_arrow(axes, link, Curve(points=points), style)
        axes.text(x + 0.5, y, words, fontsize=SIZE, color=COLOURS["muted"], va="center")
        x += 0.75 + 0.0078 * SIZE * len(words)
    widths = [f"widest {number(style.strongest)} Hz"] if style.strongest else []
    widths += [f"inputs {number(style.strongest_drive)} Hz/16"] if style.strongest_drive else []
    tail = " · ".join([", ".join(widths), "in regions: self-inhibition [Hz]"]).removeprefix(" · ")
    axes.text(x, y, tail, fontsize=SIZE, color=COLOURS["muted"], va="center")


def _words(diagram: Diagram) -> str:
    """Tell a diagram in words."""
    told = [
        f"{link.source} to {link.target} {number(link.mean)} "
        f"[{number(link.low)}, {number(link.high)}]"
        for link in (*diagram.drives, *diagram.links)
        if link.sure
    ]
    return ", ".join(told) or "no connection is told from 0"
