"""Pictures of recovery: true parameters against fitted ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from empatune.reports import figure
from empatune.reports.behaviour_panels import GROUP, PEOPLE, grid, is_far, stretch
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html, number
from empatune.typing import FloatArray


def scatters(
    names: Sequence[str],
    true: Mapping[str, FloatArray],
    fitted: Mapping[str, FloatArray],
    correlation: Mapping[str, float],
    units: Mapping[str, str],
    name: str = "recovery",
) -> Html:
    """
    Draw true values against fitted ones, a panel a parameter.

    Parameters
    ----------
    names : sequence of str
        Parameters.
    true, fitted : mapping of str to ndarray, shape (n_simulated,)
        Values by parameter.
    correlation : mapping of str to float
        How well they agree.
    units : mapping of str to str
        Units by parameter.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    n_columns = min(4, max(2, len(names)))
    drawing, axes = grid(len(names), n_columns, 2.75)
    for place, (axis, one) in enumerate(zip(axes, names, strict=True)):
        _scatter(axis, np.asarray(true[one]), np.asarray(fitted[one]))
        unit = f" [{units[one]}]" if units.get(one) else ""
        figure.title(axis, f"{one}{unit} · r = {number(correlation[one])}")
        axis.set_xlabel("true", labelpad=1)
        if place % n_columns == 0:
            axis.set_ylabel("fitted")
    return figure.to_svg(drawing, name, "True parameters of simulated people against fitted ones.")


def _scatter(axis: Axes, true: FloatArray, fitted: FloatArray) -> None:
    """Draw one parameter; a far tail gets an axis that is stretched."""
    both = np.concatenate([true, fitted])
    low, high = float(both.min()), float(both.max())
    if is_far(both):
        stretch(axis, "xy")
        ends = (low / 1.15, high * 1.15)
    else:
        axis.xaxis.set_major_locator(MaxNLocator(4))
        axis.yaxis.set_major_locator(MaxNLocator(4))
        ends = (low - 0.05 * (high - low), high + 0.05 * (high - low))
    axis.plot(ends, ends, color=GROUP, linewidth=1.2, zorder=1)
    axis.set_xlim(ends)
    axis.set_ylim(ends)
    size = 3.0 if len(true) < 400 else 1.8
    points = axis.plot(true, fitted, "o", color=PEOPLE, markersize=size, alpha=0.45, mew=0)
    points[0].set_rasterized(len(true) > 3000)
    axis.grid(visible=True, axis="both", color=COLOURS["line"], linewidth=0.5, alpha=0.5)
