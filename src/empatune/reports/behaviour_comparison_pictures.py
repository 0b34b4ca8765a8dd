"""Pictures of models compared: criteria, evidence of each person, how frequent models are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from empatune.reports import figure
from empatune.reports.behaviour_panels import blocks, room_for
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html, number
from empatune.typing import FloatArray

_SHADES = tuple(
    COLOURS[one]
    for one in (
        "mentalizing", "care", "sharing", "concern", "distress", "feedback", "regulate", "transfer",
    )
)  # fmt: skip
"""Colours of models in their order."""

_FILLING = LinearSegmentedColormap.from_list("share", ["#f7f4ec", "#e9c98a", "#b7790f", "#7a4a00"])

FAR = 5.0
"""Evidence that counts as decisive for one person, odds of 150: colours end here [nats]."""

MOST_NAMED = 40
"""People who are named below a picture."""

MOST_CELLS = 4000
"""Cells that are drawn one by one; more become an image."""

_SETTINGS = {"svg.fonttype": "none", "font.size": 8.5}


def shades(models: Sequence[str]) -> dict[str, str]:
    """
    Give each model its colour, the same in every picture.

    Parameters
    ----------
    models : sequence of str
        The models.

    Returns
    -------
    dict of str to str
        Colours; of many models the last share a quiet one.
    """
    return dict(zip_longest(models, _SHADES[: len(models)], fillvalue=COLOURS["other"]))


def criteria(
    models: Sequence[str],
    behind: Mapping[str, FloatArray],
    name: str = "criteria",
) -> Html:
    """
    Draw how far each model is behind the best, by criterion.

    Parameters
    ----------
    models : sequence of str
        The models.
    behind : mapping of str to ndarray, shape (n_models,)
        By criterion, how much worse each is than the best; 0 for the best, NaN if not known.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    drawing, axes = blocks([0.3 * len(models)], len(behind), room_for(models))
    for place, (axis, (words, values)) in enumerate(zip(axes, behind.items(), strict=True)):
        longest = float(np.nanmax(values, initial=0.0)) or 1.0
        _bars(axis, models, values, labelled=place == 0)
        for row, value in enumerate(values):
            if not np.isfinite(value):
                continue
            best = value == 0
            shown = "best" if best else number(float(value), 0 if value >= 10 else 1)
            axis.text(value + 0.03 * longest, row, shown, va="center", size=8,
                      weight="bold" if best else "normal", color=COLOURS["ink"])  # fmt: skip
        axis.set_xlim(0, 1.28 * longest)
        axis.set_xlabel("behind the best", labelpad=1)
        figure.title(axis, words)
    return figure.to_svg(drawing, name, "How far each model is behind the best, by criterion.")


def _bars(axis: Axes, models: Sequence[str], values: FloatArray, *, labelled: bool) -> None:
    """Draw a lying bar a model; one of no length keeps a mark of its colour."""
    rows = range(len(models))
    colours = list(shades(models).values())
    axis.barh(rows, np.nan_to_num(values), height=0.6, color=colours, alpha=0.85)
    for row, value in enumerate(values):
        if value == 0:
            axis.plot([0], [row], "o", color=colours[row], markersize=7, clip_on=False, zorder=3)
    axis.set_yticks(rows, models if labelled else [""] * len(models))
    axis.set_ylim(len(models) - 0.45, -0.55)


def frequencies(
    models: Sequence[str],
    frequency: FloatArray,
    protected: FloatArray,
    n_winners: Sequence[int],
    name: str = "frequencies",
) -> Html:
    """
    Draw how frequent each model is among people.

    Parameters
    ----------
    models : sequence of str
        The models.
    frequency, protected : ndarray, shape (n_models,)
        Expected frequency, and protected exceedance probability.
    n_winners : sequence of int
        For how many people each model is the best.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    drawing, axes = blocks([0.3 * len(models)], 3, room_for(models))
    shares = np.asarray(n_winners, float) / max(sum(n_winners), 1)
    kinds = (
        ("best for this share of people", shares),
        ("expected frequency", frequency),
        ("protected exceedance probability", protected),
    )
    for place, (axis, (words, values)) in enumerate(zip(axes, kinds, strict=True)):
        _bars(axis, models, values, labelled=place == 0)
        best = int(np.nanargmax(values))
        for row, value in enumerate(values):
            axis.text(value + 0.03, row, number(float(value)), va="center", size=8,
                      weight="bold" if row == best else "normal", color=COLOURS["ink"])  # fmt: skip
        axis.set_xlim(0, 1.22)
        axis.set_xticks([0, 0.5, 1])
        figure.title(axis, words)
    return figure.to_svg(drawing, name, "How frequent each model is among people.")


def people_strip(
    models: Sequence[str], people: Sequence[str], evidence: FloatArray, name: str = "evidence"
) -> Html:
    """
    Draw the evidence of each person for each model, below that person's best.

    Parameters
    ----------
    models, people : sequence of str
        Models and people.
    evidence : ndarray, shape (n_people, n_models)
        Log evidence, or what stands for it [nats].
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    behind = evidence.max(axis=1, keepdims=True) - evidence
    winner = behind.argmin(axis=1)
    lead = np.sort(behind, axis=1)[:, 1] if len(models) > 1 else np.zeros(len(people))
    order = np.lexsort((-lead, winner))
    named = len(people) <= MOST_NAMED
    below = 0.3 + 0.06 * max(map(len, people)) if named else 0.5
    height = 0.3 + below + 0.3 * len(models)
    drawing, (axis,) = figure.row(1, height, left=room_for(models))
    drawing.subplots_adjust(right=1 - 1.15 / figure.WIDTH, bottom=below / height)
    cells = [
        Rectangle((column, row), 1, 1) for row in range(len(models)) for column in range(len(order))
    ]
    filled = [
        to_rgba(shade, _opacity(value))
        for shade, row in zip(shades(models).values(), behind[order].T, strict=True)
        for value in row
    ]
    made = PatchCollection(cells, facecolors=filled, edgecolors="none")
    made.set_rasterized(len(cells) > MOST_CELLS)
    axis.add_collection(made)
    if named:
        axis.plot(np.arange(len(people)) + 0.5, winner[order] + 0.5, "o", color=COLOURS["paper"],
                  markersize=3)  # fmt: skip
    axis.set_xlim(0, len(people))
    axis.set_ylim(len(models), 0)
    axis.set_yticks(np.arange(len(models)) + 0.5, models)
    axis.tick_params(length=0, axis="y", labelcolor=COLOURS["ink"])
    axis.grid(visible=False)
    if named:
        names = [people[place] for place in order]
        axis.set_xticks(np.arange(len(people)) + 0.5, names, rotation=90, size=6.5)
    else:
        axis.set_xlabel(f"{len(people)} people, by their best model")
    _key(drawing, below, height)
    return figure.to_svg(drawing, name, "Evidence of each person for each model.")


