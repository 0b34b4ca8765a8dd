"""Every way to train a signature keeps the same promises."""

import warnings

import numpy as np
import pytest
from sklearn.svm import SVC, SVR
from sklearn.utils.estimator_checks import parametrize_with_checks

from empatune.numerics import gram
from empatune.signatures import training
from empatune.signatures.training import METHODS, estimators
from empatune.signatures.training.cross_validation import Scheme, predict

ESTIMATORS = [method.estimator for method in METHODS.values()]


@parametrize_with_checks([each() for each in ESTIMATORS])
def test_scikit_learn_accepts_it(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


def data(classes):
    rng = np.random.default_rng(4)
    images = rng.normal(size=(36, 400))
    outcome = images[:, :3].sum(axis=1)
    return images, np.sign(outcome) if classes else outcome


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_cross_validation_predicts_what_the_estimator_predicts(method):
    """Held-out predictions in the space of the images equal fit and predict in voxel space."""
    images, outcome = data(method.classifies)
    folds = np.arange(36) % 4
    scheme = Scheme(
        groups=folds, folds=folds, trained=np.ones(36, bool), solver=method.solver, penalty=0.02
    )
    found, _ = predict(gram.gram(images), outcome[:, None], scheme)
    for fold in range(4):
        rest = folds != fold
        model = of(method, n_images=int(rest.sum()), outcome=outcome[rest])
        model.fit(images[rest], outcome[rest])
        respond = model.decision_function if method.classifies else model.predict
        np.testing.assert_allclose(found[~rest, 0], respond(images[~rest]), atol=2e-4)


def of(method, *, n_images, outcome):
    """The estimator with the settings that the method's solver has at penalty .02."""
    if method.name == "ridge":
        return method.estimator(alpha=0.02 * n_images)
    if method.name == "svr":
        spread = outcome.std()
        return method.estimator(C=0.02 * spread, epsilon=0.1 * spread)
    if method.classifies:
        return method.estimator(C=0.02, balanced=True)
    return method.estimator(alpha=0.02)


def test_support_vectors_equal_those_of_scikit_learn():
    images, outcome = data(classes=True)
    ours = estimators.SVM(C=0.01).fit(images, outcome)
    theirs = SVC(kernel="linear", C=0.01, tol=1e-8).fit(images, outcome)
    np.testing.assert_allclose(
        ours.decision_function(images), theirs.decision_function(images), atol=1e-5
    )
    images, outcome = data(classes=False)
    ours = estimators.SVR(C=0.01).fit(images, outcome)
    theirs = SVR(kernel="linear", C=0.01, tol=1e-8).fit(images, outcome)
    np.testing.assert_allclose(ours.predict(images), theirs.predict(images), atol=1e-5)


def test_every_method_has_a_source_and_a_summary():
    for name, method in training.METHODS.items():
        assert method.name == name
        assert method.doi.startswith("10.")
        assert method.summary
