"""Pictures of the participant's brain."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from nibabel.orientations import apply_orientation, io_orientation

from empatune.preparation import Prepared
from empatune.reports import figure
from empatune.reports.markup import Html
from empatune.typing import Array, Float32Array, FloatArray

N_COLUMNS = 6
"""Slices beside one another; there are two rows."""

_DIVERGING = LinearSegmentedColormap.from_list(
    "weights", ["#7fd4ff", "#2a7fd0", "#16304f", "#000000", "#5a2410", "#d8702a", "#ffe08a"]
)
_SYSTEMS = {"sharing": "#5fce7d", "mental": "#6ea8ff", "concern": "#c08cf5"}


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
    weights = prepared.weights[name]
    inside = np.abs(weights[prepared.brain])
    reach = float(np.quantile(inside, 0.99)) if len(inside) else 1.0
    scaled = np.clip(weights / (reach or 1.0), -1, 1)
    colours = _DIVERGING((scaled + 1) / 2)
    strength = np.clip(np.abs(scaled) * 1.6, 0, 0.85) * prepared.brain
    return _mosaic(prepared, [(colours, strength)], f"Weights of {name} on the mean image.")


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
    return _mosaic(prepared, layers, "Component systems on the mean image.")


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
    return _mosaic(prepared, [], "Brain mask on the mean image.", outline=True)


def _mosaic(
    prepared: Prepared,
    layers: list[tuple[Array, Array]],
    description: str,
    *,
    outline: bool = False,
) -> Html:
    turn = io_orientation(prepared.grid.affine)
    brain = apply_orientation(prepared.brain, turn)
    sizes = np.array(prepared.grid.voxel_sizes_mm)[np.argsort(turn[:, 0])]
    picture = np.repeat(_grey(prepared.reference, prepared.brain)[..., None], 3, axis=-1)
    for colours, strength in layers:
        alpha = strength[..., None]
        picture = picture * (1 - alpha) + colours[..., :3] * alpha
    picture = apply_orientation(np.clip(picture, 0, 1), turn)
    picture, brain = _cropped(picture, brain)
    planes = _planes(brain)
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
    return figure.to_png(drawing, description)


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
    trim = 0.06 * (high - low)
    n = min(2 * N_COLUMNS, high - low + 1)
    return [round(p) for p in np.linspace(low + trim, high - trim, n)]


def _grey(reference: Float32Array, brain: Array) -> FloatArray:
    top = float(np.quantile(reference[brain], 0.98)) or 1.0
    return np.clip(reference / top, 0, 1).astype(np.float64) ** 0.9
