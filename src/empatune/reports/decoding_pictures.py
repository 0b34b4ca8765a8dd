"""Pictures of a study's group level: effects, people, off-target effects, coverage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from scipy import stats

from empatune.decoding.group import Effect, GroupResult, PersonScore
from empatune.decoding.group.effects import Interval
from empatune.reports import figure
from empatune.reports.figure import COLOURS, colour
from empatune.reports.heatmap import heatmap
from empatune.reports.markup import Html
from empatune.typing import FloatArray


def forest(effects: Sequence[Effect], number: int) -> Html:
    """Draw the effects of one contrast with their intervals, signature by signature.

    Parameters
    ----------
    effects : sequence of Effect
        Those of one contrast.
    number : int
        Which contrast of the page it is.

    Returns
    -------
    Html
        The picture.
    """
    drawing, (left, right) = figure.row(2, 0.9 + 0.27 * len(effects), left=1.75)
    for place, effect in enumerate(reversed(effects)):
        shade = colour(effect.name)
        _whisker(left, place, effect.d, shade, filled=effect.p_max_t < 0.05)
        _whisker(right, place, effect.choice.accuracy, shade, filled=effect.choice.p < 0.05)
    size = "d within people (d_z)" if effects[0].design == "within" else "d between groups (d_s)"
    figure.title(left, f"{size}; filled: p < .05 corrected (max-T)")
    figure.title(right, "forced-choice accuracy; filled: p < .05")
    names = [effect.name for effect in reversed(effects)]
    _rows(left, names, 0.0)
    _rows(right, [""] * len(names), 0.5)
    right.set_xlim(-0.02, 1.02)
    return figure.to_svg(
        drawing,
        f"forest-{number}",
        f"Effect sizes and forced-choice accuracies of {effects[0].contrast} with intervals.",
    )


def people(scores: Sequence[PersonScore], number: int) -> Html:
    """Draw every person's effect as a point under the cloud of all.

    Parameters
    ----------
    scores : sequence of PersonScore
        Those of one contrast.
    number : int
        Which contrast of the page it is.

    Returns
    -------
    Html
        The picture.
    """
    names = list(dict.fromkeys(score.name for score in scores))
    drawing, (axis,) = figure.row(1, 0.9 + 0.48 * len(names), left=1.75)
    between = any(not np.isfinite(score.difference) for score in scores)
    for place, name in enumerate(reversed(names)):
        mine = [score for score in scores if score.name == name]
        if between:
            one = np.array([s.plus for s in mine if np.isfinite(s.plus)])
            other = np.array([s.minus for s in mine if np.isfinite(s.minus)])
            centre, spread = other.mean(), np.r_[one - one.mean(), other - other.mean()].std()
            _rain(axis, place, (one - centre) / (spread or 1), colour(name))
            _rain(axis, place, (other - centre) / (spread or 1), COLOURS["line"])
        else:
            values = np.array([score.difference for score in mine])
            _rain(axis, place, values / (values.std(ddof=1) or 1), colour(name))
    what = "people's means, the negative side's mean as 0; grey: the negative side"
    what = what if between else "people's differences"
    figure.title(axis, f"{what} [standard deviations]; the bar is the mean")
    _rows(axis, list(reversed(names)), 0.0)
    axis.set_ylim(-0.5, len(names) - 0.3)
    return figure.to_svg(drawing, f"people-{number}", f"Effects of {scores[0].contrast} by person.")


def matrix(result: GroupResult) -> Html:
    """Draw the effect size of every contrast in every signature and system.

    Parameters
    ----------
    result : GroupResult
        The group level.

    Returns
    -------
    Html
        The picture.
    """
    names = list(result.names)
    contrasts = [contrast.name for contrast in result.contrasts]
    found = {(e.name, e.contrast): e for e in result.effects}
    d = np.array([[found[name, c].d.value for name in names] for c in contrasts])
    marks = [["*" if found[n, c].p_max_t < 0.05 else "" for n in names] for c in contrasts]
    return heatmap(d, contrasts, names, marks, "matrix", "Effect sizes; *: p < .05 corrected")


def coupling(result: GroupResult, contrast: str) -> Html:
    """Draw how far the scores of signatures move together over a person's trials.

    Parameters
    ----------
    result : GroupResult
        The group level.
    contrast : str
        On whose trials.

    Returns
    -------
    Html
        The picture.
    """
    rows = [row for row in result.off_targets if row.contrast == contrast]
    targets = list(dict.fromkeys(row.target for row in rows))
    names = list(result.names)
    by_pair = {(row.target, row.other): row.r_trials for row in rows}
    r = np.array([[by_pair.get((t, name), np.nan) for name in names] for t in targets])
    blank = [[""] * len(names)] * len(targets)
    title = "Correlation of scores over trials of one condition"
    return heatmap(r, targets, names, blank, "coupling", title, reach=1.0)


def coverage(result: GroupResult) -> Html:
    """Draw how much of every signature the images of every person cover.

    Parameters
    ----------
    result : GroupResult
        The group level.

    Returns
    -------
    Html
        The picture.
    """
    names = list(result.names)
    drawing, (axis,) = figure.row(1, 0.9 + 0.24 * len(names), left=1.75)
    for place, name in enumerate(reversed(names)):
        mine = [entry for entry in result.coverage if entry.name == name]
        for entry in mine:
            shade = COLOURS["bad"] if entry.low else colour(name)
            axis.plot([100 * entry.weight], [place], "o", color=shade, markersize=4, alpha=0.55)
    figure.title(axis, "weight energy covered in the worst run of each person [%]; line: threshold")
    _rows(axis, list(reversed(names)), 100 * result.settings.coverage_threshold)
    axis.set_xlim(right=101)
    return figure.to_svg(drawing, "coverage", "Coverage of every signature by person.")


def _whisker(axis: Axes, place: int, found: Interval, shade: str, *, filled: bool) -> None:
    axis.plot([found.low, found.high], [place, place], color=shade, linewidth=1.4)
    axis.plot(
        [found.value],
        [place],
        "o",
        color=shade,
        markerfacecolor=shade if filled else COLOURS["paper"],
        markersize=5.5,
    )


def _rows(axis: Axes, names: list[str], reference: float) -> None:
    axis.set_yticks(range(len(names)))
    axis.set_yticklabels(names)
    axis.set_ylim(-0.7, len(names) - 0.3)
    axis.axvline(reference, color=COLOURS["muted"], linewidth=0.8)
    axis.tick_params(axis="y", length=0)
    axis.grid(visible=False, axis="y")
    axis.grid(visible=True, axis="x", color=COLOURS["line"], linewidth=0.5, alpha=0.5)


def _rain(axis: Axes, place: int, values: FloatArray, shade: str) -> None:
    axis.plot(values, np.full(len(values), place - 0.12), "o", color=shade, ms=4, alpha=0.55)
    axis.plot([values.mean()] * 2, [place - 0.28, place + 0.42], color=shade, linewidth=2)
    if len(values) < 4 or values.std() == 0:
        return
    places = np.linspace(values.min() - 1, values.max() + 1, 120)
    density = stats.gaussian_kde(values)(places)
    axis.fill_between(
        places, place, place + 0.4 * density / density.max(), color=shade, alpha=0.28, linewidth=0
    )
