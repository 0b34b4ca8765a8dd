"""Synthetic signature maps, for when the published ones are not at hand.

They are smooth random fields with hills where the literature puts the weight, so that a whole
session can be rehearsed. They say nothing about any brain, and `NOTICE` says so to users.
"""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np
from scipy import ndimage

from empatune.signatures.signature import Signature
from empatune.simulation import head as heads
from empatune.typing import Float32Array

NOTICE = (
    "The signature maps are synthetic stand-ins made by the simulation, not published maps: "
    "set EMPATUNE_DATA to the folder of the published ones to use those."
)
"""What a session that uses these maps has to tell."""

STEP_MM = 3.0
"""Lattice of the maps [mm]."""

FIELD_FWHM_MM = 8.0
"""Smoothness of the random field [mm]."""

CARE_DISTRESS_CORRELATION = 0.215
"""Spatial correlation of the care and distress markers of Ashar et al. 2017,
doi 10.1016/j.neuron.2017.05.014, computed on the published maps."""

Hill = tuple[tuple[float, float, float], float]

HILLS: dict[str, tuple[Hill, ...]] = {
    # Clithero & Rangel 2014, doi 10.1093/scan/nst106, value: ventral striatum, mOFC, vmPFC, PCC
    "care": (
        ((-8, 8, -6), 3.0),
        ((10, 14, -4), 3.0),
        ((-2, 28, -18), 2.5),
        ((-2, 40, -4), 2.0),
        ((-2, -34, 42), 1.5),
    ),
    # Distress minus care on the maps of Ashar 2017 (ventral premotor); observed pain in S1,
    # Contreras-Huerta et al. 2013, doi 10.1371/journal.pone.0084001
    "distress": (
        ((-56, 4, 36), 3.0),
        ((62, -42, 30), 2.0),
        ((-38, -24, 56), 2.5),
        ((40, -30, 55), 2.0),
    ),
}
"""Where emphasis lies: centre in MNI [mm], height in SD of the field."""


def synthetic(name: str) -> Signature:
    """Make a stand-in for a signature.

    Parameters
    ----------
    name : str
        The signature's name; ``care`` and ``distress`` have hills where their published
        namesakes have weight, any other name gives a field of its own.

    Returns
    -------
    Signature
        The same map for the same name, always; without an entry in the catalogue.
    """
    weights = _field(name)
    if name == "distress":
        weights = _correlate(weights, _field("care"), CARE_DISTRESS_CORRELATION)
    return Signature(name=name, weights=weights, grid=heads.load(STEP_MM).grid)


@cache
def _field(name: str) -> Float32Array:
    head = heads.load(STEP_MM)
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    noise = rng.standard_normal(head.grid.shape).astype(np.float32)
    field = ndimage.gaussian_filter(noise, FIELD_FWHM_MM / 2.3548 / STEP_MM)
    field = field / field[head.brain].std()
    for centre, height in HILLS.get(name, ()):
        field += np.float32(height) * head.sphere(centre, 14.0)
    return _standardised(np.where(head.brain, field, 0), head)


def _correlate(field: Float32Array, other: Float32Array, r: float) -> Float32Array:
    """Change a field so that it correlates with another one by exactly r."""
    head = heads.load(STEP_MM)
    apart = field - other * (field[head.brain] @ other[head.brain]) / (
        other[head.brain] @ other[head.brain]
    )
    mixed = r * other + np.sqrt(1 - r**2) * _standardised(apart, head)
    return _standardised(mixed, head)


def _standardised(field: Float32Array, head: heads.Head) -> Float32Array:
    inside = field[head.brain].astype(np.float64)
    scaled = np.zeros(field.shape, dtype=np.float32)
    scaled[head.brain] = ((inside - inside.mean()) / inside.std()).astype(np.float32)
    return scaled
