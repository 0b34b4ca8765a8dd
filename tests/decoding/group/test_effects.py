from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from empatune.decoding.group.effects import (
    between,
    forced_choice,
    pairwise_choice,
    wilson,
    within,
)


def test_d_z_is_t_over_the_root_of_n_and_its_interval_inverts_the_noncentral_t():
    difference = np.random.default_rng(0).normal(0.5, 1, 28)
    found = within(difference)
    t = stats.ttest_1samp(difference, 0).statistic
    assert found.value == pytest.approx(t / np.sqrt(28))
    assert stats.nct.sf(t, 27, found.low * np.sqrt(28)) == pytest.approx(0.025)
    assert stats.nct.cdf(t, 27, found.high * np.sqrt(28)) == pytest.approx(0.025)


def test_published_t_gives_the_published_accuracy_by_the_rule_of_its_table():
    # Krishnan et al. 2016, doi 10.7554/eLife.15166: t(27) 7.42 with 89 % in forced choice
    n, t = 28, 7.42
    difference = np.random.default_rng(1).normal(0, 1, n)
    difference = (difference - difference.mean()) / difference.std(ddof=1) + t / np.sqrt(n)
    found = within(difference)
    assert found.value == pytest.approx(1.40, abs=0.005)
    assert stats.norm.cdf(found.value) == pytest.approx(0.92, abs=0.005)


def test_d_s_uses_the_pooled_standard_deviation():
    rng = np.random.default_rng(2)
    one, other = rng.normal(1, 1, 9), rng.normal(0, 2, 14)
    found = between(one, other)
    t = stats.ttest_ind(one, other).statistic
    root = np.sqrt(9 * 14 / 23)
    assert found.value == pytest.approx(t / root)
    assert stats.nct.sf(t, 21, found.low * root) == pytest.approx(0.025)
    assert stats.nct.cdf(t, 21, found.high * root) == pytest.approx(0.025)


def test_the_interval_of_a_huge_effect_is_found_too():
    found = within(10 + np.random.default_rng(3).normal(0, 1, 30))
    assert 0 < found.low < found.value < found.high < 20


def test_forced_choice_counts_people_and_halves_ties():
    found = forced_choice(np.array([1.0, 2.0, -1.0, 0.0]))
    assert found.accuracy.value == 0.625
    assert found.p == pytest.approx(stats.binomtest(2, 3).pvalue)


def test_forced_choice_between_groups_is_the_area_under_the_roc_curve():
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(4)
    one, other = rng.normal(0.8, 1, 20), rng.normal(0, 1, 15)
    found = pairwise_choice(one, other)
    labels = np.r_[np.ones(20), np.zeros(15)]
    assert found.accuracy.value == pytest.approx(sklearn.roc_auc_score(labels, np.r_[one, other]))
    assert found.accuracy.low < found.accuracy.value < found.accuracy.high <= 1
    assert found.p == pytest.approx(stats.mannwhitneyu(one, other).pvalue)


def test_intervals_of_pairwise_choice_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(5)
    truth = stats.norm.cdf(1 / np.sqrt(2))
    held = 0
    for _ in range(400):
        found = pairwise_choice(rng.normal(1, 1, 20), rng.normal(0, 1, 20)).accuracy
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_perfect_separation_does_not_claim_to_be_certain():
    found = pairwise_choice(np.arange(10.0, 16), np.arange(6.0)).accuracy
    assert found.value == 1
    assert found.low == pytest.approx(stats.binomtest(6, 6).proportion_ci(method="wilson").low)


def test_wilson_agrees_with_scipy():
    for right, n in ((0, 5), (3, 8), (20, 20)):
        expected = stats.binomtest(right, n).proportion_ci(method="wilson")
        found = wilson(right, n)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
