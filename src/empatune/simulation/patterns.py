"""Where in the head each course shows: states, breath, heart, drift, networks."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from empatune.signatures.signature import Signature
from empatune.simulation import head as heads
from empatune.simulation.head import Head
from empatune.simulation.physiology import N_NETWORKS
from empatune.typing import Float32Array, IntArray

N_STATES = 4
"""Care, distress, effort, sight."""

EFFORT_MM = ((-34.0, 20.0, 0.0), (34.0, 22.0, 0.0), (0.0, 20.0, 40.0), (-42.0, 4.0, 46.0))
"""The effort of regulating shows in both anterior insulae and in aMCC whatever is regulated
(Emmert et al. 2016, doi 10.1016/j.neuroimage.2015.09.042): the confound of any insula target."""

SIGHT_MM = ((-14.0, -92.0, 2.0), (14.0, -92.0, 2.0), (-40.0, -76.0, -8.0), (40.0, -76.0, -8.0))
"""Looking at the page shows in visual cortex."""

VESSELS_MM = ((0.0, 4.0, -22.0), (0.0, -24.0, -34.0), (-36.0, 8.0, -10.0), (36.0, 8.0, -10.0))
"""The heart shows near large arteries and in fluid."""

FIDELITY = 0.4
"""How much of a state's pattern the signature describes: their correlation in grey matter. No
published signature holds all that a state does in one person's brain."""

SPREAD_FWHM_MM = 6.0
"""Smoothness of the brain's expression of a signature [mm]."""


