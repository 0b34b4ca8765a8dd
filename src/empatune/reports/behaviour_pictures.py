"""Pictures of fitted models of behaviour: parameters of people and group, shrinkage, equations."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.notation import readable, split
from empatune.behaviour.parameters import Parameter, to_values
from empatune.reports import figure
from empatune.reports.behaviour_panels import (
    ALONE,
    GROUP,
    PEOPLE,
    REACH,
    blocks,
    families,
    grid,
    is_far,
    is_stretched,
    room_for,
    stretch,
)
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html
from empatune.typing import FloatArray

_ROW = 0.62
"""Height of a parameter's row [inch]."""

MOST_STACKED = 4
"""Dots that are stacked below a line."""

FEWEST_IN_CLOUD = 10
"""With fewer people a density says more than they do."""


def parameters(
    fit: Fit, name: str = "parameters", *, shade: str = PEOPLE, mark: str = GROUP
) -> Html:
    """
    Draw each person's parameters as dots below a quiet density, with the group's mean.

    Parameters
    ----------
    fit : Fit
        What was found.
    name : str
        A short name that no other figure of the page has.
    shade, mark : str
        Colours of people and of the group.

    Returns
    -------
    Html
        The picture.
    """
    shown = families(fit.model.parameters)
    heights = [_ROW * len(places) for places in shown]
    drawing, axes = blocks(heights, 1, room_for(fit.model.names))
    for axis, places in zip(axes, shown, strict=True):
        _rain(axis, fit, places, shade, mark)
    described = f"Parameters of {len(fit.people)} people under {fit.model.name}."
    return figure.to_svg(drawing, name, described)


def _rain(axis: Axes, fit: Fit, places: Sequence[int], shade: str, mark: str) -> None:
    """Draw parameters of one kind below each other."""
    every = [fit.model.parameters[place] for place in places]
    stretched = is_stretched(fit, places)
    if stretched:
        stretch(axis)
    groups = [_middle(fit, place) for place in places]
    across = np.concatenate([*(fit.values[one.name] for one in every), *map(np.array, groups)])
    seen = np.log(across) if stretched else across
    reach = max(float(np.ptp(seen)), 1e-9)
    for row, (one, (low, middle, high)) in enumerate(zip(every, groups, strict=True)):
        values = fit.values[one.name]
        own = np.log(values) if stretched else values
        _cloud(axis, own, one, -row, reach, shade, stretched=stretched)
        away = -row - 0.14 - _swarm(own, reach)
        axis.plot(values, away, "o", color=shade, markersize=3.4, alpha=0.6, markeredgewidth=0)
        axis.plot([low, high], [-row, -row], color=mark, linewidth=2.2, solid_capstyle="round")
        axis.plot([middle], [-row], "o", color=mark, markersize=5.5, markeredgecolor="none")
    axis.set_yticks([-row for row in range(len(places))], [one.name for one in every])
    axis.set_ylim(-len(places) + 0.45, 0.55)
    axis.spines["left"].set_visible(False)
    words = every[0].name if len(places) == 1 else every[0].name.split("_")[0]
    axis.set_xlabel(f"{words} [{every[0].unit}]" if every[0].unit else words, labelpad=1)


def _cloud(
    axis: Axes,
    values: FloatArray,
    one: Parameter,
    row: int,
    reach: float,
    shade: str,
    *,
    stretched: bool,
) -> None:
    """Draw how many people are where, above their row; never narrower than the eye can tell."""
    if len(values) < FEWEST_IN_CLOUD:
        return
    width = max(0.8 * float(values.std()) * len(values) ** -0.2, 0.025 * reach)
    low, high = float(values.min()) - 2.5 * width, float(values.max()) + 2.5 * width
    if not stretched:
        low, high = max(low, one.lower), min(high, one.upper)
    places = np.linspace(low, high, 160)
    height = np.exp(-0.5 * ((places[:, None] - values) / width) ** 2).mean(axis=1)
    shape = row + 0.1 + 0.38 * height / height.max()
    across = np.exp(places) if stretched else places
    axis.fill_between(across, row + 0.1, shape, color=shade, alpha=0.16, linewidth=0)


