"""Figure 1: the component systems on a glass brain and in slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from empatune.core import Grid
from empatune.errors import EmpatuneError
from empatune.preparation.template import load_template
from empatune.reports.figure import COLOURS, colour
from empatune.systems import SYSTEMS, System, masks
from empatune.typing import Array, BoolArray, Float32Array, FloatArray

_LEVELS = (0.3, 0.6, 1.1)
"""Shades: where a region's smooth map reaches these shares of its largest value."""


_VIEW_INCH = 4.33
"""Width of a glass brain with its names [inch]."""

_LEAST_MM_PER_INCH = 100.0
"""Slices are drawn no larger than this, that their height fits [mm / inch]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """A region's name in a panel.

    Parameters
    ----------
    region : str
        The region.
    at : tuple of float
        Where the text stands, in the panel's axes [mm].
    to : tuple of float
        Where its line ends, inside the region [mm].
    """

    region: str
    at: tuple[float, float]
    to: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """A glass brain seen from one side.

    Parameters
    ----------
    title : str
        What it shows.
    mode : str
        nilearn's name for the projection.
    masks : tuple of str
        Sides of regions that are drawn.
    names : tuple of _Name
        Where they are named.
    """

    title: str
    mode: str
    masks: tuple[str, ...]
    names: tuple[_Name, ...]


_LATERAL = ("AI", "PMC", "IPL", "TPJ", "TP")

VIEWS = (
    _View(
        title="left, lateral",
        mode="l",
        masks=tuple(f"{name} left" for name in _LATERAL),
        names=(
            _Name(region="PMC", at=(34, 88), to=(4, 62)),
            _Name(region="IPL", at=(-50, 90), to=(-27, 43)),
            _Name(region="TPJ", at=(-98, 70), to=(-61, 22)),
            _Name(region="AI", at=(78, 54), to=(26, 4)),
            _Name(region="TP", at=(56, -50), to=(9, -31)),
        ),
    ),
    _View(
        title="medial",
        mode="x",
        masks=("ACC", "mPFC", "precuneus", "VS left", "VS right", "VTA", "mOFC"),
        names=(
            _Name(region="ACC", at=(42, 88), to=(22, 44)),
            _Name(region="mPFC", at=(84, 58), to=(64, 24)),
            _Name(region="precuneus/PCC", at=(-82, 88), to=(-54, 38)),
            _Name(region="VS, NAcc", at=(46, -62), to=(9, -11)),
            _Name(region="VTA", at=(4, -74), to=(-17, -13)),
            _Name(region="mOFC", at=(84, -36), to=(34, -19)),
        ),
    ),
    _View(
        title="right, lateral",
        mode="r",
        masks=tuple(f"{name} right" for name in _LATERAL),
        names=(
            _Name(region="PMC", at=(42, 88), to=(9, 40)),
            _Name(region="IPL", at=(-50, 90), to=(-27, 43)),
            _Name(region="TPJ", at=(-98, 70), to=(-58, 26)),
            _Name(region="AI", at=(74, 56), to=(28, 2)),
            _Name(region="TP", at=(58, -50), to=(12, -35)),
        ),
    ),
)
"""The glass brains, from left to right."""

SLICES = (("x", -42), ("x", -2), ("y", 10), ("z", -30), ("z", -12), ("z", 0), ("z", 22), ("z", 40))
"""Direction and place of the slices [mm]: each region is in one of them at least."""


def write_figure(path: Path, *, system: str | None = None) -> None:
    """Draw the component systems as a reader of Figure 1 knows them.

    Parameters
    ----------
    path : Path
        Where to write the picture: ``.png``, ``.svg`` or ``.pdf``.
    system : str, optional
        The name of one system, which then is drawn alone; all by default.

    Raises
    ------
    EmpatuneError
        If the picture cannot be written, or not in this format.
    """
    if path.suffix not in (".png", ".svg", ".pdf"):
        raise EmpatuneError(f"{path.name} is no picture that can be drawn; use .png, .svg or .pdf.")
    drawing = draw_figure([each for each in SYSTEMS if system in (None, each.name)])
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        drawing.savefig(temporary, dpi=200, facecolor="white")
        temporary.replace(path)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        raise EmpatuneError(f"{path} cannot be written: {problem.strerror}.") from problem


def draw_figure(systems: Sequence[System]) -> Figure:
    """Draw glass brains and slices of systems.

    Parameters
    ----------
    systems : sequence of System
        The systems.

    Returns
    -------
    Figure
        On a light ground.
    """
    template = load_template()
    smooth = masks(template.grid, by="hemisphere", shape="probability")
    views = [v for v in VIEWS if any(_joined(s, smooth, only=v.masks) is not None for s in systems)]
    slices = [each for each in SLICES if any(_shows(s, smooth, *each) for s in systems)]
    width = max(_VIEW_INCH * len(views), 1.5 * _VIEW_INCH)
    drawing = Figure(figsize=(width, 7.4), facecolor="white")
    FigureCanvasAgg(drawing)
    share = _VIEW_INCH / width
    left = (1 - share * len(views)) / 2
    for number, view in enumerate(views):
        axes = drawing.add_axes((left + share * (number + 0.05), 0.32, 0.92 * share, 0.55))
        _glass(axes, view, systems, smooth, template.grid)
    boxes = [_extent(template.brain, direction, template.grid) for direction, _ in slices]
    scale = 0.98 / max(sum(box[1] - box[0] for box in boxes), width * _LEAST_MM_PER_INCH)
    left = (1 - scale * sum(box[1] - box[0] for box in boxes)) / 2
    for (direction, place), box in zip(slices, boxes, strict=True):
        axes = drawing.add_axes((left, 0.02, scale * (box[1] - box[0]), 0.24))
        left += scale * (box[1] - box[0])
        _slice(axes, direction, place, systems, smooth)
        axes.set_xlim(box[0], box[1])
        axes.set_ylim(box[2], box[3])
    _legend(drawing, systems)
    return drawing


def _glass(
    axes: Axes, view: _View, systems: Sequence[System], smooth: dict[str, Float32Array], grid: Grid
) -> None:
    from nilearn import plotting  # slow to load

    display = plotting.plot_glass_brain(
        None, display_mode=view.mode, axes=axes, annotate=False, black_bg=False, alpha=0.55
    )
    panel: Axes = next(iter(display.axes.values())).ax
    _, y, z = _coordinates(grid)
    for system in systems:
        joined = _joined(system, smooth, only=view.masks)
        if joined is not None:
            _fill(panel, y, z, np.max(joined, axis=0), system)
    panel.set_title(view.title, fontsize=10.5, color=COLOURS["muted"], pad=20)
    for name in view.names:
        shade = next((colour(s.name) for s in systems if _holds(s, name.region)), None)
        if shade is None:
            continue
        panel.annotate(
            name.region,
            xy=name.to,
            xytext=name.at,
            fontsize=12,
            fontweight="bold",
            color=shade,
            ha="center",
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": shade, "linewidth": 1.1, "shrinkB": 0},
        )


def _shows(system: System, smooth: dict[str, Float32Array], direction: str, place: int) -> bool:
    joined = _joined(system, smooth)
    return joined is not None and bool((_cut(joined, direction, place) > _LEVELS[0]).sum() > 6)


def _cut(image: Array, direction: str, place: int) -> Array:
    """Return the plane of an image in the template's grid."""
    axis = "xyz".index(direction)
    nearest = int(np.argmin(np.abs(_coordinates(load_template().grid)[axis] - place)))
    return np.asarray(image.take(nearest, axis=axis))