OWN_FWHM_MM = 12.0
"""Smoothness of what is a person's own [mm]."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Maps:
    """The head as a list of voxels.

    Parameters
    ----------
    flat : ndarray, shape (n_voxels,), int64
        Where the voxels lie in the flattened lattice.
    contrast : ndarray, shape (n_voxels,), float32
        Brightness at rest.
    unrest : ndarray, shape (n_voxels,), float32
        Where the brain's own small noise is strong; about 1 in grey matter.
    patterns : ndarray, shape (n_courses, n_voxels), float32
        Relative change for a course of 1: care, distress, effort, sight, breath, heart,
        two drifts, networks.
    """

    flat: IntArray
    contrast: Float32Array
    unrest: Float32Array
    patterns: Float32Array


_KEPT: dict[tuple[float, bytes, bytes], Maps] = {}


def maps(step_mm: float, care: Signature, distress: Signature) -> Maps:
    """Make the maps of all courses.

    Parameters
    ----------
    step_mm : float
        Distance between neighbours on the head's lattice [mm].
    care, distress : Signature
        Where these states show.

    Returns
    -------
    Maps
        Kept, because all participants share them.
    """
    key = (step_mm, _digest(care), _digest(distress))
    if key not in _KEPT:
        _KEPT.clear()  # a process seldom needs two; each holds some 30 MB
        _KEPT[key] = draw(heads.load(step_mm), care, distress)
    return _KEPT[key]


def _digest(signature: Signature) -> bytes:
    return signature.weights.tobytes() + signature.grid.affine.tobytes()


def expression(signature: Signature, head: Head) -> Float32Array:
    """Turn a signature's weights into the pattern in which a brain expresses the state.

    Parameters
    ----------
    signature : Signature
        The weights, in MNI.
    head : Head
        The head and its lattice.

    Returns
    -------
    ndarray, shape (n_i, n_j, n_k), float32
        Smoothed weights in grey matter, and to the larger part what no signature knows; 1 in
        the strongest voxels.
    """
    to_weights = np.linalg.inv(signature.grid.affine) @ head.grid.affine
    weights = ndimage.affine_transform(
        signature.weights.astype(np.float32),
        to_weights[:3, :3],
        offset=to_weights[:3, 3],
        output_shape=head.grid.shape,
        order=1,
        mode="constant",
    )
    sigma = SPREAD_FWHM_MM / 2.3548 / head.grid.voxel_sizes_mm[0]
    cortex = head.grey > 0.3
    known = ndimage.gaussian_filter(weights, sigma) / signature.weights.std()
    chance = np.random.default_rng(zlib.crc32(signature.name.encode()))
    unknown = smooth_field(head, chance, OWN_FWHM_MM)
    pattern = FIDELITY * known / known[cortex].std()
    pattern += np.sqrt(1 - FIDELITY**2) * unknown / unknown[cortex].std()
    pattern *= head.grey
    strongest = np.percentile(np.abs(pattern[cortex]), 99.5)
    return np.asarray(pattern / max(strongest, 1e-12), dtype=np.float32)


def draw(head: Head, care: Signature, distress: Signature) -> Maps:
    """Draw the maps of all courses in a head.

    Parameters
    ----------
    head : Head
        The head.
    care, distress : Signature
        Where these states show.

    Returns
    -------
    Maps
        The maps.
    """
    flat = np.flatnonzero(head.contrast.reshape(-1) > 0.005)
    chance = np.random.default_rng(11)
    images = [
        expression(care, head),
        expression(distress, head),
        _hills(head, EFFORT_MM, 16.0) * head.grey,
        _hills(head, SIGHT_MM, 22.0) * head.grey,
        _breath(head),
        np.clip(_hills(head, VESSELS_MM, 18.0) + head.fluid, 0, 1),
        smooth_field(head, chance, 40.0),
        smooth_field(head, chance, 25.0),
        *(smooth_field(head, chance, 30.0) * head.grey for _ in range(N_NETWORKS)),
    ]
    return Maps(
        flat=flat,
        contrast=head.contrast.reshape(-1)[flat],
        unrest=_unrest(head, chance).reshape(-1)[flat],
        patterns=np.stack([image.reshape(-1)[flat] for image in images]).astype(np.float32),
    )


def _hills(
    head: Head, centres: tuple[tuple[float, float, float], ...], fwhm_mm: float
) -> Float32Array:
    hills = np.zeros(head.grid.shape, dtype=np.float32)
    for centre in centres:
        np.maximum(hills, head.sphere(centre, fwhm_mm), out=hills)
    return hills


def _breath(head: Head) -> Float32Array:
    """Make the chest's field: weak everywhere, stronger towards the neck."""
    _, _, z = head.coordinates()
    return np.asarray(
        np.broadcast_to(0.4 + 0.6 / (1 + np.exp(z / 15.0)), head.grid.shape), dtype=np.float32
    )


def _unrest(head: Head, chance: np.random.Generator) -> Float32Array:
    uneven = np.exp(0.5 * np.clip(smooth_field(head, chance, 15.0), -2, 2))
    return np.asarray((0.5 + 0.5 * head.grey + 1.5 * head.fluid) * uneven, dtype=np.float32)


def smooth_field(head: Head, chance: np.random.Generator, fwhm_mm: float) -> Float32Array:
    """Draw a field that changes slowly over the head.

    Parameters
    ----------
    head : Head
        The head.
    chance : Generator
        Source of chance.
    fwhm_mm : float
        Its smoothness [mm].

    Returns
    -------
    ndarray, shape (n_i, n_j, n_k), float32
        The field; 19 of 20 voxels of the brain lie between -1 and 1.
    """
    step = head.grid.voxel_sizes_mm[0]
    coarse = max(1, round(fwhm_mm / 4 / step))
    count = [int(np.ceil(n / coarse)) + 2 for n in head.grid.shape]
    field = chance.standard_normal(count).astype(np.float32)
    field = ndimage.gaussian_filter(field, fwhm_mm / 2.3548 / step / coarse)
    full = ndimage.zoom(field, coarse, order=1)[tuple(slice(n) for n in head.grid.shape)]
    return np.asarray(full / np.percentile(np.abs(full[head.brain]), 95), dtype=np.float32)
