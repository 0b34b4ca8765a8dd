"""Pictures of one person of a decoded study: scores of trials or volumes, and motion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from empatune.decoding.participant import DecodedRun, Participant
from empatune.reports import figure
from empatune.reports.figure import COLOURS, colour
from empatune.reports.markup import Html

_SHADES = ("care", "mentalizing", "distress", "sharing", "concern", "feedback", "regulate", "other")
_SHOWN = ("dot", "mean")


def trials(participant: Participant) -> Html:
    """Draw the score of every trial, map by map, in the order of the trials.

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
        run.trials[run.trials["measure"].isin(_SHOWN)]
        for run in participant.runs
        if run.trials is not None and len(run.trials)
    ]
    names = list(dict.fromkeys(name for table in tables for name in table["signature"]))
    types = sorted({kind for table in tables for kind in table["trial_type"]})
    starts = np.cumsum([0, *(int(table["trial"].max()) for table in tables)])
    drawing, axes = figure.panels(len(names), 0.9 + 0.85 * len(names), gap=0.3)
    for axis, name in zip(axes, names, strict=True):
        for kind, shade in zip(types, _shades(len(types)), strict=True):
            axis.plot([], [], "o", color=shade, markersize=3.5, label=kind)
            for start, end, table in zip(starts, starts[1:], tables, strict=False):
                mine = table[(table["signature"] == name) & (table["trial_type"] == kind)]
                axis.plot(start + mine["trial"], mine["score"], "o", color=shade, markersize=3.5)
                mean = [mine["score"].mean()] * 2
                axis.plot((start + 0.6, end + 0.4), mean, color=shade, linewidth=1.3, alpha=0.6)
        axis.axhline(0, color=COLOURS["muted"], linewidth=0.6)
        axis.margins(y=0.15)
        _ends(axis, starts[1:-1] + 0.5)
        figure.title(axis, name, colour(name))
    axes[-1].set_xlim(0.4, starts[-1] + 0.6)
    axes[-1].set_xlabel("trial; dashed: the next run")
    if len(types) <= len(_SHADES):
        figure.legend(axes[0])
    return figure.to_svg(drawing, "trials", "Score of every trial on every map, by trial type.")


def volumes(participant: Participant) -> Html:
    """Draw the score of every volume, map by map, run after run.

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
    names = [name for name in tables[0] if name.rpartition("_")[2] in _SHOWN]
    starts = np.cumsum([0, *map(len, tables)])
    drawing, axes = figure.panels(len(names), 0.9 + 0.75 * len(names), gap=0.3)
    for axis, name in zip(axes, names, strict=True):
        for start, table in zip(starts, tables, strict=False):
            place = start + np.arange(len(table))
            axis.plot(place, table[name].to_numpy(dtype=float), color=colour(name), linewidth=0.8)
        _ends(axis, starts[1:-1])
        figure.title(axis, name.rpartition("_")[0], colour(name.rpartition("_")[0]))
    axes[-1].set_xlim(0, starts[-1])
    axes[-1].set_xlabel("volume; dashed: the next run")
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


def _ends(axis: Axes, places: Any) -> None:
    for place in places:
        axis.axvline(place, color=COLOURS["muted"], linewidth=0.6, linestyle="--")


def _shades(n: int) -> list[str]:
    return [COLOURS[_SHADES[min(place, len(_SHADES) - 1)]] for place in range(n)]
