"""Whole-brain models with scikit-learn's ``fit`` and ``predict``, fast where voxels are many."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from empatune.numerics import gram
from empatune.signatures.training.solvers import (
    LeastSquares,
    LogisticRegression,
    Solver,
    SupportVectorMachine,
    SupportVectorRegression,
)
from empatune.typing import Array, FloatArray


class _Linear(BaseEstimator):  # type: ignore[misc]
    """What all models share: n-by-n training, one weight a voxel."""

    n_components: int | None

    def _solver(self) -> tuple[Solver, float]:
        raise NotImplementedError

    def _train(self, images: Array, outcome: FloatArray) -> None:
        components = gram.decompose(gram.gram(images), n_components=self.n_components)
        solver, penalty = self._solver()
        coefficients, intercepts = solver.solve(
            components, outcome[:, None], np.array([[penalty]], dtype=np.float64)
        )
        rows = components.rows(coefficients[0])
        self.weights_ = gram.combine(images, rows)[0]
        shares = np.zeros(len(images))
        shares[components.members] = components.counts / components.counts.sum()
        mean = gram.combine(images, shares[None])[0]
        self.intercept_ = float(intercepts[0, 0] - mean @ self.weights_)
        self.n_components_ = len(components.singular)

    def _respond(self, X: Array) -> FloatArray:
        check_is_fitted(self)
        images = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        return np.asarray(images @ self.weights_ + self.intercept_)


class _Regressor(RegressorMixin, _Linear):  # type: ignore[misc]
    def fit(self, X: Array, y: Array) -> Self:
        """Train on images.

        Parameters
        ----------
        X : ndarray, shape (n_images, n_voxels)
            The images.
        y : ndarray, shape (n_images,)
            What to predict.

        Returns
        -------
        self
            With ``weights_`` of shape (n_voxels,) and ``intercept_``.
        """
        X, y = validate_data(
            self, X, y, dtype=[np.float64, np.float32], y_numeric=True, ensure_min_samples=2
        )
        self._train(X, np.asarray(y, dtype=np.float64))
        return self

    def predict(self, X: Array) -> FloatArray:
        """Predict the outcome of images.

        Parameters
        ----------
        X : ndarray, shape (n_images, n_voxels)
            Images.

        Returns
        -------
        ndarray, shape (n_images,)
            Predictions.
        """
        return self._respond(X)


class _Classifier(ClassifierMixin, _Linear):  # type: ignore[misc]
    def fit(self, X: Array, y: Array) -> Self:
        """Train on images of two classes.

        Parameters
        ----------
        X : ndarray, shape (n_images, n_voxels)
            The images.
        y : ndarray, shape (n_images,)
            Their classes.

        Returns
        -------
        self
            With ``weights_`` of shape (n_voxels,), ``intercept_`` and ``classes_``; higher
            responses speak for the second class.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], ensure_min_samples=2)
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) > 2:
            raise ValueError(
                f"Only binary classification is supported. There are {len(self.classes_)} classes."
            )
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs two classes, but y holds only one class: "
                f"{self.classes_[0]!r}."
            )
        self._train(X, np.where(y == self.classes_[1], 1.0, -1.0))
        return self

    def decision_function(self, X: Array) -> FloatArray:
        """Compute the responses to images.

        Parameters
        ----------
        X : ndarray, shape (n_images, n_voxels)
            Images.

        Returns
        -------
        ndarray, shape (n_images,)
            Above 0 for the second class.
        """
        return self._respond(X)

    def predict(self, X: Array) -> Array:
        """Predict the classes of images.

        Parameters
        ----------
        X : ndarray, shape (n_images, n_voxels)
            Images.

        Returns
        -------
        ndarray, shape (n_images,)
            Classes.
        """
        responses = self._respond(X)
        predicted: Array = self.classes_[(responses > 0).astype(int)]
        return predicted

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class LassoPCR(_Regressor):
    """LASSO on principal components: the method of VPS, PINES, care and distress.

    Parameters
    ----------
    alpha : float
        Strength of the penalty, as in scikit-learn's ``Lasso`` on component scores.
    n_components : int or None
        Keep the largest so many components; all if None.
    """

    def __init__(self, alpha: float = 1.0, *, n_components: int | None = None) -> None:
        self.alpha = alpha
        self.n_components = n_components

    def _solver(self) -> tuple[Solver, float]:
        return LeastSquares(l1_ratio=1.0), self.alpha


