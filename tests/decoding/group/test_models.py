from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from empatune.decoding.group.models import fit


def _trials(rng, *, n_people=10, n_each=8, slope=0.5, sd_slope=1.0, sd_intercept=1.0):
    people = np.repeat(np.arange(n_people), 2 * n_each)
    code = np.tile(np.repeat([0.5, -0.5], n_each), n_people)
    effects = rng.normal(slope, sd_slope, n_people)
    score = rng.normal(0, sd_intercept, n_people)[people] + effects[people] * code
    return score + rng.normal(0, 1, len(code)), code, people


def _means(score, people, side):
    return np.array([score[side & (people == person)].mean() for person in np.unique(people)])


def test_balanced_trials_give_the_paired_t_of_the_people():
    score, code, people = _trials(np.random.default_rng(0))
    found = fit(score, code, people, design="within")
    plus, minus = _means(score, people, code > 0), _means(score, people, code < 0)
    expected = stats.ttest_rel(plus, minus)
    assert (found.model, found.status) == ("random slope", "as planned")
    assert found.t == pytest.approx(expected.statistic, rel=1e-4)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-3)
    interval = expected.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-3)


def test_balanced_groups_give_the_t_test_of_their_means():
    rng = np.random.default_rng(1)
    score, _, people = _trials(rng)
    code = np.where(people % 2, 0.5, -0.5)
    found = fit(score, code, people, design="between")
    means = _means(score, people, np.ones(len(people), dtype=bool))
    expected = stats.ttest_ind(means[1::2], means[::2])
    assert found.model == "random intercept"
    assert found.df == 8
    assert found.t == pytest.approx(expected.statistic, rel=1e-4)


@pytest.mark.parametrize("factor", [1e-6, 1e7])
def test_the_unit_of_the_score_does_not_matter(factor):
    score, code, people = _trials(np.random.default_rng(2))
    one = fit(score, code, people, design="within")
    other = fit(3e3 * factor + factor * score, code, people, design="within")
    assert other.t == pytest.approx(one.t, rel=1e-4)
    assert other.estimate == pytest.approx(factor * one.estimate, rel=1e-4)
    assert other.sd_slope == pytest.approx(factor * one.sd_slope, rel=1e-3)


def test_an_effect_that_does_not_vary_falls_back_to_a_random_intercept():
    score, code, people = _trials(np.random.default_rng(4), sd_slope=0.0)
    found = fit(score, code, people, design="within")
    assert found.model == "random intercept"
    assert found.status == "the effect does not vary over people: no random slope"
    assert np.isnan(found.sd_slope)
    assert found.df == 9


def test_means_and_effects_that_are_tied_fall_back_to_uncorrelated_ones():
    rng = np.random.default_rng(5)
    people = np.repeat(np.arange(10), 40)
    code = np.tile(np.repeat([0.5, -0.5], 20), 10)
    effects = rng.normal(0, 1, 10)
    score = effects[people] * (1 + code) + rng.normal(0, 1, 400)
    found = fit(score, code, people, design="within")
    assert found.model == "uncorrelated random slope"
    assert "tied" in found.status


def test_one_trial_a_side_falls_back_to_the_means_of_people():
    score, code, people = _trials(np.random.default_rng(6), n_each=1)
    found = fit(score, code, people, design="within")
    expected = stats.ttest_rel(score[code > 0], score[code < 0])
    assert found.model == "person means"
    assert found.status == "one trial a person and side"
    assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    one = np.where(people % 2, 0.5, -0.5)
    first = code > 0
    between = fit(score[first], one[first], people[first], design="between")
    welch = stats.ttest_ind(score[first][1::2], score[first][::2], equal_var=False)
    assert (between.t, between.df) == pytest.approx((welch.statistic, welch.df))


def test_levels_of_a_side_count_the_same_whatever_their_number_of_trials():
    rng = np.random.default_rng(7)
    people = np.repeat(np.arange(12), 30)
    levels = np.tile(np.array(["a"] * 18 + ["b"] * 2 + ["c"] * 10, dtype=object), 12)
    code = np.where(levels == "c", -0.5, 0.5)
    score = 1.0 * (levels == "a") + 5.0 * (levels == "b") + rng.normal(0, 0.1, 360)
    found = fit(score, code, people, design="within", levels=levels)
    assert found.estimate == pytest.approx(3.0, abs=0.05)
    blind = fit(score, code, people, design="within")
    assert blind.estimate == pytest.approx(1.4, abs=0.05)
