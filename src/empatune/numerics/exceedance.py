"""Exceedance probabilities of Dirichlet frequencies, by quadrature: exact, and without a seed."""

from __future__ import annotations

import numpy as np
from scipy.special import gammainc, gammainccinv, gammaincinv, gammaln

from empatune.typing import Array, FloatArray

_N_POINTS = 4_001
"""Points of the quadrature; errors are below 1e-9 from a tenth of them."""

_TAIL = 1e-18
"""Probability that is left out at each end."""


def exceedance(counts: Array) -> FloatArray:
    """
    Give the probability of each of several Dirichlet frequencies to be the greatest.

    Frequencies are gamma variables over their sum, so that the greatest of one is the greatest
    of the other; the probability is an integral over one variable.

    Parameters
    ----------
    counts : ndarray, shape (n_models,)
        Parameters of the Dirichlet density.

    Returns
    -------
    ndarray, shape (n_models,)
        Exceedance probabilities; they sum to 1.
    """
    shape = np.asarray(counts, float)
    low = np.log(max(gammaincinv(shape, _TAIL).max(), np.finfo(float).tiny))
    high = np.log(gammainccinv(shape, _TAIL).max())
    log_value = np.linspace(low, high, _N_POINTS)
    value = np.exp(log_value)
    below = gammainc(shape[:, None], value)
    density = np.exp(shape[:, None] * log_value - value - gammaln(shape)[:, None])
    others = np.stack([np.delete(below, model, axis=0).prod(axis=0) for model in range(len(shape))])
    mass: FloatArray = (density * others).sum(axis=1)
    mass /= mass.sum()
    return mass
