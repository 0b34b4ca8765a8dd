"""Where a slice belongs: in which volume, at which height.

Most objects say it. Where tags were stripped, the heights that come again tell how many slices
a volume has, and the numbering of the objects tells the rest.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from empatune.realtime.sources.piece import Piece
from empatune.realtime.sources.stack import slice_normal
from empatune.typing import FloatArray


class Placement:
    """Heights and volumes of a run's slices, as far as they are known.

    Parameters
    ----------
    first : Piece
        The first piece; its orientation is that of the run.

    Raises
    ------
    ImageError
        If its orientation is not usable.
    """

    def __init__(self, first: Piece) -> None:
        self._normal = slice_normal(first)
        self._tolerance_mm = first.spacing_mm / 4
        self._heights: list[float] = []
        self._of_volume: dict[int, set[float]] = {}
        self._instances: dict[float, list[int]] = {}
        self.n_slices = first.n_slices

    def heights_of(self, piece: Piece) -> list[float] | None:
        """Return the height of each slice of a piece, the same for slices of all volumes.

        Parameters
        ----------
        piece : Piece
            The piece.

        Returns
        -------
        list of float or None
            Heights [mm]; None if the piece does not lie among the others.
        """
        if abs(float(slice_normal(piece) @ self._normal)) < 0.999:
            return None
        heights = [self._height(position) for position in piece.positions_mm]
        known = [height for height in heights if height is not None]
        if len(known) < len(heights):
            return None
        self._learn(piece, known)
        return known

    def volume_of(self, piece: Piece) -> int | None:
        """Return the position in the run of a piece's volume.

        Parameters
        ----------
        piece : Piece
            The piece.

        Returns
        -------
        int or None
            From 0; None as long as it cannot be known.
        """
        if piece.volume is not None:
            return piece.volume
        if self.n_slices is None or piece.instance < 1:
            return None
        return (piece.instance - 1) // self.n_slices

    def _height(self, position: FloatArray) -> float | None:
        height = float(position @ self._normal)
        place = bisect_left(self._heights, height)
        for near in self._heights[max(place - 1, 0) : place + 1]:
            if abs(near - height) <= self._tolerance_mm:
                return near
        if self.n_slices is not None and len(self._heights) >= self.n_slices:
            return None
        self._heights.insert(place, height)
        return height

    def _learn(self, piece: Piece, heights: list[float]) -> None:
        """Find the number of slices, where no object says it."""
        if self.n_slices is not None:
            return
        n_heights = len(self._heights)
        if piece.volume is not None:
            self._of_volume.setdefault(piece.volume, set()).update(heights)
            twice = sum(len(of_one) == n_heights for of_one in self._of_volume.values()) > 1
        else:
            for height in heights:
                self._instances.setdefault(height, []).append(piece.instance)
            gaps = [np.diff(sorted(n)).min() for n in self._instances.values() if len(n) > 1]
            twice = bool(gaps) and min(gaps) == n_heights
        if twice and n_heights > 1 and self._even():
            self.n_slices = n_heights

    def _even(self) -> bool:
        gaps = np.diff(self._heights)
        return bool(gaps.max() - gaps.min() < 0.1 * gaps.mean())
