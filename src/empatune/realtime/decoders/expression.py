"""Step: responses of every signature and system to a volume, at the head's position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.numerics import expression
from empatune.typing import BoolArray, Float32Array, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """What was read out of one volume.

    Parameters
    ----------
    responses : ndarray, shape (n_maps,)
        Signatures first, then systems [brain mean of the reference = 100].
    brain : ndarray, shape (n_brain_voxels,), float32
        Brain voxels, realigned.
    inside : float
        Share of the weight-carrying voxels inside the field of view.
    """

    responses: FloatArray
    brain: Float32Array
    inside: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expression:
    """The dot product of weights and moving volume. Has no state.

    Parameters
    ----------
    weights : Weights
        What `numerics.expression.prepare_weights` made of the maps, smoothed, signatures
        first, then systems.
    n_signatures : int
        How many of the maps are signatures.
    brain : ndarray, shape (n_brain_voxels,)
        Places of brain voxels among the weight-carrying voxels.
    scale : float
        Turns intensities into units of which the reference's brain mean has 100.
    """

    weights: expression.Weights
    n_signatures: int
    brain: IntArray
    scale: float

    def step(self, volume: Float32Array, matrix: FloatArray) -> Reading:
        """Read a volume.

        Parameters
        ----------
        volume : ndarray, shape (n_i, n_j, n_k), float32
            Intensities.
        matrix : ndarray, shape (4, 4)
            Maps the reference's world to the volume's world [mm].

        Returns
        -------
        Reading
            Responses and the realigned brain.
        """
        responses, sampled, inside = expression.express(volume, self.weights, matrix)
        return Reading(
            responses=responses * self.scale, brain=sampled[self.brain], inside=float(inside)
        )


def build(
    maps: dict[str, Float32Array],
    systems: dict[str, Float32Array],
    *,
    affine: FloatArray,
    brain: BoolArray,
    reference: Float32Array,
    fwhm_mm: float,
) -> Expression:
    """Make the expression step for a participant.

    Parameters
    ----------
    maps : dict of str to ndarray
        Signature weights in the participant's grid.
    systems : dict of str to ndarray
        Component-system masks in that grid; each becomes an average.
    affine : ndarray, shape (4, 4)
        Voxel to world [mm].
    brain : ndarray, bool
        Brain mask; weights outside it do not count.
    reference : ndarray, float32
        Reference image.
    fwhm_mm : float
        Smoothing that the images would get [mm]; the weights get it instead.

    Returns
    -------
    Expression
        Ready for volumes.
    """
    inside = brain.astype(np.float32)
    rows = [image * inside for image in maps.values()]
    rows += [_average(image * inside) for image in systems.values()]
    weights = expression.prepare_weights(np.stack(rows), affine, fwhm_mm=fwhm_mm, mask=brain)
    i, j, k = weights.where.coordinates().T
    mean = float(reference[brain].mean())
    return Expression(
        weights=weights,
        n_signatures=len(maps),
        brain=np.flatnonzero(brain[i, j, k]),
        scale=100.0 / mean,
    )


def _average(mask: Float32Array) -> Float32Array:
    total = float(mask.sum())
    return mask / np.float32(total) if total > 0 else mask
