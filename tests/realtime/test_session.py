"""Sessions from start to end: recorded, replayed to the bit, resumed, commanded."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from empatune.core import Volume
from empatune.errors import PreparationError, RecordError, SourceError
from empatune.preparation import Prepared
from empatune.realtime.listener import Overview, Timing
from empatune.realtime.messages import (
    Aligned,
    Decoded,
    Drawn,
    Feedback,
    Message,
    Notice,
    OperatorCommand,
    SourceEnded,
    StateChanged,
    VolumeReceived,
)
from empatune.realtime.opening import SourceOptions, open_session, resume_session
from empatune.realtime.plan import Circumstances, assemble
from empatune.realtime.recorder import JOURNAL, Record
from empatune.realtime.session import Session, load_study, replay
from empatune.realtime.summary import summarise

from .conftest import N_VOLUMES, SMALL, small_study

Make = Callable[..., Session]


class Watcher:
    """A listener that writes down what it hears and may act on it."""

    def __init__(self, act: Callable[[Message], None] = lambda _message: None) -> None:
        self.overviews: list[Overview] = []
        self.heard_messages: list[tuple[int, Message]] = []
        self.seen: list[int] = []
        self.over = False
        self._act = act

    def began(self, overview: Overview) -> None:
        self.overviews.append(overview)

    def heard(self, number: int, message: Message) -> None:
        self.heard_messages.append((number, message))
        self._act(message)

    def saw(self, volume: Volume) -> None:
        self.seen.append(volume.index)

    def timed(self, timing: Timing) -> None:
        assert timing.received_ns <= timing.recorded_ns <= timing.decoded_ns <= timing.shown_ns

    def ended(self) -> None:
        self.over = True


def bodies(folder: Path, side: str = "out") -> list[str]:
    with Record(folder) as record:
        return [entry.body for entry in record.entries(side=side)]  # type: ignore[arg-type]


def test_a_session_prepares_decodes_every_volume_and_tells_listeners(small_session: Make) -> None:
    session = small_session(prepared=False)
    watcher = Watcher()
    session.listen(watcher)
    session.run()
    with Record(session.folder) as record:
        summary = summarise(record)
        journal = [(entry.number, entry.message) for entry in record.entries()]
        states = [m.state for _, m in journal if isinstance(m, StateChanged)]
    assert (summary.n_received, summary.n_decoded, summary.n_lost) == (N_VOLUMES, N_VOLUMES, 0)
    assert states == ["preparing", "running", "finished"]
    assert watcher.heard_messages == journal
    assert watcher.seen == list(range(N_VOLUMES))
    assert watcher.over
    assert watcher.overviews[0].synthetic
    assert watcher.overviews[0].synthetic_signatures


def test_what_was_shown_follows_the_protocol(small_session: Make) -> None:
    session = small_session()
    session.run()
    with Record(session.folder) as record:
        told = [e.message for e in record.entries(Feedback) if isinstance(e.message, Feedback)]
    # what is told after volume n is on during volume n + 1
    assert [f.phase for f in told] == ["rest"] * 11 + ["care"] * 10 + ["rest"] * 6 + ["finished"]
    assert [f.show for f in told] == [f.phase == "care" for f in told]
    assert any(f.value != 0 for f in told if f.show)
    assert all(-1 <= f.value <= 1 for f in told)


def test_a_replay_is_equal_to_the_bit(small_session: Make) -> None:
    session = small_session()
    session.run()
    result = replay(session.folder)
    assert result.equal, result.sentence
    assert result.n_volumes == N_VOLUMES
    assert result.n_results == len(bodies(session.folder))


def test_a_replay_notices_a_changed_result(small_session: Make) -> None:
    session = small_session()
    session.run()
    database = sqlite3.connect(session.folder / JOURNAL)
    (number,) = database.execute(
        "SELECT number FROM journal WHERE kind = 'Decoded' AND volume = 9"
    ).fetchone()
    database.execute(
        "UPDATE journal SET body = replace(body, '\"usable\":true', '\"usable\":false') WHERE number = ?",
        (number,),
    )
    database.commit()
    database.close()
    result = replay(session.folder)
    assert result.first_difference == number
    assert "Not equal" in result.sentence


def test_two_sessions_with_one_seed_are_equal_to_the_bit(small_session: Make) -> None:
    one, other = small_session("one"), small_session("other")
    one.run()
    other.run()
    assert bodies(one.folder) == bodies(other.folder)


@pytest.mark.parametrize(("stop_after", "prepared"), [(2, False), (9, True), (20, True)])
def test_a_stopped_session_goes_on_as_if_nothing_had_been(
    small_session: Make, stop_after: int, *, prepared: bool
) -> None:
    whole = small_session("whole", prepared=prepared)
    whole.run()
    broken = small_session("broken", prepared=prepared)

    def fall(message: Message) -> None:
        if isinstance(message, VolumeReceived) and message.index == stop_after:
            raise KeyboardInterrupt

    broken.listen(Watcher(fall))
    with pytest.raises(KeyboardInterrupt):
        broken.run()
    resumed = resume_session(broken.folder, "simulate", options=SourceOptions(pace=0, person=SMALL))
    resumed.run()
    assert bodies(broken.folder) == bodies(whole.folder)
    assert replay(broken.folder).equal


def test_the_operator_can_start_pause_mark_and_stop(small_session: Make) -> None:
    session = small_session(start="operator")
    script = {
        4: OperatorCommand(action="start", operator="operator-1"),
        8: OperatorCommand(action="pause", operator="operator-2"),
        9: OperatorCommand(action="marker", operator="operator-1", text="coughed"),
        12: OperatorCommand(action="resume", operator="operator-1"),
        20: OperatorCommand(action="stop", operator="operator-1"),
    }

    def act(message: Message) -> None:
        if isinstance(message, Aligned) and message.index in script:
            session.command(script[message.index])

    session.listen(Watcher(act))
    session.run()
    with Record(session.folder) as record:
        commands = [e.message for e in record.entries(OperatorCommand)]
        states = [e.message.state for e in record.entries(StateChanged)]  # type: ignore[union-attr]
        phases = [e.message.phase for e in record.entries(Feedback)]  # type: ignore[union-attr]
    assert commands == list(script.values())
    assert states == ["running", "paused", "running", "finished"]
    assert phases[0] == "waiting"
    assert "paused" in phases
    assert replay(session.folder).equal


def test_what_pages_say_is_recorded(small_session: Make) -> None:
    session = small_session()

    def act(message: Message) -> None:
        if isinstance(message, Feedback):
            session.acknowledge(
                Drawn(page="participant", volume=message.index, update=1, drawn_ns=2**62)
            )

    session.listen(Watcher(act))
    session.run()
    with Record(session.folder) as record:
        drawn = [e.message.volume for e in record.entries(Drawn)]  # type: ignore[union-attr]
    assert sorted(drawn) == list(range(N_VOLUMES))


def test_a_folder_with_a_session_is_not_recorded_over(small_session: Make, tmp_path: Path) -> None:
    small_session().run()
    with pytest.raises(RecordError, match="already holds a session"):
        open_session(small_study(), "simulate", tmp_path / "session")


def test_an_interruption_is_in_the_record(small_session: Make) -> None:
    session = small_session()

    def fall(message: Message) -> None:
        if isinstance(message, Aligned) and message.index == 12:
            raise KeyboardInterrupt

    session.listen(Watcher(fall))
    with pytest.raises(KeyboardInterrupt):
        session.run()
    options = SourceOptions(pace=0, person=SMALL)
    resume_session(session.folder, "simulate", options=options).run()
    with Record(session.folder) as record:
        told = [e.message for e in record.entries(Notice) if isinstance(e.message, Notice)]
    (resumed,) = [notice for notice in told if notice.code == "resumed"]
    assert "13 volumes were read back" in resumed.text
    with pytest.raises(RecordError, match="has ended: there is nothing to resume"):
        resume_session(session.folder, "simulate", options=options)


def test_a_start_that_fails_leaves_no_folder(tmp_path: Path, small_preparation: Path) -> None:
    study = small_study(preparation=small_preparation)
    with pytest.raises(SourceError):
        open_session(study, f"replay:{tmp_path / 'nowhere'}", tmp_path / "session").run()
    assert not (tmp_path / "session").exists()


def test_a_preparation_is_checked_before_the_scan(tmp_path: Path) -> None:
    study = small_study(preparation=tmp_path / "nowhere")
    with pytest.raises(PreparationError, match="holds no preparation"):
        open_session(study, "dicom:11112", tmp_path / "session")
    assert not (tmp_path / "session").exists()


def test_a_folder_with_other_things_is_not_recorded_into(
    tmp_path: Path, small_preparation: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RecordError, match="something that is no session"):
        open_session(small_study(preparation=small_preparation), "simulate", tmp_path)


def test_somebody_elses_preparation_is_an_alarm(small_session: Make) -> None:
    session = small_session()
    session.run()
    with Record(session.folder) as record:
        volumes = list(record.volumes())
        entries = [e.message for e in record.entries(VolumeReceived)]
    pipeline, _ = assemble(
        load_study(session.folder), Prepared.load(session.folder / "preparation"), 2.0,
        Circumstances(),
    )  # fmt: skip
    state, told = pipeline.init(), []
    for message, volume in zip(entries, volumes, strict=True):
        turned = replace(volume, stored=volume.stored[:, ::-1].copy())
        state, outbound = pipeline.step(state, message, turned)  # type: ignore[arg-type]
        told += [m for m in outbound if isinstance(m, Notice)]
    assert [notice.code for notice in told] == ["not-this-brain"]


class BrokenSource:
    """A source that fails after a few volumes of another one."""

    def __init__(self, whole: object, n_volumes: int, problem: Exception) -> None:
        self._whole = whole
        self._n = n_volumes
        self._problem = problem

    def __getattr__(self, name: str) -> object:
        return getattr(self._whole, name)

    def messages(self, stop: Event) -> Iterator[object]:
        for count, message in enumerate(self._whole.messages(stop)):  # type: ignore[attr-defined]
            if count == self._n:
                raise self._problem
            yield message


def test_a_source_that_fails_ends_the_session_with_an_alarm_and_no_loss(
    small_session: Make,
) -> None:
    session = small_session()
    session._engine._source = BrokenSource(session._source, 10, RuntimeError("secret^name"))  # type: ignore[assignment]
    session.run()
    with Record(session.folder) as record:
        notices = [e.message for e in record.entries(Notice) if isinstance(e.message, Notice)]
        ended = [e.message for e in record.entries(SourceEnded)]
        assert summarise(record).n_decoded == 10
    assert any(n.level == "alarm" and "RuntimeError" in n.text for n in notices)
    assert all("secret" not in n.text for n in notices)
    assert ended == [SourceEnded(reason="the source failed", failed=True)]


def test_a_step_that_fails_is_told_and_the_session_goes_on(small_session: Make) -> None:
    session = small_session()
    pipeline_of = session._engine._plan.build

    def build(volumes: list[Volume]) -> object:
        built = pipeline_of(volumes)
        step = type(built.pipeline.motion).step

        def failing(self: object, state: object, image: np.ndarray) -> object:
            if getattr(state, "n_seen", 0) == 6 and not failed:
                failed.append(True)
                raise ZeroDivisionError
            return step(self, state, image)  # type: ignore[arg-type]

        monkey.setattr(type(built.pipeline.motion), "step", failing)
        return built

    failed: list[bool] = []
    with pytest.MonkeyPatch.context() as monkey:
        monkey.setattr(type(session._engine._plan), "build", lambda _self, volumes: build(volumes))
        session.run()
    with Record(session.folder) as record:
        notices = [e.message for e in record.entries(Notice) if isinstance(e.message, Notice)]
        n_decoded = sum(1 for _ in record.entries(Decoded))
    assert [n.code for n in notices if n.level == "alarm"] == ["step-failed"]
    assert n_decoded == N_VOLUMES - 1
