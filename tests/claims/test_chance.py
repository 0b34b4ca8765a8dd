"""Few people: all signs and all divisions are counted, as scipy counts them."""

import numpy as np
import pytest
from scipy import stats

from empatune.claims.chance import permute


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_signs_are_counted_where_few_exist(seed):
    own = np.random.default_rng(seed).normal(0.4, 1, 9)
    nothing = np.zeros(9)
    p, n = permute(
        own, "mean", side=nothing, trait=nothing, n_most=600, rng=np.random.default_rng(0)
    )
    peer = stats.permutation_test((own,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert n == 2**9
    assert p == pytest.approx(peer.pvalue, abs=1e-12)


def test_all_divisions_are_counted_where_few_exist():
    own, side = np.random.default_rng(4).normal(0, 1, 9), np.repeat([1.0, -1.0], [4, 5])
    own[:4] += 1
    p, n = permute(own, "groups", side=side, trait=own, n_most=200, rng=np.random.default_rng(0))
    peer = stats.permutation_test(
        (own[:4], own[4:]),
        lambda a, b: abs(stats.ttest_ind(a, b, equal_var=False).statistic),
        n_resamples=np.inf,
        alternative="greater",
    )
    assert n == 126
    assert p == pytest.approx(peer.pvalue, abs=1e-12)


def test_some_are_drawn_where_many_exist():
    own = np.random.default_rng(5).normal(0.1, 1, 30)
    p, n = permute(own, "mean", side=own, trait=own, n_most=500, rng=np.random.default_rng(0))
    assert n == 500
    assert 1 / 500 <= p <= 1
