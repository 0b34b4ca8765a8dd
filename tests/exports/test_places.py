"""Places must equal what the loop itself decides, whatever comes in."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from empatune.exports.places import places
from empatune.realtime.feedback.controller import FeedbackController
from empatune.realtime.feedback.protocol import make_timeline
from empatune.realtime.messages import OperatorCommand, VolumeLost
from empatune.realtime.study import loads

STUDY = """
[protocol]
start = "{start}"
dummy_volumes = {dummies}
repeat = 2
[[protocol.blocks]]
condition = "rest"
duration_s = 16
[[protocol.blocks]]
condition = "care"
duration_s = 18
feedback = true
[score]
baseline_min_volumes = 3
"""

steps = st.lists(
    st.one_of(
        st.integers(min_value=1, max_value=3),
        st.sampled_from(["start", "pause", "resume"]),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(steps=steps, start=st.sampled_from(["first-volume", "operator"]), dummies=st.integers(0, 3))
def test_places_equal_those_of_the_loop(steps, start, dummies):
    study = loads(STUDY.format(start=start, dummies=dummies))
    timeline = make_timeline(study, 2.0)
    controller = FeedbackController(study, timeline, signatures=("care", "distress"))
    state, index, messages, expected = controller.init(), -1, [], {}
    for step in steps:
        if isinstance(step, str):
            messages.append(OperatorCommand(action=step, operator="operator-1"))
            state = getattr(controller, step)(state)
            continue
        index += step  # a step beyond 1 leaves a gap
        lost = VolumeLost(index=index, reason="test")
        messages.append(lost)
        _, place = state.progress.take(index)
        expected[index] = None if place is None else place - dummies
        state, _ = controller.step(state, lost)
    found = places(
        messages, started=start == "first-volume", n_dummies=dummies, blocks=timeline.plan()
    )
    assert {i: found[i].position for i in expected} == expected
    for i, position in expected.items():
        block = None if position is None else timeline.block_at(position)
        assert found[i].block == (-1 if block is None else block.number)
        assert found[i].condition == ("" if block is None else block.condition)


def test_a_gap_is_filled_from_the_volume_that_ends_it():
    study = loads(STUDY.format(start="first-volume", dummies=0))
    blocks = make_timeline(study, 2.0).plan()
    messages = [VolumeLost(index=i, reason="test") for i in (0, 6, 9)]
    found = places(messages, started=True, n_dummies=0, blocks=blocks)
    assert [found[i].position for i in range(10)] == list(range(10))
    assert [found[i].condition for i in (7, 8)] == ["rest", "care"]