def _opacity(behind: float) -> float:
    """Say how strong the colour of a model is that lies behind a person's best."""
    return 1 - 0.94 * min(float(behind), FAR) / FAR


def _key(drawing: Figure, below: float, height: float) -> None:
    """Say how far behind a faded colour is."""
    n_steps = int(FAR) + 1
    tall = min(0.16 * n_steps, height - below - 0.1)
    place = ((figure.WIDTH - 0.98) / figure.WIDTH, 1 - (tall + 0.3) / height, 0.016, tall / height)
    axis = drawing.add_axes(place)
    figure.dress(axis)
    for step in range(n_steps):
        shade = to_rgba(COLOURS["ink"], _opacity(step))
        axis.add_patch(Rectangle((0, step), 1, 1, facecolor=shade, edgecolor="none"))
    axis.set_xlim(0, 1)
    axis.set_ylim(n_steps, 0)
    axis.set_xticks([])
    axis.yaxis.tick_right()
    axis.set_yticks([0.5, n_steps - 0.5], ["best", f"{FAR:g} nats\nbehind"], size=8)
    axis.tick_params(length=0, pad=3)
    axis.grid(visible=False)
    for side in axis.spines.values():
        side.set_visible(False)


def matrix(
    values: FloatArray, rows: Sequence[str], columns: Sequence[str], title: str, axis: Axes
) -> None:
    """
    Draw shares as a matrix with its numbers.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_columns)
        Shares, from 0 to 1.
    rows, columns : sequence of str
        What stands beside and below.
    title : str
        What it shows.
    axis : Axes
        Where.
    """
    axis.pcolormesh(values[::-1], cmap=_FILLING, vmin=0, vmax=1, edgecolors="none")
    for row, line in enumerate(values[::-1]):
        for column, value in enumerate(line):
            shade = "#ffffff" if value > 0.6 else "#1d1d1b"
            axis.text(column + 0.5, row + 0.5, number(float(value)), ha="center", va="center",
                      color=shade, size=8)  # fmt: skip
    axis.set_yticks(np.arange(len(rows)) + 0.5, list(rows)[::-1])
    axis.set_xticks(np.arange(len(columns)) + 0.5, list(columns), rotation=30, ha="right")
    axis.tick_params(length=0, labelcolor=COLOURS["ink"], labelsize=8)
    axis.grid(visible=False)
    figure.title(axis, title)


def matrices(
    shown: Sequence[tuple[str, FloatArray]], models: Sequence[str], name: str = "matrices"
) -> Html:
    """
    Draw matrices of models beside one another.

    Parameters
    ----------
    shown : sequence of (str, ndarray)
        Titles and shares, shape (n_models, n_models).
    models : sequence of str
        The models.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    longest = 0.3 + 0.075 * max(map(len, models))
    height = 0.5 + 0.45 * longest + 0.42 * len(models)
    with mpl.rc_context(_SETTINGS):
        drawing = Figure(figsize=(figure.WIDTH, height), facecolor="none")
    width = figure.WIDTH / 2
    for place, (title, values) in enumerate(shown):
        start = (place * width + longest) / figure.WIDTH
        extent = min(width - longest - 0.3, 0.85 * len(models)) / figure.WIDTH
        up = (0.45 * longest + 0.12) / height
        axis = drawing.add_axes((start, up, extent, 0.42 * len(models) / height))
        figure.dress(axis)
        matrix(values, models, models, title, axis)
    return figure.to_svg(drawing, name, "; ".join(title for title, _ in shown))
