"""The free energy that ridge and sparse regression share: normal weights, gamma precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from empatune.typing import Array, FloatArray

NOISE_SHAPE = 2.0
"""Prior shape of the noise precision."""

NOISE_RATE = 1.0
"""Prior rate of the noise precision."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """Posteriors of the weights of many regressions, one a row.

    Attributes
    ----------
    mean : ndarray, shape (n_rows, n_columns)
        Posterior means.
    covariance : ndarray, shape (n_rows, n_columns, n_columns)
        Posterior covariances.
    log_determinant : ndarray, shape (n_rows,)
        Log determinants of the covariances.
    """

    mean: FloatArray
    covariance: FloatArray
    log_determinant: FloatArray


def shape_of(n_data: Array) -> FloatArray:
    """
    Give the posterior shape of the noise precision.

    Parameters
    ----------
    n_data : ndarray, shape (n_rows,)
        Number of data.

    Returns
    -------
    ndarray, shape (n_rows,)
        The shape.
    """
    return np.asarray(NOISE_SHAPE + n_data / 2, dtype=np.float64)


def evidence(
    weights: Weights,
    misfit: FloatArray,
    *,
    n_data: Array,
    prior_mean: FloatArray,
    prior_precision: FloatArray,
) -> FloatArray:
    """
    Give the negative free energy of many regressions.

    Parameters
    ----------
    weights : Weights
        Posteriors of the weights.
    misfit : ndarray, shape (n_rows,)
        Expected half squared error.
    n_data : ndarray, shape (n_rows,)
        Number of data.
    prior_mean, prior_precision : ndarray, shape (n_rows, n_columns)
        Prior of the weights.

    Returns
    -------
    ndarray, shape (n_rows,)
        A lower bound of the log evidence [nats].
    """
    shape, rate = shape_of(n_data), NOISE_RATE + misfit
    precision, log_precision = shape / rate, digamma(shape) - np.log(rate)
    away = weights.mean - prior_mean
    variances = np.diagonal(weights.covariance, axis1=1, axis2=2)
    likelihood = n_data * (log_precision - np.log(2 * np.pi)) / 2 - misfit * precision
    divergence = (
        (prior_precision * (away**2 + variances) - np.log(prior_precision)).sum(axis=1)
        - weights.log_determinant
        - prior_mean.shape[1]
    ) / 2
    noise = (
        NOISE_SHAPE * np.log(NOISE_RATE)
        - gammaln(NOISE_SHAPE)
        + (NOISE_SHAPE - 1) * log_precision
        - NOISE_RATE * precision
        + shape
        - np.log(rate)
        + gammaln(shape)
        + (1 - shape) * digamma(shape)
    )
    total: FloatArray = likelihood - divergence + noise
    return total
