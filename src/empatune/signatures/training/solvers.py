"""What fits outcomes to component scores: one record per family of models.

A solver never sees a voxel. Component scores are a rotation of the centred images, so that every
model whose penalty looks at the length of the weights alone (ridge, support vectors, logistic
regression) has the same solution there as in voxel space.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from empatune.numerics.gram import Components, largest_penalty, least_squares
from empatune.numerics.logistic import logistic
from empatune.typing import FloatArray

N_PENALTIES = 25
"""Penalties among which the inner cross-validation chooses."""


class Solver(Protocol):
    """The contract of a solver."""

    def grid(self, components: Components, outcomes: FloatArray) -> FloatArray:
        """Propose penalties for each outcome, strongest first.

        Parameters
        ----------
        components : Components
            The images that are trained on.
        outcomes : ndarray, shape (n_images, n_outcomes)
            Outcomes.

        Returns
        -------
        ndarray, shape (n_penalties, n_outcomes)
            What to choose among.
        """

    def solve(
        self, components: Components, outcomes: FloatArray, penalties: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Fit every outcome at every penalty.

        Parameters
        ----------
        components : Components
            The images that are trained on.
        outcomes : ndarray, shape (n_images, n_outcomes)
            Outcomes; classes are -1 and 1.
        penalties : ndarray, shape (n_penalties, n_outcomes)
            In the solver's own unit.

        Returns
        -------
        coefficients : ndarray, shape (n_penalties, n_outcomes, n_components)
            One a component.
        intercepts : ndarray, shape (n_penalties, n_outcomes)
            What is added.
        """

    def loss(self, predictions: FloatArray, outcomes: FloatArray) -> FloatArray:
        """Measure how bad predictions are; by this the penalty is chosen.

        Parameters
        ----------
        predictions : ndarray, shape (..., n_images)
            What was predicted.
        outcomes : ndarray, shape (..., n_images)
            What was true.

        Returns
        -------
        ndarray, shape (...)
            Sum over the images.
        """


class _SquaredLoss:
    """What is lost where a number is predicted."""

    __slots__ = ()

    def loss(self, predictions: FloatArray, outcomes: FloatArray) -> FloatArray:
        return np.asarray(((predictions - outcomes) ** 2).sum(axis=-1))


