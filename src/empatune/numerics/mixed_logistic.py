"""Maximum likelihood of logistic models whose coefficients vary over groups.

Each group's coefficients are integrated out by adaptive Gauss-Hermite quadrature around their
mode (Pinheiro & Bates 1995, J Comput Graph Stat 4:12, doi 10.1080/10618600.1995.10474663).
Observations of one group with the same regressors enter as one count, so that a likelihood costs
nothing however many there are.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.special import expit, logsumexp

from empatune.typing import Array, FloatArray

NODES = {1: 15, 2: 9, 3: 5}
"""Nodes of the quadrature in each direction, by the number of coefficients that vary; 3 beyond."""

_STEPS = 50
_STEP = 1e-3
_FLAT = 1e-6
_LARGEST = 1e3  # a logit that is known to a standard error of 30 is not known at all


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogisticEstimates:
    """A fitted multilevel logistic model.

    Parameters
    ----------
    fixed : ndarray, shape (n_fixed,)
        Coefficients that all groups share [logit].
    fixed_covariance : ndarray, shape (n_fixed, n_fixed)
        Their covariance.
    random_covariance : ndarray, shape (n_random, n_random)
        Covariance of the coefficients that vary over groups.
    log_likelihood : float
        Of the data [nats].
    converged : bool
        Whether the search came to rest at a maximum.
    """

    fixed: FloatArray
    fixed_covariance: FloatArray
    random_covariance: FloatArray
    log_likelihood: float
    converged: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Counts:
    """Regressors of every cell, and each group's trials and successes in it."""

    fixed: FloatArray
    random: FloatArray
    n: FloatArray
    successes: FloatArray


def fit_logistic(
    outcomes: FloatArray, fixed: FloatArray, random: FloatArray, groups: Array
) -> LogisticEstimates:
    """Fit a logistic model whose coefficients vary over groups.

    Parameters
    ----------
    outcomes : ndarray, shape (n,)
        0 and 1.
    fixed : ndarray, shape (n, n_fixed)
        Regressors with coefficients that all groups share; of full rank.
    random : ndarray, shape (n, n_random)
        Regressors with coefficients that vary over groups around zero.
    groups : ndarray, shape (n,)
        Group of every observation.

    Returns
    -------
    LogisticEstimates
        At the optimum; not converged where there is none, as where a regressor separates the
        outcomes.
    """
    counts = _count(outcomes, fixed, random, groups)
    n_fixed, n_random = fixed.shape[1], random.shape[1]
    places = np.tril_indices(n_random)
    start = np.r_[np.zeros(n_fixed), np.where(places[0] == places[1], 0.5, 0.0)]

    def loss(parameters: FloatArray) -> float:
        factor = np.zeros((n_random, n_random))
        factor[places] = parameters[n_fixed:]
        return -_log_likelihood(parameters[:n_fixed], factor, counts)

    found = optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-4})
    factor = np.zeros((n_random, n_random))
    factor[places] = found.x[n_fixed:]
    curvature = _curvature(loss, found.x)
    covariance, sound = _invert(curvature, n_fixed)
    slope = optimize.approx_fprime(found.x, loss, 1e-6)
    return LogisticEstimates(
        fixed=found.x[:n_fixed],
        fixed_covariance=covariance,
        random_covariance=factor @ factor.T,
        log_likelihood=float(-found.fun),
        converged=sound and bool(np.abs(slope).max() < 0.05),
    )


def _count(outcomes: FloatArray, fixed: FloatArray, random: FloatArray, groups: Array) -> _Counts:
    both = np.hstack([fixed, random])
    cells, cell = np.unique(both, axis=0, return_inverse=True)
    members = np.unique(groups, return_inverse=True)[1]
    shape = (int(members.max()) + 1, len(cells))
    place = members * shape[1] + cell.ravel()
    n = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)
    successes = np.bincount(place, weights=outcomes, minlength=shape[0] * shape[1])
    return _Counts(
        fixed=cells[:, : fixed.shape[1]],
        random=cells[:, fixed.shape[1] :],
        n=n.astype(np.float64),
        successes=successes.astype(np.float64).reshape(shape),
    )


