"""The picture of the page of evidence: every data set as a small panel, people as dots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

GREEN, BLUE, PURPLE, GREY = "#2f8f5b", "#2f6fb0", "#7b4fa3", "#777777"
Found = dict[str, list[tuple[Any, Any]]]


def draw(tables: dict[str, pd.DataFrame], found: Found, path: Path) -> None:
    figure = Figure(figsize=(11, 6.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 3)
    _shares(
        axes[0, 0],
        tables["motives"],
        ("control", "reciprocity", "empathy", "multi-motive"),
        ("control", "reciprocity", "empathy", "both"),
    )
    _label(axes[0, 0], "Giving by induced motive", "prosocial choices")
    _courses(axes[0, 1], tables["closeness"])
    _shares(axes[0, 2], tables["trust"], ("computer", "stranger", "friend"))
    _label(axes[0, 2], "Trust by partner", "choices of the higher investment")
    names = ("pilot1", "pilot3", "pilot5a")
    _shares(axes[1, 0], tables["selection"], names, ("pilot 1", "pilot 3", "pilot 5a"))
    axes[1, 0].axhline(0.5, color=GREY, linewidth=0.8, linestyle="--")
    _label(axes[1, 0], "Choosing to feel (line: half)", "choices to feel")
    _load(axes[1, 1], found["load"])
    _effort(axes[1, 2], tables["effort"])
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)


def _label(axis: Axes, title: str, unit: str) -> None:
    axis.set_title(title, fontsize=11, loc="left", fontweight="bold")
    axis.set_ylabel(unit, fontsize=9)
    axis.tick_params(labelsize=9)


def _means(table: pd.DataFrame) -> pd.DataFrame:
    return table.groupby(["person", "condition"])["value"].mean().unstack("condition")


def _reach(values: np.ndarray) -> float:
    from scipy import stats

    n = len(values)
    return float(stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n))


def _shares(
    axis: Axes, table: pd.DataFrame, names: tuple[str, ...], labels: tuple[str, ...] = ()
) -> None:
    rng = np.random.default_rng(1)
    means = _means(table)
    for place, name in enumerate(names):
        own = means[name].dropna().to_numpy()
        across = place + rng.uniform(-0.22, 0.22, len(own))
        up = own + rng.uniform(-0.012, 0.012, len(own))
        axis.plot(across, up, ".", color=BLUE, alpha=0.4, markersize=4, markeredgewidth=0)
        axis.errorbar(place, own.mean(), _reach(own), color="black", marker="o", capsize=4, lw=1.6)
    axis.set_xticks(range(len(names)), labels or names)
    axis.set_xlim(-0.5, len(names) - 0.5)
    axis.set_ylim(-0.03, 1.03)


def _courses(axis: Axes, table: pd.DataFrame) -> None:
    for name, colour, label in (("seen", PURPLE, "often in pain"), ("control", GREY, "control")):
        for block in (1, 2):
            own = table[table["condition"] == f"{name}_{block}"]
            course = own.groupby("trial_no")["value"].agg(["mean", "sem"])
            x = course.index.to_numpy() + (block - 1) * 28
            axis.fill_between(
                x,
                course["mean"] - course["sem"],
                course["mean"] + course["sem"],
                color=colour,
                alpha=0.2,
                linewidth=0,
            )
            axis.plot(x, course["mean"], color=colour, label=label if block == 1 else None)
    axis.axvline(27, color=GREY, linewidth=0.8, linestyle=":")
    axis.set_xticks([1, 25, 29, 53], ["1", "25", "1", "25"])
    axis.set_xlabel("trial of block 1 (pain)      trial of block 2 (extinction)", fontsize=9)
    axis.legend(frameon=False, fontsize=9, loc="lower right")
    _label(axis, "Closeness while learning (band: 1 SE)", "closeness [points of 100]")


def _load(axis: Axes, found: list[tuple[Any, Any]]) -> None:
    for place, (_, each) in enumerate(found):
        for shift, word, colour in ((-0.12, "describe", GREY), (0.12, "feel", PURPLE)):
            cell = next(c for c in each.cells if c.condition.startswith(word))
            mean = cell.mean
            axis.errorbar(
                place + shift,
                mean.value,
                [[mean.value - mean.low], [mean.high - mean.value]],
                color=colour,
                marker="o",
                capsize=3,
                label=word if place == 0 else None,
            )
    axis.set_xticks(range(len(found)), [row.name.split(":")[0] for row, _ in found])
    axis.legend(frameon=False, fontsize=9, loc="upper left")
    _label(axis, "Feeling is more work (pilot 1)", "rating, 1 to 5")


def _effort(axis: Axes, table: pd.DataFrame) -> None:
    means = _means(table)
    for who, colour in (("self", GREEN), ("other", PURPLE)):
        columns = [means[f"{who}_{effort}"].to_numpy() for effort in range(2, 7)]
        middle = [own.mean() for own in columns]
        axis.errorbar(
            range(2, 7),
            middle,
            [_reach(own) for own in columns],
            color=colour,
            marker="o",
            capsize=3,
            label=f"for {'oneself' if who == 'self' else 'another'}",
        )
    axis.set_xticks(range(2, 7))
    axis.set_ylim(0, 1.03)
    axis.set_xlabel("step of effort", fontsize=9)
    axis.legend(frameon=False, fontsize=9, loc="lower left")
    _label(axis, "Working for oneself and another", "accepted offers")
