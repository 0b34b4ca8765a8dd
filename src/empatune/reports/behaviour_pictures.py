"""Pictures of fitted models of behaviour: parameters of people and group, shrinkage, covariates."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from scipy.stats import gaussian_kde

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.notation import readable, split
from empatune.behaviour.parameters import Parameter, to_values
from empatune.reports import figure
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html
from empatune.typing import FloatArray

PEOPLE, GROUP, ALONE = COLOURS["mentalizing"], COLOURS["care"], COLOURS["other"]
"""Colours: people in the group, the group itself, people alone."""

_REACH = 1.959964
_ROW = 0.52
"""Height of a parameter's row [inch]."""

_SETTINGS = {"svg.fonttype": "none", "font.size": 8.5, "axes.labelsize": 8.5}


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
            right=1 - 0.1 / figure.WIDTH,
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


def parameters(fit: Fit, name: str = "parameters") -> Html:
    """
    Draw each person's parameters as rainclouds, with the group's mean.

    Parameters
    ----------
    fit : Fit
        What was found.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    every = fit.model.parameters
    shown = families(every)
    heights = [_ROW * len(places) + 0.62 for places in shown]
    total = sum(heights)
    longest = max(len(one.name) for one in every)
    left = min(2.6, 0.35 + 0.078 * longest) / figure.WIDTH
    with mpl.rc_context(_SETTINGS):
        drawing = Figure(figsize=(figure.WIDTH, total), facecolor="none")
    top = total
    for places, height in zip(shown, heights, strict=True):
        bottom = (top - height + 0.46) / total
        axis = drawing.add_axes(
            (left, bottom, 1 - left - 0.1 / figure.WIDTH, _ROW * len(places) / total)
        )
        figure.dress(axis)
        _rainclouds(axis, fit, places)
        top -= height
    described = f"Parameters of {len(fit.people)} people under {fit.model.name}."
    return figure.to_svg(drawing, name, described)


def _rainclouds(axis: Axes, fit: Fit, places: Sequence[int]) -> None:
    """Draw parameters of one kind below each other."""
    every = fit.model.parameters
    stretched = _is_stretched(fit, places)
    if stretched:
        axis.set_xscale("log")
    for row, place in enumerate(places):
        one = every[place]
        values = fit.values[one.name]
        _cloud(axis, values, -row, logarithmic=stretched)
        rng = np.random.default_rng(place)
        away = -row - 0.10 - 0.26 * rng.random(len(values))
        axis.plot(values, away, "o", color=PEOPLE, markersize=2.6, alpha=0.55, markeredgewidth=0)
        low, middle, high = _middle(fit, place)
        axis.plot([low, high], [-row, -row], color=GROUP, linewidth=2.2, solid_capstyle="round")
        axis.plot([middle], [-row], "o", color=GROUP, markersize=5.5, markeredgecolor="none")
    axis.set_yticks([-row for row in range(len(places))], [every[place].name for place in places])
    axis.set_ylim(-len(places) + 0.55, 0.6)
    axis.tick_params(axis="y", length=0, labelcolor=COLOURS["ink"])
    axis.spines["left"].set_visible(False)
    axis.grid(visible=False, axis="y")
    axis.grid(visible=True, axis="x", color=COLOURS["line"], linewidth=0.5, alpha=0.5)
    first = every[places[0]]
    words = first.name if len(places) == 1 else first.name.split("_")[0]
    axis.set_xlabel(f"{words} [{first.unit}]" if first.unit else words, labelpad=1)


def _is_stretched(fit: Fit, places: Sequence[int]) -> bool:
    """Tell whether values above a lower bound of 0 reach too far for an even axis."""
    every = [fit.model.parameters[place] for place in places]
    if any(one.lower != 0 or np.isfinite(one.upper) for one in every):
        return False
    values = np.concatenate([fit.values[one.name] for one in every])
    return bool(np.quantile(values, 0.98) > 8 * max(float(np.median(values)), 1e-9))


def _cloud(axis: Axes, values: FloatArray, row: int, *, logarithmic: bool) -> None:
    """Draw how values are distributed, above their row."""
    seen = np.log(values) if logarithmic else values
    if len(values) < 5 or np.std(seen) < 1e-9 * max(1.0, float(np.abs(seen).max())):
        return
    places = np.linspace(float(seen.min()), float(seen.max()), 120)
    height = gaussian_kde(seen)(places)
    across = np.exp(places) if logarithmic else places
    shape = row + 0.08 + 0.42 * height / height.max()
    axis.fill_between(across, row + 0.08, shape, color=PEOPLE, alpha=0.22, linewidth=0)
    axis.plot(across, shape, color=PEOPLE, linewidth=0.9)


def _middle(fit: Fit, place: int) -> tuple[float, float, float]:
    """Give the group's mean with its interval, or quartiles of people who were fitted alone."""
    one = fit.model.parameters[place]
    if fit.group is None:
        low, middle, high = np.quantile(fit.values[one.name], (0.25, 0.5, 0.75))
        return float(low), float(middle), float(high)
    mean = fit.group.coefficients[0, place]
    error = fit.group.standard_errors[0, place]
    ends = np.array([[mean - _REACH * error], [mean], [mean + _REACH * error]])
    low, middle, high = np.asarray(to_values(ends, [one])[one.name])
    return float(low), float(middle), float(high)


def shrinkage(fit: Fit, alone: Fit, name: str = "shrinkage") -> Html:
    """
    Draw what the group does to each person's estimate.

    Parameters
    ----------
    fit : Fit
        People in their group.
    alone : Fit
        The same people, each alone.
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
    places = [alone.people.index(person) for person in fit.people]
    for number, (axis, one) in enumerate(zip(axes, every, strict=True)):
        before, after = alone.values[one.name][places], fit.values[one.name]
        if _is_stretched(alone, [number]):
            axis.set_xscale("log")
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


def covariates(fit: Fit, name: str = "covariates") -> Html:
    """
    Draw the effects of covariates with intervals, in standard deviations of people.

    Parameters
    ----------
    fit : Fit
        What was found; its group has covariates.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.

    Raises
    ------
    ValueError
        If the fit has no group.
    """
    if fit.group is None:
        raise ValueError("A fit without a group has no covariates.")
    names = fit.group.regressors[1:]
    sd = np.sqrt(np.diag(fit.group.covariance))
    n_parameters = len(fit.model.parameters)
    longest = max(len(one) for one in fit.model.names)
    height = 0.85 + 0.27 * n_parameters
    drawing, axes = figure.row(len(names), height, left=min(2.6, 0.35 + 0.078 * longest))
    rows = np.arange(n_parameters)[::-1]
    for number, (axis, words) in enumerate(zip(axes, names, strict=True)):
        effect = fit.group.coefficients[number + 1] / sd
        error = _REACH * fit.group.standard_errors[number + 1] / sd
        for row, middle, reach in zip(rows, effect, error, strict=True):
            shade = PEOPLE if abs(middle) > reach else ALONE
            axis.plot([middle - reach, middle + reach], [row, row], color=shade, linewidth=1.6)
            axis.plot([middle], [row], "o", color=shade, markersize=5)
        axis.axvline(0, color=COLOURS["muted"], linewidth=0.7)
        axis.set_yticks(rows, fit.model.names if number == 0 else [""] * n_parameters)
        axis.set_ylim(-0.6, n_parameters - 0.4)
        axis.tick_params(axis="y", length=0, labelcolor=COLOURS["ink"])
        axis.grid(visible=False, axis="y")
        axis.grid(visible=True, axis="x", color=COLOURS["line"], linewidth=0.5, alpha=0.5)
        axis.set_xlabel("effect [SD of people]", labelpad=1)
        figure.title(axis, words)
    return figure.to_svg(drawing, name, "Effects of covariates on each parameter, 95 % intervals.")


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
