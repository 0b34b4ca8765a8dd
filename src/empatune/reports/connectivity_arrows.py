"""The parts of a path diagram: arrows, regions, and the numbers beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path as Outline

from empatune.reports.connectivity_layout import Box, Curve, grown, place_label
from empatune.reports.connectivity_links import Link
from empatune.reports.figure import COLOURS
from empatune.reports.markup import number
from empatune.typing import FloatArray

POSITIVE, NEGATIVE = COLOURS["bad"], COLOURS["mentalizing"]
"""Colours of the signs; the ends of arrows tell them too."""

FAINT = 0.32
"""Opacity of an arrow whose interval holds 0."""

SIZE = 8.0
"""Of a strength [points]."""

_SMALL = 6.3
_THINNEST, _THICKEST = 0.8, 4.2
_LETTER = 0.0084
"""Width of a letter, times the size of its type [inch]."""

_POINT = 1 / 72
"""An inch has 72 points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the diagrams of one figure are drawn, so that they can be compared.

    Attributes
    ----------
    strongest, strongest_drive : float
        Strengths with the thickest arrow; 0 without arrows.
    graded : bool
        Whether probability is opacity.
    """

    strongest: float
    strongest_drive: float
    graded: bool


def width_of(region: str) -> float:
    """
    Give the width of a region's box.

    Parameters
    ----------
    region : str
        Its name.

    Returns
    -------
    float
        Width [inch].
    """
    return max(0.56, 0.18 + 9.0 * _LETTER * len(region))


def draw_arrow(
    axes: Axes,
    link: Link,
    curve: Curve,
    style: Style,
    *,
    drive: bool = False,
    unit: float = 1.0,
) -> None:
    """
    Draw an arrow: a head for excitation, a bar for inhibition.

    Parameters
    ----------
    axes : Axes
        A panel in inches.
    link : Link
        What it stands for.
    curve : Curve
        Its course.
    style : Style
        Widths and opacity.
    drive : bool
        Whether it comes from an input.
    unit : float
        Units of the panel in an inch.
    """
    strongest = (style.strongest_drive if drive else style.strongest) or 1.0
    width = _THINNEST + (_THICKEST - _THINNEST) * min(abs(link.mean) / strongest, 1.0)
    ink = COLOURS["line"] if link.gone else POSITIVE if link.mean >= 0 else NEGATIVE
    look: dict[str, Any] = {"alpha": _opacity(link, style), "zorder": 2.0}
    tip, back = curve.points[2], curve.points[1] - curve.points[2]
    back = back / (np.hypot(*back) or 1.0)
    across = np.array([-back[1], back[0]])
    reach = unit * width * _POINT / 2
    if link.mean >= 0:
        length, half = 0.07 * unit + 1.6 * reach, 0.032 * unit + 1.75 * reach
        corners = [tip, tip + length * back + half * across, tip + length * back - half * across]
        axes.add_patch(Polygon(corners, closed=True, facecolor=ink, edgecolor="none", **look))
        stop = length
    else:
        half, thick = 0.05 * unit + 2.2 * reach, 0.022 * unit + 0.6 * reach
        edge = np.array([tip + half * across, tip - half * across])
        corners = [*edge, *(edge[::-1] + thick * back)]
        axes.add_patch(Polygon(corners, closed=True, facecolor=ink, edgecolor="none", **look))
        stop = thick
    shaft = curve.between(0.0, _before_end(curve, stop))
    codes = [Outline.MOVETO, Outline.CURVE3, Outline.CURVE3]
    line = PathPatch(
        Outline(shaft.points, codes),
        facecolor="none",
        edgecolor=ink,
        linewidth=width,
        capstyle="butt",
        **look,
    )
    axes.add_patch(line)


def draw_region(axes: Axes, region: str, box: Box, within: str) -> None:
    """
    Draw a region with its name.

    Parameters
    ----------
    axes : Axes
        A panel in inches.
    region : str
        The name.
    box : Box
        Its place.
    within : str
        What is written below the name.
    """
    inner = grown(box, -0.06)
    axes.add_patch(
        FancyBboxPatch(
            (inner.x - inner.width / 2, inner.y - inner.height / 2),
            inner.width,
            inner.height,
            boxstyle="round,pad=0.06,rounding_size=0.17",
            facecolor=COLOURS["paper"],
            edgecolor=COLOURS["ink"],
            linewidth=1.2,
            zorder=3,
        )
    )
    raised = 0.07 if within else 0.0
    look: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
    axes.text(
        box.x, box.y + raised, region, fontsize=9, fontweight="bold", color=COLOURS["ink"], **look
    )
    if within:
        axes.text(box.x, box.y - 0.1, within, fontsize=_SMALL, color=COLOURS["muted"], **look)


def label_arrow(
    axes: Axes,
    link: Link,
    curve: Curve,
    taken: Sequence[Box],
    others: Sequence[Curve],
    *,
    panel: Box,
) -> Box:
    """
    Write strength and interval beside an arrow.

    Parameters
    ----------
    axes : Axes
        A panel in inches.
    link : Link
        What it stands for.
    curve : Curve
        Its course.
    taken : sequence of Box
        Regions and labels that are there.
    others : sequence of Curve
        All arrows.
    panel : Box
        What labels must not leave.

    Returns
    -------
    Box
        Where it stands.
    """
    words = (number(link.mean), f"[{number(link.low)}, {number(link.high)}]")
    box = place_label(curve, _size_of(words), taken, others, panel=panel)
    _write(axes, box, words, link)
    return box


def label_drive(axes: Axes, link: Link, curve: Curve, *, panel: Box) -> Box:
    """
    Write an input's name, strength and interval at the tail of its arrow.

    Parameters
    ----------
    axes : Axes
        A panel in inches.
    link : Link
        What it stands for.
    curve : Curve
        Its course.
    panel : Box
        What labels must not leave.

    Returns
    -------
    Box
        Where it stands.
    """
    away = curve.points[0] - curve.points[2]
    away = away / (np.hypot(*away) or 1.0)
    words = (
        f"{link.source} {number(link.mean)}",
        f"[{number(link.low)}, {number(link.high)}]",
    )
    width, height = _size_of(words)
    x, y = curve.points[0] + away * (width / 2 if abs(away[0]) > 0.8 else 0.1, height / 2 + 0.02)
    limit = (panel.width - width) / 2
    box = Box(
        x=float(np.clip(x, panel.x - limit, panel.x + limit)),
        y=float(y),
        width=width,
        height=height,
    )
    _write(axes, box, words, link)
    return box


def _opacity(link: Link, style: Style) -> float:
    if link.gone:
        return 1.0
    if style.graded and np.isfinite(link.probability):
        return float(np.clip(2 * link.probability - 1, 0.15, 1.0))
    return 1.0 if link.sure else FAINT


def _before_end(curve: Curve, length: float) -> float:
    """Give the share of a curve that is as far from its end as a head is long."""
    shares = np.linspace(0, 1, 201)
    away: FloatArray = np.hypot(*(curve.at(shares) - curve.points[2]).T)
    return float(shares[np.flatnonzero(away >= length * 0.97)[-1]]) if away[0] > length else 0.0


def _size_of(words: tuple[str, str]) -> tuple[float, float]:
    return 0.06 + _LETTER * max(len(words[0]) * SIZE, len(words[1]) * _SMALL), 0.26


def _write(axes: Axes, box: Box, words: tuple[str, str], link: Link) -> None:
    sign = POSITIVE if link.mean >= 0 else NEGATIVE
    axes.add_patch(
        FancyBboxPatch(
            (box.x - box.width / 2 + 0.03, box.y - box.height / 2 + 0.03),
            box.width - 0.06,
            box.height - 0.06,
            boxstyle="round,pad=0.02,rounding_size=0.05",
            facecolor=COLOURS["paper"],
            edgecolor="none",
            alpha=0.92,
            zorder=5,
        )
    )
    for text, size, up, weight, ink in (
        (words[0], SIZE, 0.055, "bold" if link.sure else "normal", sign),
        (words[1], _SMALL, -0.065, "normal", COLOURS["ink"]),
    ):
        axes.text(
            box.x,
            box.y + up,
            text,
            fontsize=size,
            fontweight=weight,
            color=ink if link.sure else COLOURS["muted"],
            ha="center",
            va="center",
            zorder=6,
        )
