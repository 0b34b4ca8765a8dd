"""Pictures of covariates: their effects with intervals, and parameters over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from matplotlib.axes import Axes

from empatune.behaviour.fitting.record import Fit, Group
from empatune.behaviour.parameters import Parameter, to_values
from empatune.behaviour.tables import scale_of
from empatune.reports import figure
from empatune.reports.behaviour_panels import (
    ALONE,
    GROUP,
    PEOPLE,
    REACH,
    blocks,
    grid,
    is_stretched,
    room_for,
    stretch,
)
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html
from empatune.typing import FloatArray

MOST_COURSES = 12
"""Panels of parameters over covariates; of more those with the surest effects are drawn."""

_AT_ONCE = 4
"""Panels beside one another."""

SCALES = {"logit": "of log odds", "log": "of the logarithm"}
"""Of what effects are a change, by scale of estimation; others change in the parameter's unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariate:
    """A covariate of people.

    Attributes
    ----------
    name : str
        Its name.
    places : tuple of int
        Its regressors.
    labels : tuple of str
        Its labels, first the one that others are compared with; empty if it is a number.
    """

    name: str
    places: tuple[int, ...]
    labels: tuple[str, ...]


def covariates_of(group: Group) -> list[Covariate]:
    """
    Put the regressors of each covariate together.

    Parameters
    ----------
    group : Group
        The group.

    Returns
    -------
    list of Covariate
        Covariates in their order.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for place, name in enumerate(group.regressors[1:], start=1):
        first, bracket, label = name.removesuffix("]").partition("[")
        found.setdefault(first if bracket else name, []).append((place, label))
    against = group.against or ("first label",) * len(group.regressors)
    return [
        Covariate(
            name=name,
            places=tuple(place for place, _ in parts),
            labels=(against[parts[0][0]], *(label for _, label in parts)) if parts[0][1] else (),
        )
        for name, parts in found.items()
    ]


def changed_in(one: Parameter) -> str:
    """
    Say of what effects on a parameter are a change.

    Parameters
    ----------
    one : Parameter
        The parameter.

    Returns
    -------
    str
        Such as ``of log odds``, or the parameter's unit in brackets; empty if it has none.
    """
    return SCALES.get(scale_of(one), f"[{one.unit}]" if one.unit else "")


def effects(fit: Fit, names: Sequence[str], name: str = "covariates") -> list[Html]:
    """
    Draw the effects of covariates with intervals of 95 %.

    Parameters
    ----------
    fit : Fit
        What was found; its group has covariates.
    names : sequence of str
        What each regressor but the mean is called.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    list of Html
        Pictures of a few regressors each; parameters of one unit share an axis.
    """
    kinds: dict[str, list[int]] = {}
    for place, one in enumerate(fit.model.parameters):
        kinds.setdefault(changed_in(one), []).append(place)
    every = list(enumerate(names, start=1))
    return [
        _effects(fit, kinds, every[start : start + _AT_ONCE], f"{name}-{start}")
        for start in range(0, len(every), _AT_ONCE)
    ]


def _effects(
    fit: Fit, kinds: dict[str, list[int]], shown: Sequence[tuple[int, str]], name: str
) -> Html:
    """Draw some regressors beside one another, a row of panels a unit."""
    heights = [0.29 * len(places) + 0.1 for places in kinds.values()]
    drawing, axes = blocks(heights, len(shown), room_for(fit.model.names))
    for row, (unit, places) in enumerate(kinds.items()):
        panels = axes[row * len(shown) : (row + 1) * len(shown)]
        for column, (axis, (number, words)) in enumerate(zip(panels, shown, strict=True)):
            _forest(axis, fit, number, places)
            labels = [fit.model.names[place] for place in places]
            axis.set_yticks(range(len(places)), labels if column == 0 else [""] * len(places))
            axis.set_xlabel(f"change {unit}".strip(), labelpad=1)
            if row == 0:
                figure.title(axis, words)
        ends = [axis.get_xlim() for axis in panels]
        for axis in panels:
            axis.set_xlim(min(low for low, _ in ends), max(high for _, high in ends))
    return figure.to_svg(drawing, name, "Effects of covariates on each parameter, 95 % intervals.")


def _forest(axis: Axes, fit: Fit, number: int, places: Sequence[int]) -> None:
    """Draw the effects of one regressor below each other."""
    group = cast("Group", fit.group)
    axis.axvline(0, color=COLOURS["muted"], linewidth=0.8)
    for row, place in enumerate(places):
        middle = float(group.coefficients[number, place])
        reach = REACH * float(group.standard_errors[number, place])
        shade = GROUP if abs(middle) > reach else ALONE
        axis.plot([middle - reach, middle + reach], [row, row], color=shade, linewidth=1.8)
        axis.plot([middle], [row], "o", color=shade, markersize=5)
    axis.set_ylim(len(places) - 0.4, -0.6)


def courses(fit: Fit, name: str = "courses") -> tuple[Html, bool]:
    """
    Draw people's parameters over their covariates, in the units of both.

    Parameters
    ----------
    fit : Fit
        What was found; its group has covariates and their rows.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    picture : Html
        A panel a parameter and covariate.
    whole : bool
        Whether all of them are drawn.
    """
    group = cast("Group", fit.group)
    every = [
        (covariate, place)
        for covariate in covariates_of(group)
        for place in range(len(fit.model.parameters))
    ]
    surest = sorted(every, key=lambda one: -_sureness(group, *one))[:MOST_COURSES]
    shown = [one for one in every if one in surest]
    columns = min(_AT_ONCE, max(2, len(shown)))
    drawing, axes = grid(len(shown), columns, 2.5)
    for axis, (covariate, place) in zip(axes, shown, strict=True):
        shade = GROUP if _sureness(group, covariate, place) > REACH else ALONE
        (_compared if covariate.labels else _course)(axis, fit, covariate, place, shade)
        one = fit.model.parameters[place]
        figure.title(axis, f"{one.name} [{one.unit}]" if one.unit else one.name)
    described = "Each person's parameters over covariates, with the group's course."
    return figure.to_svg(drawing, name, described), len(shown) == len(every)


def _sureness(group: Group, covariate: Covariate, place: int) -> float:
    """Say how far an effect is from none, in its standard errors."""
    numbers = list(covariate.places)
    ratio = group.coefficients[numbers, place] / group.standard_errors[numbers, place]
    return float(np.abs(ratio).max())


def _course(axis: Axes, fit: Fit, covariate: Covariate, place: int, shade: str) -> None:
    """Draw a parameter over a covariate that is a number."""
    group = cast("Group", fit.group)
    (number,), rows = covariate.places, _rows(group)
    along = np.linspace(rows[:, number].min(), rows[:, number].max(), 60)
    steps = np.zeros((60, len(group.regressors)))
    steps[:, 0], steps[:, number] = 1.0, along
    low, middle, high = _expected(fit, place, steps)
    known = group.centres is not None and group.widths is not None
    centre = 0.0 if group.centres is None else float(group.centres[number])
    width = 1.0 if group.widths is None else float(group.widths[number])
    across = centre + width * along
    if is_stretched(fit, [place]):
        stretch(axis, "y")
    axis.fill_between(across, low, high, color=shade, alpha=0.18, linewidth=0)
    axis.plot(across, middle, color=shade, linewidth=1.6)
    values = fit.values[fit.model.names[place]]
    axis.plot(centre + width * rows[:, number], values, "o", color=PEOPLE, markersize=3.4,
              alpha=0.6, mew=0)  # fmt: skip
    axis.set_xlabel(covariate.name if known else f"{covariate.name} [SD from mean]", labelpad=1)


def _compared(axis: Axes, fit: Fit, covariate: Covariate, place: int, shade: str) -> None:
    """Draw a parameter of people with one label beside those of another."""
    group = cast("Group", fit.group)
    numbers, rows = list(covariate.places), _rows(group)
    least, most = rows[:, numbers].min(axis=0), rows[:, numbers].max(axis=0)
    n_labels = len(covariate.labels)
    steps = np.zeros((n_labels, len(group.regressors)))
    steps[:, 0] = 1.0
    steps[:, numbers] = least
    steps[np.arange(1, n_labels), numbers] = most
    low, middle, high = _expected(fit, place, steps)
    belongs = (rows[:, numbers] > (least + most) / 2) @ np.arange(1, n_labels)
    jitter = np.random.default_rng(place).uniform(0.08, 0.34, len(rows))
    values = fit.values[fit.model.names[place]]
    axis.plot(belongs + jitter, values, "o", color=PEOPLE, markersize=3.4, alpha=0.6, mew=0)
    if is_stretched(fit, [place]):
        stretch(axis, "y")
    axis.vlines(np.arange(n_labels) - 0.08, low, high, color=shade, linewidth=2.2)
    axis.plot(np.arange(n_labels) - 0.08, middle, "o", color=shade, markersize=5.5)
    axis.set_xticks(range(n_labels), covariate.labels)
    axis.set_xlim(-0.5, n_labels - 0.4)
    axis.set_xlabel(covariate.name, labelpad=1)


def _rows(group: Group) -> FloatArray:
    """Give people's regressors."""
    return cast("FloatArray", group.rows)


def _expected(fit: Fit, place: int, steps: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give what the group expects of people, with ends of 95 %, in the parameter's unit.

    Regressors are centred, so that errors of their coefficients and of the mean hardly go together.
    """
    group, one = cast("Group", fit.group), fit.model.parameters[place]
    middle = steps @ group.coefficients[:, place]
    reach = REACH * np.sqrt(steps**2 @ group.standard_errors[:, place] ** 2)
    ends = np.stack([middle - reach, middle, middle + reach])[..., None]
    low, value, high = np.asarray(to_values(ends, [one])[one.name])
    return low, value, high
