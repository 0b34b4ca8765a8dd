"""The step that decides what the participant sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest

from empatune.realtime.feedback import FeedbackController, State, make_timeline
from empatune.realtime.messages import Decoded, Feedback, Response, VolumeLost, decode, encode
from empatune.realtime.study import (
    BlockSettings,
    ProtocolSettings,
    ScalingSettings,
    ScoreSettings,
    Study,
)

TR_S = 2.0
CARE = {"condition": "care", "duration_s": 20, "feedback": True}
REST = {"condition": "rest", "duration_s": 30}


def make_study(
    *blocks: dict, scaling: ScalingSettings | None = None, score: dict | None = None, **protocol
) -> Study:
    return Study(
        protocol=ProtocolSettings(
            blocks=tuple(BlockSettings(**block) for block in blocks or (REST, CARE)), **protocol
        ),
        scaling=scaling or ScalingSettings(),
        score=ScoreSettings(**{"smoothing": "none", **(score or {})}),
    )


def controller_of(study: Study, shown_instead=None) -> FeedbackController:
    return FeedbackController(
        study,
        make_timeline(study, TR_S),
        signatures=("care", "distress", "vps"),
        systems=("mentalizing",),
        shown_instead=shown_instead,
    )


def volume(index: int, care: float, *, distress: float = 0.0, usable: bool = True) -> Decoded:
    def response(value: float) -> Response:
        return Response(raw=0.0, cleaned=value, standard_error=0.1, z=0.0)

    wobble = [-1.0, 1.0][index % 2]
    return Decoded(
        index=index,
        signatures={
            "care": response(100 + 2 * care + 2 * wobble),
            "distress": response(50 + distress + wobble * (1 - 2 * (index // 2 % 2))),
            "vps": response(7 + wobble),
        },
        systems={"mentalizing": response(3 + 0.5 * wobble)},
        usable=usable,
    )


def run(
    controller: FeedbackController,
    messages: Iterable[Decoded | VolumeLost],
    state: State | None = None,
) -> tuple[State, list[Feedback]]:
    state = state or controller.init()
    told = []
    for message in messages:
        state, feedback = controller.step(state, message)
        told.append(feedback)
    return state, told


def quiet(n: int, start: int = 0) -> list[Decoded]:
    return [volume(index, 0.0) for index in range(start, start + n)]


def test_what_is_told_is_the_phase_of_the_next_volume() -> None:
    controller = controller_of(make_study())
    first = controller.told(controller.init())
    state, told = run(controller, quiet(25))

    assert (first.index, first.phase, first.block, first.show) == (-1, "rest", 0, False)
    assert [f.phase for f in told] == ["rest"] * 14 + ["care"] * 10 + ["finished"]
    assert [f.show for f in told] == [False] * 14 + [True] * 10 + [False]
    assert [f.index for f in told] == list(range(25))
    assert (told[-1].block, told[-1].instruction) == (-1, "Thank you.")
    assert controller.finished(state)
    assert not controller.finished(controller.init())


def test_care_above_the_baseline_shows_a_positive_value_and_distress_a_negative_one() -> None:
    controller = controller_of(make_study())
    state, _ = run(controller, quiet(15))
    _, up = run(controller, [volume(15, 4.0)], state)
    _, down = run(controller, [volume(15, 0.0, distress=4.0)], state)
    assert 0.3 < up[0].value <= 1.0
    assert -1.0 <= down[0].value < -0.3
    assert up[0].value == pytest.approx(min(1.0, up[0].score / 3.0))


def test_score_is_in_standard_deviations_of_the_baseline() -> None:
    controller = controller_of(make_study({**REST, "duration_s": 400}, CARE))
    rng = np.random.default_rng(2)
    scattered = [volume(i, float(rng.normal()), distress=float(rng.normal())) for i in range(200)]
    state, _ = run(controller, scattered)
    cleaned = np.array(
        [[d.signatures[n].cleaned for n in ("care", "distress")] for d in scattered[3:]]
    )
    z = (cleaned - cleaned.mean(axis=0)) / cleaned.std(axis=0, ddof=1)
    difference = z[:, 0] - z[:, 1]
    new = volume(200, 3.0)
    now = (
        np.array([new.signatures[n].cleaned for n in ("care", "distress")]) - cleaned.mean(axis=0)
    ) / cleaned.std(axis=0, ddof=1)
    _, told = run(controller, [new], state)
    assert told[0].score == pytest.approx((now[0] - now[1]) / difference.std(ddof=1), rel=1e-9)


def test_nothing_is_scored_before_the_baseline_is_long_enough() -> None:
    controller = controller_of(make_study(score={"baseline_min_volumes": 8}))
    # The haemodynamic delay takes volumes 0 to 2, the baseline 3 to 10.
    _, told = run(controller, [volume(i, float(i % 3)) for i in range(13)])
    assert [f.score != 0.0 for f in told] == [False] * 11 + [True] * 2


def test_blocks_of_regulation_do_not_move_the_baseline() -> None:
    controller = controller_of(make_study())
    state, _ = run(controller, quiet(15))
    after, _ = run(controller, [volume(i, 9.0) for i in range(15, 25)], state)
    assert after.baseline.n_volumes == state.baseline.n_volumes == 12
    np.testing.assert_array_equal(after.baseline.mean, state.baseline.mean)


@pytest.mark.parametrize(
    "bad",
    [
        VolumeLost(index=16, reason="missing slices"),
        volume(16, 50.0, usable=False),
        volume(15, -50.0),
        volume(3, -50.0),
    ],
    ids=["lost", "marked", "repeated", "late"],
)
def test_bad_volumes_hold_value_and_score(bad: Decoded | VolumeLost) -> None:
    controller = controller_of(make_study())
    state, before = run(controller, [*quiet(15), volume(15, 2.0)])
    held, told = run(controller, [bad], state)
    assert (told[0].value, told[0].score) == (before[-1].value, before[-1].score)
    assert told[0].show
    assert held.recent == state.recent
    assert held.baseline is state.baseline


def test_lost_volumes_take_their_time() -> None:
    controller = controller_of(make_study())
    _, told = run(controller, [*quiet(13), VolumeLost(index=13, reason=""), *quiet(1, start=16)])
    assert [f.phase for f in told[-2:]] == ["rest", "care"]
    assert told[-1].elapsed == pytest.approx(2 / 10)


def test_marked_volumes_do_not_enter_the_baseline() -> None:
    controller = controller_of(make_study())
    marked = [replace(d, usable=d.index != 7) for d in quiet(15)]
    state, _ = run(controller, marked)
    assert state.baseline.n_volumes == 11


def test_z_is_given_for_every_signature_and_system() -> None:
    controller = controller_of(make_study())
    state, _ = run(controller, quiet(15))
    new = volume(15, 3.0)
    rated = controller.standardised(state, new)
    rest = [d.signatures["care"].cleaned for d in quiet(15)[3:]]
    expected = (new.signatures["care"].cleaned - np.mean(rest)) / np.std(rest, ddof=1)
    assert rated.signatures["care"].z == pytest.approx(expected)
    assert rated.signatures["vps"].z != 0.0
    assert rated.systems["mentalizing"].z != 0.0
    care = rated.signatures["care"]
    assert care.z_error == pytest.approx(care.standard_error / np.std(rest, ddof=1))
    assert replace(care, z=0.0, z_error=0.0) == new.signatures["care"]
    assert controller.standardised(controller.init(), new) == new


def test_the_operator_starts_the_protocol() -> None:
    controller = controller_of(make_study(start="operator"))
    state, told = run(controller, quiet(4))
    assert {(f.phase, f.block, f.instruction) for f in told} == {
        ("waiting", -1, "Please lie still and relax. We will begin soon.")
    }
    assert state.baseline.n_volumes == 0
    state = controller.start(state)
    assert controller.told(state).phase == "rest"
    assert controller.start(state).progress == state.progress
    _, told = run(controller, quiet(15, start=4), state)
    assert [f.phase for f in told] == ["rest"] * 14 + ["care"]


def test_a_pause_before_the_start_is_still_waiting() -> None:
    controller = controller_of(make_study(start="operator"))
    state = controller.pause(controller.init())
    assert controller.told(state).phase == "waiting"
    assert controller.told(controller.start(state)).phase == "paused"


def test_dummy_volumes_come_before_the_first_block() -> None:
    controller = controller_of(make_study(dummy_volumes=3))
    state, told = run(controller, quiet(18))
    assert [f.phase for f in told] == ["waiting"] * 2 + ["rest"] * 15 + ["care"]
    assert state.baseline.n_volumes == 12


def test_a_pause_freezes_the_phase() -> None:
    controller = controller_of(make_study())
    state, before = run(controller, [*quiet(15), volume(15, 2.0), volume(16, 2.0)])
    paused = controller.pause(state)
    told = controller.told(paused)
    assert (told.phase, told.show, told.block) == ("paused", False, 1)
    assert told.instruction == "A short pause. Please keep lying still."
    paused, during = run(controller, [volume(17, -30.0), volume(18, -30.0)], paused)
    assert {f.phase for f in during} == {"paused"}
    resumed = controller.resume(paused)
    assert controller.told(resumed, index=16) == before[-1]
    _, after = run(controller, [volume(19, 2.0)], resumed)
    assert after[0].elapsed == pytest.approx(before[-1].elapsed + 1 / 10)


RESULT = {"condition": "result", "duration_s": 6, "feedback": True}


def intermittent(**more) -> FeedbackController:
    care = {**CARE, "feedback": False}
    return controller_of(make_study(REST, care, RESULT, feedback="intermittent", **more))


def test_intermittent_feedback_shows_the_mean_of_the_block_before() -> None:
    controller = intermittent()
    regulated = [volume(i, 0.1 * (i - 15)) for i in range(15, 28)]
    _, told = run(controller, [*quiet(15), *regulated])
    scores = [f.score for f in told[18:25]]
    shown = [f for f in told if f.show]
    assert [f.phase for f in shown] == ["result"] * 3
    assert [f.index for f in shown] == [24, 25, 26]
    assert [f.value for f in shown] == [pytest.approx(np.mean(scores) / 3.0)] * 3
    assert 0 < shown[0].value < 1
    assert all(f.value == 0.0 for f in told if not f.show)


def test_intermittent_feedback_leaves_bad_volumes_out() -> None:
    controller = intermittent()
    good = [*quiet(15), *[volume(i, 2.0) for i in range(15, 25)]]
    bad = [VolumeLost(index=d.index, reason="") if d.index in (20, 24) else d for d in good]
    _, told = run(controller, bad)
    scores = [f.score for f in told if f.index in (18, 19, 21, 22, 23)]
    assert told[-1].value == pytest.approx(np.mean(scores) / 3.0)


def test_intermittent_feedback_is_neutral_if_the_block_had_no_good_volume() -> None:
    controller = intermittent()
    lost = [VolumeLost(index=i, reason="") for i in range(15, 25)]
    _, told = run(controller, [*quiet(15), *lost])
    assert (told[-1].show, told[-1].value) == (True, 0.0)


def test_intermittent_feedback_is_neutral_if_the_block_before_never_came() -> None:
    controller = intermittent()
    resting = [volume(i, float(i % 3)) for i in range(12)]
    state, told = run(controller, [*resting, volume(25, 0.0)])
    assert told[11].score != 0.0
    assert (told[-1].show, told[-1].value) == (True, 0.0)
    assert state.gain == 3.0


def test_an_adaptive_gain_follows_success() -> None:
    scaling = ScalingSettings(kind="adaptive", gain=3.0, limits=(1, 10), step=1.5)
    blocks = (REST, {**CARE, "duration_s": 30}, REST)
    for level, gain in ((50.0, 4.5), (-50.0, 2.0)):
        controller = controller_of(make_study(*blocks, scaling=scaling))
        regulated = [volume(i, level) for i in range(15, 30)]
        state, _ = run(controller, [*quiet(15), *regulated[:-1]])
        assert state.gain == 3.0
        state, _ = run(controller, [regulated[-1]], state)
        assert state.gain == pytest.approx(gain)
        state, _ = run(controller, quiet(10, start=30), state)
        assert state.gain == pytest.approx(gain)


def test_an_adaptive_gain_follows_intermittent_success() -> None:
    scaling = ScalingSettings(kind="adaptive", gain=3.0, limits=(1, 10), step=1.5)
    controller = intermittent(scaling=scaling)
    state, told = run(controller, [*quiet(15), *[volume(i, 50.0) for i in range(15, 28)]])
    assert {f.value for f in told if f.show} == {1.0}
    assert state.gain == pytest.approx(4.5)


YOKED = ((), (0.1, 0.2, 0.3, 0.4))


def yoked(messages: Callable[[], list]) -> list[Feedback]:
    return run(controller_of(make_study(), shown_instead=YOKED), messages())[1]


def test_yoked_feedback_shows_the_donor_by_position_and_holds_its_last_value() -> None:
    told = yoked(lambda: [*quiet(15), *[volume(i, 5.0) for i in range(15, 24)]])
    assert [f.value for f in told if f.show] == [0.1, 0.2, 0.3, *[0.4] * 7]


def test_yoked_feedback_does_not_depend_on_the_own_brain_and_the_score_does() -> None:
    up = yoked(lambda: [*quiet(15), *[volume(i, 5.0) for i in range(15, 24)]])
    down = yoked(lambda: [*quiet(15), *[volume(i, -5.0) for i in range(15, 24)]])
    assert [f.value for f in up] == [f.value for f in down]
    assert all(a.score > b.score for a, b in zip(up[15:], down[15:], strict=True))


def test_score_is_the_same_in_both_arms() -> None:
    messages = [*quiet(15), *[volume(i, 2.0 * np.sin(i)) for i in range(15, 24)]]
    _, own = run(controller_of(make_study()), messages)
    _, sham = run(controller_of(make_study(), shown_instead=YOKED), messages)
    assert [replace(f, value=0.0) for f in own] == [replace(f, value=0.0) for f in sham]


def test_both_arms_hold_what_is_shown_when_a_volume_is_bad() -> None:
    told = yoked(
        lambda: [*quiet(15), volume(15, 5.0), volume(16, 5.0, usable=False), volume(17, 0)]
    )
    assert [f.value for f in told[14:]] == [0.1, 0.2, 0.2, 0.4]


def test_feedback_survives_the_journal_to_the_bit() -> None:
    _, told = run(controller_of(make_study()), [*quiet(15), volume(15, 1 / 3)])
    assert decode("Feedback", encode(told[-1])) == told[-1]


def test_the_same_volumes_give_the_same_feedback_to_the_bit() -> None:
    messages = [volume(i, float(np.sin(i))) for i in range(25)]
    controller = controller_of(make_study())
    state, first = run(controller, messages[:13])
    _, rest = run(controller, messages[13:], state)
    _, again = run(controller_of(make_study()), messages)
    assert [encode(f) for f in first + rest] == [encode(f) for f in again]