def _log_likelihood(beta: FloatArray, factor: FloatArray, counts: _Counts) -> float:
    shared, own = counts.fixed @ beta, counts.random @ factor
    n_random = factor.shape[0]

    def joint(z: FloatArray) -> FloatArray:
        """Return log likelihood plus log prior at z, shape (..., n_groups, n_random)."""
        logit = shared + z @ own.T
        fits = counts.successes * logit - counts.n * np.logaddexp(0, logit)
        total: FloatArray = fits.sum(axis=-1) - 0.5 * (z**2).sum(axis=-1)
        return total

    mode, bend = _mode(shared, own, counts)
    lower = np.linalg.cholesky(bend)
    spread = np.swapaxes(np.linalg.inv(lower), 1, 2)
    nodes, log_weights = _grid(n_random)
    away = np.sqrt(2.0) * np.einsum("gij,kj->kgi", spread, nodes)
    inside = joint(mode + away) + (log_weights + (nodes**2).sum(axis=1))[:, None]
    half_log_det = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    each = logsumexp(inside, axis=0) - half_log_det - 0.5 * n_random * np.log(np.pi)
    return float(each.sum())


def _mode(shared: FloatArray, own: FloatArray, counts: _Counts) -> tuple[FloatArray, FloatArray]:
    """Find every group's most probable standardized coefficients, and the curvature there."""
    n_random = own.shape[1]
    z = np.zeros((len(counts.n), n_random))
    for _ in range(_STEPS):
        p = expit(shared + z @ own.T)
        slope = (counts.successes - counts.n * p) @ own - z
        weight = counts.n * p * (1 - p)
        bend = np.einsum("gc,ci,cj->gij", weight, own, own) + np.eye(n_random)
        step = np.linalg.solve(bend, slope[..., None])[..., 0]
        # a long step over a flat logit can overshoot; the prior keeps short ones safe
        length = np.linalg.norm(step, axis=1, keepdims=True)
        z = z + step / np.maximum(length, 1.0)
        if length.max() < 1e-9:
            break
    return z, bend


def _grid(n_random: int) -> tuple[FloatArray, FloatArray]:
    x, w = np.polynomial.hermite.hermgauss(NODES.get(n_random, 3))
    nodes = np.array(list(itertools.product(x, repeat=n_random)))
    weights = np.array([np.prod(each) for each in itertools.product(w, repeat=n_random)])
    return nodes, np.log(weights)


def _curvature(function: Callable[[FloatArray], float], at: FloatArray) -> FloatArray:
    n = len(at)
    steps = _STEP * np.maximum(np.abs(at), 1.0)
    found = np.empty((n, n))
    for i, j in itertools.combinations_with_replacement(range(n), 2):
        a, b = np.zeros(n), np.zeros(n)
        a[i], b[j] = steps[i], steps[j]
        corners = function(at + a + b) - function(at + a - b)
        corners -= function(at - a + b) - function(at - a - b)
        found[i, j] = found[j, i] = corners / (4 * steps[i] * steps[j])
    return found


def _invert(curvature: FloatArray, n_fixed: int) -> tuple[FloatArray, bool]:
    """Return the covariance of the fixed coefficients, and whether there is a maximum at all.

    Where a variance is zero the curvature says nothing about it and the fixed coefficients are
    taken given the variances.
    """
    if np.linalg.eigvalsh(curvature).min() > _FLAT:
        covariance = np.asarray(np.linalg.inv(curvature)[:n_fixed, :n_fixed], dtype=np.float64)
        return covariance, bool(np.diag(covariance).max() < _LARGEST)
    covariance = np.asarray(np.linalg.pinv(curvature[:n_fixed, :n_fixed]), dtype=np.float64)
    return covariance, bool(0 < np.diag(covariance).min() <= np.diag(covariance).max() < _LARGEST)
