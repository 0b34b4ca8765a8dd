"""Pictures of a session over time."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from empatune.exports import SessionHistory
from empatune.exports.blocks import Stretch, baseline_conditions, stretches
from empatune.exports.history import Status
from empatune.exports.measures import Measure, measures, standardised
from empatune.exports.series import quality as quality_of
from empatune.realtime.messages import OperatorCommand
from empatune.reports import figure
from empatune.reports.figure import COLOURS, colour
from empatune.reports.markup import Html
from empatune.typing import FloatArray

STATUS_COLOURS: Mapping[Status, str] = MappingProxyType(
    {
        "decoded": "good",
        "marked": "regulate",
        "lost": "bad",
        "missing": "bad",
        "undecoded": "other",
    }
)
"""Variable of the style sheet for every status of a volume."""


NAMES_INCH = 0.17
"""Height of the names of blocks above the curves [inch]."""


def signatures(history: SessionHistory) -> Html:
    """Draw the signatures of the score, the score and what was shown, over the blocks.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Html
        The picture.
    """
    names = [name for name in history.signatures if name not in history.monitors]
    drawing, (strip, *axes) = figure.panels(4, 6.4, ratios=[0.1, 3, 2, 1.4])
    _strip(strip, history)
    _blocks(axes, history)
    time = _time(history)
    for name in names:
        _banded(axes[0], history, name)
    _make_room(axes[0])
    axes[0].set_ylabel("z [baseline SD]")
    score = _series(history, "score")
    score[np.array([not standardised(v) for v in history.volumes], dtype=bool)] = np.nan
    axes[1].plot(time, score, color=COLOURS["ink"], linewidth=1.1, label="score")
    axes[1].axhline(0, color=COLOURS["muted"], linewidth=0.6)
    axes[1].set_ylabel("score [baseline SD]")
    _shown(axes[2], history)
    figure.legend(axes[0], n_columns=6, above=strip)
    axes[2].set_xlabel("time after the start of volume 0 [s]")
    for axis in axes:
        axis.set_xlim(0, max(len(time), 1) * history.tr_s)
    return figure.to_svg(
        drawing,
        "traces",
        "Standardised signatures with their standard errors, the score, and the feedback shown, "
        "volume by volume, over the blocks of the protocol.",
    )


def others(history: SessionHistory, names: tuple[str, ...], group: str) -> Html:
    """Draw standardised responses below one another.

    Parameters
    ----------
    history : SessionHistory
        The session.
    names : tuple of str
        Whose.
    group : {"signatures", "systems"}
        Where they belong.

    Returns
    -------
    Html
        The picture.
    """
    drawing, axes = figure.panels(len(names), 0.6 + 1.1 * len(names), gap=0.3)
    _blocks(axes, history)
    for axis, name in zip(axes, names, strict=True):
        _banded(axis, history, name, group=group)
        figure.title(axis, name, colour(name))
        axis.set_xlim(0, max(len(history.volumes), 1) * history.tr_s)
    _make_room(axes[0])
    axes[-1].set_xlabel("time after the start of volume 0 [s]")
    return figure.to_svg(
        drawing, f"others-{group}", f"Standardised responses of {', '.join(names)}."
    )


def quality(history: SessionHistory) -> Html:
    """Draw motion, framewise displacement, DVARS and temporal signal-to-noise ratio.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Html
        The picture.
    """
    drawing, axes = figure.panels(5, 7.2, ratios=[1.3, 1.3, 1.1, 1.1, 1.0])
    _blocks(axes, history)
    time = _time(history)
    shades = (COLOURS["distress"], COLOURS["feedback"], COLOURS["mentalizing"])
    motion = np.array(
        [v.aligned.motion if v.aligned else (np.nan,) * 6 for v in history.volumes], dtype=float
    ).reshape(-1, 6)
    for axis, first, unit in ((axes[0], 0, "mm"), (axes[1], 3, "degrees")):
        for k, name in enumerate(("x", "y", "z")):
            axis.plot(time, motion[:, first + k], color=shades[k], linewidth=0.9, label=name)
        axis.set_ylabel(f"{'translation' if first == 0 else 'rotation'}\n[{unit}]")
    _make_room(axes[0])
    figure.legend(axes[0])
    limits = {"fd_mm": history.setting("nuisance", "fd_mm", None)}
    for axis, name, words in (
        (axes[2], "fd_mm", "FD [mm]"),
        (axes[3], "dvars_percent", "DVARS [%]"),
        (axes[4], "tsnr", "tSNR so far"),
    ):
        values = _aligned(history, name)
        axis.plot(time, values, color=COLOURS["ink"], linewidth=0.9)
        axis.set_ylabel(words)
        axis.set_ylim(bottom=0)
        if limits.get(name):
            axis.axhline(float(limits[name]), color=COLOURS["bad"], linewidth=0.8, linestyle="--")
    _excluded(axes[2], history)
    axes[-1].set_xlabel("time after the start of volume 0 [s]")
    axes[-1].set_xlim(0, max(len(time), 1) * history.tr_s)
    return figure.to_svg(
        drawing,
        "quality",
        "Motion parameters, framewise displacement with its limit, DVARS and temporal "
        "signal-to-noise ratio, volume by volume.",
    )


def _banded(axis: Axes, history: SessionHistory, name: str, *, group: str = "signatures") -> None:
    kind = "system" if group == "systems" else ""
    z = _series(history, name, kind=kind)
    unused = np.array([not v.usable for v in history.volumes], dtype=bool)
    z[(z == 0) | unused] = np.nan  # no baseline yet, or marked
    errors = _z_errors(history, group, name)
    time = _time(history)
    shade = colour(name)
    axis.fill_between(time, z - errors, z + errors, color=shade, alpha=0.22, linewidth=0)
    width = 1.2 if len(time) < 250 else 0.8
    axis.plot(time, z, color=shade, linewidth=width, label=name)
    axis.axhline(0, color=COLOURS["muted"], linewidth=0.6)


def _strip(axis: Axes, history: SessionHistory) -> None:
    axis.set_axis_off()
    for status, group in groupby(history.volumes, key=lambda volume: volume.status):
        first, *rest = list(group)
        axis.axvspan(
            first.index * history.tr_s,
            (first.index + 1 + len(rest)) * history.tr_s,
            color=COLOURS[STATUS_COLOURS[status]],
            linewidth=0,
        )


def _shown(axis: Axes, history: SessionHistory) -> None:
    axis.set_ylim(-1.1, 1.1)
    axis.set_ylabel("feedback shown\n[−1 to 1]")
    axis.axhline(0, color=COLOURS["muted"], linewidth=0.6)
    if history.sealed:
        axis.text(
            0.5,
            0.5,
            "withheld: the allocation is still sealed",
            transform=axis.transAxes,
            ha="center",
            va="center",
            color=COLOURS["muted"],
        )
        return
    told = [volume.during for volume in history.volumes]
    values = [f.value if f is not None and f.show else np.nan for f in told]
    edges = np.arange(len(values) + 1) * history.tr_s
    axis.stairs(values, edges, color=COLOURS["feedback"], linewidth=1.3, baseline=None)


def _blocks(axes: list[Axes], history: SessionHistory) -> None:
    baseline = baseline_conditions(history)
    for stretch in stretches(history):
        shade, alpha = _shade(stretch, baseline)
        start = stretch.first * history.tr_s
        for axis in axes:
            axis.axvspan(
                start,
                start + stretch.n_volumes * history.tr_s,
                color=shade,
                alpha=alpha,
                linewidth=0,
            )
        if stretch.n_volumes * 40 >= len(history.volumes) and stretch.condition not in baseline:
            axes[0].text(
                start + stretch.n_volumes * history.tr_s / 2,
                0.985,
                stretch.condition,
                transform=axes[0].get_xaxis_transform(),
                ha="center",
                va="top",
                fontsize=7.5,
                color=COLOURS["muted"],
            )
    for entry, command in history.of(OperatorCommand):
        if command.action == "marker":
            moment = history.time_s(entry.wall_s)
            for axis in axes:
                axis.axvline(moment, color=COLOURS["muted"], linewidth=0.7, linestyle=":")


def _make_room(axis: Axes) -> None:
    """Leave the names of the blocks a place above the curves."""
    low, high = axis.get_ylim()
    inches = axis.bbox.height / axis.figure.dpi
    share = min(NAMES_INCH / inches, 0.5)
    axis.set_ylim(low, low + (high - low) / (1 - share))


def _shade(stretch: Stretch, baseline: tuple[str, ...]) -> tuple[str, float]:
    if stretch.block < 0:
        return COLOURS["bad"], 0.10
    if stretch.condition in baseline:
        return COLOURS["muted"], 0.05
    return (COLOURS["regulate"], 0.16) if stretch.feedback else (COLOURS["transfer"], 0.14)


def _excluded(axis: Axes, history: SessionHistory) -> None:
    places = [(v.index + 0.5) * history.tr_s for v in history.volumes if not v.usable]
    if places:
        axis.plot(
            places,
            np.zeros(len(places)),
            "|",
            transform=axis.get_xaxis_transform(),
            color=COLOURS["bad"],
            markersize=9,
            clip_on=False,
            label="not used",
        )


def block_key(history: SessionHistory) -> list[tuple[str, str]]:
    """Return what the shades behind the curves mean.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    list of (str, str)
        Variable of the style sheet and words, for shades that occur.
    """
    baseline = baseline_conditions(history)
    found: dict[str, str] = {}
    for stretch in stretches(history):
        if stretch.block < 0:
            found["bad"] = "pause"
        elif stretch.condition not in baseline:
            key = "regulate" if stretch.feedback else "transfer"
            found[key] = "feedback shown" if stretch.feedback else "no feedback shown"
    return list(found.items())


def _time(history: SessionHistory) -> FloatArray:
    return np.arange(0.5, len(history.volumes)) * np.float64(history.tr_s)


def _series(history: SessionHistory, name: str, *, kind: str = "") -> FloatArray:
    chosen: list[Measure] = [
        m for m in measures(history) if m.name == name and (not kind or m.kind == kind)
    ]
    values = chosen[0].series(history.volumes)
    values[np.array([v.decoded is None for v in history.volumes], dtype=bool)] = np.nan
    return values


def _z_errors(history: SessionHistory, group: str, name: str) -> FloatArray:
    decoded = [volume.decoded for volume in history.volumes]
    return np.array(
        [np.nan if d is None else getattr(d, group)[name].z_error for d in decoded],
        dtype=np.float64,
    )


def _aligned(history: SessionHistory, name: str) -> FloatArray:
    return np.array([quality_of(volume, name) for volume in history.volumes], dtype=np.float64)
