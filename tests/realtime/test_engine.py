"""What the engine does when a source falls silent, with a clock that leaps."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Event

import pytest

from empatune.core import Volume
from empatune.realtime.engine import EngineSettings
from empatune.realtime.listener import Overview, Timing
from empatune.realtime.messages import Message, Notice, SourceEnded, VolumeReceived
from empatune.realtime.recorder import Record
from empatune.realtime.session import Session
from empatune.realtime.summary import summarise

from .conftest import N_VOLUMES

Make = Callable[..., Session]
TICK_S, TIMEOUT_S = 0.01, 20


@dataclass
class LeapingClock:
    """The clock of this machine, set forward."""

    ahead_s: float = 0.0

    def monotonic_ns(self) -> int:
        return time.monotonic_ns() + round(self.ahead_s * 1e9)

    def wall_s(self) -> float:
        return time.time() + self.ahead_s


class SilentSource:
    """Falls silent after some volumes, as the script says what happens then."""

    def __init__(self, whole: object, n_volumes: int, script: Callable[[Event], None]) -> None:
        self._whole = whole
        self._n = n_volumes
        self._script = script
        self._n_recorded = 0
        self._settled = Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._whole, name)

    def recorded(self, objects: object) -> None:
        self._whole.recorded(objects)  # type: ignore[attr-defined]
        self._n_recorded += 1
        if self._n_recorded == self._n:
            self._settled.set()

    def messages(self, stop: Event) -> Iterator[object]:
        for count, message in enumerate(self._whole.messages(stop)):  # type: ignore[attr-defined]
            if count == self._n:
                assert self._settled.wait(TIMEOUT_S)
                self._script(stop)
            yield message


class Ear:
    """Knows when an alarm was told."""

    def __init__(self) -> None:
        self.alarm = Event()

    def began(self, overview: Overview) -> None: ...

    def heard(self, number: int, message: Message) -> None:
        if isinstance(message, Notice) and message.level == "alarm":
            self.alarm.set()

    def saw(self, volume: Volume) -> None: ...

    def timed(self, timing: Timing) -> None: ...

    def ended(self) -> None: ...


def silenced(session: Session, n: int, script: Callable[[Event], None]) -> LeapingClock:
    clock = LeapingClock()
    engine = session._engine
    engine._clock, engine._settings = clock, EngineSettings(tick_s=TICK_S)
    engine._source = SilentSource(session._source, n, script)  # type: ignore[assignment]
    return clock


@pytest.mark.parametrize(("silence_s", "alarmed"), [(1.0, False), (7.0, True)])
def test_the_operator_is_alarmed_once_when_three_volumes_fail_to_come(
    small_session: Make, silence_s: float, alarmed: bool
) -> None:
    def fall_silent(stop: Event) -> None:
        clock.ahead_s += silence_s
        heard = ear.alarm.wait(TIMEOUT_S if alarmed else 5 * TICK_S)
        assert heard == alarmed
        stop.wait(5 * TICK_S)  # a second alarm would have come by now

    session, ear = small_session(), Ear()
    session.listen(ear)
    clock = silenced(session, 10, fall_silent)
    session.run()
    with Record(session.folder) as record:
        entries = list(record.entries())
        assert summarise(record).n_decoded == N_VOLUMES
    before, alarms = 0, []
    for entry in entries:
        before += isinstance(entry.message, VolumeReceived)
        if isinstance(entry.message, Notice) and entry.message.level == "alarm":
            alarms.append((entry.message.code, before, entry.message.text))
    if not alarmed:
        assert alarms == []
        return
    ((code, n_before, text),) = alarms
    assert (code, n_before) == ("no-volumes", 10)
    told = re.match(r"No volume for (\d+\.\d) s\. Is the scanner", text)
    assert told is not None
    assert silence_s <= float(told[1]) < silence_s + TIMEOUT_S


@pytest.mark.parametrize(
    ("n_volumes", "leaps_s"), [(None, (2.5, 8.0)), (N_VOLUMES + 1, (2.5, 8.0)), (N_VOLUMES, (2.5,))]
)
def test_a_session_whose_protocol_is_over_waits_only_for_volumes_that_may_come(
    small_session: Make, n_volumes: int | None, leaps_s: tuple[float, ...]
) -> None:
    """The repetition time is 2 s; without a number of volumes, 10 s of silence end a session."""
    over: list[bool] = []

    def fall_silent(stop: Event) -> None:
        for leap_s in leaps_s:
            clock.ahead_s += leap_s
            over.append(stop.wait(TIMEOUT_S if leap_s == leaps_s[-1] else 5 * TICK_S))

    session = small_session()
    plan = session._engine._plan
    scanner = replace(plan.study.scanner, n_volumes=n_volumes)
    session._engine._plan = replace(plan, study=replace(plan.study, scanner=scanner))
    clock = silenced(session, N_VOLUMES, fall_silent)
    session.run()
    with Record(session.folder) as record:
        ended = [entry.message for entry in record.entries(SourceEnded)]
        assert summarise(record).n_decoded == N_VOLUMES
    assert over == [False, True][-len(leaps_s) :]
    assert ended == [SourceEnded(reason="the protocol is over and no more volumes came")]