def _swarm(values: FloatArray, reach: float) -> FloatArray:
    """Say how far below its line each dot lies, so that none hides another.

    Dots that would touch are stacked; a crowd that would stack too high is scattered.
    """
    ends: list[float] = []
    levels, order = np.zeros(len(values)), np.argsort(values)
    for person in order:
        free = [level for level, end in enumerate(ends) if values[person] - end >= 0.008 * reach]
        level = free[0] if free else len(ends)
        ends[level : level + 1] = [float(values[person])]
        levels[person] = level
    if len(ends) > MOST_STACKED:
        # steps of the golden section spread neighbours evenly, and the same way each time
        levels[order] = MOST_STACKED * np.modf(0.618034 * np.arange(len(order)))[0]
    return levels * 0.34 / MOST_STACKED


def _middle(fit: Fit, place: int) -> tuple[float, float, float]:
    """Give the group's mean with its interval, or quartiles of people who were fitted alone."""
    one = fit.model.parameters[place]
    if fit.group is None:
        low, middle, high = np.quantile(fit.values[one.name], (0.25, 0.5, 0.75))
        return float(low), float(middle), float(high)
    mean = fit.group.coefficients[0, place]
    error = fit.group.standard_errors[0, place]
    ends = np.array([[mean - REACH * error], [mean], [mean + REACH * error]])
    low, middle, high = np.asarray(to_values(ends, [one])[one.name])
    return float(low), float(middle), float(high)


def shrinkage(fit: Fit, alone: FloatArray, name: str = "shrinkage") -> Html:
    """
    Draw what the group does to each person's estimate.

    Parameters
    ----------
    fit : Fit
        People in their group.
    alone : ndarray, shape (n_people, n_parameters)
        Estimates of the same people, each alone, on the scale of estimation.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    every = fit.model.parameters
    drawing, axes = grid(len(every), min(4, max(2, len(every))), 2.3)
    drawing.subplots_adjust(left=0.8 / figure.WIDTH)
    singly = to_values(alone, every)
    for number, (axis, one) in enumerate(zip(axes, every, strict=True)):
        before, after = np.asarray(singly[one.name]), fit.values[one.name]
        if is_far(np.concatenate([before, after])) and one.lower == 0:
            stretch(axis)
        lines = np.stack([before, after])
        axis.plot(lines, [[1.0], [0.0]], color=COLOURS["line"], linewidth=0.6, alpha=0.7)
        axis.plot(before, np.ones(len(before)), "o", color=ALONE, markersize=3, alpha=0.6, mew=0)
        axis.plot(after, np.zeros(len(after)), "o", color=PEOPLE, markersize=3, alpha=0.6, mew=0)
        axis.plot([_middle(fit, number)[1]] * 2, [-0.14, 0.14], color=GROUP, linewidth=2.2)
        axis.set_ylim(-0.3, 1.25)
        named = number % min(4, max(2, len(every))) == 0
        axis.set_yticks([1, 0], ["alone", "in the\ngroup"] if named else ["", ""])
        axis.tick_params(axis="y", length=0)
        axis.grid(visible=False, axis="y")
        figure.title(axis, one.name)
        axis.set_xlabel(one.unit, labelpad=1)
    described = "Estimates of each person alone and within the group, by parameter."
    return figure.to_svg(drawing, name, described)


def equations(latex: str, name: str = "equations") -> Html | None:
    """
    Set equations as a book would.

    Parameters
    ----------
    latex : str
        The equations.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html or None
        The picture; None if they cannot be set.
    """
    lines = split(latex)
    try:
        # outlines, not letters: a page must not depend on a font of mathematics
        paths = [TextPath((0, 0), f"${line}$", size=14) for line in lines]
    except ValueError:
        return None
    height = 0.36 * len(lines) + 0.12
    drawing = Figure(figsize=(figure.WIDTH, height), facecolor="none")
    axis = drawing.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    axis.set_xlim(0, figure.WIDTH * 72)
    axis.set_ylim(0, height * 72)
    for number, path in enumerate(paths):
        up = (height - 0.31 - 0.36 * number) * 72
        moved = path.transformed(mpl.transforms.Affine2D().translate(4, up))
        axis.add_patch(PathPatch(moved, facecolor=COLOURS["ink"], edgecolor="none"))
    return figure.to_svg(drawing, name, readable(latex))