class ElasticNetPCR(_Regressor):
    """Elastic net on principal components.

    Parameters
    ----------
    alpha : float
        Strength of the penalty, as in scikit-learn's ``ElasticNet`` on component scores.
    l1_ratio : float
        Share of the LASSO penalty, 0 to 1.
    n_components : int or None
        Keep the largest so many components; all if None.
    """

    def __init__(
        self, alpha: float = 1.0, *, l1_ratio: float = 0.5, n_components: int | None = None
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.n_components = n_components

    def _solver(self) -> tuple[Solver, float]:
        return LeastSquares(l1_ratio=self.l1_ratio), self.alpha


class Ridge(_Regressor):
    """Ridge regression.

    Parameters
    ----------
    alpha : float
        Strength of the penalty, as in scikit-learn's ``Ridge``.
    n_components : int or None
        Keep the largest so many components; all if None.
    """

    def __init__(self, alpha: float = 1.0, *, n_components: int | None = None) -> None:
        self.alpha = alpha
        self.n_components = n_components

    def _train(self, images: Array, outcome: FloatArray) -> None:
        self._n_images = len(images)
        super()._train(images, outcome)
        del self._n_images

    def _solver(self) -> tuple[Solver, float]:
        return LeastSquares(l1_ratio=0.0), self.alpha / self._n_images


class SVR(_Regressor):
    """Linear support vector regression.

    Parameters
    ----------
    C : float
        Inverse strength of the penalty, as in scikit-learn's ``SVR(kernel="linear")``.
    epsilon : float
        Errors below this cost nothing [units of the outcome].
    n_components : int or None
        Keep the largest so many components; all if None.
    """

    def __init__(
        self, C: float = 1.0, *, epsilon: float = 0.1, n_components: int | None = None
    ) -> None:
        self.C = C
        self.epsilon = epsilon
        self.n_components = n_components

    def _solver(self) -> tuple[Solver, float]:
        return SupportVectorRegression(epsilon=self.epsilon, relative=False), self.C


class SVM(_Classifier):
    """Linear support vector machine for two classes.

    Parameters
    ----------
    C : float
        Inverse strength of the penalty, as in scikit-learn's ``SVC(kernel="linear")``.
    balanced : bool
        Weigh images so that both classes count the same.
    n_components : int or None
        Keep the largest so many components; all if None.
    """

    def __init__(
        self, C: float = 1.0, *, balanced: bool = False, n_components: int | None = None
    ) -> None:
        self.C = C
        self.balanced = balanced
        self.n_components = n_components

    def _solver(self) -> tuple[Solver, float]:
        return SupportVectorMachine(balanced=self.balanced), self.C


class LogisticPCR(_Classifier):
    """Logistic regression of two classes on principal components.

    Parameters
    ----------
    C : float
        Inverse strength of the penalty, as in scikit-learn's ``LogisticRegression``.
    balanced : bool
        Weigh images so that both classes count the same.
    n_components : int or None
        Keep the largest so many components; all if None.
    """

    def __init__(
        self, C: float = 1.0, *, balanced: bool = False, n_components: int | None = None
    ) -> None:
        self.C = C
        self.balanced = balanced
        self.n_components = n_components

    def _solver(self) -> tuple[Solver, float]:
        return LogisticRegression(balanced=self.balanced), self.C

    def predict_proba(self, X: Array) -> FloatArray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : ndarray, shape (n_images, n_voxels)
            Images.

        Returns
        -------
        ndarray, shape (n_images, 2)
            Probabilities, in the order of ``classes_``.
        """
        second = 1 / (1 + np.exp(-self._respond(X)))
        return np.stack([1 - second, second], axis=1)
