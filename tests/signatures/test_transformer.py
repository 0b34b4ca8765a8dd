"""The transformer as scikit-learn has it, with images where its checks would take numbers."""

from __future__ import annotations

import pickle
from pathlib import Path

import nibabel
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks

from empatune.core import Grid
from empatune.errors import UsageError
from empatune.signatures import Signature
from empatune.signatures.transformer import SignatureExpression

AFFINE = np.array([[-4.0, 0, 0, 90], [0, 4, 0, -126], [0, 0, 4, -72], [0, 0, 0, 1]])
SHAPE = (46, 55, 46)

CHECKS = (
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_dont_overwrite_parameters",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_estimators_overwrite_params",
    "check_estimators_unfitted",
    "check_fit_check_is_fitted",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
)
"""What scikit-learn checks of any estimator. It leaves the rest out for input that is no matrix of
numbers (shapes, types, NaN, sparse, n_features_in_), or it would transform such a matrix (pickling,
repeated fits, names of columns, set_output): these are tested below, with images."""


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(4)
    return [nibabel.Nifti1Image(rng.normal(size=SHAPE).astype("f4"), AFFINE) for _ in range(4)]


@pytest.fixture
def signatures(images):
    grid = Grid(shape=SHAPE, affine=AFFINE)
    return [
        Signature(name=name, weights=np.asarray(image.dataobj), grid=grid)
        for name, image in zip(("first", "second"), images, strict=False)
    ]


@pytest.mark.parametrize("check", CHECKS)
def test_scikit_learn_takes_it_for_one_of_its_own(
    check: str, signatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = {"care": signatures[0], "distress": signatures[1]}.__getitem__
    monkeypatch.setattr("empatune.signatures.transformer.load", load)
    getattr(estimator_checks, check)("SignatureExpression", SignatureExpression())


def test_a_pipeline_gets_one_column_a_signature(images, signatures):
    step = clone(SignatureExpression(signatures, measure="cosine"))
    scores = step.fit_transform(images)
    assert scores.shape == (4, 2)
    np.testing.assert_allclose(np.diag(scores), 1)
    assert list(step.get_feature_names_out()) == ["first", "second"]
    scaled = make_pipeline(step, StandardScaler()).fit_transform(images)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)


def test_a_search_can_choose_the_measure(images, signatures):
    pipeline = make_pipeline(SignatureExpression(signatures), LogisticRegression())
    search = GridSearchCV(pipeline, {"signatureexpression__measure": ["dot", "cosine"]}, cv=2)
    search.fit(images, [0, 1, 0, 1])
    assert search.predict(images).shape == (4,)
    assert list(search.best_estimator_[:-1].get_feature_names_out()) == ["first", "second"]


def test_it_pickles_and_fits_again_to_the_same(images, signatures):
    step = SignatureExpression(signatures, measure="correlation").fit(images)
    scores = step.transform(images)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(step)).transform(images), scores)
    np.testing.assert_array_equal(step.fit(images).transform(images), scores)
    np.testing.assert_array_equal(step.transform(images[2:]), scores[2:])


def test_pandas_gets_named_columns_with_coverage_beside_the_scores(images, signatures):
    part = np.array(images[0].dataobj)
    part[:, :, :23] = 0
    step = SignatureExpression(signatures, coverage=True).set_output(transform="pandas")
    with pytest.warns(UserWarning, match="1 of 2 images hold less than 90%"):
        table = step.fit_transform([images[0], nibabel.Nifti1Image(part, AFFINE)])
    assert list(table) == ["first", "second", "first_coverage", "second_coverage"]
    assert list(table["first_coverage"]) == [1.0, pytest.approx(0.5, abs=0.02)]


def test_it_must_be_fitted_with_a_known_measure(images, signatures):
    with pytest.raises(NotFittedError):
        SignatureExpression(signatures).transform(images)
    with pytest.raises(UsageError, match="dot, cosine, correlation"):
        SignatureExpression(signatures, measure="r").fit()


@pytest.mark.parametrize("one", ["image.nii.gz", Path("image.nii.gz"), 0])
def test_one_image_is_not_taken_for_many(images, signatures, one):
    step = SignatureExpression(signatures).fit()
    with pytest.raises(UsageError, match="give a list"):
        step.transform(images[0] if one == 0 else one)
