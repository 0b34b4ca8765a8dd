"""The step that decides what the participant sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from empatune.realtime.feedback.progress import Progress
from empatune.realtime.feedback.protocol import PAUSED, Timeline
from empatune.realtime.feedback.scaling import next_gain, scale
from empatune.realtime.feedback.score import (
    Baseline,
    Score,
    empty_baseline,
    extend,
    score,
    smooth,
    smoothed,
)
from empatune.realtime.messages import Decoded, Feedback, Response, VolumeLost
from empatune.realtime.study import Study
from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """Everything that the controller remembers.

    Parameters
    ----------
    progress : Progress
        How far the run has come.
    baseline : Baseline
        Of all signatures and systems.
    gain : float
        Score that fills the scale [baseline SD].
    score : Score
        Of the newest volume that could be scored.
    recent : tuple of float
        What the smoothing remembers.
    block : int
        Number of the block that is told; -1 outside all.
    block_values : tuple of float
        What the settled volumes of that block gave: scores if feedback is intermittent, else
        own values.
    value : float
        Own value, -1 to 1.
    shown : float
        Value that the page has, own or yoked.
    """

    progress: Progress
    baseline: Baseline
    gain: float
    score: Score = field(default_factory=lambda: Score(value=0.0, standard_error=0.0))
    recent: tuple[float, ...] = ()
    block: int = -1
    block_values: tuple[float, ...] = ()
    value: float = 0.0
    shown: float = 0.0


class FeedbackController:
    """Turns decoded volumes into feedback. Pure: all memory is in `State`.

    What is told after a volume holds from then on: it is the phase of the next volume. A volume
    that is lost, marked, late or comes in a pause moves neither score nor value.

    Parameters
    ----------
    study : Study
        Protocol, score and scaling.
    timeline : Timeline
        The protocol in volumes.
    signatures : sequence of str
        Names of all signatures that are decoded.
    systems : sequence of str
        Names of all component systems that are decoded.
    shown_instead : sequence of sequence of float, optional
        Values by block and position in it that a sham participant sees. A block that is longer
        holds its last value, a shorter one leaves the rest out.
    """

    def __init__(
        self,
        study: Study,
        timeline: Timeline,
        *,
        signatures: Sequence[str],
        systems: Sequence[str] = (),
        shown_instead: Sequence[Sequence[float]] | None = None,
    ) -> None:
        self._study = study
        self._timeline = timeline
        self._signatures = tuple(signatures)
        self._systems = tuple(systems)
        self._shown_instead = shown_instead
        self._intermittent = study.protocol.feedback == "intermittent"
        weights = [study.score.weights.get(name, 0.0) for name in self._signatures]
        self._weights = np.array(weights + [0.0] * len(self._systems))

    def init(self, *, origin: int | None = None) -> State:
        """Return the state before the first volume.

        Parameters
        ----------
        origin : int, optional
            Index of the protocol's first volume where that is known; otherwise it is that of
            the first volume after the start.

        Returns
        -------
        State
            Started, if the study starts with the first volume.
        """
        started = self._study.protocol.start == "first-volume"
        return State(
            progress=Progress(started=started, origin=origin),
            baseline=empty_baseline(len(self._weights)),
            gain=self._study.scaling.gain,
        )

    def start(self, state: State) -> State:
        """Start the protocol with the next volume; nothing changes if it has started.

        Parameters
        ----------
        state : State
            The state so far.

        Returns
        -------
        State
            The new state.
        """
        return replace(state, progress=replace(state.progress, started=True))

    def pause(self, state: State) -> State:
        """Hold the protocol until `resume`; volumes that come meanwhile do not advance it.

        Parameters
        ----------
        state : State
            The state so far.

        Returns
        -------
        State
            The new state.
        """
        return replace(state, progress=replace(state.progress, paused=True))

    def resume(self, state: State) -> State:
        """Go on with the protocol after a pause.

        Parameters
        ----------
        state : State
            The state so far.

        Returns
        -------
        State
            The new state.
        """
        return replace(state, progress=replace(state.progress, paused=False))

    def finished(self, state: State) -> bool:
        """Tell whether the last block is over.

        Parameters
        ----------
        state : State
            The state.

        Returns
        -------
        bool
            True if the next volume would come after the last block.
        """
        return state.progress.started and self.next_position(state) >= self._timeline.n_volumes

    def next_position(self, state: State) -> int:
        """Return the place of the next volume in the protocol.

        Parameters
        ----------
        state : State
            The state.

        Returns
        -------
        int
            Volumes since the first block's start; negative for dummies.
        """
        return state.progress.next_place - self._timeline.n_dummies

    def standardised(self, state: State, decoded: Decoded) -> Decoded:
        """Fill in every z of a volume, and its error, from the baseline before it.

        Parameters
        ----------
        state : State
            The state before the volume.
        decoded : Decoded
            The volume's responses.

        Returns
        -------
        Decoded
            The same with every z; 0 until the baseline has its least number of volumes.
        """
        ready = self._has_baseline(state)
        cleaned = self._pick(decoded, "cleaned")
        z = state.baseline.standardise(cleaned) if ready else np.zeros_like(cleaned)
        sd = state.baseline.sd if ready else np.zeros_like(cleaned)
        n_signatures = len(self._signatures)
        return replace(
            decoded,
            signatures=_with_z(
                decoded.signatures, self._signatures, z=z[:n_signatures], sd=sd[:n_signatures]
            ),
            systems=_with_z(
                decoded.systems, self._systems, z=z[n_signatures:], sd=sd[n_signatures:]
            ),
        )

    def step(self, state: State, message: Decoded | VolumeLost) -> tuple[State, Feedback]:
        """Take in one volume.

        Parameters
        ----------
        state : State
            The state so far.
        message : Decoded or VolumeLost
            The volume's responses, or the news that it is lost.

        Returns
        -------
        state : State
            The new state.
        feedback : Feedback
            What the page shows from now on.
        """
        progress, place = state.progress.take(message.index)
        state = replace(state, progress=progress)
        if place is not None:
            position = place - self._timeline.n_dummies
            state = self._move_to(state, position)
            decoded = message if isinstance(message, Decoded) and message.usable else None
            if decoded is not None:
                state = self._count(self._rate(state, decoded), decoded, position)
            state = self._move_to(state, position + 1)
            if decoded is not None:
                state = self._show(state, position + 1)
        return state, self.told(state, index=message.index)

    def told(self, state: State, *, index: int | None = None) -> Feedback:
        """Say what the page shows in a state.

        Parameters
        ----------
        state : State
            The state.
        index : int, optional
            Volume that led to it; the newest if none is given.

        Returns
        -------
        Feedback
            What the page shows.
        """
        progress = state.progress
        moment = self._timeline.at(self.next_position(state) if progress.started else -1)
        if progress.paused and progress.started:
            words = self._study.protocol.paused_instruction
            moment = replace(moment, phase=PAUSED, instruction=words, show=False)
        return Feedback(
            index=progress.newest if index is None else index,
            phase=moment.phase,
            block=moment.block,
            instruction=moment.instruction,
            show=moment.show,
            value=state.shown if moment.show else 0.0,
            score=state.score.value,
            elapsed=moment.elapsed,
        )

    def _has_baseline(self, state: State) -> bool:
        return state.baseline.n_volumes >= self._study.score.baseline_min_volumes

    def _pick(self, decoded: Decoded, name: str) -> FloatArray:
        responses = [decoded.signatures[entry] for entry in self._signatures]
        responses += [decoded.systems[entry] for entry in self._systems]
        return np.array([getattr(response, name) for response in responses], dtype=np.float64)

    def _rate(self, state: State, decoded: Decoded) -> State:
        # A volume is rated by the baseline before it: it never standardises itself.
        if not self._has_baseline(state):
            return state
        rated = score(
            state.baseline,
            self._weights,
            responses=self._pick(decoded, "cleaned"),
            standard_errors=self._pick(decoded, "standard_error"),
        )
        recent = smooth(state.recent, rated.value, self._study.score)
        state = replace(state, score=rated, recent=recent)
        return state if self._intermittent else replace(state, value=self._own_value(state))

    def _own_value(self, state: State) -> float:
        return scale(smoothed(state.recent), state.gain)

    def _count(self, state: State, decoded: Decoded, position: int) -> State:
        block = self._timeline.settled_block(position)
        if block is None:
            return state
        if self._has_baseline(state):
            value = state.score.value if self._intermittent else state.value
            state = replace(state, block_values=(*state.block_values, value))
        if block.condition in self._study.score.baseline:
            baseline = extend(state.baseline, self._pick(decoded, "cleaned"))
            state = replace(state, baseline=baseline)
        return state

    def _move_to(self, state: State, position: int) -> State:
        block = self._timeline.block_at(position)
        number = -1 if block is None else block.number
        if number == state.block:
            return state
        before, values = state.block, state.block_values
        state = replace(state, block=number, block_values=())
        if self._intermittent and block is not None and block.feedback:
            values = values if before == number - 1 else ()
            state = replace(state, value=scale(_mean(values), state.gain))
            state = self._adapt(state, state.value) if values else state
        elif not self._intermittent and values and self._timeline.blocks[before].feedback:
            state = self._adapt(state, _mean(values))
        return self._show(state, position)

    def _adapt(self, state: State, mean_value: float) -> State:
        return replace(state, gain=next_gain(state.gain, mean_value, self._study.scaling))

    def _show(self, state: State, position: int) -> State:
        block = self._timeline.block_at(position)
        if block is None or not block.feedback:
            return state
        if self._shown_instead is None:
            return replace(state, shown=state.value)
        series = self._shown_instead[block.number]
        return replace(state, shown=series[min(position - block.start, len(series) - 1)])


def _with_z(
    responses: dict[str, Response], names: tuple[str, ...], *, z: FloatArray, sd: FloatArray
) -> dict[str, Response]:
    return {
        name: replace(
            responses[name],
            z=float(value),
            z_error=responses[name].standard_error / float(unit) if unit > 0 else 0.0,
        )
        for name, value, unit in zip(names, z, sd, strict=True)
    }


def _mean(values: tuple[float, ...]) -> float:
    return math.fsum(values) / len(values) if values else 0.0
