"""Panels of pictures of behaviour: colours, grids, axes that lie, which parameters share an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.parameters import Parameter
from empatune.reports import figure
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html, tag
from empatune.typing import FloatArray

PEOPLE, GROUP, ALONE = COLOURS["mentalizing"], COLOURS["care"], COLOURS["other"]
"""Colours: people in the group, the group itself, people alone."""

REACH = 1.959964
"""Half an interval of 95 % of a normal, in standard deviations."""

FAR = 8.0
"""An axis is stretched where the far tail lies so many times beyond the median."""

_SETTINGS = {"svg.fonttype": "none", "font.size": 8.5, "axes.labelsize": 8.5}


def card(drawn: Html) -> Html:
    """
    Put a picture into its card, which scrolls where the page is narrow.

    Parameters
    ----------
    drawn : Html
        The picture.

    Returns
    -------
    Html
        The card.
    """
    return tag("div", drawn, class_="card scroll")


def grid(n: int, n_columns: int, height: float) -> tuple[Figure, list[Axes]]:
    """
    Make panels in rows and columns.

    Parameters
    ----------
    n : int
        How many.
    n_columns : int
        How many beside one another.
    height : float
        Of a row [inch].

    Returns
    -------
    Figure
        The figure.
    list of Axes
        The panels, dressed.
    """
    n_rows = -(-n // n_columns)
    with mpl.rc_context(_SETTINGS):
        drawing = Figure(figsize=(figure.WIDTH, n_rows * height), facecolor="none")
        axes = drawing.subplots(n_rows, n_columns, squeeze=False).ravel()
        total = n_rows * height
        drawing.subplots_adjust(
            left=0.6 / figure.WIDTH,
            right=1 - 0.2 / figure.WIDTH,
            bottom=0.45 / total,
            top=1 - 0.32 / total,
            wspace=0.28,
            hspace=0.75 / (height - 0.75),
        )
    for panel in axes[n:]:
        panel.remove()
    for panel in axes[:n]:
        figure.dress(panel)
    return drawing, list(axes[:n])


def blocks(heights: Sequence[float], n_columns: int, left: float) -> tuple[Figure, list[Axes]]:
    """
    Make rows of panels of unequal heights, each with room for its axis.

    Parameters
    ----------
    heights : sequence of float
        Of the panels of each row [inch].
    n_columns : int
        How many beside one another.
    left : float
        Room for what stands left of the first [inch].

    Returns
    -------
    Figure
        The figure.
    list of Axes
        The panels row by row, dressed; they lie.
    """
    above, below, between = 0.26, 0.44, 0.18
    total = sum(heights) + (above + below) * len(heights)
    width = (figure.WIDTH - left - 0.1 - between * (n_columns - 1)) / n_columns
    top, axes = total, []
    with mpl.rc_context(_SETTINGS):
        drawing = Figure(figsize=(figure.WIDTH, total), facecolor="none")
        for height in heights:
            up = (top - above - height) / total
            for column in range(n_columns):
                start = (left + column * (width + between)) / figure.WIDTH
                axes.append(drawing.add_axes((start, up, width / figure.WIDTH, height / total)))
            top -= above + height + below
    for panel in axes:
        figure.dress(panel)
        lie(panel)
    return drawing, axes


def lie(axis: Axes) -> None:
    """
    Give a panel whose things lie below one another a grid that stands.

    Parameters
    ----------
    axis : Axes
        The panel.
    """
    axis.tick_params(axis="y", length=0, pad=8, labelcolor=COLOURS["ink"])
    axis.grid(visible=False, axis="y")
    axis.grid(visible=True, axis="x", color=COLOURS["line"], linewidth=0.5, alpha=0.5)


def room_for(names: Sequence[str]) -> float:
    """
    Say how much room names need that stand left of a panel.

    Parameters
    ----------
    names : sequence of str
        The names.

    Returns
    -------
    float
        Width [inch].
    """
    return min(2.8, 0.4 + 0.078 * max(map(len, names)))


def families(parameters: Sequence[Parameter]) -> list[list[int]]:
    """
    Put parameters together that are the same thing in several conditions.

    Parameters
    ----------
    parameters : sequence of Parameter
        Parameters of a model.

    Returns
    -------
    list of list of int
        Places of those that share the first word of the name, unit and bounds.
    """
    found: dict[tuple[object, ...], list[int]] = {}
    for place, one in enumerate(parameters):
        key = (one.name.split("_")[0], one.unit, one.lower, one.upper)
        found.setdefault(key, []).append(place)
    return list(found.values())


def is_stretched(fit: Fit, places: Sequence[int]) -> bool:
    """
    Tell whether values above a lower bound of 0 reach too far for an even axis.

    Parameters
    ----------
    fit : Fit
        Whose values they are.
    places : sequence of int
        Places of parameters that share an axis.

    Returns
    -------
    bool
        True if the axis shall be logarithmic.
    """
    every = [fit.model.parameters[place] for place in places]
    if any(one.lower != 0 or np.isfinite(one.upper) for one in every):
        return False
    values = np.concatenate([fit.values[one.name] for one in every])
    return is_far(values)


def is_far(values: FloatArray) -> bool:
    """
    Tell whether values reach too far for an even axis.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The values.

    Returns
    -------
    bool
        True if they are positive with a far tail.
    """
    above = bool((values > 0).all())
    return above and bool(np.quantile(values, 0.98) > FAR * float(np.median(values)))


class _FewTicks(LogLocator):
    """Ticks of a logarithmic axis, within decades only where there are few of them."""

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        few = np.log10(vmax / vmin) < 1.8
        self.set_params(subs=(1.0, 2.0, 5.0) if few else (1.0,))
        return super().tick_values(vmin, vmax)


def stretch(axis: Axes, which: Literal["x", "y", "xy"] = "x") -> None:
    """
    Make axes logarithmic, with numbers as people write them.

    Parameters
    ----------
    axis : Axes
        The panel.
    which : {'x', 'y', 'xy'}
        The lying axis, the standing one, or both.
    """
    if "x" in which:
        axis.set_xscale("log")
    if "y" in which:
        axis.set_yscale("log")
    for one in [{"x": axis.xaxis, "y": axis.yaxis}[letter] for letter in which]:
        one.set_major_locator(_FewTicks(numticks=5))
        one.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        one.set_minor_locator(NullLocator())


def agreement(axis: Axes, across: FloatArray, up: FloatArray) -> None:
    """
    Draw two values of each person against each other, on equal axes with the line of equals.

    Parameters
    ----------
    axis : Axes
        The panel.
    across, up : ndarray, shape (n_people,)
        The values; a far tail gets axes that are stretched.
    """
    both = np.concatenate([across, up])
    low, high = float(both.min()), float(both.max())
    if is_far(both):
        stretch(axis, "xy")
        ends = (low / 1.15, high * 1.15)
    else:
        axis.xaxis.set_major_locator(MaxNLocator(4))
        axis.yaxis.set_major_locator(MaxNLocator(4))
        ends = (low - 0.05 * (high - low), high + 0.05 * (high - low))
    axis.plot(ends, ends, color=GROUP, linewidth=1.2, zorder=1)
    size = 3.0 if len(up) < 400 else 1.8
    points = axis.plot(across, up, "o", color=PEOPLE, markersize=size, alpha=0.5, mew=0)
    points[0].set_rasterized(len(up) > 3000)
    axis.set_xlim(ends)
    axis.set_ylim(ends)
    axis.grid(visible=True, axis="both", color=COLOURS["line"], linewidth=0.5, alpha=0.5)
