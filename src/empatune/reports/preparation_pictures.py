"""Pictures by which a person checks a preparation: does MNI fit, what is covered, where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from nibabel.orientations import apply_orientation, io_orientation

from empatune.preparation import Prepared
from empatune.reports.markup import escape
from empatune.typing import Array, FloatArray

SYSTEM_COLOURS = {
    "experience-sharing": "#4fc46a",
    "mentalizing": "#5b97ff",
    "empathic-concern": "#b57bf2",
}
"""Those of the paper's figure: green, blue, purple."""

_TEMPLATE, _BRAIN = "#ffb000", "#38d6e8"
_PAPER, _INK = "#101216", "#e6e8eb"
_N_AXIAL, _N_OTHER = 12, 3
_INDEX = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Preparation</title>
<style>body{{background:#101216;color:#e6e8eb;font:16px/1.5 system-ui,sans-serif;margin:2rem auto;
max-width:76rem;padding:0 1rem}}img{{width:100%;margin:0 0 1.5rem}}h2{{font-size:1.1rem;margin:0}}
p{{margin:.2rem 0 .6rem;color:#a9afb8;max-width:60rem}}</style>
<h1>Preparation by {method}</h1>
<p>Brains of template and EPI overlap by {dice} (Dice; good fits reach .93). Left of each picture
is the participant's left.</p>
{sections}
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Head:
    """A participant's images, turned so that the axes run right, front, top."""

    turn: Array
    sizes: FloatArray
    grey: FloatArray
    brain: Array

    def turned(self, image: Array) -> Array:
        turned: Array = apply_orientation(image, self.turn)
        return turned

    def planes(self, axis: int, n: int) -> list[tuple[int, int]]:
        others = tuple(other for other in range(3) if other != axis)
        filled = np.flatnonzero(self.brain.any(axis=others))
        trim = 0.08 * (filled[-1] - filled[0])
        places = np.linspace(filled[0] + trim, filled[-1] - trim, n)
        return [(axis, int(np.rint(place))) for place in places]

    def panes(self) -> list[tuple[int, int]]:
        return [
            *self.planes(2, _N_AXIAL),
            *self.planes(0, _N_OTHER),
            *self.planes(1, _N_OTHER),
        ]


def draw(prepared: Prepared, folder: Path) -> Path:
    """Draw everything that a person should look at before trusting a preparation.

    Parameters
    ----------
    prepared : Prepared
        The preparation.
    folder : Path
        Where the pictures go; made if it is not there.

    Returns
    -------
    Path
        The page that shows them all, ``index.html``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    head = _head(prepared)
    sections = [
        _save(
            _alignment(head, prepared, show_template=False),
            folder / "alignment.png",
            "Does MNI fit? The mean EPI with the outline of the MNI brain (amber) and of the brain "
            "found in the EPI (cyan). Both should follow the edge of the brain; where the EPI has "
            "lost signal, above the sinuses and ears, amber may run outside.",
        ),
        _save(
            _alignment(head, prepared, show_template=True),
            folder / "template.png",
            "The MNI template, brought to the EPI: ventricles and midline should lie where they "
            "lie in the EPI above.",
        ),
        _save(
            _coverage(prepared),
            folder / "coverage.png",
            "How much of each map lies inside image and brain.",
        ),
        _save(_systems(head, prepared), folder / "systems.png", "Component systems."),
    ]
    sections += [
        _save(
            _signature(head, weights),
            folder / f"signature-{name}.png",
            f"Weights of {name} on the mean EPI.",
        )
        for name, weights in prepared.weights.items()
    ]
    alignment = prepared.details.get("alignment")
    dice = alignment.get("brain_dice") if isinstance(alignment, dict) else None
    page = _INDEX.format(
        method=escape(prepared.method),
        dice=f"{dice:.2f}" if isinstance(dice, float) else "an unknown share",
        sections="\n".join(sections),
    )
    (folder / "index.html").write_text(page, "utf-8")
    return folder / "index.html"


def draw_weights(prepared: Prepared, name: str, path: Path) -> Path:
    """Draw one map of a preparation on the mean EPI.

    Parameters
    ----------
    prepared : Prepared
        The preparation.
    name : str
        One of its weight maps.
    path : Path
        The picture (.png).

    Returns
    -------
    Path
        The picture.
    """
    _save(_signature(_head(prepared), prepared.weights[name]), path, f"Weights of {name}.")
    return path


def _save(figure: Figure, path: Path, caption: str) -> str:
    figure.savefig(path, dpi=110, facecolor=figure.get_facecolor())
    return (
        f"<h2>{escape(path.stem.replace('-', ' '))}</h2><p>{escape(caption)}</p>"
        f'<img src="{escape(path.name)}" alt="{escape(caption)}">'
    )


def _head(prepared: Prepared) -> _Head:
    turn = io_orientation(prepared.grid.affine)
    sizes = np.array(prepared.grid.voxel_sizes_mm)[np.argsort(turn[:, 0])]
    return _Head(
        turn=turn,
        sizes=sizes,
        grey=apply_orientation(_grey(prepared.reference, prepared.brain), turn),
        brain=apply_orientation(prepared.brain, turn),
    )


def _grey(image: Array, brain: Array) -> FloatArray:
    top = float(np.quantile(image[brain], 0.985)) or 1.0
    grey: FloatArray = np.clip(image / top, 0, 1).astype(np.float64) ** 0.85
    return grey


def _mosaic(
    head: _Head, picture: Array, outlines: Sequence[tuple[Array, str]] = (), *, foot: float = 0.0
) -> Figure:
    """Show slices of an RGB picture: twelve axial, three sagittal, three coronal."""
    panes = head.panes()
    n_columns = 6
    n_rows = len(panes) // n_columns
    figure = Figure(figsize=(13.0, 13.0 / n_columns * n_rows * 1.12 + foot), facecolor=_PAPER)
    low = foot / figure.get_figheight()
    height = (1 - low) / n_rows
    for n, (axis, plane) in enumerate(panes):
        left, bottom = n % n_columns / n_columns, 1 - (n // n_columns + 1) * height
        pane = figure.add_axes((left, bottom, 1 / n_columns, height))
        _show(pane, head, picture, axis=axis, plane=plane)
        for mask, colour in outlines:
            section = np.take(mask, plane, axis=axis)
            if section.any() and not section.all():
                pane.contour(section.T, levels=[0.5], colors=colour, linewidths=1.1)
    return figure


def _show(pane: Axes, head: _Head, picture: Array, *, axis: int, plane: int) -> None:
    across, up = (other for other in range(3) if other != axis)
    pane.set_axis_off()
    pane.imshow(
        np.take(picture, plane, axis=axis).transpose(1, 0, 2).clip(0, 1),
        origin="lower",
        aspect=head.sizes[up] / head.sizes[across],
        interpolation="nearest",
    )
    if axis != 0:
        pane.text(0.02, 0.5, "L", color=_INK, fontsize=8, transform=pane.transAxes, alpha=0.7)


def _coloured(grey: FloatArray) -> FloatArray:
    return np.repeat(grey[..., None], 3, axis=-1)


def _alignment(head: _Head, prepared: Prepared, *, show_template: bool) -> Figure:
    template = head.turned(prepared.template)
    grey = template / (float(template.max()) or 1.0) if show_template else head.grey
    outlines = [(template > 0, _TEMPLATE), (head.brain, _BRAIN)]
    return _mosaic(head, _coloured(grey), outlines[1:] if show_template else outlines)


def _signature(head: _Head, weights: Array) -> Figure:
    turned = head.turned(weights)
    reach = float(np.quantile(np.abs(turned[turned != 0]), 0.98))
    scale = Normalize(-reach, reach)
    shades = ScalarMappable(norm=scale, cmap="RdBu_r")
    strength = np.clip(np.abs(turned) / reach, 0, 1)[..., None] ** 0.7
    picture = _coloured(head.grey) * (1 - strength) + shades.cmap(scale(turned))[..., :3] * strength
    figure = _mosaic(head, picture, foot=0.75)
    bar = figure.colorbar(
        shades,
        cax=figure.add_axes((0.3, 0.055, 0.4, 0.018)),
        orientation="horizontal",
        extend="both",
    )
    bar.ax.tick_params(colors=_INK, labelsize=8)
    bar.ax.set_xlabel("weight in the grid of the EPI", color=_INK, fontsize=9)
    bar.outline.set_edgecolor(_INK)
    return figure


def _systems(head: _Head, prepared: Prepared) -> Figure:
    picture = _coloured(head.grey)
    for name, share in prepared.systems.items():
        strength = np.clip(head.turned(share), 0, 1)[..., None] * 0.8
        picture = picture * (1 - strength) + np.array(_system_colour(name)) * strength
    figure = _mosaic(head, picture, foot=0.5)
    for n, name in enumerate(prepared.systems):
        place = (n + 0.5) / len(prepared.systems)
        figure.text(place, 0.02, name, color=_system_colour(name), ha="center", fontsize=12)
    return figure


def _system_colour(name: str) -> tuple[float, float, float]:
    return to_rgb(SYSTEM_COLOURS.get(name, "#cccccc"))


def _coverage(prepared: Prepared) -> Figure:
    names = list(prepared.coverage)[::-1]
    figure = Figure(figsize=(13.0, 1.2 + 0.32 * len(names)), facecolor=_PAPER)
    pane = figure.add_axes(
        (0.2, 0.62 / figure.get_figheight(), 0.76, 1 - 0.95 / figure.get_figheight())
    )
    pane.set_facecolor(_PAPER)
    places = np.arange(len(names))
    for key, shift, colour, label in (
        ("energy_share", 0.19, "#ffb000", "weight energy"),
        ("voxel_share", -0.19, "#6b7480", "voxels"),
    ):
        shares = [100 * getattr(prepared.coverage[name], key) for name in names]
        pane.barh(places + shift, shares, height=0.36, color=colour, label=label)
    for place, name in zip(places, names, strict=True):
        share = prepared.coverage[name].energy_share
        pane.text(101, place + 0.19, f"{share:.0%}", color=_INK, fontsize=8.5, va="center")
    pane.axvline(80, color=_INK, linewidth=0.8, linestyle=":")
    pane.set_yticks(places, names, color=_INK, fontsize=10)
    pane.set_xlim(0, 106)
    pane.set_xlabel("inside image and brain [percent]", color=_INK, fontsize=10)
    pane.tick_params(colors=_INK)
    for side in ("top", "right"):
        pane.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        pane.spines[side].set_color(_INK)
    figure.legend(
        loc="upper right", ncols=2, frameon=False, labelcolor=_INK, fontsize=9, borderaxespad=0.1
    )
    return figure
