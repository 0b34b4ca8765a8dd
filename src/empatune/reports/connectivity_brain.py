"""Connections at their place on a glass brain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from empatune.decoding.connections.records import RegionPart
from empatune.errors import UsageError
from empatune.reports import figure
from empatune.reports.connectivity_arrows import Style, draw_arrow
from empatune.reports.connectivity_layout import Box, bend_of, join
from empatune.reports.connectivity_links import Diagram
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html
from empatune.systems import Region, find

_VIEWS = (("x", (1, 2), "from the right"), ("z", (0, 1), "from above"))
"""nilearn's name of the view, the coordinates that it shows, and what it is."""

_MM = 25.0
"""An inch of the drawn brain, which sets how thick arrows are [mm]."""

_NODE_MM = 2.7


def places_of(parts: Mapping[str, RegionPart]) -> dict[str, tuple[float, float, float]]:
    """
    Find where regions lie.

    Parameters
    ----------
    parts : mapping of str to RegionPart
        Regions of a file of networks.

    Returns
    -------
    dict of str to tuple of float
        Centres in MNI space; regions on both sides on the right, masks and columns of tables of
        no known name not at all [mm].
    """
    found = {}
    for name, part in parts.items():
        place = part.mm or (None if part.mask else place_of(part.system or name))
        if place is not None:
            found[name] = place
    return found


def place_of(name: str) -> tuple[float, float, float] | None:
    """
    Find where a region of the component systems lies.

    Parameters
    ----------
    name : str
        Its name, with ``left`` or ``right`` where wanted.

    Returns
    -------
    tuple of float or None
        Mean of its leading peaks, on the right where it has two sides; None where there is no
        such region [mm].
    """
    words = name.strip().rsplit(" ", 1)
    side = words[1].lower() if len(words) == 2 and words[1].lower() in ("left", "right") else ""
    try:
        region = find(words[0] if side else name)
    except UsageError:
        return None
    if not isinstance(region, Region):
        return None
    peaks = np.array([(peak.x, peak.y, peak.z) for peak in region.leading])
    if not region.medial:
        peaks[:, 0] = np.abs(peaks[:, 0]) * (-1 if side == "left" else 1)
    x, y, z = peaks.mean(axis=0)
    return float(x), float(y), float(z)


def on_brain(diagrams: Sequence[Diagram], places: Mapping[str, tuple[float, float, float]]) -> Html:
    """
    Draw connections on glass brains.

    Parameters
    ----------
    diagrams : sequence of Diagram
        One or two, below one another.
    places : mapping of str to tuple of float
        Where regions lie in MNI space [mm].

    Returns
    -------
    Html
        The picture.
    """
    drawing = draw_brain(diagrams, places)
    words = "; ".join(each.title for each in diagrams)
    made = figure.to_png(drawing, f"Connections on a glass brain: {words}.", dpi=130)
    return Html(made.replace("<img ", '<img style="background: #fff" ', 1))


def draw_brain(
    diagrams: Sequence[Diagram], places: Mapping[str, tuple[float, float, float]]
) -> Figure:
    """
    Draw connections on glass brains, seen from the right and from above.

    Parameters
    ----------
    diagrams : sequence of Diagram
        Rows of the picture.
    places : mapping of str to tuple of float
        Where regions lie in MNI space [mm].

    Returns
    -------
    Figure
        On a light ground.
    """
    from nilearn import plotting  # slow to load

    height = 3.6
    drawing = Figure(figsize=(figure.WIDTH, height * len(diagrams)), facecolor="white")
    FigureCanvasAgg(drawing)
    links = [link for each in diagrams for link in each.links]
    strongest = max((abs(link.mean) for link in links), default=1.0) or 1.0
    graded = any(np.isfinite(link.probability) for link in links)
    style = Style(strongest=strongest, strongest_drive=1.0, graded=graded)
    for row, diagram in enumerate(diagrams):
        low = 1 - (row + 1) / len(diagrams)
        for column, (mode, across, words) in enumerate(_VIEWS):
            box = (0.03 + 0.46 * column, low, 0.5 - 0.04 * column, 0.9 / len(diagrams))
            axes = drawing.add_axes(box)
            display = plotting.plot_glass_brain(
                None, display_mode=mode, axes=axes, annotate=False, black_bg=False, alpha=0.45
            )
            panel: Axes = next(iter(display.axes.values())).ax
            _view(
                panel, diagram, {k: (v[across[0]], v[across[1]]) for k, v in places.items()}, style
            )
            panel.set_title(words, fontsize=8.5, color=COLOURS["muted"], pad=2)
        drawing.text(
            0.012, low + 0.985 / len(diagrams), diagram.title, fontsize=10, fontweight="bold",
            va="top", color=COLOURS["ink"],
        )  # fmt: skip
    return drawing


def _view(
    axes: Axes, diagram: Diagram, places: Mapping[str, tuple[float, float]], style: Style
) -> None:
    """Draw nodes, names and arrows into one view."""
    boxes = {
        name: Box(x=x / _MM, y=y / _MM, width=2 * _NODE_MM / _MM, height=2 * _NODE_MM / _MM)
        for name, (x, y) in places.items()
    }
    pairs = {(link.source, link.target) for link in diagram.links}
    for link in sorted(diagram.links, key=lambda each: each.sure):
        bend = bend_of(
            link.source, link.target, boxes, returned=(link.target, link.source) in pairs
        )
        curve = join(boxes[link.source], boxes[link.target], bend=bend)
        draw_arrow(axes, link, curve.scaled(_MM), style, unit=_MM)
    middle = np.mean(list(places.values()), axis=0)
    for name, (x, y) in places.items():
        axes.add_patch(
            Circle((x, y), _NODE_MM, facecolor="white", edgecolor=COLOURS["ink"], lw=1.2, zorder=4)
        )
        away = np.array([x, y]) - middle
        away = away / (np.hypot(*away) or 1.0)
        axes.text(
            x + 8 * away[0],
            y + 7 * away[1],
            name,
            fontsize=8.5,
            fontweight="bold",
            ha="left" if away[0] > 0.4 else "right" if away[0] < -0.4 else "center",
            va="center",
            color=COLOURS["ink"],
            zorder=6,
        )
