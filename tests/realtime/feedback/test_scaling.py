"""From score to value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from empatune.realtime.feedback.scaling import next_gain, scale
from empatune.realtime.study import ScalingSettings

ADAPTIVE = ScalingSettings(kind="adaptive", gain=2, limits=(1, 4), step=1.5, target=(0.2, 0.6))


def test_scale() -> None:
    assert [scale(s, 4.0) for s in (-9, -2, 0, 1, 4, 5)] == [-1, -0.5, 0, 0.25, 1, 1]


@given(score=st.floats(-1e9, 1e9), gain=st.floats(0.1, 100))
def test_values_are_bounded_and_keep_their_sign(score: float, gain: float) -> None:
    value = scale(score, gain)
    assert -1 <= value <= 1
    assert value * score >= 0


def test_a_fixed_gain_stays() -> None:
    assert next_gain(3.0, 1.0, ScalingSettings()) == 3.0


@pytest.mark.parametrize(
    ("mean_value", "gain"), [(0.7, 3.0), (0.6, 2.0), (0.4, 2.0), (0.2, 2.0), (0.1, 2 / 1.5)]
)
def test_the_staircase_asks_for_more_after_success_and_less_after_failure(
    mean_value: float, gain: float
) -> None:
    assert next_gain(2.0, mean_value, ADAPTIVE) == pytest.approx(gain)


@given(values=st.lists(st.floats(-1, 1), max_size=40))
def test_the_staircase_stays_within_its_limits(values: list[float]) -> None:
    gain = ADAPTIVE.gain
    for value in values:
        gain = next_gain(gain, value, ADAPTIVE)
        assert 1 <= gain <= 4
