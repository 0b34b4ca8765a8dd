from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from empatune.decoding.group.contrast import Contrast
from empatune.decoding.group.permutation import false_discovery, permute
from empatune.decoding.group.sides import Sides


def _sides(plus, minus, design="within"):
    n, m = plus.shape
    return Sides(
        contrast=Contrast.parse("a - b"),
        design=design,
        people=tuple(map(str, range(n))),
        names=tuple(map(str, range(m))),
        plus=plus,
        minus=minus,
        n_plus=np.ones(n),
        n_minus=np.ones(n),
        exclusions=(),
    )


def _groups(one, other):
    nothing = np.full_like
    return _sides(
        np.vstack([one, nothing(other, np.nan)]),
        np.vstack([nothing(one, np.nan), other]),
        "between",
    )


def test_few_people_get_every_sign_flip_and_scipys_p():
    difference = np.random.default_rng(0).normal(0.6, 1, (9, 3))
    found = permute(
        _sides(difference, np.zeros((9, 3))),
        ["signature"] * 3,
        n_permutations=1000,
        rng=np.random.default_rng(0),
    )
    assert (found.n, found.exact) == (512, True)
    for column in range(3):
        expected = stats.permutation_test(
            (difference[:, column],),
            lambda x, axis: np.mean(x, axis=axis),
            permutation_type="samples",
            n_resamples=np.inf,
            vectorized=True,
        )
        assert found.p[column] == pytest.approx(expected.pvalue)


def test_small_groups_get_every_assignment():
    rng = np.random.default_rng(1)
    one, other = rng.normal(1, 1, (5, 2)), rng.normal(0, 1, (4, 2))
    found = permute(_groups(one, other), ["signature"] * 2, n_permutations=1000, rng=rng)
    assert (found.n, found.exact) == (126, True)

    def welch(x, y, axis):
        return stats.ttest_ind(x, y, axis=axis, equal_var=False).statistic

    for column in range(2):
        # scipy doubles the smaller tail; the size of t counts both tails as they are
        expected = stats.permutation_test(
            (one[:, column], other[:, column]),
            lambda x, y, axis: np.abs(welch(x, y, axis)),
            n_resamples=np.inf,
            vectorized=True,
            alternative="greater",
        )
        assert found.p[column] == pytest.approx(expected.pvalue)


def test_many_people_get_random_flips_that_the_seed_fixes():
    difference = np.random.default_rng(2).normal(0.4, 1, (30, 2))
    entry = _sides(difference, np.zeros((30, 2)))

    def p(seed):
        rng = np.random.default_rng(seed)
        return permute(entry, ["signature"] * 2, n_permutations=4999, rng=rng)

    assert not p(0).exact
    assert p(0).n == 4999
    np.testing.assert_array_equal(p(0).p, p(0).p)
    assert (p(0).p != p(1).p).any()
    expected = stats.ttest_1samp(difference, 0).pvalue
    np.testing.assert_allclose(p(0).p, expected, atol=0.03)


def test_p_is_never_zero():
    difference = 100 + np.random.default_rng(3).normal(0, 1, (40, 1))
    found = permute(
        _sides(difference, np.zeros((40, 1))),
        ["signature"],
        n_permutations=100,
        rng=np.random.default_rng(0),
    )
    assert found.p[0] == 0.01


def test_max_t_corrects_over_one_family_only():
    rng = np.random.default_rng(4)
    difference = rng.normal(0.3, 1, (10, 6))
    entry = _sides(difference, np.zeros((10, 6)))
    families = ["signature"] * 5 + ["system"]
    found = permute(entry, families, n_permutations=2000, rng=rng)
    assert found.p_max_t[5] == found.p[5]
    assert (found.p_max_t[:5] > found.p[:5]).any()
    assert (found.p_max_t >= found.p).all()


def test_max_t_keeps_the_family_wise_error_of_null_data():
    rng = np.random.default_rng(5)
    n_wrong = n_single = 0
    for _ in range(300):
        entry = _sides(rng.normal(0, 1, (10, 8)), np.zeros((10, 8)))
        found = permute(entry, ["signature"] * 8, n_permutations=1024, rng=rng)
        n_wrong += bool((found.p_max_t <= 0.05).any())
        n_single += bool((found.p <= 0.05).any())
    assert 0.02 <= n_wrong / 300 <= 0.085
    assert n_single / 300 > 0.2


def test_false_discovery_agrees_with_scipy_in_every_family():
    p = np.array([0.01, 0.2, 0.03, 0.04, 0.5, 0.02, np.nan])
    families = ["a", "a", "a", "b", "b", "b", "b"]
    found = false_discovery(p, families)
    np.testing.assert_allclose(found[:3], stats.false_discovery_control(p[:3]))
    np.testing.assert_allclose(found[3:6], stats.false_discovery_control(p[3:6]))
    assert np.isnan(found[6])
