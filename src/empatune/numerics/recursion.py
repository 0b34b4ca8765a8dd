"""Least squares that grow by one volume at a time, for many responses at once.

The fit is kept as a triangular root of the Gram matrix and updated by Givens rotations. So it
equals the batch fit to rounding after thousands of volumes, collinear regressors included, and a volume costs
microseconds. Regressing K responses equals regressing every voxel first: drift acts on time, the
weights act on space.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba
import numpy as np
from scipy.linalg import solve_triangular

from empatune.typing import Array, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecursiveFit:
    """A ridge regression of K responses on p regressors, after some volumes.

    Parameters
    ----------
    root : ndarray, shape (n_regressors, n_regressors)
        Upper triangular R with ``R' R = X' W X + ridge * I``.
    projection : ndarray, shape (n_regressors, n_responses)
        ``inv(R') X' W Y``.
    innovations : ndarray, shape (n_responses,)
        Sum of the squared, standardised one-step prediction errors: the penalised residual sum
        of squares.
    ridge : float
        Penalty on every coefficient.
    n_volumes : int
        Volumes seen, excluded ones too.
    n_used : float
        Sum of their weights.
    """

    root: FloatArray
    projection: FloatArray
    innovations: FloatArray
    ridge: float
    n_volumes: int
    n_used: float

    @property
    def coefficients(self) -> FloatArray:
        """Coefficients so far, shape (n_regressors, n_responses)."""
        return np.asarray(solve_triangular(self.root, self.projection), dtype=np.float64)

    @property
    def inverse_gram(self) -> FloatArray:
        """Inverse of ``X' W X + ridge * I``, shape (n_regressors, n_regressors)."""
        inverse = solve_triangular(self.root, np.eye(len(self.root)))
        return np.asarray(inverse @ inverse.T, dtype=np.float64)

    @property
    def degrees_of_freedom(self) -> float:
        """Volumes used less the regressors that they determine."""
        penalty_share = self.ridge * float(np.trace(self.inverse_gram))
        return self.n_used - len(self.root) + penalty_share

    @property
    def variance(self) -> FloatArray:
        """Variance of the residuals, shape (n_responses,); infinite below one degree of freedom."""
        freedom = self.degrees_of_freedom
        if freedom < 1.0 - 1e-6:
            return np.full(len(self.innovations), np.inf)
        return self.innovations / freedom


def initial(n_regressors: int, n_responses: int, *, ridge: float = 1e-6) -> RecursiveFit:
    """Start a fit that has seen nothing.

    Parameters
    ----------
    n_regressors : int
        Columns of the design.
    n_responses : int
        Responses per volume.
    ridge : float
        Penalty on every coefficient, above 0. Small against the number of volumes times the
        variance of a regressor, it decides only what the data leave open.

    Returns
    -------
    RecursiveFit
        All coefficients 0.
    """
    return RecursiveFit(
        root=np.sqrt(ridge) * np.eye(n_regressors),
        projection=np.zeros((n_regressors, n_responses)),
        innovations=np.zeros(n_responses),
        ridge=ridge,
        n_volumes=0,
        n_used=0.0,
    )


def update(
    fit: RecursiveFit, row: FloatArray, responses: FloatArray, *, weight: float = 1.0
) -> RecursiveFit:
    """Take in one volume.

    Parameters
    ----------
    fit : RecursiveFit
        The fit so far; it is left as it is.
    row : ndarray, shape (n_regressors,)
        The volume's row of the design.
    responses : ndarray, shape (n_responses,)
        What was measured.
    weight : float
        1 for a good volume, 0 to exclude it (a spike), or anything between.

    Returns
    -------
    RecursiveFit
        The fit with this volume.
    """
    if weight == 0.0:
        return replace(fit, n_volumes=fit.n_volumes + 1)
    root, projection = fit.root.copy(), fit.projection.copy()
    scale = np.sqrt(weight)
    rest = scale * np.asarray(responses, dtype=np.float64)
    _rotate_in(root, projection, scale * np.asarray(row, dtype=np.float64), rest)
    return replace(
        fit,
        root=root,
        projection=projection,
        innovations=fit.innovations + rest**2,
        n_volumes=fit.n_volumes + 1,
        n_used=fit.n_used + weight,
    )


def clean(
    fit: RecursiveFit, row: FloatArray, responses: FloatArray, *, nuisance_columns: Array
) -> tuple[FloatArray, FloatArray]:
    """Take the fitted nuisance out of one volume's responses.

    Parameters
    ----------
    fit : RecursiveFit
        The fit, this volume included if it is a good one.
    row : ndarray, shape (n_regressors,)
        The volume's row of the design.
    responses : ndarray, shape (n_responses,)
        What was measured.
    nuisance_columns : ndarray of int or bool
        The columns to take out; the others (the task, the constant) stay in.

    Returns
    -------
    cleaned : ndarray, shape (n_responses,)
        Responses without the nuisance.
    standard_error : ndarray, shape (n_responses,)
        Standard error of a cleaned response: measurement noise and the uncertainty of the
        nuisance coefficients. Infinite until one degree of freedom is left.
    """
    nuisance = np.zeros(len(fit.root))
    nuisance[nuisance_columns] = np.asarray(row, dtype=np.float64)[nuisance_columns]
    cleaned = np.asarray(responses, dtype=np.float64) - nuisance @ fit.coefficients
    spread = solve_triangular(fit.root, nuisance, trans="T")
    return cleaned, np.sqrt(fit.variance * (1.0 + spread @ spread))


@numba.njit(cache=True)
def _rotate_in(root, projection, row, rest):  # type: ignore[no-untyped-def]
    """Zero the new row against the root by Givens rotations; rest becomes the innovations."""
    n_regressors, n_responses = projection.shape
    for column in range(n_regressors):
        if row[column] == 0.0:
            continue
        length = np.hypot(root[column, column], row[column])
        cosine, sine = root[column, column] / length, row[column] / length
        for other in range(column, n_regressors):
            kept, new = root[column, other], row[other]
            root[column, other] = cosine * kept + sine * new
            row[other] = cosine * new - sine * kept
        for response in range(n_responses):
            kept, new = projection[column, response], rest[response]
            projection[column, response] = cosine * kept + sine * new
            rest[response] = cosine * new - sine * kept
