"""The true repetition time: ticks, jumps, midnight, headers that are wrong."""

from __future__ import annotations

import numpy as np
import pytest

from empatune.realtime.sources.timing import ScannerClock


def clock_of(moments, header_s=None) -> ScannerClock:
    clock = ScannerClock(header_s=header_s)
    for index, moment in enumerate(moments):
        if moment is not None:
            clock.observe(index, moment)
    return clock


def test_header_stands_alone() -> None:
    clock = clock_of([36_000.0], 2.0)
    assert (clock.tr_s, clock.measured_s, clock.acquired_s(0)) == (2.0, None, (0.0, False))


def test_ticks_of_the_scanner_do_not_unsettle_a_true_header() -> None:
    moments = np.round(np.arange(200) * 1.234 / 0.0025) * 0.0025 + 40_000
    for n in (2, 3, 10, 200):
        assert clock_of(moments[:n], 1.234).tr_s == 1.234


def test_wrong_header_is_overruled_and_told() -> None:
    moments = np.round(np.arange(155) * 1.97792 / 0.0025) * 0.0025 + 49_461.965
    clock = clock_of(moments, 1.97)
    assert clock.tr_s == pytest.approx(1.97792, abs=2e-5)
    assert "1.97 s" in clock.disagreement
    assert clock.acquired_s(154)[0] == pytest.approx(moments[154] - moments[0], abs=1e-6)
    assert clock_of(moments[:3], 1.97).disagreement == ""


def test_clock_that_stands_still_does_not_tell() -> None:
    clock = clock_of([42_495.0] * 10, 5.0)
    assert (clock.tr_s, clock.measured_s, clock.disagreement) == (5.0, None, "")
    assert clock.acquired_s(3) == (None, False)


def test_jump_of_the_clock_is_bridged() -> None:
    moments = [*(57_862.68 + 2.0 * np.arange(140)), *(57_711.19 + 2.0 * np.arange(16))]
    clock = clock_of(moments, 2.0)
    assert clock.tr_s == 2.0
    assert clock.acquired_s(139) == (278.0, False)
    assert clock.acquired_s(140) == (280.0, True)
    assert clock.acquired_s(155) == (310.0, False)


def test_midnight() -> None:
    moments = (86_395.0 + 2.0 * np.arange(6)) % 86_400
    clock = clock_of(moments, None)
    assert clock.tr_s == 2.0
    assert clock.acquired_s(5) == (10.0, False)


def test_gaps_and_any_order() -> None:
    clock = ScannerClock(header_s=1.0)
    for index in (7, 2, 5, 0):
        clock.observe(index, 100 + 1.5 * index)
    assert clock.tr_s == 1.5
    assert [clock.acquired_s(i)[0] for i in (0, 2, 7)] == [0.0, 3.0, 10.5]
    assert clock.acquired_s(3) == (None, False)
