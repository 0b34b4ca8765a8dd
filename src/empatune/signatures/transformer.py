"""Expression of signatures as a step of a scikit-learn pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from empatune.errors import UsageError
from empatune.signatures.expression import MEASURES, ExpressionSettings
from empatune.signatures.signature import Signature, load
from empatune.signatures.streaming import express
from empatune.typing import Array, FloatArray


class SignatureExpression(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn images into their scores on signatures, one column a signature.

    Parameters
    ----------
    signatures : sequence of str, Path or Signature
        Names of the catalogue, paths of weight maps, or signatures.
    measure : {"dot", "cosine", "correlation"}
        Which score.
    coverage : bool
        Whether a column a signature follows that tells how much of it each image holds, 0 to 1.
        Images that hold too little are warned of in any case.
    settings : ExpressionSettings, optional
        How to compare.

    Attributes
    ----------
    signatures_ : list of Signature
        What was loaded by `fit`.
    """

    def __init__(
        self,
        signatures: Sequence[str | Path | Signature] = ("care", "distress"),
        *,
        measure: str = "dot",
        coverage: bool = False,
        settings: ExpressionSettings | None = None,
    ) -> None:
        self.signatures = signatures
        self.measure = measure
        self.coverage = coverage
        self.settings = settings

    def fit(self, X: Any = None, y: Any = None) -> Self:  # noqa: ARG002
        """Load the signatures; nothing is learned from images.

        Parameters
        ----------
        X : ignored
            For pipelines.
        y : ignored
            For pipelines.

        Returns
        -------
        SignatureExpression
            This transformer.

        Raises
        ------
        UsageError
            If the measure is unknown.
        """
        if self.measure not in MEASURES:
            raise UsageError(f"measure is '{self.measure}'; allowed: {', '.join(MEASURES)}.")
        self.signatures_ = [
            each if isinstance(each, Signature) else load(each) for each in self.signatures
        ]
        return self

    def transform(self, X: Sequence[Any]) -> FloatArray:
        """Score images.

        Parameters
        ----------
        X : sequence of str, Path or nibabel image
            3D images in MNI space.

        Returns
        -------
        ndarray, shape (n_images, n_columns), float64
            Scores, one column a signature, then coverages if asked for.

        Raises
        ------
        UsageError
            If X is one image where many are meant.
        """
        check_is_fitted(self, "signatures_")
        if isinstance(X, str | Path) or hasattr(X, "dataobj"):
            raise UsageError("X is one image; give a list of images, if need be of one: [X].")
        names = self.get_feature_names_out()
        rows = []
        for each in express(X, self.signatures_, settings=self.settings):
            row = getattr(each.scores, self.measure)[0]
            rows.append(np.append(row, each.scores.coverage[0]) if self.coverage else row)
        return np.array(rows).reshape(len(rows), len(names))

    def get_feature_names_out(self, input_features: Any = None) -> Array:  # noqa: ARG002
        """Name the columns.

        Parameters
        ----------
        input_features : ignored
            For pipelines.

        Returns
        -------
        ndarray of str
            The signatures' names, and ``NAME_coverage`` if asked for.
        """
        check_is_fitted(self, "signatures_")
        names = [each.name for each in self.signatures_]
        more = [f"{name}_coverage" for name in names] if self.coverage else []
        return np.array([*names, *more], dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Say that X holds images, not numbers."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags
