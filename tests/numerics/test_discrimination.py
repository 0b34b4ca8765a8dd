"""How well one number tells two sides apart."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from empatune.numerics import discrimination


def test_ties_count_half():
    assert discrimination.forced_choice(np.array([1.0, -2.0, 0.0, 3.0])) == 2.5 / 4
    assert discrimination.area(np.array([1.0, 2.0]), np.array([1.0, 0.0])) == 3.5 / 4


def test_the_area_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    one, other = rng.normal(0.5, 1, 17).round(1), rng.normal(0, 1, 23).round(1)
    truth = np.r_[np.ones(17), np.zeros(23)]
    expected = roc_auc_score(truth, np.r_[one, other])
    assert discrimination.area(one, other) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(discrimination.area(one, other[:0]))


def test_standardised_differences():
    rng = np.random.default_rng(1)
    one, other = rng.normal(1, 2, 12), rng.normal(0, 2, 8)
    spread = np.sqrt((((one - one.mean()) ** 2).sum() + ((other - other.mean()) ** 2).sum()) / 18)
    expected = (one.mean() - other.mean()) / spread
    assert discrimination.d_between(one, other) == pytest.approx(expected, rel=1e-12)
    assert discrimination.d_within(one) == pytest.approx(one.mean() / one.std(ddof=1), rel=1e-12)


def test_what_does_not_vary_or_is_alone_has_no_standardised_difference():
    assert np.isnan(discrimination.d_within(np.ones(4)))
    assert np.isnan(discrimination.d_within(np.ones(1)))
    assert np.isnan(discrimination.d_between(np.ones(3), np.zeros(3)))
    assert np.isnan(discrimination.d_between(np.ones(1), np.zeros(3)))
