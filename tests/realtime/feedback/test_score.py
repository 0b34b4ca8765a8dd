"""Baseline, score and smoothing against the formulas of a textbook."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empatune.realtime.feedback.score import (
    Baseline,
    empty_baseline,
    extend,
    score,
    smooth,
    smoothed,
)
from empatune.realtime.study import ScoreSettings

WEIGHTS = np.array([1.0, -1.0, 0.0])


def baseline_of(responses: np.ndarray) -> Baseline:
    baseline = empty_baseline(responses.shape[1])
    for row in responses:
        baseline = extend(baseline, row)
    return baseline


@pytest.fixture
def responses() -> np.ndarray:
    mixing = np.array([[2.0, 0, 0], [1.2, 0.5, 0], [0, 0, 7.0]])
    return 1e4 + np.random.default_rng(3).normal(size=(40, 3)) @ mixing.T


def test_baseline_equals_mean_and_covariance(responses: np.ndarray) -> None:
    baseline = baseline_of(responses)
    assert baseline.n_volumes == 40
    np.testing.assert_allclose(baseline.mean, responses.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        baseline.scatter / 39, np.cov(responses, rowvar=False), rtol=1e-8, atol=1e-9
    )
    np.testing.assert_allclose(baseline.sd, responses.std(axis=0, ddof=1), rtol=1e-9)


def test_extending_leaves_the_old_baseline_alone(responses: np.ndarray) -> None:
    before = baseline_of(responses[:5])
    mean = before.mean.copy()
    extend(before, responses[6])
    np.testing.assert_array_equal(before.mean, mean)


def test_scores_of_the_baseline_have_mean_0_and_sd_1(responses: np.ndarray) -> None:
    baseline = baseline_of(responses)
    values = [
        score(baseline, WEIGHTS, responses=row, standard_errors=np.zeros(3)).value
        for row in responses
    ]
    assert np.mean(values) == pytest.approx(0, abs=1e-9)
    assert np.std(values, ddof=1) == pytest.approx(1, rel=1e-9)


def test_score_is_the_standardised_difference_of_z(responses: np.ndarray) -> None:
    baseline = baseline_of(responses)
    new = responses[0] + np.array([3.0, -2.0, 100.0])
    z = (new - responses.mean(axis=0)) / responses.std(axis=0, ddof=1)
    differences = np.diff(
        ((responses - responses.mean(axis=0)) / responses.std(axis=0, ddof=1))[:, 1::-1], axis=1
    )
    expected = (z[0] - z[1]) / differences.std(ddof=1)
    found = score(baseline, WEIGHTS, responses=new, standard_errors=np.zeros(3)).value
    assert found == pytest.approx(expected, rel=1e-8)
    np.testing.assert_allclose(baseline.standardise(new), z, rtol=1e-8)


def test_standard_error_is_that_of_repeated_measurements(responses: np.ndarray) -> None:
    rng = np.random.default_rng(8)
    errors = np.array([0.7, 0.4, 2.0])
    truth = responses.mean(axis=0)
    chol = np.linalg.cholesky(np.cov(responses, rowvar=False))
    deviations, told = [], []
    for _ in range(1500):
        rest = truth + rng.normal(size=(60, 3)) @ chol.T
        scatter = np.cov(rest, rowvar=False) * 59
        baseline = Baseline(n_volumes=60, mean=rest.mean(axis=0), scatter=scatter)
        rated = score(
            baseline,
            WEIGHTS,
            responses=truth + rng.normal(size=3) * errors,
            standard_errors=errors,
        )
        deviations.append(rated.value)
        told.append(rated.standard_error)
    assert np.std(deviations) == pytest.approx(np.mean(told), rel=0.06)


def test_a_baseline_of_few_volumes_is_itself_uncertain(responses: np.ndarray) -> None:
    rated = score(
        baseline_of(responses), WEIGHTS, responses=responses[0], standard_errors=np.zeros(3)
    )
    assert rated.standard_error == pytest.approx(1 / np.sqrt(40))


def test_responses_that_do_not_vary_score_nothing() -> None:
    baseline = baseline_of(np.full((6, 2), 4.0))
    rated = score(
        baseline, np.array([1.0, -1.0]), responses=np.array([9.0, 1.0]), standard_errors=np.ones(2)
    )
    assert (rated.value, rated.standard_error) == (0.0, 0.0)
    assert baseline.standardise(np.array([9.0, 1.0])).tolist() == [0.0, 0.0]


def test_responses_that_cancel_score_nothing() -> None:
    one = np.random.default_rng(1).normal(size=10)
    baseline = baseline_of(np.column_stack([one, 3 * one]))
    rated = score(
        baseline, np.array([1.0, -1.0]), responses=np.array([2.0, 1.0]), standard_errors=np.ones(2)
    )
    assert rated.value == 0.0


def remember(values: list[float], settings_: ScoreSettings) -> list[float]:
    recent: tuple[float, ...] = ()
    found = []
    for value in values:
        recent = smooth(recent, value, settings_)
        found.append(smoothed(recent))
    return found


def test_smoothing() -> None:
    values = [1.0, 5.0, -3.0, 7.0]
    assert smoothed(()) == 0.0
    assert remember(values, ScoreSettings(smoothing="none")) == values
    assert remember(values, ScoreSettings(smoothing="mean", window=3)) == [1, 3, 1, 3]
    share = 1 - np.exp(-1 / 2)
    assert remember(values[:2], ScoreSettings(smoothing="exponential", window=2)) == [
        1,
        pytest.approx(1 + 4 * share),
    ]


@settings(max_examples=100, deadline=None)
@given(
    values=st.lists(st.floats(-50, 50), min_size=1, max_size=30),
    kind=st.sampled_from(["none", "mean", "exponential"]),
    window=st.integers(1, 8),
)
def test_smoothing_stays_between_the_extremes(values: list[float], kind: str, window: int) -> None:
    found = remember(values, ScoreSettings(smoothing=kind, window=window))  # type: ignore[arg-type]
    assert min(values) - 1e-9 <= min(found)
    assert max(found) <= max(values) + 1e-9
