"""Pictures of models compared: criteria, evidence of each person, how frequent models are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from empatune.reports import figure
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html, number
from empatune.typing import FloatArray

BEST, OTHERS = COLOURS["care"], COLOURS["other"]

_FADING = LinearSegmentedColormap.from_list("evidence", ["#b7790f", "#e9c98a", "#f7f4ec"])
_FILLING = LinearSegmentedColormap.from_list("share", ["#f7f4ec", "#e9c98a", "#b7790f", "#7a4a00"])

FAR = 5.0
"""Evidence that counts as decisive for one person, odds of 150: colours end here [nats]."""

_SETTINGS = {"svg.fonttype": "none", "font.size": 8.5}


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
    left = min(2.8, 0.4 + 0.078 * max(map(len, models)))
    height = 0.7 + 0.3 * len(models)
    drawing, axes = figure.row(len(behind), height, left=left)
    drawing.subplots_adjust(bottom=0.26 / height)
    rows = np.arange(len(models))[::-1]
    for place, (axis, (words, values)) in enumerate(zip(axes, behind.items(), strict=True)):
        longest = float(np.nanmax(values, initial=0.0)) or 1.0
        for row, value in zip(rows, values, strict=True):
            if not np.isfinite(value):
                continue
            axis.barh(row, value, height=0.58, color=OTHERS, alpha=0.75)
            if value == 0:
                axis.plot([0], [row], "o", color=BEST, markersize=7, clip_on=False, zorder=3)
            shown = "best" if value == 0 else number(float(value), 0 if value >= 10 else 1)
            axis.text(value + 0.03 * longest, row, shown, va="center", size=8,
                      color=BEST if value == 0 else COLOURS["ink"])  # fmt: skip
        axis.set_xlim(0, 1.28 * longest)
        axis.set_ylim(-0.6, len(models) - 0.4)
        axis.set_yticks(rows, models if place == 0 else [""] * len(models))
        _lying(axis)
        figure.title(axis, words)
    return figure.to_svg(drawing, name, "How far each model is behind the best, by criterion.")


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
    left = min(2.8, 0.4 + 0.078 * max(map(len, models)))
    height = 0.7 + 0.3 * len(models)
    drawing, axes = figure.row(3, height, left=left)
    drawing.subplots_adjust(bottom=0.26 / height)
    rows = np.arange(len(models))[::-1]
    shares = np.asarray(n_winners, float) / max(sum(n_winners), 1)
    kinds = (
        ("best for this share of people", shares),
        ("expected frequency", frequency),
        ("protected exceedance probability", protected),
    )
    for place, (axis, (words, values)) in enumerate(zip(axes, kinds, strict=True)):
        best = int(np.nanargmax(values))
        shades = [BEST if one == best else OTHERS for one in range(len(models))]
        axis.barh(rows, values, height=0.58, color=shades, alpha=0.8)
        for row, value in zip(rows, values, strict=True):
            axis.text(value + 0.03, row, number(float(value)), va="center", size=8)
        axis.set_xlim(0, 1.22)
        axis.set_xticks([0, 0.5, 1])
        axis.set_ylim(-0.6, len(models) - 0.4)
        axis.set_yticks(rows, models if place == 0 else [""] * len(models))
        _lying(axis)
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
    left = min(2.8, 0.4 + 0.078 * max(map(len, models)))
    height = 1.0 + 0.28 * len(models)
    drawing, (axis,) = figure.row(1, height, left=left)
    drawing.subplots_adjust(right=1 - 1.0 / figure.WIDTH)
    shown = np.minimum(behind[order].T[::-1], FAR)
    mesh = axis.pcolormesh(shown, cmap=_FADING, vmin=0, vmax=FAR, edgecolors="none")
    mesh.set_rasterized(len(people) * len(models) > 4000)
    axis.set_yticks(np.arange(len(models)) + 0.5, list(models)[::-1])
    axis.tick_params(length=0, axis="y", labelcolor=COLOURS["ink"])
    axis.grid(visible=False)
    if len(people) <= 40:
        names = [people[place] for place in order]
        axis.set_xticks(np.arange(len(people)) + 0.5, names, rotation=90, size=6.5)
        drawing.subplots_adjust(bottom=0.6 / height)
    else:
        axis.set_xlabel(f"{len(people)} people, by their best model")
    place = drawing.add_axes((1 - 0.86 / figure.WIDTH, 0.5 / height, 0.014, 1 - 0.85 / height))
    bar = drawing.colorbar(mesh, cax=place)
    bar.outline.set_visible(False)
    bar.set_ticks([0, FAR / 2, FAR], labels=["0", f"{FAR / 2:g}", f"{FAR:g}+"])
    place.tick_params(colors=COLOURS["muted"], length=2, labelsize=8)
    place.set_ylabel("nats behind", color=COLOURS["ink"], size=8.5)
    return figure.to_svg(drawing, name, "Evidence of each person for each model.")


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


def _lying(axis: Axes) -> None:
    """Give a panel of lying bars a grid that stands."""
    axis.tick_params(axis="y", length=0, pad=8, labelcolor=COLOURS["ink"])
    axis.grid(visible=False, axis="y")
    axis.grid(visible=True, axis="x", color=COLOURS["line"], linewidth=0.5, alpha=0.5)