def _slice(
    axes: Axes,
    direction: str,
    place: int,
    systems: Sequence[System],
    smooth: dict[str, Float32Array],
) -> None:
    template = load_template()
    places = zip("xyz", _coordinates(template.grid), strict=True)
    across, up = (each for name, each in places if name != direction)
    brain = _cut(template.brain, direction, place)
    grey = 0.30 + 0.68 * np.clip(_cut(template.image, direction, place) / _bright(), 0, 1)
    shown = np.stack([grey.T, grey.T, grey.T, brain.T], axis=-1)
    extent = (across[0], across[-1], up[0], up[-1])
    axes.imshow(shown, origin="lower", extent=extent, interpolation="bicubic")
    for system in systems:
        joined = _joined(system, smooth)
        if joined is not None:
            _fill(axes, across, up, _cut(joined, direction, place), system)
    axes.set_axis_off()
    axes.set_title(f"{direction} = {place} mm", fontsize=9.5, color=COLOURS["muted"], y=1.0, pad=3)
    axes.set_anchor("N")
    if direction != "x":
        for words, side in (("L", 0.05), ("R", 0.95)):
            axes.text(
                side, 0.96, words, transform=axes.transAxes, fontsize=8.5, color=COLOURS["muted"],
                ha="center",
            )  # fmt: skip


def _fill(axes: Axes, across: FloatArray, up: FloatArray, values: Array, system: System) -> None:
    shade = colour(system.name)
    if values.max() > _LEVELS[0]:
        axes.contourf(across, up, values.T, levels=_LEVELS, colors=[(shade, 0.5), (shade, 0.9)])
        axes.contour(across, up, values.T, levels=_LEVELS[:1], colors=[shade], linewidths=1.0)


def _joined(
    system: System, smooth: dict[str, Float32Array], *, only: Sequence[str] | None = None
) -> Float32Array | None:
    """Return a system's smooth map, or None if it has no region here."""
    parts = [
        mask
        for name, mask in smooth.items()
        if _holds(system, name.split()[0]) and (only is None or name in only)
    ]
    return np.asarray(np.max(parts, axis=0)) if parts else None


def _holds(system: System, name: str) -> bool:
    return any(name.replace(",", "/").split("/")[0] == region.name for region in system.regions)


def _coordinates(grid: Grid) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return x, y and z of the planes of a grid whose axes are those of the world [mm]."""
    x, y, z = (
        np.asarray(grid.affine[axis, axis] * np.arange(n) + grid.affine[axis, 3])
        for axis, n in enumerate(grid.shape)
    )
    return x, y, z


def _extent(brain: BoolArray, direction: str, grid: Grid) -> tuple[float, float, float, float]:
    """Return the box of a brain seen along a direction, with a margin [mm]."""
    axis = "xyz".index(direction)
    seen: BoolArray = np.any(brain, axis=axis)
    across, up = (each for number, each in enumerate(_coordinates(grid)) if number != axis)
    x, y = across[np.any(seen, axis=1)], up[np.any(seen, axis=0)]
    return float(x[0]) - 5, float(x[-1]) + 5, float(y[0]) - 3, float(y[-1]) + 3


def _bright() -> float:
    template = load_template()
    return float(np.quantile(template.image[template.brain], 0.98))


def _legend(drawing: Figure, systems: Sequence[System]) -> None:
    width = 1 / len(systems)
    for number, system in enumerate(systems):
        middle, shade = width * (number + 0.5), colour(system.name)
        drawing.text(
            middle, 0.962, system.name.replace("-", " "), fontsize=15, fontweight="bold",
            color=shade, ha="center",
        )  # fmt: skip
        drawing.text(
            middle, 0.932, system.summary, fontsize=10.5, color=COLOURS["muted"], ha="center"
        )
