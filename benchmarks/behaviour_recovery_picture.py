"""The picture of recovery: what was expected and found, and which models are taken for which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from empatune.behaviour.recovery.parameters import IDENTIFIABLE

SCATTERED = (
    ("effort", "effort-parabolic-discounts", "discount_other"),
    ("learning", "learning-rates", "rate_self"),
    ("closeness", "closeness-recalibration", "reference"),
    ("avoidance", "avoidance-rates-weights", "weight_punish"),
    ("motives", "diffusion", "drift"),
    ("trust", "trust", "rate"),
)

COLOURS = {
    "selection": "#767676",
    "effort": "#0072b2",
    "learning": "#c4541a",
    "closeness": "#009e73",
    "motives": "#cc79a7",
    "trust": "#e69f00",
    "avoidance": "#7b4ea3",
    "seen_pain": "#56b4e9",
    "regulation": "#333333",
}
"""A colour a data set, of a palette that colour-blind people can tell."""

SMALL = {
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.labelsize": 7,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "legend.fontsize": 6,
    "legend.frameon": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
}

WIDTH = 7.2
"""Two columns of a journal [inches]."""

LARGE = 10.0
"""Values above this, all of them positive, have logarithmic axes."""

LOWEST = 0.2
"""Where the axes of r begin."""

ACROSS = 3
"""Matrices in a row."""

TOLD = 0.8
"""Share of sets in which the true model should be found."""


def draw(found: Mapping[str, Any], path: Path) -> None:
    """
    Draw the picture.

    Parameters
    ----------
    found : mapping
        What was found of each data set.
    path : Path
        Where it is written.
    """
    families = [
        (key, each)
        for key, one in found.items()
        for each in one.get("models", ())
        if len(each["models"]) > 2
    ]
    n_rows = -(-len(families) // ACROSS)
    with plt.rc_context(SMALL):
        figure = plt.figure(figsize=(WIDTH, 3.1 + 1.75 * n_rows), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=[3.1, 1.75 * max(n_rows, 1)])
        left, right = above.subfigures(1, 2, width_ratios=[1, 1.25])
        _expected(left.subplots(), found)
        _label(left, "a")
        panels = right.subplots(2, 3)
        for axes in panels.flat:
            axes.set_visible(False)
        for axes, (title, colour, values) in zip(panels.flat, _scattered(found), strict=False):
            _scatter(axes, title, colour, values)
        _label(right, "b")
        if families:
            matrices = below.subplots(n_rows, ACROSS, squeeze=False)
            for axes in matrices.flat[len(families) :]:
                axes.set_visible(False)
            for axes, (key, each) in zip(matrices.flat, families, strict=False):
                _matrix(axes, key, each)
            _label(below, "c")
        figure.savefig(path, dpi=220)
        plt.close(figure)


def _label(part: Any, letter: str) -> None:
    """Write the letter of a part."""
    part.text(0.005, 0.995, letter, weight="bold", fontsize=9, va="top")


def _expected(axes: Any, found: Mapping[str, Any]) -> None:
    """Draw expected against measured r of every parameter."""
    axes.plot([LOWEST, 1], [LOWEST, 1], color="0.75", lw=0.6, zorder=0)
    axes.axhline(IDENTIFIABLE, color="0.6", lw=0.6, ls=":", zorder=0)
    axes.axvline(IDENTIFIABLE, color="0.6", lw=0.6, ls=":", zorder=0)
    for key, one in found.items():
        expected = [r for each in one["ceilings"].values() for r in each["prior"]]
        reached = [row["correlation"] for each in one["parameters"].values() for row in each["eb"]]
        axes.scatter(expected, reached, s=9, color=COLOURS[key], alpha=0.75, lw=0, label=key)
    axes.set(xlim=(LOWEST, 1.02), ylim=(LOWEST, 1.02), aspect="equal")
    axes.set_xlabel("expected r, before any comparison")
    axes.set_ylabel("r of true and fitted values")
    axes.legend(loc="lower right", handletextpad=0.1, borderaxespad=0)


def _scattered(found: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Give true and fitted values of one parameter a family."""
    for key, name, parameter in SCATTERED:
        model = found.get(key, {}).get("parameters", {}).get(name)
        if model is None:
            continue
        rows = {row["parameter"]: row for row in model["eb"]}
        said = f"{rows[parameter]['correlation']:.2f}".removeprefix("0")
        yield f"{name}\n{parameter}, r {said}", COLOURS[key], model["points"][parameter]


def _scatter(axes: Any, title: str, colour: str, values: Any) -> None:
    """Draw true against fitted values."""
    axes.set_visible(True)
    true, fitted = np.array(values)
    ends = [min(true.min(), fitted.min()), max(true.max(), fitted.max())]
    axes.plot(ends, ends, color="0.7", lw=0.6, zorder=0)
    axes.scatter(true, fitted, s=5, color=colour, alpha=0.6, lw=0)
    axes.set_title(title, fontsize=6, loc="left")
    axes.set_xlabel("true", labelpad=1)
    axes.set_ylabel("fitted", labelpad=1)
    if min(ends) > 0 and max(ends) > LARGE:
        axes.set(xscale="log", yscale="log")
    else:
        axes.locator_params(nbins=4)


def _matrix(axes: Any, key: str, each: Mapping[str, Any]) -> None:
    """Draw the confusion of people; shares of sets are in the tables."""
    shares, sets = (np.array(each["prior"][kind]) for kind in ("people", "sets"))
    places = range(len(shares))
    axes.imshow(shares, vmin=0, vmax=1, cmap="Greys", aspect="auto")
    axes.set_xticks(places, [str(place + 1) for place in places])
    axes.set_xlabel("best", labelpad=1)
    axes.set_ylabel("true", labelpad=1)
    axes.set_yticks(places, [f"{_short(name)}  {p + 1}" for p, name in enumerate(each["models"])])
    for row, column in np.ndindex(shares.shape):
        text = f"{shares[row, column]:.2f}".replace("0.", ".", 1)
        shade = "w" if shares[row, column] > 0.55 else "k"
        axes.text(column, row, text, ha="center", va="center", fontsize=5, color=shade)
        if row == column and sets[row, row] >= TOLD:
            corner = (column - 0.5, row - 0.5)
            axes.add_patch(plt.Rectangle(corner, 1, 1, fill=False, ec=COLOURS[key], lw=1.2))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    what = "" if each["response"] in ("choice", "rating") else ", choice and time"
    axes.set_title(f"{key}{what}", loc="left", color=COLOURS[key])


def _short(name: str) -> str:
    """Leave out the family's name."""
    family, _, rest = name.partition("-")
    return rest or family