class _UsualC:
    """No choice of C: it does without inner folds, and without the images' unit.

    C is 1 over the mean squared length of the centred images.
    """

    __slots__ = ()

    def grid(self, components: Components, outcomes: FloatArray) -> FloatArray:
        return np.full((1, outcomes.shape[1]), 1 / _squared_length(components))


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastSquares(_SquaredLoss):
    """LASSO, ridge or elastic-net regression.

    Parameters
    ----------
    l1_ratio : float
        1 for LASSO, 0 for ridge regression.
    """

    l1_ratio: float

    def grid(self, components: Components, outcomes: FloatArray) -> FloatArray:  # noqa: D102
        if self.l1_ratio > 0:
            largest = largest_penalty(components, outcomes) / self.l1_ratio
            shares = np.geomspace(0.95, 0.95e-3, N_PENALTIES)
        else:
            power = np.mean(components.singular**2) / components.counts.sum()
            largest = np.full(outcomes.shape[1], power)
            shares = np.geomspace(1e3, 1e-3, N_PENALTIES)
        return np.asarray(shares[:, None] * np.maximum(largest, np.finfo(np.float64).tiny))

    def solve(  # noqa: D102
        self, components: Components, outcomes: FloatArray, penalties: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        return least_squares(components, outcomes, penalties, l1_ratio=self.l1_ratio)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportVectorRegression(_UsualC, _SquaredLoss):
    """Linear support vector regression; the penalty is C, smaller is stronger.

    Parameters
    ----------
    epsilon : float
        Errors below this cost nothing [standard deviations of the outcome, if ``relative``].
    relative : bool
        Whether epsilon and C refer to a standardised outcome.
    """

    epsilon: float = 0.1
    relative: bool = True

    def solve(  # noqa: D102
        self, components: Components, outcomes: FloatArray, penalties: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        from sklearn.svm import SVR

        def fit(kernel: FloatArray, outcome: FloatArray, penalty: float) -> _Dual:
            scale = (float(outcome.std()) or 1.0) if self.relative else 1.0
            model = SVR(kernel="precomputed", C=penalty, epsilon=self.epsilon, tol=1e-6)
            model.fit(kernel, outcome / scale, sample_weight=components.counts)
            return model.support_, model.dual_coef_[0] * scale, float(model.intercept_[0]) * scale

        return _each_dual(components, outcomes, penalties, fit)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportVectorMachine(_UsualC):
    """Linear support vector machine for two classes; the penalty is C, smaller is stronger.

    Parameters
    ----------
    balanced : bool
        Weigh images so that both classes count the same.
    """

    balanced: bool = True

    def solve(  # noqa: D102
        self, components: Components, outcomes: FloatArray, penalties: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        from sklearn.svm import SVC

        def fit(kernel: FloatArray, outcome: FloatArray, penalty: float) -> _Dual:
            weights = _class_weights(outcome, components.counts, balanced=self.balanced)
            model = SVC(kernel="precomputed", C=penalty, tol=1e-6)
            model.fit(kernel, outcome > 0, sample_weight=weights)
            return model.support_, model.dual_coef_[0], float(model.intercept_[0])

        return _each_dual(components, outcomes, penalties, fit)

    def loss(self, predictions: FloatArray, outcomes: FloatArray) -> FloatArray:  # noqa: D102
        return np.asarray(np.maximum(1 - predictions * outcomes, 0).sum(axis=-1))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticRegression:
    """Logistic regression for two classes; the penalty is C, smaller is stronger.

    Parameters
    ----------
    balanced : bool
        Weigh images so that both classes count the same.
    """

    balanced: bool = True

    def grid(self, components: Components, outcomes: FloatArray) -> FloatArray:  # noqa: D102
        grid = np.geomspace(1e-4, 1e2, 7) / _squared_length(components)
        return np.repeat(grid[:, None], outcomes.shape[1], axis=1)

    def solve(  # noqa: D102
        self, components: Components, outcomes: FloatArray, penalties: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        scores, chosen = components.scores, outcomes[components.members]
        weights = np.stack(
            [_class_weights(each, components.counts, balanced=self.balanced) for each in chosen.T],
            axis=1,
        )
        coefficients = np.zeros((*penalties.shape, scores.shape[1]))
        intercepts = np.broadcast_to(chosen.mean(axis=0), penalties.shape).copy()
        mixed = np.ptp(chosen, axis=0) > 0  # of a fold of one class no image tells anything
        for place, row in enumerate(penalties):
            for penalty in np.unique(row[mixed]):
                same = mixed & (row == penalty)
                coefficients[place, same], intercepts[place, same] = logistic(
                    scores, chosen[:, same], weights[:, same], penalty=float(penalty)
                )
        return coefficients, intercepts

    def loss(self, predictions: FloatArray, outcomes: FloatArray) -> FloatArray:  # noqa: D102
        return np.asarray(np.logaddexp(0, -predictions * outcomes).sum(axis=-1))


_Dual = tuple[FloatArray, FloatArray, float]


class _Fit(Protocol):
    def __call__(self, kernel: FloatArray, outcome: FloatArray, penalty: float) -> _Dual: ...


def _each_dual(
    components: Components, outcomes: FloatArray, penalties: FloatArray, fit: _Fit
) -> tuple[FloatArray, FloatArray]:
    """Fit a model with support vectors for every outcome and penalty."""
    scores = components.scores
    kernel = scores @ scores.T
    coefficients = np.zeros((*penalties.shape, scores.shape[1]))
    intercepts = np.zeros(penalties.shape)
    for place in np.ndindex(penalties.shape):
        outcome = outcomes[components.members, place[1]]
        intercepts[place] = outcome.mean()
        if np.ptp(outcome) == 0:
            continue  # a permuted fold of one class: no image tells anything
        support, dual, intercepts[place] = fit(kernel, outcome, float(penalties[place]))
        coefficients[place] = dual @ scores[support]
    return coefficients, intercepts


def _squared_length(components: Components) -> float:
    """Mean squared length of the centred images."""
    return float((components.scores**2).sum(axis=1).mean())


def _class_weights(outcome: FloatArray, counts: FloatArray, *, balanced: bool) -> FloatArray:
    if not balanced:
        return counts
    positive = outcome > 0
    if positive.all() or not positive.any():
        return counts
    halves = np.where(positive, counts[positive].sum(), counts[~positive].sum())
    return np.asarray(counts * counts.sum() / (2 * halves))
