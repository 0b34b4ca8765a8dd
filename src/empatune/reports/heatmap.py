"""A table of numbers as coloured cells."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from empatune.reports import figure
from empatune.reports.markup import Html, number
from empatune.typing import FloatArray

_DIVERGING = LinearSegmentedColormap.from_list(
    "effects", ["#2a6fb8", "#a9c8e6", "#f4f1ea", "#f0bf9a", "#c0562a"]
)


def heatmap(
    values: FloatArray,
    rows: list[str],
    columns: list[str],
    marks: list[list[str]],
    name: str,
    title: str,
    *,
    reach: float | None = None,
) -> Html:
    """Draw a table of numbers as coloured cells.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_columns)
        The numbers; cells that are not known stay empty.
    rows, columns : list of str
        What stands beside and below.
    marks : list of list of str
        What stands behind each number.
    name : str
        A short name that no other figure of the page has.
    title : str
        What the table shows.
    reach : float, optional
        The number with the strongest colour; the largest if not given.

    Returns
    -------
    Html
        The picture.
    """
    longest = max(len(word) for word in rows)
    left = min(3.6, 0.4 + 0.075 * longest)
    drawing, (axis,) = figure.row(1, 1.75 + 0.34 * len(rows), left=left)
    drawing.subplots_adjust(bottom=1.15 / (1.75 + 0.34 * len(rows)))
    top = reach or max(0.5, float(np.nanmax(np.abs(values), initial=0.0)))
    axis.pcolormesh(values[::-1], cmap=_DIVERGING, vmin=-top, vmax=top, edgecolors="none")
    for i, line in enumerate(values[::-1]):
        for j, value in enumerate(line):
            if np.isfinite(value):
                words = number(float(value)) + marks[::-1][i][j]
                shade = "#1d1d1b" if abs(value) < 0.75 * top else "#ffffff"
                axis.text(j + 0.5, i + 0.5, words, ha="center", va="center", color=shade, size=7.5)
    axis.set_yticks(np.arange(len(rows)) + 0.5, rows[::-1])
    axis.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=35, ha="right")
    axis.tick_params(length=0)
    axis.grid(visible=False)
    figure.title(axis, title)
    return figure.to_svg(drawing, name, title)
