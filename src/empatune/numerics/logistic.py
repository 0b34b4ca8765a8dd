"""Logistic regression with a ridge penalty, for many outcomes of the same few rows at once."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from empatune.typing import FloatArray

MAX_ITERATIONS = 100
"""Newton steps after which the best coefficients so far are returned."""

TOLERANCE = 1e-11
"""A Newton step that would lower the objective by less than this share of it is the last."""


def logistic(
    scores: FloatArray, outcomes: FloatArray, weights: FloatArray, *, penalty: float
) -> tuple[FloatArray, FloatArray]:
    """Fit two classes by Newton's method with step halving.

    The objective is that of scikit-learn's ``LogisticRegression``: half the squared length of the
    coefficients + penalty * sum of the weighted losses; the intercept is free.

    Parameters
    ----------
    scores : ndarray, shape (n_rows, n_columns)
        Predictors.
    outcomes : ndarray, shape (n_rows, n_outcomes)
        Classes, -1 and 1.
    weights : ndarray, shape (n_rows, n_outcomes)
        How much each row counts.
    penalty : float
        Inverse strength of the penalty, C.

    Returns
    -------
    coefficients : ndarray, shape (n_outcomes, n_columns)
        One a column.
    intercepts : ndarray, shape (n_outcomes,)
        What is added.
    """
    unit = float(np.sqrt(np.mean(scores**2))) or 1.0
    rows = np.hstack([scores / unit, np.ones((len(scores), 1))])
    # in these units the penalty on the coefficients becomes unit**-2; only their ratio matters
    ridge = np.r_[np.full(scores.shape[1], 1 / (penalty * unit**2)), 0.0]
    signs, counts = outcomes.T, weights.T
    found = np.zeros((len(signs), rows.shape[1]))
    value = _objective(found, rows, signs, counts, ridge)
    active = np.ones(len(signs), dtype=bool)
    for _ in range(MAX_ITERATIONS):
        if not active.any():
            break
        step, decrease = _newton(found[active], rows, signs[active], counts[active], ridge)
        moved, lower = _halved(
            found[active], step, value[active], rows, signs[active], counts[active], ridge
        )
        gained = lower < value[active]
        found[active], value[active] = moved, lower
        active[active] = gained & (decrease > TOLERANCE * (1e-3 + lower))
    return found[:, :-1] / unit, found[:, -1]


def _objective(
    coefficients: FloatArray,
    rows: FloatArray,
    signs: FloatArray,
    counts: FloatArray,
    ridge: FloatArray,
) -> FloatArray:
    losses = counts * np.logaddexp(0, -signs * (coefficients @ rows.T))
    return np.asarray(losses.sum(axis=1) + 0.5 * (coefficients**2) @ ridge)


def _newton(
    coefficients: FloatArray,
    rows: FloatArray,
    signs: FloatArray,
    counts: FloatArray,
    ridge: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the Newton steps and how much they promise to lower the objective."""
    share = expit(-signs * (coefficients @ rows.T))
    gradient = coefficients * ridge - (counts * signs * share) @ rows
    curvature = (counts * share * (1 - share))[:, :, None] * rows
    hessian = rows.T @ curvature + np.diag(ridge + 1e-12)
    step = np.asarray(-np.linalg.solve(hessian, gradient[..., None])[..., 0], dtype=np.float64)
    decrease: FloatArray = -0.5 * (step * gradient).sum(axis=1)
    return step, decrease


def _halved(
    coefficients: FloatArray,
    step: FloatArray,
    value: FloatArray,
    rows: FloatArray,
    signs: FloatArray,
    counts: FloatArray,
    ridge: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Halve each step until it lowers the objective; stay where none does."""
    best, lowest = coefficients.copy(), value.copy()
    length = np.ones(len(step))
    for _ in range(30):
        open_ = lowest >= value
        if not open_.any():
            break
        moved = coefficients[open_] + length[open_, None] * step[open_]
        reached = _objective(moved, rows, signs[open_], counts[open_], ridge)
        good = reached < value[open_]
        places = np.flatnonzero(open_)[good]
        best[places], lowest[places] = moved[good], reached[good]
        length *= 0.5
    return best, lowest
