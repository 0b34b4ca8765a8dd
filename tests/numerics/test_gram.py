"""The space of the images gives what voxel space gives."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge

from empatune.numerics import gram
from empatune.numerics.logistic import logistic

N = 40


def images(seed=0):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(N, 1500)) + 3 * rng.normal(size=1500)
    return values, values[:, :5].sum(axis=1) + rng.normal(size=N)


def drawn(seed=3):
    rows = np.random.default_rng(seed).integers(0, N, N)
    return rows, np.bincount(rows, minlength=N)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("resampled", [False, True])
def test_weights_equal_pca_and_regression_of_scikit_learn(l1_ratio, resampled):
    values, outcome = images()
    rows, counts = drawn() if resampled else (np.arange(N), np.ones(N))
    pca = PCA(svd_solver="full").fit(values[rows])
    scores = pca.transform(values[rows])
    components = gram.decompose(gram.gram(values), counts=counts)
    penalty = 0.1 * gram.largest_penalty(components, outcome[:, None])[0]
    tight = {"tol": 1e-14, "max_iter": 1_000_000}
    model = {
        1.0: Lasso(alpha=penalty, **tight),
        0.5: ElasticNet(alpha=penalty, l1_ratio=0.5, **tight),
        0.0: Ridge(alpha=penalty * N),
    }[l1_ratio].fit(scores, outcome[rows])
    theirs = pca.components_.T @ model.coef_
    coefficients, intercepts = gram.least_squares(
        components, outcome[:, None], np.array([[penalty]]), l1_ratio=l1_ratio
    )
    ours = gram.combine(values, components.rows(coefficients[0]))[0]
    assert np.abs(ours - theirs).max() < 1e-8 * np.abs(theirs).max()
    new, _ = images(seed=9)
    predicted = components.project(new @ values.T) @ coefficients[0, 0] + intercepts[0, 0]
    np.testing.assert_allclose(predicted, model.predict(pca.transform(new)), atol=1e-8)


def test_a_row_that_counts_nothing_is_as_if_it_were_not_there():
    values, outcome = images()
    kept = np.arange(N) >= 7
    some = gram.decompose(gram.gram(values), counts=kept.astype(float))
    alone = gram.decompose(gram.gram(values[kept]))
    np.testing.assert_allclose(some.singular, alone.singular)
    penalties = np.array([[0.2]])
    both = [
        gram.least_squares(c, y[:, None], penalties, l1_ratio=1.0)[0][0]
        for c, y in ((some, outcome), (alone, outcome[kept]))
    ]
    rows = some.rows(both[0])
    assert not rows[0, ~kept].any()
    np.testing.assert_allclose(rows[0, kept], alone.rows(both[1])[0], atol=1e-12)


def test_no_coefficient_is_left_at_the_largest_penalty():
    values, outcome = images()
    components = gram.decompose(gram.gram(values))
    largest = gram.largest_penalty(components, outcome[:, None])
    penalties = np.array([largest * 1.0001, largest * 0.99])
    coefficients, _ = gram.least_squares(components, outcome[:, None], penalties, l1_ratio=1.0)
    assert [int((each != 0).sum()) for each in coefficients] == [0, 1]


def test_spread_and_quantiles_equal_those_of_the_maps():
    values, _ = images()
    rows = np.random.default_rng(1).normal(size=(60, N))
    maps = rows @ values
    np.testing.assert_allclose(gram.spread(values, rows), maps.std(axis=0, ddof=1), rtol=1e-9)
    np.testing.assert_allclose(
        gram.quantiles(values, rows, (0.1, 0.9)), np.quantile(maps, [0.1, 0.9], axis=0)
    )


@pytest.mark.parametrize("penalty", [1e-4, 1.0, 100.0])
def test_logistic_regression_equals_scikit_learn(penalty):
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(N, 30)) * np.geomspace(100, 0.1, 30)
    outcomes = np.sign(rng.normal(size=(N, 3)))
    weights = rng.integers(1, 3, (N, 3)).astype(float)
    coefficients, intercepts = logistic(scores, outcomes, weights, penalty=penalty)
    for column in range(3):
        model = LogisticRegression(C=penalty, solver="newton-cholesky", tol=1e-12)
        model.fit(scores, outcomes[:, column] > 0, sample_weight=weights[:, column])
        assert (
            np.abs(coefficients[column] - model.coef_[0]).max() < 1e-5 * np.abs(model.coef_).max()
        )
        assert intercepts[column] == pytest.approx(model.intercept_[0], abs=1e-5)
