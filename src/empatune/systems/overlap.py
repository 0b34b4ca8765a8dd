"""How much masks share, and how near regions lie to what confounds them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from empatune.core import Grid
from empatune.errors import UsageError
from empatune.systems.region import Peak
from empatune.typing import Float32Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two masks share.

    Parameters
    ----------
    one, other : str
        Their names.
    shared_mm3 : float
        Volume in both; of smooth maps the sum of the smaller value [mm^3].
    dice : float
        Twice what they share over what both have, 0 to 1.
    of_one, of_other : float
        Share of each mask that lies in the other, 0 to 1.
    """

    one: str
    other: str
    shared_mm3: float
    dice: float
    of_one: float
    of_other: float


def overlaps(masks: Mapping[str, Float32Array], grid: Grid) -> tuple[Overlap, ...]:
    """Compare every two masks.

    Parameters
    ----------
    masks : mapping of str to ndarray, shape of the grid
        Masks of systems, regions or confounds, see `empatune.systems.masks`.
    grid : Grid
        Their grid.

    Returns
    -------
    tuple of Overlap
        Of the pairs that share anything, those with the largest Dice coefficient first.

    Raises
    ------
    UsageError
        If a mask does not have the shape of the grid.
    """
    for name, mask in masks.items():
        if mask.shape != grid.shape:
            raise UsageError(f"Mask '{name}' has shape {mask.shape}; its grid has {grid.shape}.")
    voxel_mm3 = abs(float(np.linalg.det(grid.affine[:3, :3])))
    sizes = {name: float(mask.sum(dtype=np.float64)) for name, mask in masks.items()}
    found = []
    for one, other in itertools.combinations(masks, 2):
        shared = float(np.minimum(masks[one], masks[other]).sum(dtype=np.float64))
        if shared > 0:
            found.append(
                Overlap(
                    one=one,
                    other=other,
                    shared_mm3=shared * voxel_mm3,
                    dice=2 * shared / (sizes[one] + sizes[other]),
                    of_one=shared / sizes[one],
                    of_other=shared / sizes[other],
                )
            )
    return tuple(sorted(found, key=lambda pair: -pair.dice))


def nearest_mm(peaks: tuple[Peak, ...], others: tuple[Peak, ...]) -> float:
    """Measure the smallest distance between two sets of peaks.

    Parameters
    ----------
    peaks, others : tuple of Peak
        Two sets, neither empty.

    Returns
    -------
    float
        The distance [mm].
    """
    one, other = (np.array([(p.x, p.y, p.z) for p in each]) for each in (peaks, others))
    return float(np.sqrt(((one[:, None] - other[None]) ** 2).sum(axis=-1)).min())
