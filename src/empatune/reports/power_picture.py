"""A power curve: how many studies of each size find a claim, and how many are fooled."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from empatune.claims.power import Power
from empatune.claims.study import load
from empatune.errors import ExportError
from empatune.files import write_whole
from empatune.reports.figure import COLOURS, dress

ALPHA = 0.05
"""At which studies test."""


def draw_power(found: Power, *, wanted: float) -> Figure:
    """Draw a power curve.

    Parameters
    ----------
    found : Power
        What was simulated.
    wanted : float
        The power that is wanted.

    Returns
    -------
    Figure
        The curve with its intervals, false positives, and the number of people that is needed.
    """
    with mpl.rc_context({"font.size": 10}):
        figure = Figure(figsize=(7.2, 4.6), facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.1, 0.13, 0.87, 0.66))
        dress(axes)
        _curve(axes, found, "found", ("feedback", "studies that find it"))
        _curve(axes, found, "without", ("muted", "with its path cut: false positives"))
        _needed(axes, found, wanted)
        axes.set_ylim(0, 1.02)
        axes.set_yticks(np.arange(0, 1.01, 0.2), [f"{v:.0%}" for v in np.arange(0, 1.01, 0.2)])
        axes.set_xticks([point.n for point in found.points])
        axes.set_xlabel("people in a study")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, fontsize=9)
        text = textwrap.fill(found.claim.text, 70)
        figure.text(0.02, 0.98, text, va="top", fontsize=10.5, fontweight="bold")
        n_studies = found.points[0].found.n
        figure.text(
            0.02,
            0.965 - 0.045 * (text.count("\n") + 1),
            f"{load(found.claim.paradigm).name} · {n_studies} simulated studies of each size · "
            f"if the model is right, {found.answer(wanted)}",
            va="top",
            fontsize=8.5,
            color=COLOURS["muted"],
        )
    return figure


def write_power(found: Power, path: Path, *, wanted: float) -> Path:
    """Write a power curve as a PNG file.

    Parameters
    ----------
    found : Power
        What was simulated.
    path : Path
        The file; it is replaced.
    wanted : float
        The power that is wanted.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    buffer = io.BytesIO()
    draw_power(found, wanted=wanted).savefig(buffer, dpi=160, metadata={"Software": None})
    try:
        write_whole(path, buffer.getvalue())
    except OSError as problem:
        raise ExportError(
            f"{path} cannot be written: {problem.strerror}. Give another --out."
        ) from None
    return path


def _curve(axes: Axes, found: Power, which: str, look: tuple[str, str]) -> None:
    key, label = look
    n = [point.n for point in found.points]
    shares = [getattr(point, which) for point in found.points]
    ink = COLOURS[key]
    low, high = [s.low for s in shares], [s.high for s in shares]
    axes.fill_between(n, low, high, color=ink, alpha=0.15, linewidth=0)
    axes.vlines(n, low, high, color=ink, linewidth=1)
    axes.plot(n, [s.value for s in shares], "o-", color=ink, markersize=5, label=label)


def _needed(axes: Axes, found: Power, wanted: float) -> None:
    dashes, ink = (0, (4, 3)), COLOURS["ink"]
    axes.axhline(wanted, color=ink, linewidth=0.9, linestyle=dashes)
    axes.axhline(ALPHA, color=COLOURS["muted"], linewidth=0.9, linestyle=(0, (1, 2)))
    needed = found.needed(wanted)
    if needed is None:
        return
    axes.vlines(needed, 0, wanted, color=ink, linewidth=0.9, linestyle=dashes)
    axes.annotate(
        f"{needed:.0f} people",
        (needed, wanted),
        xytext=(6, -14),
        textcoords="offset points",
        fontweight="bold",
    )
