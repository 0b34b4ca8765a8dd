"""Pictures of what people did beside what the model's people do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from empatune.reports import figure
from empatune.reports.behaviour_pictures import grid
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html
from empatune.typing import FloatArray

OBSERVED, PREDICTED = COLOURS["ink"], COLOURS["care"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """A statistic of people and of simulated people, over bins or conditions.

    Attributes
    ----------
    title : str
        Of what it is.
    statistic : str
        What is measured.
    places : tuple of str
        Names of bins or conditions.
    ordered : bool
        Whether places follow each other, so that a line joins them.
    observed, predicted : ndarray, shape (n_places, 3)
        Mean and the ends of an interval of 95 %.
    """

    title: str
    statistic: str
    places: tuple[str, ...]
    ordered: bool
    observed: FloatArray
    predicted: FloatArray


def courses(shown: Sequence[Course], name: str = "checks") -> Html:
    """
    Draw statistics of people beside those of simulated people.

    Parameters
    ----------
    shown : sequence of Course
        What is drawn, a panel each.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    n_columns = 1 if len(shown) == 1 else 2 if len(shown) in (2, 4) else 3
    drawing, axes = grid(len(shown), n_columns, 2.5)
    low = min(float(np.nanmin(part)) for one in shown for part in (one.observed, one.predicted))
    high = max(float(np.nanmax(part)) for one in shown for part in (one.observed, one.predicted))
    room = 0.06 * (high - low or 1.0)
    for place, (axis, one) in enumerate(zip(axes, shown, strict=True)):
        if one.ordered:
            _course(axis, one)
        else:
            _conditions(axis, one)
        axis.set_ylim(low - room, high + room)
        figure.title(axis, one.title)
        if place % n_columns == 0:
            axis.set_ylabel(one.statistic)
    handles = [
        axes[0].plot([], [], "o-", color=OBSERVED, markersize=4, linewidth=1)[0],
        axes[0].plot([], [], "-", color=PREDICTED, linewidth=5, alpha=0.5)[0],
    ]
    drawing.legend(
        handles,
        ["people", "the model's people"],
        loc="upper right",
        ncols=2,
        frameon=False,
        fontsize=8.5,
        borderaxespad=0.1,
        labelcolor=COLOURS["ink"],
    )
    return figure.to_svg(drawing, name, "What people did beside what simulated people do.")


def _course(axis: Axes, one: Course) -> None:
    """Draw what follows each other as lines with bands."""
    across = np.arange(len(one.places), dtype=float)
    mean, low, high = one.predicted.T
    axis.fill_between(across, low, high, color=PREDICTED, alpha=0.3, linewidth=0)
    axis.plot(across, mean, color=PREDICTED, linewidth=1.6)
    _points(axis, across, one.observed)
    axis.plot(across, one.observed[:, 0], color=OBSERVED, linewidth=0.8, alpha=0.7)
    step = max(1, len(across) // 8)
    axis.set_xticks(across[::step], one.places[::step])


def _conditions(axis: Axes, one: Course) -> None:
    """Draw what stands beside each other as bars with points."""
    across = np.arange(len(one.places), dtype=float)
    mean, low, high = one.predicted.T
    axis.bar(across, high - low, 0.55, low, color=PREDICTED, alpha=0.4, linewidth=0)
    axis.hlines(mean, across - 0.275, across + 0.275, color=PREDICTED, linewidth=1.8)
    _points(axis, across, one.observed)
    axis.set_xticks(across, one.places)
    if sum(map(len, one.places)) > 30:
        for word in axis.get_xticklabels():
            word.set(rotation=20, ha="right")
    axis.set_xlim(-0.7, len(across) - 0.3)


def _points(axis: Axes, across: FloatArray, observed: FloatArray) -> None:
    """Draw what people did, with intervals."""
    mean, low, high = observed.T
    axis.vlines(across, low, high, color=OBSERVED, linewidth=1.1)
    axis.plot(across, mean, "o", color=OBSERVED, markersize=4)
