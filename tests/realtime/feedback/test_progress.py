"""From the scanner's count to the place in the protocol."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from empatune.realtime.feedback.progress import Progress


def places(progress: Progress, indices: list[int]) -> list[int | None]:
    found = []
    for index in indices:
        progress, place = progress.take(index)
        found.append(place)
    return found


def test_places_count_from_the_first_volume_after_the_start() -> None:
    waiting, place = Progress(started=False).take(4)
    assert place is None
    assert places(replace(waiting, started=True), [5, 6, 7]) == [0, 1, 2]


def test_places_count_from_an_origin_that_is_known() -> None:
    assert places(Progress(started=True, origin=0), [2, 3]) == [2, 3]


def test_volumes_that_never_come_take_their_time() -> None:
    assert places(Progress(started=True), [0, 1, 5, 6]) == [0, 1, 5, 6]


def test_late_and_repeated_volumes_have_no_place() -> None:
    assert places(Progress(started=True), [0, 3, 1, 3, 4]) == [0, 3, None, None, 4]


def test_a_pause_before_the_origin_costs_only_what_comes_after_it() -> None:
    progress = Progress(started=True, paused=True, origin=3)
    for index in (0, 1, 4):
        progress, place = progress.take(index)
        assert place is None
    assert progress.n_paused == 2
    assert places(replace(progress, paused=False), [5, 6]) == [0, 1]


@given(
    steps=st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=40),
    first=st.integers(0, 5),
)
def test_a_pause_stops_the_protocol_and_nothing_else(
    steps: list[tuple[int, bool]], first: int
) -> None:
    progress, index, expected = Progress(started=True), first - 1, None
    for step, paused in steps:
        index += step if expected is not None else 1
        progress, place = replace(progress, paused=paused).take(index)
        if paused:
            assert place is None
        else:
            expected = 0 if expected is None else expected + step
            assert place == expected
            assert progress.next_place == expected + 1
