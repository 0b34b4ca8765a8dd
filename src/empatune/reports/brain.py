"""Pictures of the participant's brain."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib as mpl
import nibabel as nib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation
from nibabel.processing import resample_from_to

from empatune.core import Grid
from empatune.preparation import Prepared
from empatune.preparation.template import load_template
from empatune.reports import figure
from empatune.reports.markup import Html, number, tag
from empatune.signatures.lattice import align
from empatune.typing import Array, Float32Array, FloatArray

N_COLUMNS = 6
"""Slices beside one another; there are two rows."""

_DIVERGING = LinearSegmentedColormap.from_list(
    "weights", ["#7fd4ff", "#2a7fd0", "#16304f", "#000000", "#5a2410", "#d8702a", "#ffe08a"]
)
_SYSTEMS = {"sharing": "#5fce7d", "mental": "#6ea8ff", "concern": "#c08cf5"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """What lies under the colours.

    Parameters
    ----------
    image : ndarray, shape (n_i, n_j, n_k), float32
        Grey values.
    brain : ndarray, shape (n_i, n_j, n_k), bool
        The brain in it.
    grid : Grid
        Where its voxels lie.
    """

    image: Float32Array
    brain: Array
    grid: Grid


def in_template(
    name: str, weights: Float32Array, grid: Grid, *, reach: float | None = None
) -> Html:
    """Draw the weights of a map on the template in MNI space.

    Parameters
    ----------
    name : str
        What the map is called.
    weights : ndarray, shape (n_i, n_j, n_k)
        Its weights.
    grid : Grid
        Where they lie in MNI space.
    reach : float, optional
        Weight with the full colour; the 99th percentile of all if not given.

    Returns
    -------
    Html
        The picture, with the height of every slice [mm].
    """
    template = load_template()
    alignment = align(grid, template.grid)
    if alignment is None:
        source = nib.Nifti1Image(weights, grid.affine)
        target = (template.grid.shape, template.grid.affine)
        placed = np.asarray(resample_from_to(source, target, order=1).dataobj)
    else:
        placed = alignment.place(weights, template.grid.shape)
    ground = Ground(image=template.image, brain=template.brain, grid=template.grid)
    words = f"Weights of {name} on the template in MNI space."
    return _mosaic(ground, [_weighted(placed, template.brain, reach)], words, heights=True)


def on_image(
    name: str, weights: Float32Array, ground: Ground, *, reach: float | None = None
) -> Html:
    """Draw the weights of a map on an image of its own grid.

    Parameters
    ----------
    name : str
        What the map is called.
    weights : ndarray, shape (n_i, n_j, n_k)
        Its weights, in the grid of the image.
    ground : Ground
        The image.
    reach : float, optional
        Weight with the full colour; the 99th percentile of all if not given.

    Returns
    -------
    Html
        The picture.
    """
    layer = _weighted(weights, ground.brain, reach)
    return _mosaic(ground, [layer], f"Weights of {name} on the mean image.", heights=True)


def reach_of(weights: Array) -> float:
    """Return the weight that is drawn with the full colour.

    Parameters
    ----------
    weights : ndarray
        Weights of a map.

    Returns
    -------
    float
        The 99th percentile of their sizes; 1 if there are none.
    """
    there = np.abs(weights[weights != 0])
    return (float(np.quantile(there, 0.99)) if len(there) else 0.0) or 1.0


def scale(reach: float) -> Html:
    """Draw the scale of the colours of weights.

    Parameters
    ----------
    reach : float
        Weight with the full colour.

    Returns
    -------
    Html
        A strip from negative to positive weights.
    """
    shades = ", ".join(mpl.colors.to_hex(_DIVERGING(x)) for x in np.linspace(0, 1, 13))
    strip = Html(f'<i style="background: linear-gradient(to right, {shades})"></i>')
    ends = (f"≤ −{reach:.2g}", f"≥ +{reach:.2g} weight")
    return tag("div", tag("span", ends[0]), strip, tag("span", ends[1]), class_="scale")


def _weighted(weights: Array, brain: Array, reach: float | None = None) -> tuple[Array, Array]:
    top = reach or reach_of(weights[brain])
    scaled = np.clip(weights / top, -1, 1)
    strength = np.clip(np.abs(scaled) * 1.6, 0, 0.85) * brain
    return _DIVERGING((scaled + 1) / 2), strength


def signature(prepared: Prepared, name: str) -> Html:
    """Draw the weights of a signature on the participant's mean image.

    Parameters
    ----------
    prepared : Prepared
        The preparation.
    name : str
        Name of the signature.

    Returns
    -------
    Html
        The picture.
    """
    layer = _weighted(prepared.weights[name], prepared.brain)
    return _mosaic(_under(prepared), [layer], f"Weights of {name} on the mean image.")


def systems(prepared: Prepared) -> Html:
    """Draw the component systems on the participant's mean image.

    Parameters
    ----------
    prepared : Prepared
        The preparation.

    Returns
    -------
    Html
        The picture.
    """
    layers = []
    for name, share in prepared.systems.items():
        shade = next((c for word, c in _SYSTEMS.items() if word in name), "#cccccc")
        rgb = [int(shade[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        layers.append((np.broadcast_to([*rgb, 1.0], (*share.shape, 4)), np.clip(share, 0, 1) * 0.8))
    return _mosaic(_under(prepared), layers, "Component systems on the mean image.")


def mask(prepared: Prepared) -> Html:
    """Draw the outline of the brain mask on the participant's mean image.

    Parameters
    ----------
    prepared : Prepared
        The preparation.

    Returns
    -------
    Html
        The picture.
    """
    return _mosaic(_under(prepared), [], "Brain mask on the mean image.", outline=True)


def _under(prepared: Prepared) -> Ground:
    return Ground(image=prepared.reference, brain=prepared.brain, grid=prepared.grid)


def _mosaic(
    ground: Ground,
    layers: list[tuple[Array, Array]],
    description: str,
    *,
    outline: bool = False,
    heights: bool = False,
) -> Html:
    turn = io_orientation(ground.grid.affine)
    brain = apply_orientation(ground.brain, turn)
    sizes = np.array(ground.grid.voxel_sizes_mm)[np.argsort(turn[:, 0])]
    picture = np.repeat(_grey(ground.image, ground.brain)[..., None], 3, axis=-1)
    for colours, strength in layers:
        alpha = strength[..., None]
        picture = picture * (1 - alpha) + colours[..., :3] * alpha
    picture = apply_orientation(np.clip(picture, 0, 1), turn)
    picture, brain = _cropped(picture, brain)
    planes = _planes(brain)
    upward = ground.grid.affine @ inv_ornt_aff(turn, ground.grid.shape)
    n_rows = -(-len(planes) // N_COLUMNS)
    shape = brain.shape[1] * sizes[1] / (brain.shape[0] * sizes[0])
    drawing = Figure(
        figsize=(figure.WIDTH, figure.WIDTH / N_COLUMNS * n_rows * shape), facecolor="black"
    )
    for place, plane in enumerate(planes):
        left, top = place % N_COLUMNS / N_COLUMNS, 1 - (place // N_COLUMNS + 1) / n_rows
        panel = drawing.add_axes((left, top, 1 / N_COLUMNS, 1 / n_rows))
        panel.set_axis_off()
        panel.imshow(
            picture[:, :, plane].transpose(1, 0, 2),
            origin="lower",
            aspect=sizes[1] / sizes[0],
            interpolation="nearest",
        )
        if outline and brain[:, :, plane].any():
            panel.contour(brain[:, :, plane].T, levels=[0.5], colors="#f3bd62", linewidths=0.9)
        if heights:
            words = number(float(upward[2, 2] * plane + upward[2, 3]), 0)
            _write(panel, 0.02, 0.02, f"z {words}" if place else f"z {words} mm")
            if not place:
                _write(panel, 0.02, 0.5, "L")
                _write(panel, 0.93, 0.5, "R")
    return figure.to_png(drawing, description)


def _write(panel: Axes, x: float, y: float, words: str) -> None:
    panel.text(x, y, words, transform=panel.transAxes, color="#b9b4aa", fontsize=7.5)


def _cropped(picture: Array, brain: Array, *, margin: int = 2) -> tuple[Array, Array]:
    """Cut away what lies beside the head, but for a margin [voxels]."""
    box = []
    for axis in (0, 1):
        filled = np.flatnonzero(brain.any(axis=tuple(k for k in range(3) if k != axis)))
        box.append(slice(max(filled[0] - margin, 0), filled[-1] + margin + 1))
    return picture[box[0], box[1]], brain[box[0], box[1]]


def _planes(brain: Array) -> list[int]:
    filled = np.flatnonzero(brain.any(axis=(0, 1)))
    low, high = filled[0], filled[-1]
    trim = 0.09 * (high - low)
    n = min(2 * N_COLUMNS, high - low + 1)
    return [round(p) for p in np.linspace(low + trim, high - trim, n)]


def _grey(reference: Float32Array, brain: Array) -> FloatArray:
    top = float(np.quantile(reference[brain], 0.98)) or 1.0
    return np.clip(reference / top, 0, 1).astype(np.float64) ** 0.9
