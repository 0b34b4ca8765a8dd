"""The context of every condition of a paradigm, as a small table of colours."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from empatune.core import FEATURES
from empatune.paradigms import Paradigm
from empatune.paradigms.events import features_used
from empatune.paradigms.records import Condition, Group, Session, Target

INK, MUTED, LINE = "#1d1f22", "#6b6f76", "#d5d8dc"
"""Colours of words and lines."""

_VALUES = LinearSegmentedColormap.from_list("context", ["#2f6fc4", "#f6f5f1", "#c0562a"])

Cell = tuple[str, dict[str, str], dict[str, float]]
"""A condition, what is written of its features, and their values."""


def cells(design: Paradigm) -> list[Cell]:
    """List conditions, apart for groups whose context differs.

    Parameters
    ----------
    design : Paradigm
        The paradigm.

    Returns
    -------
    list of Cell
        In the order of the file.
    """
    apart = any(group.features or group.draws for group in design.groups.values())
    found = []
    for group in design.groups if apart else list(design.groups)[:1]:
        for name, condition in design.conditions.items():
            if apart and condition.groups and group not in condition.groups:
                continue
            words, values = _context_of(design, group, name)
            label = name.replace("_", " ")
            found.append((f"{label}  ({group})" if apart else label, words, values))
    return found


def _context_of(design: Paradigm, group: str, name: str) -> tuple[dict[str, str], dict[str, float]]:
    condition = design.conditions[name]
    owners: list[Group | Target | Condition | Session] = [design.groups[group], condition]
    owners += [design.targets[condition.target]] if condition.target else []
    owners += [
        session
        for session in design.sessions
        if not session.conditions or name in session.conditions
    ][:1]
    words: dict[str, str] = {}
    values: dict[str, float] = {feature.name: feature.default for feature in FEATURES}
    for owner in owners:
        for feature, value in owner.features.items():
            words[feature], values[feature] = f"{value:g}", value
        for feature, spread in owner.draws.items():
            low, high = spread.reach
            words[feature] = f"{low:g}…{high:g}" if high > low else spread.words
            values[feature] = spread.mean
    if condition.outcome is not None:
        found = condition.outcome
        certain = found.probability == 1
        words["outcome"] = f"{found.kindness:g}" + (
            "" if certain else f" · {found.probability:.0%}"
        )
        values["outcome"] = found.kindness
    return words, values


def columns(design: Paradigm) -> list[str]:
    """List what the table shows.

    Parameters
    ----------
    design : Paradigm
        The paradigm.

    Returns
    -------
    list of str
        The features that it uses, and the outcome where one is seen.
    """
    learned = any(condition.outcome for condition in design.conditions.values())
    return features_used(design) + (["outcome"] if learned else [])


def draw(axes: Axes, rows: list[Cell], features: list[str]) -> None:
    """Draw the table.

    Parameters
    ----------
    axes : Axes
        Where.
    rows : list of Cell
        The conditions.
    features : list of str
        The columns.
    """
    if not features:
        axes.set_axis_off()
        return
    given = [[cell[2][name] if name in cell[1] else 0.0 for name in features] for cell in rows]
    axes.imshow(np.array(given), cmap=_VALUES, vmin=-1.25, vmax=1.25, aspect="auto")
    for row, (_, words, numbers) in enumerate(rows):
        for column, name in enumerate(features):
            text = words.get(name, f"{numbers[name]:g}" if name in numbers else "")
            shade = "#ffffff" if abs(numbers.get(name, 0.0)) > 0.85 else INK
            shade = shade if name in words else MUTED
            axes.text(
                column, row, text, ha="center", va="center", color=shade,
                fontsize=7 if len(features) < 9 else 5.5,
            )  # fmt: skip
    axes.set_xticks(range(len(features)), features, rotation=30, ha="right")
    axes.set_yticks(range(len(rows)), [cell[0] for cell in rows])
    drawn = "; a…b: drawn" if any("…" in text for cell in rows for text in cell[1].values()) else ""
    dress(axes, f"Context   (pale: at its default{drawn})")
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)


def dress(axes: Axes, title: str) -> None:
    """Give a panel its title and quiet lines.

    Parameters
    ----------
    axes : Axes
        The panel.
    title : str
        What it shows.
    """
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(colors=MUTED, length=2, width=0.6, labelsize=7.5)
    axes.set_title(title, loc="left", fontsize=9, color=INK, pad=4)
