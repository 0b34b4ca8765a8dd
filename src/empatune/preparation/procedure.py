"""Prepare a participant: from a few EPI volumes to weights in their own space."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from scipy.ndimage import binary_dilation

from empatune import __version__
from empatune.core import Grid
from empatune.errors import CoverageWarning, PreparationError, RegistrationWarning
from empatune.preparation.brain import check_brain, find_brain
from empatune.preparation.coverage import Coverage, measure
from empatune.preparation.prepared import Prepared
from empatune.preparation.projection import project
from empatune.preparation.registration import Registration, agreement
from empatune.preparation.template import load_template
from empatune.preparation.transforms import Aligner, Reference, Transform
from empatune.signatures import Signature
from empatune.systems import masks
from empatune.typing import Array, BoolArray, Float32Array, JsonObject

Progress = Callable[[str, float], None]
"""Told what is being done and which share of the work, 0 to 1, lies behind."""

DOUBTFUL_DICE = 0.85
"""Below this overlap of template brain and EPI brain a warning is given; good ones reach .93."""

FAILED_DICE = 0.6
"""Below this overlap the preparation is refused."""


def prepare(
    images: Array,
    grid: Grid,
    signatures: Sequence[Signature],
    *,
    aligner: Aligner | None = None,
    brain: BoolArray | None = None,
    radius_mm: float = 8.0,
    smallest_coverage: float = 0.8,
    progress: Progress = lambda _step, _share: None,
) -> Prepared:
    """Bring signatures and component systems from MNI space to a participant's EPI.

    Parameters
    ----------
    images : ndarray, shape (n_volumes, n_i, n_j, n_k) or (n_i, n_j, n_k)
        A few EPI volumes, dummies dropped, or their mean.
    grid : Grid
        Where their voxels lie.
    signatures : sequence of Signature
        What to bring; names must differ.
    aligner : Aligner, optional
        How MNI is brought to the EPI; `Registration` in full quality if not given.
    brain : ndarray, shape (n_i, n_j, n_k), bool, optional
        The brain; found in the mean EPI if not given.
    radius_mm : float
        Radius of the spheres of the component systems [mm].
    smallest_coverage : float
        A signature with a smaller share of its weight energy inside image and brain gets a
        `CoverageWarning`.
    progress : callable
        Told what is being done and how far it is.

    Returns
    -------
    Prepared
        Ready to be saved or used.

    Raises
    ------
    PreparationError
        If the images do not fit, hold no brain, or the alignment failed.
    MissingExtraError
        If ANTs is needed and not installed.
    """
    aligner = aligner or Registration()
    _check_names(signatures)
    progress("finding the brain", 0.0)
    reference = _make_reference(images, grid, brain)
    progress("bringing MNI to the EPI", 0.1)
    transform = aligner.align(reference)
    progress("moving the component systems", 0.5)
    template, systems, of_systems = _move_anatomy(reference, transform, radius_mm)
    quality = _check_alignment(template > 0, reference, transform)
    weights, coverage = _move_signatures(signatures, reference, transform, progress=progress)
    _warn_of_coverage(coverage, smallest_coverage)
    progress("done", 1.0)
    details: JsonObject = {
        "empatune": __version__,
        "n_volumes": int(images.shape[0]) if images.ndim == 4 else 1,
        "brain_ml": _volume_ml(reference.brain, grid),
        "sphere_radius_mm": radius_mm,
        "signatures": {s.name: s.entry.sha256 if s.entry else "own map" for s in signatures},
        "alignment": {**transform.describe(), **quality},
    }
    return Prepared(
        grid=grid,
        reference=reference.image,
        brain=reference.brain,
        template=template,
        weights=weights,
        systems=systems,
        coverage={**coverage, **of_systems},
        method=aligner.method,
        details=details,
    )


def _check_names(signatures: Sequence[Signature]) -> None:
    names = [signature.name for signature in signatures]
    if len(set(names)) < len(names):
        raise PreparationError(f"Two signatures have the same name: {', '.join(sorted(names))}.")


def _make_reference(images: Array, grid: Grid, brain: BoolArray | None) -> Reference:
    mean = images.mean(axis=0, dtype=np.float64) if images.ndim == 4 else images
    image: Float32Array = np.ascontiguousarray(mean, dtype=np.float32)
    if image.shape != grid.shape:
        raise PreparationError(
            f"The volumes have shape {images.shape}, the grid {grid.shape}: give volumes as "
            "(n_volumes, n_i, n_j, n_k)."
        )
    if not np.isfinite(image).all():
        raise PreparationError("The volumes hold values that are not finite.")
    if brain is None:
        brain = find_brain(image, grid)
    else:
        check_brain(brain, grid)
    return Reference(image=image, brain=brain.copy(), grid=grid)


def _move_anatomy(
    reference: Reference, transform: Transform, radius_mm: float
) -> tuple[Float32Array, dict[str, Float32Array], dict[str, Coverage]]:
    mni = load_template()
    # a rim around the brain, so that a voxel at its edge knows how much of it is brain
    voxels = binary_dilation(mni.brain, iterations=4)
    projection = project(mni.grid, reference.grid, transform, voxels=voxels)
    drawn = masks(mni.grid, radius_mm=radius_mm)
    everything = np.ones(mni.grid.shape, np.float32)
    volume, brain, image, *moved = projection.push(
        [everything, mni.brain, mni.image, *drawn.values()]
    )
    volume = np.where(volume > 0, volume, 1)
    template = np.where(brain > 0.5 * volume, np.maximum(image / volume, 1e-3), 0)
    inside = projection.inside(reference.brain)
    systems = {
        name: (np.clip(share / volume, 0, 1) * reference.brain).astype(np.float32)
        for name, share in zip(drawn, moved, strict=True)
    }
    coverage = {name: measure(mask[voxels], inside) for name, mask in drawn.items()}
    return template.astype(np.float32), systems, coverage


def _move_signatures(
    signatures: Sequence[Signature],
    reference: Reference,
    transform: Transform,
    *,
    progress: Progress,
) -> tuple[dict[str, Float32Array], dict[str, Coverage]]:
    weights: dict[str, Float32Array] = {}
    coverage: dict[str, Coverage] = {}
    for group in _by_grid(signatures):
        done = 0.4 * len(weights) / len(signatures)
        progress(f"moving signatures {', '.join(each.name for each in group)}", 0.6 + done)
        voxels = np.any([each.weights != 0 for each in group], axis=0)
        projection = project(group[0].grid, reference.grid, transform, voxels=voxels)
        inside = projection.inside(reference.brain)
        moved = projection.push([each.weights for each in group])
        for each, image in zip(group, moved, strict=True):
            weights[each.name] = (image * reference.brain).astype(np.float32)
            coverage[each.name] = measure(each.weights[voxels], inside)
            if not weights[each.name].any():
                raise PreparationError(
                    f"Signature '{each.name}' lies outside this participant's brain. "
                    "Check that its map is in MNI space."
                )
    names = [signature.name for signature in signatures]
    return {name: weights[name] for name in names}, {name: coverage[name] for name in names}


def _by_grid(signatures: Sequence[Signature]) -> list[list[Signature]]:
    groups: list[list[Signature]] = []
    for signature in signatures:
        for group in groups:
            if group[0].grid.matches(signature.grid):
                group.append(signature)
                break
        else:
            groups.append([signature])
    return groups


def _check_alignment(
    template_brain: BoolArray, reference: Reference, transform: Transform
) -> JsonObject:
    dice = agreement(template_brain, reference.brain)
    facts = transform.describe()
    odd = bool(facts.get("mirrored")) or float(str(facts.get("rotation_degrees", 0))) > 45
    if dice < FAILED_DICE or odd:
        raise PreparationError(
            f"MNI does not fit this EPI: the template's brain and the EPI's overlap by {dice:.2f} "
            f"(Dice; good ones reach .93){' and the fit turns the head over' if odd else ''}. "
            "Check the orientation of the volumes, or the transform that was given."
        )
    if dice < DOUBTFUL_DICE:
        warnings.warn(
            f"MNI fits this EPI doubtfully: the brains overlap by {dice:.2f} (Dice; good ones "
            "reach .93). Look at the pictures before you trust the decoding.",
            RegistrationWarning,
            stacklevel=3,
        )
    return {"brain_dice": dice}


def _warn_of_coverage(coverage: dict[str, Coverage], smallest: float) -> None:
    poor = [
        f"{name} {entry.energy_share:.0%}"
        for name, entry in coverage.items()
        if entry.energy_share < smallest
    ]
    if poor:
        warnings.warn(
            f"Less than {smallest:.0%} of the weight energy lies inside this participant's image "
            f"and brain: {', '.join(poor)}. Responses of these signatures are weaker evidence; "
            "a field of view that covers the whole brain helps.",
            CoverageWarning,
            stacklevel=3,
        )


def _volume_ml(brain: BoolArray, grid: Grid) -> float:
    return float(brain.sum() * abs(np.linalg.det(grid.affine[:3, :3])) / 1000)
