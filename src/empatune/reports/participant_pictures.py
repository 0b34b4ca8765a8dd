"""Pictures of one person of a decoded study: scores of trials or volumes, and motion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empatune.decoding.participant import DecodedRun, Participant
from empatune.reports import figure
from empatune.reports.figure import COLOURS, colour
from empatune.reports.markup import Html
from empatune.typing import FloatArray

_SHADES = ("care", "mentalizing", "distress", "sharing", "concern", "feedback", "regulate", "other")
SHOWN = ("dot", "mean")
"""Measures that are drawn: of signatures, of systems."""

REACH = 3.0
"""Where the rows end [standard deviations]."""

_STEP = 0.5 / REACH


def trials(participant: Participant) -> Html:
    """Draw the score of every trial, a row a map, in the order of the trials.

    Parameters
    ----------
    participant : Participant
        The person; one run at least has trials.

    Returns
    -------
    Html
        The picture.
    """
    tables: list[Any] = [
        run.trials[run.trials["measure"].isin(SHOWN)]
        for run in participant.runs
        if run.trials is not None and len(run.trials)
    ]
    names = list(dict.fromkeys(name for table in tables for name in table["signature"]))
    types = sorted({kind for table in tables for kind in table["trial_type"]})
    starts = np.cumsum([0, *(int(table["trial"].max()) for table in tables)])
    levels = _levels(tables, names, key="score")
    axis, drawing = _rows(names, starts, label="trial; dashed: the next run")
    for kind, shade in zip(types, _shades(len(types)), strict=True):
        place, height = [], []
        for start, end, table in zip(starts, starts[1:], tables, strict=False):
            mine = table[table["trial_type"] == kind]
            row = (
                mine["signature"].map({name: i for i, name in enumerate(names)}).to_numpy(dtype=int)
            )
            z = _standardised(mine["score"].to_numpy(dtype=float), levels[row])
            place.append(start + mine["trial"].to_numpy())
            height.append(row - _STEP * z)
            means = [
                row_ - _STEP * np.nanmean(z[row == row_]) for row_ in np.unique(row[~np.isnan(z)])
            ]
            axis.hlines(means, start + 0.6, end + 0.4, color=shade, linewidth=1.3, alpha=0.6)
        axis.plot(
            np.concatenate(place), np.concatenate(height), "o", color=shade, ms=3.2, label=kind
        )
    if len(types) <= len(_SHADES):
        figure.legend(axis, n_columns=6)
    return figure.to_svg(drawing, "trials", "Score of every trial on every map, by trial type.")


def volumes(participant: Participant) -> Html:
    """Draw the score of every volume, a row a map, run after run.

    Parameters
    ----------
    participant : Participant
        The person; the volumes of one run at least were scored.

    Returns
    -------
    Html
        The picture.
    """
    tables: list[Any] = [run.volumes for run in participant.runs if run.volumes is not None]
    columns = [name for name in tables[0] if name.rpartition("_")[2] in SHOWN]
    names = [column.rpartition("_")[0] for column in columns]
    starts = np.cumsum([0, *map(len, tables)])
    axis, drawing = _rows(names, starts, label="volume; dashed: the next run")
    for row, (name, column) in enumerate(zip(names, columns, strict=True)):
        courses = [table[column].to_numpy(dtype=float) for table in tables]
        level = _level(np.concatenate(courses))
        for start, course in zip(starts, courses, strict=False):
            height = row - _STEP * _standardised(course, level)
            axis.plot(start + np.arange(len(course)), height, color=colour(name), linewidth=0.7)
    return figure.to_svg(drawing, "volumes", "Score of every volume on every map.")


def motion(runs: Sequence[DecodedRun], *, limit_mm: float) -> Html:
    """Draw how far the head moved from volume to volume.

    Parameters
    ----------
    runs : sequence of DecodedRun
        Those whose displacement is known.
    limit_mm : float
        Where a line is drawn [mm].

    Returns
    -------
    Html
        The picture.
    """
    courses = [np.asarray(run.displacement) for run in runs]
    starts = np.cumsum([0, *map(len, courses)])
    drawing, (axis,) = figure.panels(1, 1.9)
    for start, course in zip(starts, courses, strict=False):
        place = start + np.arange(len(course))
        axis.plot(place, course, color=COLOURS["ink"], linewidth=0.8)
    _ends(axis, starts[1:-1])
    axis.axhline(limit_mm, color=COLOURS["bad"], linewidth=0.8, linestyle="--")
    axis.set_ylim(0, max(1.2 * limit_mm, *(1.05 * float(course.max()) for course in courses)))
    axis.set_xlim(0, 1.01 * starts[-1])
    axis.set_ylabel("FD [mm]")
    axis.set_xlabel("volume; dashed: the next run")
    return figure.to_svg(drawing, "motion", "Framewise displacement of every volume.")


def _rows(names: Sequence[str], starts: Any, *, label: str) -> tuple[Axes, Figure]:
    """Make one panel with a row a map: a panel a map would take a second to draw."""
    drawing, (axis,) = figure.row(1, 0.9 + 0.5 * len(names), left=1.75)
    axis.set_yticks(range(len(names)), names)
    for text, name in zip(axis.get_yticklabels(), names, strict=True):
        text.set_color(colour(name))
    axis.set_ylim(len(names) - 0.35, -0.65)
    axis.set_xlim(0, 1.01 * starts[-1] + 0.6)
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel(label)
    _ends(axis, starts[1:-1] + 0.5)
    return axis, drawing


def _levels(tables: Sequence[Any], names: Sequence[str], *, key: str) -> FloatArray:
    """Give mean and spread of every map over all trials of the person."""
    found = [
        _level(np.concatenate([table.loc[table["signature"] == name, key] for table in tables]))
        for name in names
    ]
    return np.array(found)


def _level(values: Any) -> FloatArray:
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    return np.array([known.mean(), known.std() or 1.0]) if known.size else np.array([0.0, 1.0])


def _standardised(values: FloatArray, level: FloatArray) -> FloatArray:
    return np.asarray(np.clip((values - level[..., 0]) / level[..., 1], -REACH, REACH))


def _ends(axis: Axes, places: Any) -> None:
    for place in places:
        axis.axvline(place, color=COLOURS["muted"], linewidth=0.6, linestyle="--")


def _shades(n: int) -> list[str]:
    return [COLOURS[_SHADES[min(place, len(_SHADES) - 1)]] for place in range(n)]
