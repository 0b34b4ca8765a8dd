"""Restricted maximum likelihood of linear models whose coefficients vary over groups.

The likelihood is profiled as in Bates, Maechler, Bolker & Walker 2015, J Stat Softw 67(1), doi
10.18637/jss.v067.i01: only the relative covariance of the random coefficients is searched, all
else follows from it. Groups enter by their cross products alone, so that an evaluation costs
nothing however many observations there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from empatune.typing import Array, FloatArray

_STARTS = (1.0, 0.1)
"""Relative standard deviations from which the search begins."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """A fitted multilevel model.

    Parameters
    ----------
    fixed : ndarray, shape (n_fixed,)
        Coefficients that all groups share.
    fixed_covariance : ndarray, shape (n_fixed, n_fixed)
        Their covariance.
    random_covariance : ndarray, shape (n_random, n_random)
        Covariance of the coefficients that vary over groups.
    residual_variance : float
        Variance within groups.
    deviance : float
        Minus twice the restricted log likelihood.
    converged : bool
        Whether the search came to rest.
    """

    fixed: FloatArray
    fixed_covariance: FloatArray
    random_covariance: FloatArray
    residual_variance: float
    deviance: float
    converged: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Products:
    """Cross products of the random design (z), the fixed design (x) and the values (y)."""

    zz: FloatArray
    zx: FloatArray
    zy: FloatArray
    xx: FloatArray
    xy: FloatArray
    yy: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Attempt:
    theta: FloatArray
    deviance: float
    rested: bool


def fit(
    values: FloatArray,
    fixed: FloatArray,
    random: FloatArray,
    groups: Array,
    *,
    correlated: bool = True,
) -> Estimates:
    """Fit a linear model whose coefficients vary over groups, by REML.

    Parameters
    ----------
    values : ndarray, shape (n,)
        What is explained.
    fixed : ndarray, shape (n, n_fixed)
        Regressors with coefficients that all groups share; of full rank.
    random : ndarray, shape (n, n_random)
        Regressors with coefficients that vary over groups around zero.
    groups : ndarray, shape (n,)
        Group of every observation.
    correlated : bool
        Whether the random coefficients may covary.

    Returns
    -------
    Estimates
        At the optimum, which may lie on the boundary (a variance of 0, a correlation of 1).

    Raises
    ------
    LinAlgError
        If the fixed regressors are not of full rank.
    """
    products = _multiply(values, fixed, random, groups)
    places = _places(random.shape[1], correlated)
    # a negative scale is the same covariance as a positive one: no bound is needed
    attempts = [_search(products, places, start) for start in _STARTS]
    best = min(attempts, key=lambda attempt: attempt.deviance)
    factor = _factor(best.theta, places)
    deviance, beta, xtvx, variance = _profile(factor, products)
    return Estimates(
        fixed=beta,
        fixed_covariance=np.asarray(variance * np.linalg.inv(xtvx), dtype=np.float64),
        random_covariance=variance * factor @ factor.T,
        residual_variance=variance,
        deviance=deviance,
        converged=best.rested,
    )


def _multiply(
    values: FloatArray, fixed: FloatArray, random: FloatArray, groups: Array
) -> _Products:
    order = np.argsort(groups, kind="stable")
    firsts = np.flatnonzero(np.r_[True, groups[order][1:] != groups[order][:-1]])

    def sums(one: FloatArray, other: FloatArray) -> FloatArray:
        products = one[order][:, :, None] * other[order][:, None, :]
        added: FloatArray = np.add.reduceat(products, firsts, axis=0)
        return added

    column = values[:, None]
    return _Products(
        zz=sums(random, random),
        zx=sums(random, fixed),
        zy=sums(random, column),
        xx=fixed.T @ fixed,
        xy=fixed.T @ values,
        yy=float(values @ values),
        n=len(values),
    )


def _places(n: int, correlated: bool) -> tuple[Array, Array]:
    if correlated:
        rows, columns = np.tril_indices(n)
        return rows, columns
    return np.arange(n), np.arange(n)


def _factor(theta: FloatArray, places: tuple[Array, Array]) -> FloatArray:
    n = int(places[0].max()) + 1
    factor = np.zeros((n, n))
    factor[places] = theta
    return factor


def _search(products: _Products, places: tuple[Array, Array], start: float) -> _Attempt:
    first = np.where(places[0] == places[1], start, 0.0)
    simplex = np.vstack([first, first + 0.5 * start * np.eye(len(first))])

    def deviance(theta: FloatArray) -> float:
        return _profile(_factor(theta, places), products)[0]

    options: Any = {"xatol": 1e-5, "fatol": 1e-8, "maxiter": 2000, "initial_simplex": simplex}
    found: Any = optimize.minimize(deviance, first, method="Nelder-Mead", options=options)
    return _Attempt(theta=found.x, deviance=float(found.fun), rested=bool(found.success))


def _profile(factor: FloatArray, p: _Products) -> tuple[float, FloatArray, FloatArray, float]:
    """Return the deviance, the fixed effects, their relative precision, the residual variance."""
    inner = factor.T @ p.zz @ factor + np.eye(len(factor))
    lower = np.linalg.cholesky(inner)
    right = np.linalg.solve(lower, factor.T @ np.concatenate([p.zx, p.zy], axis=2))
    zx, zy = right[:, :, :-1], right[:, :, -1]
    xtvx = p.xx - np.einsum("gij,gik->jk", zx, zx)
    xtvy = p.xy - np.einsum("gij,gi->j", zx, zy)
    beta: FloatArray = np.linalg.solve(xtvx, xtvy)
    n_free = p.n - len(beta)
    variance = max(p.yy - float((zy**2).sum()) - float(beta @ xtvy), 1e-300) / n_free
    log_inner = 2 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum()
    log_fixed = np.linalg.slogdet(xtvx)[1]
    deviance = log_inner + log_fixed + n_free * (1 + np.log(2 * np.pi * variance))
    return float(deviance), beta, xtvx, variance
