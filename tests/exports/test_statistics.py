from __future__ import annotations

import numpy as np
import pytest

from empatune.exports import statistics


def _ar1(rng, n, rho):
    noise = rng.normal(size=n + 50)
    for k in range(1, n + 50):
        noise[k] += rho * noise[k - 1]
    return noise[50:]


def test_autocorrelation_of_a_first_order_process():
    rng = np.random.default_rng(0)
    found = statistics.autocorrelation([_ar1(rng, 4000, 0.6)])
    assert found[:3] == pytest.approx([0.6, 0.36, 0.216], abs=0.06)


def test_autocorrelation_of_noise_stops_at_once():
    rng = np.random.default_rng(1)
    assert statistics.autocorrelation([rng.normal(size=2000)]).sum() < 0.1


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_intervals_of_means_cover_the_truth(rho):
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(400):
        values = _ar1(rng, 60, rho)
        known = rho ** np.arange(1, 20) if rho else np.array([])
        estimate = statistics.mean(values, correlation=known)
        covered += estimate.low <= 0 <= estimate.high
    assert 0.91 <= covered / 400 <= 0.985


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_intervals_of_correlations_cover_the_truth(rho):
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        estimate = statistics.correlation(_ar1(rng, 120, rho), _ar1(rng, 120, rho))
        covered += estimate.low <= 0 <= estimate.high
    assert 0.90 <= covered / 400 <= 0.985


def test_a_correlation_without_spread_is_not_known():
    constant = statistics.correlation(np.ones(20), np.arange(20.0))
    assert np.isnan(constant.value)


def test_difference_is_that_of_welch():
    from scipy import stats

    rng = np.random.default_rng(4)
    one, other = rng.normal(1, 2, 6), rng.normal(0, 1, 9)
    found = statistics.difference(one, other)
    expected = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_one_block_has_no_interval():
    found = statistics.difference(np.array([2.0]), np.array([1.0, 0.0]))
    assert found.value == 1.5
    assert np.isnan(found.low)


def test_slope_of_a_line():
    found = statistics.slope(np.array([1.0, 3.0, 5.0, 7.0]))
    assert found.value == pytest.approx(2)
    assert np.isnan(statistics.slope(np.array([1.0, 2.0])).value)


def test_effect_size_of_known_groups():
    one, other = np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])
    assert statistics.effect_size(one, other) == pytest.approx(1.0)
    assert np.isnan(statistics.effect_size(one, np.array([1.0])))
