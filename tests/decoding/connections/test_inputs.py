"""Events on the fine grid of a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from empatune.decoding.connections.inputs import check_inputs, make_inputs
from empatune.decoding.connections.records import InputPart
from empatune.errors import DecodingError

EVENTS = """onset\tduration\ttrial_type\tmotive
0\t2\ta\twarm
10.05\t1\tb\twarm
20\t0\ta\tcold
30\t4\tb\tn/a
"""


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "sub-01_events.tsv"
    path.write_text(EVENTS)
    return path


def filled(events: Path, **parts: InputPart) -> np.ndarray:
    return make_inputs(events, parts, n_scans=20, tr_s=2.0)


def test_blocks_begin_at_the_nearest_bin_and_last_one_more_as_in_spm(events: Path) -> None:
    """As spm_get_ons: round(onset / dt), and round(duration / dt) + 1 bins."""
    inputs = filled(events, a=InputPart(), b=InputPart())
    assert inputs.shape == (20 * 16, 2)
    expected = np.zeros((320, 2))
    expected[0:17, 0] = 1
    expected[160:161, 0] = 1
    expected[80:89, 1] = 1  # 10.05 s is nearest to bin 80
    expected[240:273, 1] = 1
    np.testing.assert_array_equal(inputs, expected)


def test_impulses_have_an_area_of_one_second_whatever_the_duration(events: Path) -> None:
    (column,) = filled(events, x=InputPart(events=("a", "b"), shape="impulse")).T
    np.testing.assert_array_equal(np.flatnonzero(column), [0, 80, 160, 240])
    np.testing.assert_allclose(column.sum() * 2 / 16, 4)


def test_a_context_holds_until_an_event_of_another_value(events: Path) -> None:
    part = InputPart(column="motive", events=("warm",), shape="context")
    (column,) = filled(events, warmth=part).T
    np.testing.assert_array_equal(np.flatnonzero(column), np.arange(160))
    cold = InputPart(column="motive", events=("cold",), shape="context")
    (column,) = filled(events, coldness=cold).T  # the last event has no motive, and ends none
    np.testing.assert_array_equal(np.flatnonzero(column), np.arange(160, 320))
    (last,) = filled(events, b=InputPart(events=("b",), shape="context")).T
    np.testing.assert_array_equal(np.flatnonzero(last), [*range(80, 160), *range(240, 320)])


def test_an_event_at_the_very_end_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "events.tsv"
    path.write_text("onset\tduration\ttrial_type\n39.99\t3\ta\n")
    assert filled(path, a=InputPart()).sum() == 1
    assert filled(path, a=InputPart(shape="impulse")).sum() == 8


def test_overlapping_blocks_of_an_input_count_once(tmp_path: Path) -> None:
    path = tmp_path / "events.tsv"
    path.write_text("onset\tduration\ttrial_type\n0\t10\ta\n4\t10\ta\n")
    assert set(filled(path, a=InputPart()).ravel()) == {0.0, 1.0}


def test_a_missing_column_of_events_is_named(tmp_path: Path) -> None:
    path = tmp_path / "events.tsv"
    path.write_text("onset\tduration\ttype\n0\t10\ta\n")
    parts = {"a": InputPart(events=("help",))}
    with pytest.raises(DecodingError, match="no column 'trial_type'; it has onset, duration, type"):
        check_inputs(make_inputs(path, parts, n_scans=20, tr_s=2.0), parts, [path])


def test_an_input_without_events_is_named_with_what_there_is(events: Path) -> None:
    parts = {"a": InputPart(), "c": InputPart(events=("c", "d"))}
    with pytest.raises(
        DecodingError, match=r"'c' never happens: no event has trial_type c or d.*a, b"
    ):
        check_inputs(make_inputs(events, parts, n_scans=20, tr_s=2.0), parts, [events])


def test_centred_inputs_have_no_mean(events: Path) -> None:
    parts = {"a": InputPart(centred=True), "b": InputPart()}
    inputs = make_inputs(events, parts, n_scans=20, tr_s=2.0)
    centred = check_inputs(inputs, parts, [events])
    assert abs(centred[:, 0].mean()) < 1e-12
    np.testing.assert_array_equal(centred[:, 1], inputs[:, 1])


@pytest.mark.parametrize(
    ("part", "n_scans", "message"),
    [
        (InputPart(column="mood", events=("warm",)), 20, "no column 'mood'.*trial_type, motive"),
        (InputPart(events=("a",)), 9, "2 of 4 events lie outside it"),
    ],
)
def test_events_that_do_not_fit_are_told(
    events: Path, part: InputPart, n_scans: int, message: str
) -> None:
    with pytest.raises(DecodingError, match=message):
        make_inputs(events, {"x": part}, n_scans=n_scans, tr_s=2.0)


def test_no_events_at_all_are_told() -> None:
    with pytest.raises(DecodingError, match="--events"):
        make_inputs(None, {"x": InputPart()}, n_scans=9, tr_s=2.0)
