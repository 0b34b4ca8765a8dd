"""How much of a map lies inside a participant's image and brain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.errors import PreparationError
from empatune.typing import Array, BoolArray, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The share of a map that can be measured in this participant.

    Parameters
    ----------
    voxel_share : float
        Share of the map's voxels inside image and brain, 0 to 1.
    energy_share : float
        Share of the sum of its squared weights inside image and brain, 0 to 1.

    Raises
    ------
    PreparationError
        If a share is out of range.
    """

    voxel_share: float
    energy_share: float

    def __post_init__(self) -> None:
        if not (0 <= self.voxel_share <= 1 and 0 <= self.energy_share <= 1):
            raise PreparationError(f"Shares lie between 0 and 1; given {self}.")

    def within(self, weights: Array, kept: BoolArray) -> Coverage:
        """Return what is left when the image is cut.

        Parameters
        ----------
        weights : ndarray, shape (n_i, n_j, n_k)
            The map in the image before.
        kept : ndarray, shape (n_i, n_j, n_k), bool
            Which of its voxels are still inside.

        Returns
        -------
        Coverage
            Of the cut image.
        """
        rest = measure(weights[weights != 0], kept[weights != 0])
        return Coverage(
            voxel_share=self.voxel_share * rest.voxel_share,
            energy_share=self.energy_share * rest.energy_share,
        )

    def to_json(self) -> JsonObject:
        """Return the shares as a JSON object.

        Returns
        -------
        dict
            Keys ``voxel_share`` and ``energy_share``.
        """
        return {"voxel_share": self.voxel_share, "energy_share": self.energy_share}


def measure(weights: Array, inside: BoolArray) -> Coverage:
    """Measure how much of a map lies inside.

    Parameters
    ----------
    weights : ndarray, shape (n_voxels,)
        The map's weights; voxels of weight 0 do not belong to it.
    inside : ndarray, shape (n_voxels,), bool
        Which of them lie inside image and brain.

    Returns
    -------
    Coverage
        Both shares; 0 for an empty map.
    """
    belongs = weights != 0
    energy = np.asarray(weights, dtype=np.float64) ** 2
    total = float(energy.sum())
    if total == 0:
        return Coverage(voxel_share=0.0, energy_share=0.0)
    return Coverage(
        voxel_share=float((belongs & inside).sum() / belongs.sum()),
        energy_share=min(1.0, float(energy[inside].sum()) / total),
    )
