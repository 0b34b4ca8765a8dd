"""The preview of a paradigm: a run as people meet it, its context, what a scanner would see."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from empatune.errors import ExportError
from empatune.files import write_whole
from empatune.paradigms import Paradigm
from empatune.paradigms.efficiency import design_matrix, efficiency, inflation
from empatune.paradigms.events import events, regressor_of
from empatune.paradigms.records import Session
from empatune.reports import paradigm_context
from empatune.reports.paradigm_context import INK, LINE, MUTED, dress

_PALETTE = (
    "#2f6fc4", "#d1622b", "#2f8f4e", "#7a48b8", "#c03a63", "#a88a01", "#1f8a8b", "#6b6f76",
    "#8c5a2b", "#4d9fe0", "#e39a6c", "#73c48c",
)  # fmt: skip
_SHARED = "#b4b9c0"
_MOST_RUNS = 3
_WIDTH, _LEFT = 12.0, 1.75
_HEAD, _GAP, _RESPONSE, _FOOT = 1.05, 0.55, 1.2, 0.7
"""Sizes of the sheet [inch]."""

_INFLATED = 5.0


def write_preview(
    design: Paradigm,
    path: Path,
    *,
    seed: int = 0,
    n_orders: int = 25,
    progress: Callable[[int], object] | None = None,
) -> Path:
    """Draw the preview of a paradigm into a PNG file, whole or not at all.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    path : Path
        The file; it is replaced.
    seed : int
        Seed of the order that is shown.
    n_orders : int
        How many other orders its efficiency is compared with.
    progress : callable, optional
        Is told how many orders have been judged.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    figure = draw_preview(design, seed=seed, n_orders=n_orders, progress=progress)
    picture = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(picture, format="png", dpi=130, metadata={"Software": ""})
    try:
        write_whole(path, picture.getvalue())
    except OSError as problem:
        raise ExportError(f"{path} cannot be written: {problem}. Give another --out.") from None
    return path


def draw_preview(
    design: Paradigm,
    *,
    seed: int = 0,
    n_orders: int = 25,
    progress: Callable[[int], object] | None = None,
) -> Figure:
    """Draw the preview of a paradigm.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    seed : int
        Seed of the order that is shown.
    n_orders : int
        How many other orders its efficiency is compared with.
    progress : callable, optional
        Is told how many orders have been judged.

    Returns
    -------
    Figure
        Timelines of one run of each kind of session, with the predicted responses; the context
        of every condition; efficiency of contrasts and inflation of regressors.
    """
    shown = _sessions_shown(design)
    cells, features = paradigm_context.cells(design), paradigm_context.columns(design)
    tall = [0.3 + 0.2 * len(design.conditions_of(session, group)) for group, session in shown]
    lower = 0.32 * len(cells)
    if design.scanned:
        lower = max(lower, 0.5 + 0.3 * len(design.contrasts), 1.6)
    runs = sum(tall) + len(shown) * (_GAP + ((_RESPONSE + _GAP) if design.scanned else 0.0))
    height = _HEAD + runs + lower + _FOOT
    with mpl.rc_context({"font.size": 8.5}):
        figure = Figure(figsize=(_WIDTH, height), facecolor="white")
        _heading(figure, design, height)
        trials = design.draw(len(design.groups), seed)
        top = _HEAD
        for (group, session), tallness in zip(shown, tall, strict=True):
            mine = _run(trials, group, session)
            axes = _panel(figure, _LEFT, top, _WIDTH - _LEFT - 0.25, tallness)
            _timeline(axes, design, mine, group, session)
            top += tallness + _GAP
            if design.scanned:
                axes = _panel(figure, _LEFT, top, _WIDTH - _LEFT - 0.25, _RESPONSE, beside=axes)
                _responses(axes, design, mine)
                top += _RESPONSE + _GAP
            axes.set_xlabel("time [s]", color=MUTED, fontsize=7.5, labelpad=1)
        room = 5.0 if design.scanned else _WIDTH - _LEFT - 0.25
        paradigm_context.draw(
            _panel(
                figure, _LEFT, top, min(room, 0.95 * len(features)), min(lower, 0.32 * len(cells))
            ),
            cells,
            features,
        )
        if design.scanned:
            if design.contrasts:
                table = efficiency(design, seed=seed, n_orders=n_orders, progress=progress)
                _efficiency(_panel(figure, 8.2, top, 1.4, lower), table.dropna())
            _inflation(_panel(figure, 10.85, top, 0.95, lower), inflation(design, seed=seed))
    return figure


def _panel(
    figure: Figure,
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    beside: Axes | None = None,
) -> Axes:
    """Add a panel by its place from the top left [inch]."""
    across, down = figure.get_size_inches()
    place = (left / across, 1 - (top + height) / down, width / across, height / down)
    return figure.add_axes(place, sharex=beside)


def _sessions_shown(design: Paradigm) -> list[tuple[str, Session]]:
    """Choose one group and session for every set of conditions that people meet."""
    found: dict[tuple[str, ...], tuple[str, Session]] = {}
    for session in design.sessions:
        for group in design.groups:
            found.setdefault(design.conditions_of(session, group), (group, session))
    return list(found.values())[:_MOST_RUNS]


def _run(trials: pd.DataFrame, group: str, session: Session) -> pd.DataFrame:
    chosen = (trials["group"] == group) & (trials["session"] == session.name)
    return trials[chosen & (trials["run"] == 1)]


def _shade(design: Paradigm, condition: str) -> str:
    return _PALETTE[list(design.conditions).index(condition) % len(_PALETTE)]


