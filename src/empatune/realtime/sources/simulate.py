"""A simulated participant as a source: the one source that looks at what is shown."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Event

from empatune.core import Provenance, Volume
from empatune.errors import UsageError
from empatune.realtime.messages import Feedback, SourceEnded, SourceMessage
from empatune.simulation.learning import Seen
from empatune.simulation.participant import SimulatedParticipant
from empatune.typing import FloatArray, JsonObject

PATIENCE_S = 300.0
"""At no pace, how long a volume waits for the feedback that it depends on [s]."""


class SimulatedSource:
    """Scans a simulated participant, who sees the feedback and reacts.

    Volume n + 1 is made only after `show` told what followed volume n, so that a run depends
    on its seed and its feedback alone, at any pace. At a true pace the scanner does not wait
    for late feedback: the participant then still sees what was shown before.

    Parameters
    ----------
    participant : SimulatedParticipant
        The person, before their first volume.
    pace : float
        Speed as a multiple of the true one; 0 is as fast as possible.
    n_recorded : int
        Volumes that the record already holds, when a session is resumed.
    replay : sequence of Feedback
        The feedback that was shown for them: the participant lives through it again, unscanned.
    monotonic_ns : callable
        The clock.

    Raises
    ------
    UsageError
        If the pace is negative or the run was already over.
    """

    def __init__(
        self,
        participant: SimulatedParticipant,
        *,
        pace: float = 1.0,
        n_recorded: int = 0,
        replay: Sequence[Feedback] = (),
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        if not pace >= 0:
            raise UsageError(f"A pace is 0 (as fast as possible) or positive; given {pace}.")
        if n_recorded > participant.n_volumes:
            raise UsageError(
                f"The record holds {n_recorded} volumes, the simulated run has only "
                f"{participant.n_volumes}. Resume with the settings of the recorded session."
            )
        self._participant = participant
        self._pace = pace
        self._n_recorded = n_recorded
        self._clock = monotonic_ns
        self._news = threading.Condition()
        self._n_shown = 0
        self._closed = False
        self._now = _taken_in(None)
        self._relive(replay)

    @property
    def n_expected(self) -> int | None:
        """Number of volumes in the run."""
        return self._participant.n_volumes

    @property
    def mni_to_world(self) -> FloatArray:
        """The participant's true anatomy, shape (4, 4): the exact preparation."""
        return self._participant.mni_to_world

    def describe(self) -> JsonObject:
        """Return what this source is, for the record.

        Returns
        -------
        dict
            That all of it is simulated, by which seed and settings, at which pace.
        """
        return {
            "source": "simulate",
            "notice": "Every volume is simulated: no brain was measured.",
            "pace": self._pace,
            "n_volumes": self._participant.n_volumes,
            "participant": self._participant.describe(),
        }

    def open(self) -> None:
        """Do nothing: there is no port, folder or file."""

    def messages(self, stop: Event) -> Iterator[SourceMessage]:
        """Scan the participant.

        Parameters
        ----------
        stop : Event
            Ends the run.

        Yields
        ------
        Volume or SourceEnded
            The volumes in their order, then the end.
        """
        tr_ns = self._participant.settings.tr_s * 1e9 / self._pace if self._pace else 0.0
        began_ns, making_ns = self._clock(), 0
        for count, index in enumerate(range(self._n_recorded, self._participant.n_volumes)):
            due_ns = began_ns + round((count + 1) * tr_ns)
            if not self._wait_for_feedback(count, due_ns - 2 * making_ns, stop):
                break
            started_ns = self._clock()
            volume = self._make(index)
            making_ns = self._clock() - started_ns
            if tr_ns and stop.wait(max(0.0, (due_ns - self._clock()) / 1e9)):
                break
            yield self._stamped(volume)
        else:
            yield SourceEnded(reason="the simulated run is complete")
            return
        yield SourceEnded(reason="the simulated run was stopped")

    def recorded(self, objects: Sequence[str]) -> None:
        """Do nothing: there is no spool.

        Parameters
        ----------
        objects : sequence of str
            What was recorded.
        """

    def show(self, feedback: Feedback | None) -> None:
        """Let the participant see what the page shows now.

        Parameters
        ----------
        feedback : Feedback or None
            What followed the last volume; None if nothing is shown.
        """
        with self._news:
            self._now = _taken_in(feedback)
            if feedback is None or feedback.index >= self._n_recorded:
                self._n_shown += 1
            self._news.notify_all()

    def close(self) -> None:
        """Release a volume that waits for feedback."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    def _relive(self, replay: Sequence[Feedback]) -> None:
        shown = {feedback.index: feedback for feedback in replay}
        self._participant.restart()
        for index in range(self._n_recorded):
            self._participant.live(_taken_in(shown.get(index - 1)))
        self._now = _taken_in(shown.get(self._n_recorded - 1))

    def _wait_for_feedback(self, n_needed: int, due_ns: float, stop: Event) -> bool:
        """Wait until so many volumes were answered; tell whether to go on."""
        patience_s = (due_ns - self._clock()) / 1e9 if self._pace else PATIENCE_S
        deadline_s = time.monotonic() + max(patience_s, 0.0)
        with self._news:
            while self._n_shown < n_needed and not (self._closed or stop.is_set()):
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    break
                self._news.wait(min(left_s, 0.1))  # stop does not notify
        return not (self._closed or stop.is_set())

    def _make(self, index: int) -> Volume:
        with self._news:
            seen = self._now
        participant = self._participant
        settings = participant.settings
        return Volume(
            stored=participant.scan(participant.live(seen)),
            grid=participant.grid,
            index=index,
            tr_s=settings.tr_s,
            acquired_s=index * settings.tr_s,
            received_ns=0,
            provenance=Provenance(
                source="simulate",
                kind="simulated",
                series=_digest(f"simulated series {settings.seed}"),
                objects=(_digest(f"simulated volume {settings.seed} {index}"),),
                scanner="simulated",
            ),
        )

    def _stamped(self, volume: Volume) -> Volume:
        return replace(volume, received_ns=self._clock())


def _taken_in(feedback: Feedback | None) -> Seen:
    """Reduce a message to what a person can see: nobody sees their true score."""
    if feedback is None:
        return Seen()
    return Seen(
        phase=feedback.phase,
        elapsed=feedback.elapsed,
        value=feedback.value if feedback.show else None,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
