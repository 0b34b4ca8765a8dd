"""Linear discriminant analysis with shrinkage, for all labellings of a permutation test at once.

Two Gaussian classes of one covariance, equally probable beforehand, so that a class is not
preferred for being larger in a fold. The covariance of standardised features is shrunk towards
none as Ledoit & Wolf 2004 (doi:10.1016/S0047-259X(03)00096-4) say. Without shrinkage it equals
scikit-learn's ``LinearDiscriminantAnalysis``; we solve it ourselves because a permutation test
of 1,000 labellings and 34 folds is 34,000 fits, which take a second side by side and minutes one
by one. Standardisation and shrinkage see the training part of each fold alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.typing import Array, BoolArray, FloatArray, IntArray

_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Discriminant:
    """A linear rule between two classes.

    Attributes
    ----------
    weights : ndarray, shape (n_features,)
        Weight of each feature [per unit of the feature].
    intercept : float
        What is added.
    shrinkage : float
        How far the covariance was shrunk, from 0 to 1.
    """

    weights: FloatArray
    intercept: float
    shrinkage: float

    def score(self, values: FloatArray) -> FloatArray:
        """
        Score cases.

        Parameters
        ----------
        values : ndarray, shape (n_cases, n_features)
            Their features.

        Returns
        -------
        ndarray, shape (n_cases,)
            Log odds of the second class.
        """
        scores: FloatArray = values @ self.weights + self.intercept
        return scores


def learn(
    values: FloatArray, positive: BoolArray, *, shrinkage: float | None = None
) -> Discriminant:
    """
    Learn a rule.

    Parameters
    ----------
    values : ndarray, shape (n_cases, n_features)
        Features.
    positive : ndarray of bool, shape (n_cases,)
        Which cases are of the second class.
    shrinkage : float, optional
        From 0 (none) to 1 (no correlations); found by Ledoit and Wolf's formula if not given.

    Returns
    -------
    Discriminant
        The rule.
    """
    weights, intercepts, found = _solve(values, np.asarray(positive)[None, :], shrinkage)
    return Discriminant(
        weights=weights[0], intercept=float(intercepts[0]), shrinkage=float(found[0])
    )


def hold_out(
    values: FloatArray,
    labellings: BoolArray,
    groups: IntArray,
    *,
    shrinkage: float | None = None,
) -> FloatArray:
    """
    Score every case by a rule that was learnt without its group.

    Parameters
    ----------
    values : ndarray, shape (n_cases, n_features)
        Features.
    labellings : ndarray of bool, shape (n_labellings, n_cases)
        Which cases are of the second class, once or many times over.
    groups : ndarray of int, shape (n_cases,)
        What is held out together.
    shrinkage : float, optional
        As `learn` takes it.

    Returns
    -------
    ndarray, shape (n_labellings, n_cases)
        Log odds of the second class.
    """
    scores = np.empty(labellings.shape)
    for group in np.unique(groups):
        out = groups == group
        for begin in range(0, len(labellings), _BATCH):
            rows = slice(begin, begin + _BATCH)
            weights, intercepts, _ = _solve(values[~out], labellings[rows][:, ~out], shrinkage)
            scores[rows, out] = weights @ values[out].T + intercepts[:, None]
    return scores


def _solve(
    values: FloatArray, labellings: BoolArray, shrinkage: float | None
) -> tuple[FloatArray, FloatArray, Array]:
    """Learn a rule for each labelling: weights, intercepts, shrinkages."""
    n_cases, n_features = values.shape
    second = labellings.astype(float)
    counts = second.sum(axis=1, keepdims=True)
    high = second @ values / counts
    low = (1 - second) @ values / (n_cases - counts)
    centred = values - np.where(labellings[:, :, None], high[:, None, :], low[:, None, :])
    sd = np.sqrt((centred**2).sum(axis=1) / (n_cases - 2))
    sd = np.where(sd > 0, sd, np.inf)
    standard = centred / sd[:, None, :]
    correlation = np.einsum("lni,lnj->lij", standard, standard) / (n_cases - 2)
    amount = _ledoit_wolf(standard) if shrinkage is None else np.full(len(labellings), shrinkage)
    shrunk = (1 - amount)[:, None, None] * correlation
    shrunk += amount[:, None, None] * np.eye(n_features)
    weights = np.linalg.solve(shrunk, ((high - low) / sd)[:, :, None])[:, :, 0] / sd
    intercepts = -np.einsum("lf,lf->l", weights, (high + low) / 2)
    return weights, intercepts, amount


def _ledoit_wolf(standard: FloatArray) -> FloatArray:
    """Find how far to shrink the covariance of each labelling, shape (n_labellings,)."""
    n_cases, n_features = standard.shape[1:]
    covariance = np.einsum("lni,lnj->lij", standard, standard) / n_cases
    size = (covariance**2).sum(axis=(1, 2))
    mean = np.trace(covariance, axis1=1, axis2=2) / n_features
    fourth = ((standard**2).sum(axis=2) ** 2).mean(axis=1)
    noise = (fourth - size) / n_cases
    distance = size - n_features * mean**2
    with np.errstate(divide="ignore", invalid="ignore"):
        amount = np.where(distance > 0, np.minimum(noise, distance) / distance, 1.0)
    found: FloatArray = np.clip(amount, 0.0, 1.0)
    return found
