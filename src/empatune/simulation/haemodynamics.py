"""From what neurons do to what a scanner sees."""

from __future__ import annotations

import numpy as np

from empatune.numerics import design
from empatune.typing import FloatArray

LENGTH_S = 32.0
"""After so long a response has died away [s]."""


def response(tr_s: float) -> FloatArray:
    """Sample the double-gamma haemodynamic response once a repetition time.

    Peak near 5 s, undershoot near 15 s with a sixth of the weight: Glover 1999,
    doi 10.1006/nimg.1998.0419, with the constants that SPM made customary.

    Parameters
    ----------
    tr_s : float
        Repetition time [s].

    Returns
    -------
    ndarray, shape (n_samples,)
        Weights of now, one volume ago, two volumes ago ...; their sum is 1.
    """
    time_s = (np.arange(round(LENGTH_S / tr_s)) + 0.5) * tr_s
    shape = design.hrf(time_s)
    return np.asarray(shape / shape.sum(), dtype=np.float64)
