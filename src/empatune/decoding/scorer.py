"""What maps of a run are compared with: signatures and component systems in its grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from empatune.core import Grid
from empatune.decoding.settings import DecodingSettings
from empatune.signatures import MEASURES, Expresser, Signature, prepare_expression
from empatune.systems import masks
from empatune.typing import BoolArray, FloatArray


class Scorer:
    """Signatures and systems in the grid of a run.

    Parameters
    ----------
    signatures : sequence of Signature
        The signatures.
    grid : Grid
        The run's grid.
    brain : ndarray, shape (n_i, n_j, n_k), bool
        The voxels of the maps.
    settings : DecodingSettings
        Size of the systems' regions.
    """

    def __init__(
        self,
        signatures: Sequence[Signature],
        grid: Grid,
        brain: BoolArray,
        settings: DecodingSettings,
    ) -> None:
        self.brain = brain
        self._expresser: Expresser = prepare_expression(signatures, grid)
        drawn = masks(grid, radius_mm=settings.radius_mm)
        self._systems = {name: mask[brain] > 0 for name, mask in drawn.items()}
        self._sizes = {name: int((mask > 0).sum()) for name, mask in drawn.items()}
        self._image = np.zeros(grid.shape, dtype=np.float64, order="F")
        self.columns = [
            *(
                (name, "signature", kind)
                for name in self._expresser.signatures
                for kind in MEASURES
            ),
            *((name, "system", "mean") for name in self._systems),
        ]
        self.coverage = np.zeros((2, len(self.columns)))

    @property
    def n_voxels(self) -> int:
        """Number of voxels in the brain."""
        return int(self.brain.sum())

    def score(self, maps: FloatArray) -> FloatArray:
        """Score maps.

        Parameters
        ----------
        maps : ndarray, shape (n_maps, n_voxels)
            Values in the brain; a map that is NaN everywhere has no score.

        Returns
        -------
        ndarray, shape (n_maps, n_columns)
            Scores, in the order of `columns`.
        """
        return np.array([self._row(values) for values in maps])

    def _row(self, values: FloatArray) -> FloatArray:
        if np.isnan(values).all():
            return np.full(len(self.columns), np.nan)
        self._image[self.brain] = values
        row = self._expresser.row(self._image)
        n_measures = len(MEASURES)
        present = np.isfinite(values) & (values != 0)
        means, shares = [], []
        for name, inside in self._systems.items():
            here = inside & present
            means.append(float(values[here].mean()) if here.any() else np.nan)
            shares.append(here.sum() / max(self._sizes[name], 1))
        self.coverage = np.array(
            [[*np.repeat(row[n_measures + part], n_measures), *shares] for part in range(2)]
        )
        return np.concatenate([row[:n_measures].T.ravel(), means])
