from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from empatune.connectivity.dcm.schedule import plan_steps, sample_bins
from empatune.connectivity.series import Series, scaled
from empatune.errors import ConnectivityError

N_SCANS, BINS = 40, 16


def recording(**changes: Any) -> Series:
    rng = np.random.default_rng(0)
    inputs = (rng.random((N_SCANS * BINS, 2)) < (0.03, 0.5)).astype(float)
    made = Series(
        signals=rng.standard_normal((N_SCANS, 2)),
        inputs=inputs,
        tr_s=2.0,
        bin_s=0.125,
        name="sub-01",
    )
    return replace(made, **changes)


def test_what_is_left_out_is_completed() -> None:
    made = recording()
    assert made.delays_s.tolist() == [1.0, 1.0]
    assert made.confounds.tolist() == [[1.0]] * N_SCANS


def test_large_signals_are_scaled_to_four_percent() -> None:
    signals, scale = scaled(recording(signals=100 * recording().signals + 7))
    assert np.ptp(signals) == pytest.approx(4)
    assert scale < 1
    np.testing.assert_allclose(signals.mean(axis=0), 0, atol=1e-12)


def test_small_signals_keep_their_scale() -> None:
    assert scaled(recording(signals=0.1 * recording().signals))[1] == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"signals": np.where(np.eye(40, 2, -3) > 0, np.nan, 1.0)}, "signals of sub-01 hold 2 missing"),
        ({"signals": np.ones((40, 2)) * [1, 2]}, "Region 1, 2 of sub-01 has no signal"),
        ({"tr_s": 3.0}, r"last 120 s \(40 scans of 3 s\) but inputs 80 s .* Is the TR right"),
        ({"inputs": np.ones((640, 2))}, "inputs of sub-01 are rank deficient: 2 columns hold only 1"),
        ({"confounds": np.zeros((40, 1))}, "confounds of sub-01 are rank deficient"),
        ({"confounds": np.ones((39, 1))}, "39 rows for 40 scans"),
        ({"delays_s": np.array([0.5, 2.5])}, "needs one time from 0 to the TR of 2 s"),
        ({"bin_s": 0.0}, "must be above 0 s"),
        ({"signals": np.ones(40)}, "must be scans x regions"),
        ({"inputs": np.zeros((640, 0))}, r"inputs of sub-01 are empty \(shape \(640, 0\)\)"),
        ({"signals": np.zeros((0, 2))}, r"signals of sub-01 are empty"),
    ],
)  # fmt: skip
def test_what_no_model_could_use_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConnectivityError, match=said):
        recording(**changes)


def test_steps_follow_the_inputs_bin_by_bin() -> None:
    series = recording()
    schedule = plan_steps(series.timing)
    lengths = 2 ** schedule.doublings[: schedule.n_steps]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    last = schedule.samples.max()
    np.testing.assert_array_equal(ends[schedule.samples], sample_bins(series.timing))
    played = np.repeat(schedule.patterns[schedule.pattern[:last]], lengths[:last], axis=0)
    np.testing.assert_array_equal(played, series.inputs[: len(played)])


def test_delays_move_samples_by_region() -> None:
    bins = sample_bins(recording(delays_s=np.array([0.5, 1.5])).timing)
    assert (bins[:, 1] - bins[:, 0] == 8).all()


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (np.ones(640), r"Inputs of sub-01 must be bins x inputs; given shape: \(640,\)"),
        (np.ones((320, 1)), "last 80 s .* but inputs 40 s"),
        (np.ones((640, 2)), "inputs of sub-01 are rank deficient"),
        (np.full((640, 1), np.inf), "inputs of sub-01 hold 640 missing or infinite"),
    ],
)
def test_times_without_signals_are_refused_like_recordings(inputs: Any, said: str) -> None:
    with pytest.raises(ConnectivityError, match=said):
        replace(recording().timing, inputs=inputs)
