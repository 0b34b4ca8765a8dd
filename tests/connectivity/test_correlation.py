"""Correlations between regions, against direct computations."""

from __future__ import annotations

import numpy as np
import pytest

from empatune.connectivity.correlation import condition_weights, correlate, correlate_conditions
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError


def recording(signals: np.ndarray, seed: int = 0, **parts: object) -> Series:
    n_scans = len(signals)
    inputs = np.zeros((n_scans * 4, 2))
    inputs[: n_scans * 2, 0] = 1
    inputs[n_scans * 2 :, 1] = 1
    return Series(signals=signals, inputs=inputs, tr_s=2.0, bin_s=0.5, **parts)  # type: ignore[arg-type]


def chain(n_scans: int = 400, seed: int = 0) -> np.ndarray:
    """A moves B, B moves C, each one scan later."""
    rng = np.random.default_rng(seed)
    signals = rng.normal(size=(n_scans, 3))
    for place in range(1, n_scans):
        signals[place, 1:] += 0.8 * signals[place - 1, :2]
    return signals


def test_full_correlation_is_numpys() -> None:
    signals = chain()
    found = correlate(recording(signals))
    np.testing.assert_allclose(found.values, np.corrcoef(signals.T), atol=1e-12)
    assert found.n_effective == pytest.approx(400)


def test_p_is_that_of_fishers_z() -> None:
    rng = np.random.default_rng(1)
    wrong = [correlate(recording(rng.normal(size=(60, 2)))).p[0, 1] < 0.05 for _ in range(400)]
    assert 0.02 < np.mean(wrong) < 0.09


def test_confounds_are_taken_out() -> None:
    signals, drift = chain(), np.linspace(0, 50, 400)[:, None]
    confounds = np.hstack([np.ones((400, 1)), drift])
    plain = correlate(recording(signals, confounds=confounds)).values
    drifting = correlate(recording(signals + drift, confounds=confounds)).values
    np.testing.assert_allclose(plain, drifting, atol=1e-9)
    assert correlate(recording(signals + drift)).values[0, 2] > 0.9


def test_partial_correlation_takes_third_regions_out() -> None:
    rng = np.random.default_rng(2)
    middle = rng.normal(size=2000)
    signals = np.column_stack([middle + rng.normal(size=2000), middle, middle]) + 0.0
    signals[:, 2] += rng.normal(size=2000)
    found = correlate(recording(signals), "partial")
    assert correlate(recording(signals)).values[0, 2] > 0.4
    assert abs(found.values[0, 2]) < 0.06
    assert found.values[0, 1] > 0.5
    assert 0 < found.shrinkage < 0.05
    assert np.array_equal(np.diag(found.values), np.ones(3))


def test_partial_correlation_stands_more_regions_than_scans() -> None:
    noise = np.random.default_rng(3).normal(size=(30, 50))
    found = correlate(recording(noise), "partial")
    assert np.all(np.isfinite(found.values))
    assert found.shrinkage > 0.5


def test_lagged_correlation_sees_who_moves_first() -> None:
    signals = chain()
    found = correlate(recording(signals), "lagged")
    expected = np.corrcoef(signals[1:, 1], signals[:-1, 0])[0, 1]
    assert found.values[1, 0] == pytest.approx(expected, abs=0.01)
    assert found.direction[1, 0] > 0.4
    assert found.direction[2, 1] > 0.4
    assert found.direction[0, 1] == -found.direction[1, 0]


def test_conditions_have_correlations_of_their_own() -> None:
    rng = np.random.default_rng(4)
    signals = rng.normal(size=(400, 2))
    signals[200:, 1] += 2 * signals[200:, 0]
    given = recording(signals)
    found = correlate_conditions(given, {"apart": 0, "together": 1})
    assert abs(found["apart"].values[0, 1]) < 0.2
    assert found["together"].values[0, 1] > 0.8
    assert found["apart"].n_effective < 210
    weights = condition_weights(given, 1)
    assert weights[:200].max() == 0
    assert weights[203] > 0.5
    assert weights.max() == 1


def test_bad_input_is_told() -> None:
    given = recording(chain(60))
    for call, message in (
        (lambda: correlate(given, "other"), "no correlation 'other'"),  # type: ignore[arg-type]
        (lambda: correlate(given, weights=np.ones(3)), "each of 60 scans"),
        (lambda: correlate(given, weights=-np.ones(60)), "0 or more"),
        (lambda: correlate(given, weights=np.eye(60)[0]), "amount to 1.0"),
        (lambda: correlate(given, "lagged", lag=55), "from 1 scan to 50; given: 55"),
        (lambda: condition_weights(given, 2), "inputs 0 to 1"),
    ):
        with pytest.raises(ConnectivityError, match=message):
            call()
