"""The one place with threads, deadlines and exceptions.

The engine takes what comes from source, operator and pages, writes it to the journal, runs the
steps, writes what they derive, and tells the listeners. It knows nothing of brains: the plan
that it is given makes the pipeline.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from empatune.core import Volume
from empatune.errors import EmpatuneError, RecordError
from empatune.realtime.clock import Clock
from empatune.realtime.listener import Listener, Timing
from empatune.realtime.messages import (
    Drawn,
    Feedback,
    Inbound,
    Message,
    Notice,
    OperatorCommand,
    Outbound,
    SourceEnded,
    SourceMessage,
    StateChanged,
    VolumeReceived,
    encode,
)
from empatune.realtime.pipeline import Pipeline, PipelineState, advance
from empatune.realtime.plan import SessionPlan
from empatune.realtime.recorder import Entry, Recorder
from empatune.realtime.sources.contract import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Deadlines of a session.

    Parameters
    ----------
    queue_volumes : int
        Volumes that may wait; a source that is ahead by more has to wait itself.
    stall_trs : float
        Repetition times without a volume after which the operator is alarmed.
    idle_end_s : float
        A session whose protocol is over ends after so much silence [s]; when all volumes that
        the study tells of have come, after one repetition time.
    tick_s : float
        How often silence is looked at [s].
    grace_s : float
        How long the end waits for pages to say that they have drawn, if any ever did [s].
    """

    queue_volumes: int = 64
    stall_trs: float = 3.0
    idle_end_s: float = 10.0
    tick_s: float = 0.25
    grace_s: float = 0.5


