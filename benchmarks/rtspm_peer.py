"""python-rtspm (SPM's real-time realignment in OpenNFT) behind two calls, for comparison only."""

from __future__ import annotations

import numpy as np
import rtspm
from rtspm import _spm_realign_rt

REALIGN = {"quality": 0.9, "fwhm": 5, "sep": 4, "interp": 4, "rtm": 0, "PW": ""}
"""OpenNFT's flags."""


class Peer:
    """One series, realigned, resliced and smoothed volume by volume.

    Parameters
    ----------
    reference : ndarray, shape (n_i, n_j, n_k)
        The image to realign to.
    affine : ndarray, shape (4, 4)
        Its voxel to world [mm].
    sep_mm : float
        Distance of the samples [mm].
    precise : bool
        Iterate to SPM's own precision instead of the real-time one.
    """

    def __init__(
        self, reference: np.ndarray, affine: np.ndarray, *, sep_mm: float = 4, precise: bool = False
    ) -> None:
        one_based = np.eye(4)
        one_based[:3, 3] = -1
        self._mat = affine @ one_based
        self._flags = dict(REALIGN, sep=sep_mm, wrap=np.zeros((3, 1)), lkp=np.arange(6))
        self._reslice = {
            "quality": 0.9, "fwhm": 5, "sep": 4, "interp": 4, "mask": 1, "mean": 0, "which": 2,
            "wrap": np.zeros((3, 1)),
        }  # fmt: skip
        self._sizes = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
        self._limits = (1e-8, 64) if precise else (0.01, 10)
        self._state: tuple = ([], [], [], [], [], [])
        self._pair = [self._image(reference), self._image(reference)]
        self._first = True
        self.realign(reference)

    def _image(self, volume: np.ndarray) -> dict:
        data = np.array(volume, dtype=np.float64, order="F")
        return {"mat": self._mat.copy(), "dim": np.array(volume.shape), "Vol": data, "C": []}

    def realign(self, volume: np.ndarray) -> np.ndarray:
        """Estimate the motion of a volume as our kind of matrix, shape (4, 4)."""
        self._pair[1] = self._image(volume)
        stock = _spm_realign_rt.NFB_TH_ACC, _spm_realign_rt.NFB_NR_ITER
        _spm_realign_rt.NFB_TH_ACC, _spm_realign_rt.NFB_NR_ITER = self._limits
        try:
            result = rtspm.spm_realign_rt(
                self._pair, self._flags, 0 if self._first else 1, 0, *self._state
            )
        finally:
            _spm_realign_rt.NFB_TH_ACC, _spm_realign_rt.NFB_NR_ITER = stock
        self._pair, self._state, self._first = result[0], result[1:7], False
        self.n_iterations = result[7]
        return self._mat @ np.linalg.inv(self._pair[1]["mat"])

    def reslice_and_smooth(self, fwhm_mm: float = 5.0) -> np.ndarray:
        """Reslice the volume that was realigned last, and smooth it."""
        resliced = rtspm.spm_reslice_rt(self._pair, self._reslice)
        return rtspm.spm_smooth(np.array(resliced, order="F"), fwhm_mm / self._sizes)
