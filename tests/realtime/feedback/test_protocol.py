"""The protocol in volumes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empatune.errors import StudyError
from empatune.realtime.feedback.protocol import FINISHED, WAITING, Timeline, make_timeline
from empatune.realtime.study import BlockSettings, ProtocolSettings, ScoreSettings, Study


def study(
    *blocks: tuple[str, float], repeat: int = 1, dummies: int = 0, delay_s: float = 5
) -> Study:
    return Study(
        protocol=ProtocolSettings(
            blocks=tuple(
                BlockSettings(condition=name.rstrip("!"), duration_s=s, feedback=name[-1] == "!")
                for name, s in blocks
            ),
            repeat=repeat,
            dummy_volumes=dummies,
        ),
        score=ScoreSettings(delay_s=delay_s, baseline_min_volumes=5),
    )


def phases(timeline: Timeline) -> list[str]:
    return [timeline.at(position).phase for position in range(timeline.n_volumes)]


def test_volumes_of_two_blocks() -> None:
    timeline = make_timeline(study(("rest", 20), ("care!", 6)), 2.0)
    assert phases(timeline) == ["rest"] * 10 + ["care"] * 3
    assert [timeline.at(p).elapsed for p in (0, 5, 10, 11)] == [0, 0.5, 0, pytest.approx(1 / 3)]
    assert [timeline.at(p).show for p in (9, 10)] == [False, True]
    assert timeline.at(10).instruction == "Care"
    assert timeline.at(-1).phase == WAITING
    assert timeline.at(-1).block == timeline.at(13).block == -1
    assert timeline.at(13).phase == FINISHED
    assert timeline.at(13).instruction == "Thank you."


def test_edges_are_rounded_without_drifting() -> None:
    timeline = make_timeline(study(("rest", 20), ("care!", 25), repeat=4), 1.9775)
    starts = np.array([block.start for block in timeline.blocks] + [timeline.n_volumes])
    asked = np.cumsum([0, *[20, 25] * 4])
    assert np.abs(starts * 1.9775 - asked).max() <= 1.9775 / 2


def test_rounding_is_reported() -> None:
    assert make_timeline(study(("rest", 20), ("care!", 30)), 2.0).roundings() == ()
    told = make_timeline(study(("rest", 21), ("care!", 30)), 2.0).roundings()
    assert told == ("Blocks of rest last 22 s (11 volumes) instead of 21 s.",)


def test_half_a_volume_is_rounded_up() -> None:
    assert make_timeline(study(("rest", 25), ("care!", 30)), 2.0).blocks[1].start == 13


@settings(max_examples=60, deadline=None)
@given(
    durations=st.lists(st.floats(12, 90), min_size=2, max_size=8),
    repeat=st.integers(1, 5),
    tr_s=st.floats(0.4, 4),
)
def test_every_volume_belongs_to_exactly_one_block(
    durations: list[float], repeat: int, tr_s: float
) -> None:
    named = [("rest" if n % 2 == 0 else "care", s) for n, s in enumerate(durations)]
    timeline = make_timeline(study(*named, repeat=repeat), tr_s)
    owners = [
        [b.number for b in timeline.blocks if b.start <= position < b.start + b.n_volumes]
        for position in range(timeline.n_volumes)
    ]
    assert all(len(owner) == 1 for owner in owners)
    assert [timeline.at(p).block for p in range(timeline.n_volumes)] == [o[0] for o in owners]
    assert np.array_equal(sum(timeline.boxcars().values()), np.ones(timeline.n_volumes))
    assert abs(timeline.n_volumes * tr_s - sum(durations) * repeat) <= tr_s / 2 + 1e-6


def test_settled_volumes_leave_the_haemodynamic_delay_out() -> None:
    timeline = make_timeline(study(("rest", 20), ("care!", 10)), 2.0)
    settled = [timeline.settled_block(position) for position in range(-1, 16)]
    numbers = [None if block is None else block.number for block in settled]
    assert numbers == [None] * 4 + [0] * 7 + [None] * 3 + [1] * 2 + [None]


def test_events_and_plan_and_boxcars_agree() -> None:
    timeline = make_timeline(study(("rest", 20), ("care!", 10), repeat=2, dummies=3), 2.0)
    assert timeline.n_expected == 33
    assert [(e.onset_s, e.duration_s, e.trial_type) for e in timeline.events()] == [
        (6, 20, "rest"),
        (26, 10, "care"),
        (36, 20, "rest"),
        (56, 10, "care"),
    ]
    assert [(p.start, p.n_volumes, p.feedback) for p in timeline.plan()] == [
        (0, 10, False),
        (10, 5, True),
        (15, 10, False),
        (25, 5, True),
    ]
    assert list(timeline.boxcars()) == ["rest", "care"]
    assert timeline.boxcars()["care"].nonzero()[0].tolist() == [*range(10, 15), *range(25, 30)]


def test_a_protocol_that_does_not_fit_the_repetition_time_is_refused() -> None:
    with pytest.raises(StudyError, match=r"not fit a repetition time of 6 s[\s\S]*at most 3"):
        make_timeline(study(("rest", 20), ("care!", 30), delay_s=0), 6.0)
    with pytest.raises(StudyError, match=r"blocks\[1\]\.duration_s is 1 s and gets no volume"):
        make_timeline(study(("rest", 39), ("care!", 1)), 3.0)
