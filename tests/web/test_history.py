from __future__ import annotations

import json

import pytest

from empatune.realtime.listener import Timing
from empatune.realtime.messages import (
    Aligned,
    Decoded,
    Drawn,
    Feedback,
    Notice,
    OperatorCommand,
    Response,
    StateChanged,
    VolumeLost,
)
from empatune.web.history import History


def feedback(index: int = 0, **changes: object) -> Feedback:
    values = {
        "index": index,
        "phase": "care",
        "block": 1,
        "instruction": "Let care grow",
        "show": True,
        "value": 0.4321,
        "score": 1.25,
        "elapsed": 0.5,
    }
    return Feedback(**{**values, **changes})


def running() -> History:
    history = History()
    history.hear(1, StateChanged(state="running", reason=""))
    return history


def test_the_participant_is_told_what_it_shows_and_nothing_else() -> None:
    history = running()
    history.hear(2, feedback())
    assert history.show().to_json() == {
        "type": "show",
        "update": 2,
        "state": "running",
        "instruction": "Let care grow",
        "show": True,
        "value": 0.4321,
        "elapsed": 0.5,
    }


@pytest.mark.parametrize("state", ["waiting", "preparing", "paused", "finished"])
def test_no_value_is_shown_unless_the_session_runs(state: str) -> None:
    history = running()
    history.hear(2, feedback())
    history.hear(3, StateChanged(state=state, reason=""))
    assert history.show().value is None


def test_no_value_leaks_while_the_protocol_hides_it() -> None:
    history = running()
    history.hear(2, feedback(show=False, value=0.9))
    assert history.show().value is None


def test_values_stay_in_their_range() -> None:
    history = running()
    history.hear(2, feedback(value=3.0))
    assert history.show().value == 1.0


def test_operators_learn_the_same_whatever_the_participant_is_shown() -> None:
    real, sham = running(), running()
    real.hear(2, feedback(value=0.9))
    sham.hear(2, feedback(value=-0.9))
    assert json.dumps(real.rows) == json.dumps(sham.rows)
    assert real.rows[0]["score"] == 1.25


def test_a_marked_volume_stays_marked() -> None:
    history = History()
    history.hear(
        1,
        Aligned(
            index=3,
            motion=(0.0,) * 6,
            fd_mm=1.5,
            displacement_mm=1.2,
            dvars_percent=4.0,
            tsnr=50.0,
            usable=False,
            reason="moved 1.5 mm",
        ),
    )
    history.hear(2, Decoded(index=3, signatures={}, systems={}, usable=True))
    assert (history.rows[3]["status"], history.rows[3]["why"]) == ("marked", "moved 1.5 mm")


def test_a_lost_volume_says_why() -> None:
    history = History()
    assert history.hear(1, VolumeLost(index=4, reason="never arrived")) == {4}
    assert history.rows[4] == {"i": 4, "status": "lost", "why": "never arrived"}


def test_errors_are_told_in_baseline_sds() -> None:
    history = History()
    response = Response(raw=0.0, cleaned=3.0, standard_error=0.1, z=-2.1, z_error=0.4)
    history.hear(1, Decoded(index=0, signatures={"care": response}, systems={}, usable=True))
    assert history.rows[0]["signatures"]["care"] == [-2.1, 0.4]


def test_delays_are_measured_from_the_last_byte_to_the_first_drawing() -> None:
    history = History()
    history.hear(1, feedback(7))
    history.drawn(Drawn(page="participant", volume=7, update=1, drawn_ns=60_000_000))
    assert "participant_ms" not in history.rows[7]
    history.time(
        Timing(
            volume=7,
            received_ns=10_000_000,
            recorded_ns=12_000_000,
            decoded_ns=20_500_000,
            shown_ns=21_000_000,
        )
    )
    history.drawn(Drawn(page="participant", volume=7, update=1, drawn_ns=99_000_000))
    assert history.rows[7]["participant_ms"] == 50.0
    assert history.rows[7]["decode_ms"] == 8.5


def test_a_page_cannot_invent_volumes() -> None:
    history = History()
    assert history.drawn(Drawn(page="operator", volume=9, update=1, drawn_ns=1)) == set()
    assert history.rows == {}


def test_the_log_keeps_notices_commands_and_states() -> None:
    history = running()
    history.hear(2, Notice(level="alarm", code="x", text="No volume for 6 s."))
    history.hear(3, OperatorCommand(action="marker", operator="operator-2", text="coughed"))
    assert [entry["level"] for entry in history.log] == ["state", "alarm", "command"]
    assert history.log[-1]["text"] == "operator-2: marker coughed"


def test_before_a_baseline_there_is_nothing_to_show() -> None:
    history = History()
    response = Response(raw=5.0, cleaned=0.1, standard_error=0.2, z=0.0)
    history.hear(1, Decoded(index=0, signatures={"care": response}, systems={}, usable=True))
    history.hear(2, feedback(0, score=0.0))
    assert history.rows[0]["signatures"] == {}
    assert "score" not in history.rows[0]


def test_a_lost_volume_has_no_score() -> None:
    history = History()
    history.hear(1, VolumeLost(index=4, reason="never arrived"))
    history.hear(2, feedback(4))
    assert "score" not in history.rows[4]
    assert history.rows[4]["block"] == 1


def test_an_older_state_that_is_told_late_changes_nothing() -> None:
    history = History()
    history.hear(12, StateChanged(state="running", reason=""))
    history.hear(10, StateChanged(state="preparing", reason=""))
    assert history.state == "running"


def test_the_study_gives_the_words_while_no_block_runs() -> None:
    history = History({"paused": "Kurze Pause", "finished": "Danke"})
    history.hear(1, StateChanged(state="running", reason=""))
    history.hear(2, feedback())
    assert history.show().instruction == "Let care grow"
    history.hear(3, StateChanged(state="paused", reason=""))
    assert history.show().instruction == "Kurze Pause"
    history.hear(4, StateChanged(state="finished", reason=""))
    assert history.show().instruction == "Danke"
