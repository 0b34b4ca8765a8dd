"""Events tables, good and bad."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from empatune.decoding.trials import DEFAULT_TYPE, NO_TRIALS, read_trials
from empatune.errors import DecodingError


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sub-01_task-a_events.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_events_come_in_the_order_of_their_onsets(tmp_path: Path) -> None:
    text = "onset\tduration\ttrial_type\tmotive\n30\t2\tb\tx\n5.5\tn/a\ta\ty\n40\t1\tcatch\tn/a\n"
    trials = read_trials(table(tmp_path, text), run_s=100, trial_types=("a", "b"))
    np.testing.assert_array_equal(trials.onset, [5.5, 30, 40])
    np.testing.assert_array_equal(trials.duration, [0, 2, 1])
    np.testing.assert_array_equal(trials.scored, [True, True, False])
    assert trials.trial_type == ("a", "b", "catch")
    assert trials.extra == {"motive": ("y", "x", "n/a")}


def test_events_without_a_type_are_all_trials(tmp_path: Path) -> None:
    trials = read_trials(table(tmp_path, "onset\tduration\n1\t2\n9\t2\n"), run_s=100)
    assert trials.trial_type == (DEFAULT_TYPE, DEFAULT_TYPE)
    assert trials.scored.all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no events"),
        ("onset\tduration\n", "holds no events"),
        ("onset\ttrial_type\n1\ta\n", "no column duration; it has onset, trial_type"),
        ("onset\tduration\n1\t2\t3\n", "3 values for 2 columns"),
        ("onset\tduration\nsoon\t2\n", "onset is 'soon': not a time"),
        ("onset\tduration\nn/a\t2\n", "onset is 'n/a': not a time"),
        ("onset\tduration\n1\t-2\n", "duration is '-2': not a time"),
        ("onset\tduration\n-1\t2\n", "1 of 1 events lie outside it"),
        ("onset\tduration\n1\t2\n100\t2\n4000\t2\n", "one at 4000 s, the run lasts 100 s"),
        ("onset\tduration\ttrial_type\n1\t2\tc\n", "no trial of type a, b; it has c"),
    ],
)
def test_bad_events_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DecodingError, match=message):
        read_trials(
            table(tmp_path, text), run_s=100, trial_types=("a", "b") if "c\n" in text else ()
        )


def test_a_run_without_events_says_what_can_be_done() -> None:
    with pytest.raises(DecodingError, match="--estimates volumes"):
        read_trials(None, run_s=100)
    assert len(NO_TRIALS.onset) == 0