class Engine:
    """Runs one session from the first volume to the last.

    Parameters
    ----------
    recorder : Recorder
        Writes the record.
    source : Source
        Where volumes come from.
    plan : SessionPlan
        Makes the pipeline.
    listeners : list of Listener
        Who is told; may grow until `run`.
    clock : Clock
        Time.
    settings : EngineSettings
        Deadlines.
    """

    def __init__(
        self,
        *,
        recorder: Recorder,
        source: Source,
        plan: SessionPlan,
        listeners: list[Listener],
        clock: Clock,
        settings: EngineSettings | None = None,
    ) -> None:
        self._recorder = recorder
        self._source = source
        self._plan = plan
        self._listeners = listeners
        self._clock = clock
        self._settings = settings or EngineSettings()
        self._inbox: queue.SimpleQueue[SourceMessage | OperatorCommand | Drawn] = (
            queue.SimpleQueue()
        )
        self._room = threading.Semaphore(self._settings.queue_volumes)
        self._stop = threading.Event()
        self._pipeline: Pipeline | None = None
        self._state: PipelineState | None = None
        self._waiting: list[tuple[Inbound, Volume | None]] = []
        self._last_volume_ns: int | None = None
        self._last_index = -1
        self._tr_s = 2.0
        self._stalled = False
        self._over = False
        self._watched = False
        self.source_failed = False
        self._recorded: deque[Entry] = deque()
        self._restoring = False
        self._shown: Feedback | None = None

    def command(self, command: OperatorCommand) -> None:
        """Take an operator's command; safe from any thread.

        Parameters
        ----------
        command : OperatorCommand
            What the operator did.
        """
        self._inbox.put(command)

    def acknowledge(self, drawn: Drawn) -> None:
        """Take a page's word that it has drawn; safe from any thread.

        Parameters
        ----------
        drawn : Drawn
            What was drawn.
        """
        self._watched = True
        self._inbox.put(drawn)

    def note(self, notice: Notice) -> None:
        """Take a notice from whoever made the session; safe from any thread.

        Parameters
        ----------
        notice : Notice
            What the operator should know.
        """
        self._inbox.put(notice)

    def restore(self, entries: Iterable[tuple[Entry, Volume | None]]) -> None:
        """Go through what was recorded before a restart.

        What the steps derive must equal what was recorded, to the bit; what a kill kept from
        being written is written now.

        Parameters
        ----------
        entries : iterable of (Entry, Volume or None)
            The journal in its order, with the raw volume of every `VolumeReceived`.

        Raises
        ------
        RecordError
            If the steps now derive something else than what was recorded.
        """
        entries = list(entries)
        self._recorded = deque(entry for entry, _ in entries if entry.side == "out")
        self._restoring = True
        for entry, volume in entries:
            if entry.side == "in":
                self._tell(entry.number, entry.message)
                self._digest(cast("Inbound", entry.message), volume)
        self._restoring = False
        n_volumes = sum(volume is not None for _, volume in entries)
        text = (
            f"The session was interrupted and goes on. {n_volumes} volumes were read back, and every "
            "result is equal to the bit."
        )
        self.note(Notice(level="warning", code="resumed", text=text))
        if self._shown is not None:
            self._source.show(self._shown)  # a kill may have come before it was shown
        if self._recorded:
            raise RecordError(
                f"The record holds {len(self._recorded)} results that this version does not derive "
                "from it. Resume with the version of empatune that recorded the session."
            )

    def run(self) -> None:
        """Run the session; return when it is over.

        Raises
        ------
        EmpatuneError
            If the source cannot be opened, the record cannot be written, or the
            participant cannot be prepared.
        """
        self._source.open()
        thread = threading.Thread(target=self._pump, name="empatune-source", daemon=True)
        thread.start()
        try:
            while not self._over:
                self._turn()
        except RecordError as problem:
            # the journal cannot take it any more, but the operator must know
            self._tell(0, Notice(level="alarm", code="record-failed", text=str(problem)))
            raise
        finally:
            self._stop.set()
            self._room.release()
            self._source.close()
            thread.join(timeout=10)
            self._drain()
            self._say_if_unseen()
            for listener in self._listeners:
                listener.ended()

    def _pump(self) -> None:
        try:
            for message in self._source.messages(self._stop):
                if isinstance(message, Volume):
                    self._room.acquire()
                self._inbox.put(message)
                if self._stop.is_set():
                    return
        except EmpatuneError as problem:
            self._inbox.put(Notice(level="alarm", code="source-failed", text=str(problem)))
            self._inbox.put(SourceEnded(reason="the source failed", failed=True))
        except Exception as problem:  # noqa: BLE001 - a bug in a source must not lose the session
            text = f"The source failed unexpectedly ({type(problem).__name__}). Volumes so far are safe."
            self._inbox.put(Notice(level="alarm", code="source-failed", text=text))
            self._inbox.put(SourceEnded(reason="the source failed", failed=True))

    def _turn(self) -> None:
        try:
            message = self._inbox.get(timeout=self._settings.tick_s)
        except queue.Empty:
            self._watch_silence()
            return
        if isinstance(message, Volume):
            self._room.release()
        self._take(message)

    def _drain(self) -> None:
        """Write what comes in while the session ends: late acknowledgements, above all."""
        grace_s = self._settings.grace_s if self._watched else 0.0
        until_ns = self._clock.monotonic_ns() + round(grace_s * 1e9)
        while True:
            left_s = max(0.0, (until_ns - self._clock.monotonic_ns()) / 1e9)
            try:
                message = self._inbox.get(block=left_s > 0, timeout=left_s or None)
                if isinstance(message, Drawn | Notice):
                    self._record(message)
            except (queue.Empty, RecordError):
                return

    def _say_if_unseen(self) -> None:
        if self._listeners and not self._watched:
            text = "No page drew anything: nobody saw the feedback."
            with contextlib.suppress(RecordError):
                self._record(Notice(level="warning", code="nobody-watched", text=text))

    def _take(self, message: SourceMessage | OperatorCommand | Drawn) -> None:
        volume = message if isinstance(message, Volume) else None
        inbound: Inbound = self._received(message) if isinstance(message, Volume) else message
        self._record(inbound)
        recorded_ns = self._clock.monotonic_ns()
        if volume is not None:
            self._source.recorded(volume.provenance.objects)
        self._digest(inbound, volume, recorded_ns=recorded_ns)
        self._check_end(inbound)

    def _received(self, volume: Volume) -> VolumeReceived:
        self._last_volume_ns = self._clock.monotonic_ns()
        self._last_index = max(self._last_index, volume.index)
        self._tr_s = volume.tr_s
        self._stalled = False
        return self._recorder.receive(volume)

    def _record(self, inbound: Inbound) -> None:
        (number,) = self._recorder.write([inbound], "in")
        self._tell(number, inbound)

    def _digest(
        self, inbound: Inbound, volume: Volume | None, *, recorded_ns: int | None = None
    ) -> None:
        feedback = None
        self._waiting.append((inbound, volume))
        if self._pipeline is not None or self._prepare_if_ready():
            waiting, self._waiting = self._waiting, []
            for message, image in waiting:
                moment = recorded_ns if image is volume else None
                feedback = self._advance(message, image, recorded_ns=moment) or feedback
        if volume is None:
            return
        self._shown = feedback
        if not self._restoring:
            self._source.show(feedback)

    def _prepare_if_ready(self) -> bool:
        volumes = [volume for _, volume in self._waiting if volume is not None]
        needed = self._plan.n_preparation
        if len(volumes) < max(needed, 1):
            return False
        if needed:
            self._announce(
                StateChanged(state="preparing", reason=f"from the first {needed} volumes")
            )
        built = self._plan.build(volumes)
        self._pipeline, self._state = built.pipeline, built.pipeline.init()
        for listener in self._listeners:
            listener.began(built.overview)
        if not self._restoring:
            for notice in built.notices:
                self._announce(notice)
        return True

    def _announce(self, message: StateChanged | Notice) -> None:
        (number,) = self._recorder.write([message], "in")
        self._tell(number, message)

    def _advance(
        self, inbound: Inbound, volume: Volume | None, *, recorded_ns: int | None = None
    ) -> Feedback | None:
        if self._pipeline is None or self._state is None:
            return None
        self._state, outbound = advance(self._pipeline, self._state, inbound, volume)
        decoded_ns = self._clock.monotonic_ns()
        self._emit(outbound)
        if volume is not None and not self._restoring:
            self._finish(volume, recorded_ns=recorded_ns or decoded_ns, decoded_ns=decoded_ns)
        shown = [message for message in outbound if isinstance(message, Feedback)]
        return shown[-1] if shown else None

    def _emit(self, outbound: Sequence[Outbound]) -> None:
        fresh = list(outbound)
        while fresh and self._recorded:
            message, entry = fresh.pop(0), self._recorded.popleft()
            if encode(message) != entry.body:
                raise RecordError(
                    "Going on with this session, the steps derive something else than what was "
                    f"recorded (row {entry.number}). Resume with the version that recorded it."
                )
            self._tell(entry.number, message)
        if fresh:
            for number, message in zip(self._recorder.write(fresh, "out"), fresh, strict=True):
                self._tell(number, message)

    def _finish(self, volume: Volume, *, recorded_ns: int, decoded_ns: int) -> None:
        timing = Timing(
            volume=volume.index,
            received_ns=volume.received_ns,
            recorded_ns=recorded_ns,
            decoded_ns=decoded_ns,
            shown_ns=self._clock.monotonic_ns(),
        )
        self._recorder.time(timing)
        for listener in self._listeners:
            listener.timed(timing)
            listener.saw(volume)

    def _tell(self, number: int, message: Message) -> None:
        for listener in self._listeners:
            listener.heard(number, message)

    def _check_end(self, inbound: Inbound) -> None:
        stopped = isinstance(inbound, OperatorCommand) and inbound.action == "stop"
        self._over = stopped or isinstance(inbound, SourceEnded)
        self.source_failed = isinstance(inbound, SourceEnded) and inbound.failed

    def _watch_silence(self) -> None:
        if self._last_volume_ns is None:
            return
        silence_s = (self._clock.monotonic_ns() - self._last_volume_ns) / 1e9
        if self._state is not None and self._state.finished:
            if silence_s > self._patience_s():
                self._take(SourceEnded(reason="the protocol is over and no more volumes came"))
        elif not self._stalled and silence_s > max(self._settings.stall_trs * self._tr_s, 1.0):
            self._stalled = True
            self._take(
                Notice(
                    level="alarm",
                    code="no-volumes",
                    text=f"No volume for {silence_s:.1f} s. Is the scanner still running and sending?",
                )
            )

    def _patience_s(self) -> float:
        n_volumes = self._plan.study.scanner.n_volumes
        if n_volumes is not None and self._last_index + 1 >= n_volumes:
            return max(self._tr_s, 1.0)
        return max(self._settings.idle_end_s, 2 * self._tr_s)
