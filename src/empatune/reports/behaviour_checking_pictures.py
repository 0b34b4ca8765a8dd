"""Pictures of what people did beside what the model's people do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empatune.reports import figure
from empatune.reports.behaviour_panels import grid
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html

if TYPE_CHECKING:
    import pandas as pd

OBSERVED, PREDICTED, BESIDE = COLOURS["ink"], COLOURS["care"], COLOURS["bad"]
"""Colours: people, simulated people, people who are not among what is simulated."""

_KINDS = {"share of choice 1": "share of choice 1", "mean rating": "mean rating",
          "rt": "rt [s]: 10, 50, 90 %", "mean outcome": "mean outcome"}  # fmt: skip
"""What is drawn together, with its axis; quantiles of response times share one."""


def checks(table: pd.DataFrame, name: str = "checks") -> Html:
    """
    Draw statistics of people beside those of simulated people.

    Parameters
    ----------
    table : pandas.DataFrame
        What `empatune.behaviour.checking.check` gives.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture: a row a kind of statistic; over trials, by condition, by person.
    """
    described = "What people did beside what simulated people do."
    return figure.to_svg(drawn_checks(table), name, described)


def drawn_checks(table: pd.DataFrame) -> Figure:
    """
    Draw statistics of people beside those of simulated people, for a page or a file.

    Parameters
    ----------
    table : pandas.DataFrame
        What `empatune.behaviour.checking.check` gives, or ``checks.tsv`` read again.

    Returns
    -------
    Figure
        The picture.
    """
    kinds = [kind for kind in _KINDS if table["statistic"].str.startswith(kind).any()]
    by = [one for one in dict.fromkeys(table["by"]) if one != "all"]
    drawing, axes = grid(len(kinds) * len(by), len(by), 2.6)
    for row, kind in enumerate(kinds):
        mine = table[table["statistic"].str.startswith(kind)]
        panels = axes[row * len(by) : (row + 1) * len(by)]
        for axis, one in zip(panels, by, strict=True):
            shown = mine[mine["by"] == one]
            if one == "participant":
                _people(axis, shown[shown["statistic"] == _middle(shown)])
                continue
            for _, part in shown.groupby("statistic", sort=False):
                (_course if one == "bin" else _conditions)(axis, part)
            figure.title(axis, "over trials" if one == "bin" else f"by {one}")
        _share_axis(panels[: len(by) - ("participant" in by)])
        panels[0].set_ylabel(_KINDS[kind])
    drawing.subplots_adjust(bottom=0.68 / float(drawing.get_size_inches()[1]))
    _key(drawing, axes[0])
    return drawing


def _middle(shown: pd.DataFrame) -> str:
    """Choose the statistic that is drawn of each person: the median of times."""
    names = list(dict.fromkeys(shown["statistic"]))
    return str(names[len(names) // 2])


def _course(axis: Axes, part: pd.DataFrame) -> None:
    """Draw what follows each other as lines with bands."""
    across = np.arange(len(part), dtype=float)
    axis.fill_between(across, part["lower"], part["upper"], color=PREDICTED, alpha=0.3, linewidth=0)
    axis.plot(across, part["predicted"], color=PREDICTED, linewidth=1.6)
    axis.plot(across, part["observed"], "o-", color=OBSERVED, markersize=4, linewidth=0.8)
    axis.set_xticks([0, len(part) - 1], ["first trials", "last"])


def _conditions(axis: Axes, part: pd.DataFrame) -> None:
    """Draw what stands beside each other as bars with points."""
    across = np.arange(len(part), dtype=float)
    low, high = part["lower"].to_numpy(), part["upper"].to_numpy()
    axis.bar(across, high - low, 0.55, low, color=PREDICTED, alpha=0.35, linewidth=0)
    axis.hlines(part["predicted"], across - 0.275, across + 0.275, color=PREDICTED, linewidth=1.8)
    axis.plot(across, part["observed"], "o", color=OBSERVED, markersize=5)
    axis.set_xticks(across, list(part["place"]))
    axis.set_xlim(-0.7, len(across) - 0.3)
    if part["place"].str.len().sum() > 24:
        for word in axis.get_xticklabels():
            word.set(rotation=20, ha="right")


def _people(axis: Axes, part: pd.DataFrame) -> None:
    """Draw each person's statistic against that of their simulations."""
    beside = (part["observed"] < part["lower"]) | (part["observed"] > part["upper"])
    ends = [float(part[["observed", "lower"]].min().min()),
            float(part[["observed", "upper"]].max().max())]  # fmt: skip
    axis.plot(ends, ends, color=COLOURS["line"], linewidth=1)
    for away, shade in ((~beside, OBSERVED), (beside, BESIDE)):
        some = part[away]
        axis.hlines(
            some["observed"],
            some["lower"],
            some["upper"],
            color=PREDICTED,
            linewidth=0.7,
            alpha=0.5,
        )
        axis.plot(some["predicted"], some["observed"], "o", color=shade, markersize=3, alpha=0.8)
    axis.set_xlabel("simulated", labelpad=1)
    figure.title(axis, f"people: {int(beside.sum())} of {len(part)} outside")


def _share_axis(panels: list[Axes]) -> None:
    """Give panels of one kind the same heights."""
    ends = [axis.get_ylim() for axis in panels]
    for axis in panels:
        axis.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))


def _key(drawing: Figure, axis: Axes) -> None:
    """Say which colour is what."""
    handles = [
        axis.plot([], [], "o", color=OBSERVED, markersize=4)[0],
        axis.plot([], [], "-", color=PREDICTED, linewidth=5, alpha=0.5)[0],
    ]
    words = ["people", "simulated people, 95 %"]
    drawing.legend(
        handles, words, loc="lower right", ncols=2, frameon=False, fontsize=8.5,
        borderaxespad=0.1, labelcolor=COLOURS["ink"],
    )  # fmt: skip
