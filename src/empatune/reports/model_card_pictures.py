"""Pictures of a model card: what was predicted for whom, against chance, and what else answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empatune.exports.statistics import Estimate
from empatune.reports import figure
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html, number
from empatune.reports.model_card_material import plural
from empatune.signatures.training.evaluation import roc
from empatune.typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd

SIDE = 3.5
"""Width of a panel [inch]; panels stand beside one another where the page is wide enough."""

POSITIVE, NEGATIVE = COLOURS["care"], COLOURS["mentalizing"]

_FEW = 60
"""Up to this many different values a bar stands for a value, not for an interval."""


def roc_curve(predictions: FloatArray, outcomes: FloatArray, area: Estimate) -> Html:
    """Draw the ROC curve of out-of-fold predictions.

    Parameters
    ----------
    predictions, outcomes : ndarray, shape (n_images,)
        Responses, and classes as -1 and 1.
    area : Estimate
        The area under the curve.

    Returns
    -------
    Html
        The picture.
    """
    drawing, axis = _panel(SIDE)
    false_rate, true_rate = roc(predictions, outcomes)
    axis.plot([0, 1], [0, 1], color=COLOURS["line"], linewidth=1, linestyle=(0, (4, 3)))
    axis.fill_between(false_rate, true_rate, step="post", color=POSITIVE, alpha=0.12, linewidth=0)
    axis.step(false_rate, true_rate, where="post", color=POSITIVE, linewidth=1.8)
    false_hit, hit = (float(np.mean(predictions[outcomes * s > 0] > 0)) for s in (-1, 1))
    axis.plot(false_hit, hit, "o", color=COLOURS["ink"], markersize=5)
    axis.annotate(
        "threshold 0",
        (false_hit, hit),
        xytext=(8, -9),
        textcoords="offset points",
        color=COLOURS["muted"],
    )
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axis.set_xlabel("false positive rate")
    axis.set_ylabel("true positive rate")
    interval = f" [{number(area.low)}, {number(area.high)}]" if np.isfinite(area.low) else ""
    figure.title(axis, f"ROC: AUC {number(area.value)}{interval}")
    return figure.to_svg(
        drawing, "roc", f"ROC curve with an AUC (area under it) of {number(area.value)}."
    )


def classes(rows: pd.DataFrame, names: tuple[str, str]) -> Html:
    """Draw the out-of-fold response of every image by class; lines join the means of a group.

    Parameters
    ----------
    rows : DataFrame
        Group, outcome and prediction of every image.
    names : tuple of str
        The classes, the one that lower responses mean first.

    Returns
    -------
    Html
        The picture.
    """
    drawing, axis = _panel(SIDE)
    means = rows.groupby(["group", "outcome"])["prediction"].mean().unstack()
    for pair in means.dropna().to_numpy() if len(means.columns) == 2 else ():
        right = pair[1] > pair[0]
        shade = COLOURS["other"] if right else COLOURS["bad"]
        axis.plot([0, 1], pair, color=shade, linewidth=0.9, alpha=0.5 if right else 0.9)
    for place, (sign, shade) in enumerate(((-1, NEGATIVE), (1, POSITIVE))):
        mine = rows[rows["outcome"] == sign]["prediction"].to_numpy(dtype=np.float64)
        aside = np.linspace(-0.12, 0.12, len(mine)) if len(mine) > 1 else np.zeros(len(mine))
        axis.plot(place + _spread(mine, aside), mine, "o", color=shade, markersize=4, alpha=0.75)
    axis.axhline(0, color=COLOURS["muted"], linewidth=0.8)
    axis.set_xticks([0, 1], list(names))
    axis.set_xlim(-0.45, 1.45)
    axis.tick_params(axis="x", length=0)
    axis.set_ylabel("response")
    figure.title(axis, "Responses to images left out")
    return figure.to_svg(
        drawing, "classes", f"Responses to {names[0]} and {names[1]}; lines join one group's means."
    )


def ratings(rows: pd.DataFrame, outcome: str) -> Html:
    """Draw what was observed against what was predicted for images left out.

    Parameters
    ----------
    rows : DataFrame
        Group, outcome and prediction of every image.
    outcome : str
        What was predicted.

    Returns
    -------
    Html
        The picture; thin lines are the regressions of single groups.
    """
    drawing, axis = _panel(SIDE)
    x, y = (rows[name].to_numpy(dtype=np.float64) for name in ("prediction", "outcome"))
    _identity(axis, x, y)
    for _, mine in rows.groupby("group"):
        one, other = mine["prediction"].to_numpy(), mine["outcome"].to_numpy()
        if len(mine) >= 3 and np.ptp(one) > 0:
            slope, start = np.polyfit(one, other, 1)
            ends = np.array([one.min(), one.max()])
            axis.plot(ends, slope * ends + start, color=COLOURS["other"], linewidth=0.8, alpha=0.45)
    axis.plot(x, y, "o", color=POSITIVE, markersize=4, alpha=0.65)
    axis.set_xlabel(f"predicted {outcome}")
    axis.set_ylabel(f"observed {outcome}")
    figure.title(axis, "Images left out")
    return figure.to_svg(drawing, "ratings", f"Observed against predicted {outcome}.")


def calibration(curve: FloatArray, *, classes: tuple[str, str] | None, outcome: str) -> Html:
    """Draw the mean outcome of images with similar predictions.

    Parameters
    ----------
    curve : ndarray, shape (3, n_bins)
        Mean prediction, mean outcome, number of images.
    classes : tuple of str, or None
        The classes; None for ratings.
    outcome : str
        What was predicted.

    Returns
    -------
    Html
        The picture.
    """
    drawing, axis = _panel(SIDE)
    x, y, n = curve
    if classes is None:
        _identity(axis, x, y)
        axis.set_xlabel(f"mean predicted {outcome}")
        axis.set_ylabel(f"mean observed {outcome}")
    else:
        axis.axvline(0, color=COLOURS["muted"], linewidth=0.8)
        axis.axhline(0.5, color=COLOURS["line"], linewidth=0.8, linestyle=(0, (4, 3)))
        axis.set_ylim(-0.03, 1.03)
        axis.set_xlabel("mean response")
        axis.set_ylabel(f"share of {classes[1]}")
    axis.plot(x, y, color=COLOURS["feedback"], linewidth=1.4)
    axis.scatter(x, y, s=18 + 4 * n, color=COLOURS["feedback"], alpha=0.85, linewidth=0)
    figure.title(axis, f"Calibration: {len(x)} bins of {_range(n)} images")
    return figure.to_svg(drawing, "calibration", "Mean outcome of images with similar predictions.")


def groups(held: pd.DataFrame, column: str, words: str, unit: str) -> Html:
    """Draw one value of every group that was held out, in their order.

    Parameters
    ----------
    held : DataFrame
        The groups.
    column : str
        The value.
    words : str
        What it is.
    unit : str
        What one group is.

    Returns
    -------
    Html
        The picture; groups on the wrong side of 0 have the colour of a warning.
    """
    values = np.sort(held[column].dropna().to_numpy(dtype=np.float64))
    drawing, axis = _panel(SIDE)
    places = np.arange(len(values))
    shades = [COLOURS["bad"] if value <= 0 else COLOURS["feedback"] for value in values]
    axis.vlines(places, 0, values, color=shades, linewidth=1.2, alpha=0.6)
    axis.scatter(places, values, s=22, color=shades, linewidth=0)
    axis.axhline(0, color=COLOURS["muted"], linewidth=0.8)
    axis.axhline(values.mean(), color=COLOURS["ink"], linewidth=1, linestyle=(0, (4, 3)))
    axis.set_xticks([])
    axis.set_ylabel(words)
    n_wrong = int((values <= 0).sum())
    axis.set_xlabel(f"{plural(len(values), unit)}; {n_wrong} at or below 0; dashed: mean")
    figure.title(axis, f"Every {unit} that was held out")
    return figure.to_svg(drawing, "groups", f"{words} of every {unit}.")


def null(values: FloatArray, result: Estimate, *, name: str, label: str, p: float) -> Html:
    """Draw the values of permuted outcomes with the observed one.

    Parameters
    ----------
    values : ndarray, shape (n_permutations,)
        Values of one measure.
    result : Estimate
        The observed value.
    name, label : str
        The measure.
    p : float
        Its p value.

    Returns
    -------
    Html
        The picture.
    """
    known = np.round(values[np.isfinite(values)], 9)  # shares differ by rounding alone
    drawing, axis = _panel(SIDE, height=2.3)
    places, counts = np.unique(known, return_counts=True)
    if len(places) > _FEW:
        counts, edges = np.histogram(known, bins=30)
        places = (edges[:-1] + edges[1:]) / 2
    width = 0.9 * float(np.diff(places).min()) if len(places) > 1 else 0.02
    axis.bar(places, counts, width=width, color=COLOURS["other"], alpha=0.5, linewidth=0)
    limit = float(np.quantile(known, 0.95))
    axis.axvline(limit, color=COLOURS["muted"], linewidth=0.8, linestyle=(0, (4, 3)))
    axis.axvline(result.value, color=POSITIVE, linewidth=2)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.set_xlabel(f"observed {number(result.value)}; dashed: 95th percentile, {number(limit)}")
    figure.title(axis, f"{label}, p {_p(p)}")
    return figure.to_svg(drawing, f"null-{name}", f"Permuted values of {label}.")


def off_targets(
    rows: Sequence[tuple[str, Estimate]], *, chance: float, words: str, marked: bool
) -> Html:
    """Draw one measure of the target and of everything off-target.

    Parameters
    ----------
    rows : sequence of (str, Estimate)
        Names and values.
    chance : float
        What guessing gives.
    words : str
        What the measure is.
    marked : bool
        Whether the first is what was trained on.

    Returns
    -------
    Html
        The picture.
    """
    longest = max(len(name) for name, _ in rows)
    left = min(2.6, 0.35 + 0.075 * longest)
    drawing, axis = _panel(1.6 * SIDE, height=0.6 + 0.3 * len(rows), left=left, bottom=0.27)
    for place, (name, found) in enumerate(reversed(rows)):
        shade = POSITIVE if marked and name == rows[0][0] else COLOURS["other"]
        if np.isfinite(found.low):
            axis.plot([found.low, found.high], [place, place], color=shade, linewidth=1.6)
        axis.plot([found.value], [place], "o", color=shade, markersize=6)
    axis.axvline(chance, color=COLOURS["muted"], linewidth=0.8)
    axis.set_yticks(range(len(rows)), [name for name, _ in reversed(rows)])
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.tick_params(axis="y", length=0)
    axis.grid(visible=False, axis="y")
    axis.grid(visible=True, axis="x", color=COLOURS["line"], linewidth=0.5, alpha=0.5)
    return figure.to_svg(drawing, f"off-{'condition' if chance else 'outcome'}", words)


def _panel(
    width: float, *, height: float = 3.0, left: float = 0.62, bottom: float = 0.45
) -> tuple[Figure, Axes]:
    with mpl.rc_context({"svg.fonttype": "none", "font.size": 8.5, "axes.labelsize": 8.5}):
        drawing = Figure(figsize=(width, height), facecolor="none")
        axis = drawing.add_axes(
            (left / width, bottom / height, 1 - (left + 0.1) / width, 1 - (bottom + 0.27) / height)
        )
    figure.dress(axis)
    return drawing, axis


def _identity(axis: Axes, x: FloatArray, y: FloatArray) -> None:
    low, high = min(x.min(), y.min()), max(x.max(), y.max())
    axis.plot([low, high], [low, high], color=COLOURS["line"], linestyle=(0, (4, 3)), linewidth=1)


def _spread(values: FloatArray, aside: FloatArray) -> FloatArray:
    """Move points aside in a fixed order, so that equal ones do not hide one another."""
    order = np.argsort(np.argsort(values, kind="stable") * 7 % max(len(values), 1))
    return np.asarray(aside[order])


def _range(n: FloatArray) -> str:
    low, high = int(n.min()), int(n.max())
    return f"{low}" if low == high else f"{low} to {high}"


def _p(value: float) -> str:
    return f"= {value:.3f}" if value >= 0.001 else "< .001"