def _heading(figure: Figure, design: Paradigm, height: float) -> None:
    facts = design.paradigm
    n_trials = design.draw(len(design.groups)).groupby("participant", observed=True).size()
    parts = [f"{facts.participants} people"]
    if len(design.groups) > 1:
        parts.append(
            " + ".join(f"{g.n} {name.replace('_', ' ')}" for name, g in design.groups.items())
        )
    parts.append("1 trial a person" if n_trials.max() == 1 else f"{n_trials.max()} trials a person")
    if len(design.sessions) > 1:
        parts.append(f"sessions: {', '.join(session.name for session in design.sessions)}")
    parts.append(f"TR {facts.tr_s:g} s" if facts.tr_s else "no scanner")
    figure.text(0.02, 1 - 0.25 / height, facts.title, fontsize=13, color=INK, weight="bold")
    figure.text(0.02, 1 - 0.47 / height, "  ·  ".join(parts), color=INK)
    figure.text(0.02, 1 - 0.66 / height, facts.source, color=MUTED, fontsize=8)


def _timeline(
    axes: Axes, design: Paradigm, trials: pd.DataFrame, group: str, session: Session
) -> None:
    names = list(design.conditions_of(session, group))
    table = events(design, trials)
    modelled = {phase.name: phase.modelled for phase in design.timing.phases}
    asked = {phase.name: phase.response is not None for phase in design.timing.phases}
    for name in names:
        rows = table[table["condition"] == name]
        for phase, part in rows.groupby("phase", observed=True, sort=False):
            spans = list(zip(part["onset"], part["duration"], strict=True))
            own = modelled[str(phase)] or not design.scanned
            colour = _shade(design, name) if own else _SHARED
            alpha = 1.0 if modelled[str(phase)] or asked[str(phase)] else 0.35
            axes.broken_barh(
                spans, (names.index(name) - 0.38, 0.76), facecolors=colour, alpha=alpha,
                edgecolor="white", linewidth=0.3,
            )  # fmt: skip
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    end = float((trials["onset"] + trials["duration"]).max()) + design.timing.end_s
    axes.set_xlim(0, end)
    where = [f"session {session.name}"] if len(design.sessions) > 1 else []
    where += [f"group {group}"] if len(design.groups) > 1 else []
    place = ", ".join(["first run", *where])
    phases = set(table["phase"])
    shared = design.scanned and not all(modelled[phase] for phase in phases)
    pale = not design.scanned and not all(asked[phase] for phase in phases)
    words = "   (grey: what all conditions share)" if shared else ""
    words = "   (pale: nothing is asked)" if pale else words
    dress(axes, f"Trials of one person, {place}{words}")


def _responses(axes: Axes, design: Paradigm, trials: pd.DataFrame) -> None:
    matrix = design_matrix(design, trials)
    shades = {
        regressor_of(design, name, phase): (_shade(design, name), phase.modelled)
        for name in design.conditions
        for phase in design.timing.phases
        if not phase.conditions or name in phase.conditions
    }
    order = sorted(
        (name for name in matrix.columns if name in shades), key=lambda name: shades[name][1]
    )
    for name in order:
        colour, modelled = shades[name]
        axes.plot(
            matrix.index, matrix[name], color=colour if modelled else _SHARED,
            linewidth=1.3 if modelled else 0.9, linestyle="-" if name in design.conditions or not modelled else "--",
        )  # fmt: skip
    axes.set_yticks([])
    extra = [name for name in order if shades[name][1] and name not in design.conditions]
    dashed = "; dashed: the second phase" if extra else ""
    dress(axes, f"Predicted responses{dashed}")


def _efficiency(axes: Axes, table: pd.DataFrame) -> None:
    places = np.arange(len(table))
    axes.barh(places, table["share"], height=0.55, color="#7fa3d6")
    axes.plot(table["median"] / table["best"], places, "|", color=INK, markersize=9)
    for place, value in zip(places, table["efficiency"], strict=True):
        axes.text(0.02, float(place), f"{value:.3g}", va="center", color=INK, fontsize=7)
    axes.set_yticks(places, [_wrapped(name) for name in table["contrast"]], fontsize=7.5)
    axes.set_ylim(max(len(table), 1) - 0.5, -0.5)
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("share of the best order\n(stroke: median order)")
    axes.xaxis.label.set(color=MUTED, fontsize=7.5)
    dress(axes, "Efficiency of contrasts")


def _wrapped(name: str) -> str:
    return "\n".join(textwrap.wrap(name.replace("_", " "), 20))


def _inflation(axes: Axes, table: pd.DataFrame) -> None:
    worst = table.groupby("regressor", sort=False)["vif"].max()
    places = np.arange(len(worst))
    colours = ["#c0392b" if value > _INFLATED else "#7fa3d6" for value in worst]
    axes.scatter(worst, places, c=colours, s=22, zorder=3)
    axes.hlines(places, 1, worst, color=LINE, linewidth=1.2)
    axes.axvline(_INFLATED, color="#c0392b", linewidth=0.7, linestyle=":")
    axes.set_yticks(places, [_wrapped(name) for name in worst.index], fontsize=7)
    axes.set_ylim(len(worst) - 0.5, -0.5)
    axes.set_xlim(1, max(_INFLATED, float(worst.max())) * 1.08)
    axes.set_xlabel("1: shares nothing")
    axes.xaxis.label.set(color=MUTED, fontsize=7.5)
    dress(axes, "Variance inflation")
