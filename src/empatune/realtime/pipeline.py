"""The way of one volume through the steps. Pure: all memory is in `PipelineState`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from empatune.core import Volume
from empatune.realtime.decoders.expression import Expression, Reading
from empatune.realtime.decoders.regression import Regression, RegressionState
from empatune.realtime.feedback.controller import FeedbackController
from empatune.realtime.feedback.controller import State as ControlState
from empatune.realtime.feedback.protocol import Timeline
from empatune.realtime.messages import (
    Aligned,
    Decoded,
    Inbound,
    Notice,
    OperatorCommand,
    Outbound,
    Response,
    SourceEnded,
    StateChanged,
    VolumeLost,
    VolumeReceived,
)
from empatune.realtime.preprocessing.motion import Motion, MotionState, Pose
from empatune.realtime.preprocessing.quality import Quality, QualityState

N_STRANGE = 3
"""Volumes that may lie far from the reference before the preparation is doubted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PipelineState:
    """What all steps remember.

    Parameters
    ----------
    motion : MotionState
        Of the motion step.
    quality : QualityState
        Of the quality step.
    regression : RegressionState
        Of the regression step.
    control : ControlState
        Of the feedback controller.
    newest : int
        Index of the newest volume that was decoded or lost; -1 before the first.
    state : str
        State of the session, as last told.
    n_strange : int or None
        Volumes since the first one that all lie far from the reference; None once one fitted or
        it was told.
    """

    motion: MotionState
    quality: QualityState
    regression: RegressionState
    control: ControlState
    newest: int = -1
    state: str = "waiting"
    n_strange: int | None = 0

    @property
    def finished(self) -> bool:
        """True once the protocol is over."""
        return self.state == "finished"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pipeline:
    """Motion, quality, expression, regression, feedback: in this order.

    Parameters
    ----------
    motion : Motion
        Where the head is.
    expression : Expression
        What the weights say.
    quality : Quality
        How good the volume is.
    regression : Regression
        Responses without nuisance.
    controller : FeedbackController
        What the participant sees.
    timeline : Timeline
        The protocol in volumes.
    signatures, systems : tuple of str
        Names of the responses, in the order of the weights.
    """

    motion: Motion
    expression: Expression
    quality: Quality
    regression: Regression
    controller: FeedbackController
    timeline: Timeline
    signatures: tuple[str, ...]
    systems: tuple[str, ...]

    def init(self) -> PipelineState:
        """Return the state before anything came in.

        Returns
        -------
        PipelineState
            The initial states of all steps.
        """
        return PipelineState(
            motion=self.motion.init(),
            quality=self.quality.init(),
            regression=self.regression.init(),
            control=self.controller.init(),
        )

    def step(
        self, state: PipelineState, message: Inbound, volume: Volume | None
    ) -> tuple[PipelineState, tuple[Outbound, ...]]:
        """Take in one message.

        Parameters
        ----------
        state : PipelineState
            The state so far.
        message : Inbound
            What came in.
        volume : Volume or None
            The volume of a `VolumeReceived`.

        Returns
        -------
        PipelineState
            The new state.
        tuple of Outbound
            What follows from the message, in its order.
        """
        match message:
            case VolumeReceived() if volume is not None:
                return self._decode(state, volume)
            case VolumeLost():
                return self._lose(state, message)
            case OperatorCommand():
                return self._obey(state, message)
            case SourceEnded(failed=False) if not state.finished:
                over = StateChanged(state="finished", reason=message.reason)
                return replace(state, state="finished"), (over,)
            case _:
                return state, ()

    def _decode(
        self, state: PipelineState, volume: Volume
    ) -> tuple[PipelineState, tuple[Outbound, ...]]:
        if volume.index <= state.newest:
            return state, (_late(volume.index, state.newest),)
        image = volume.intensities()
        motion, pose = self.motion.step(state.motion, image)
        reading = self.expression.step(image, pose.matrix)
        quality, aligned = self.quality.step(
            state.quality,
            index=volume.index,
            pose=pose,
            brain=reading.brain,
            inside=reading.inside,
        )
        regression, decoded = self._regress(state, aligned, pose, reading=reading)
        decoded = self.controller.standardised(state.control, decoded)
        control, feedback = self.controller.step(state.control, decoded)
        new = PipelineState(
            motion=motion,
            quality=quality,
            regression=regression,
            control=control,
            newest=volume.index,
            state=state.state,
            n_strange=state.n_strange,
        )
        new, doubts = _doubt(new, pose, fits=pose.converged and aligned.usable)
        new, changes = self._tell_state(new)
        return new, (aligned, decoded, *doubts, *changes, feedback)

    def _regress(
        self, state: PipelineState, aligned: Aligned, pose: Pose, *, reading: Reading
    ) -> tuple[RegressionState, Decoded]:
        _, place = state.control.progress.take(aligned.index)
        block = None if place is None else self.timeline.block_at(place - self.timeline.n_dummies)
        regression, responses = self.regression.step(
            state.regression,
            reading.responses,
            position=aligned.index,
            motion=pose.parameters,
            condition="" if block is None else block.condition,
            usable=aligned.usable,
        )
        n = len(self.signatures)
        return regression, Decoded(
            index=aligned.index,
            signatures=_named(self.signatures, responses[:n]),
            systems=_named(self.systems, responses[n:]),
            usable=aligned.usable,
        )

    def _lose(
        self, state: PipelineState, lost: VolumeLost
    ) -> tuple[PipelineState, tuple[Outbound, ...]]:
        if lost.index <= state.newest:
            return state, ()
        control, feedback = self.controller.step(state.control, lost)
        new, changes = self._tell_state(replace(state, control=control, newest=lost.index))
        return new, (*changes, feedback)

    def _obey(
        self, state: PipelineState, command: OperatorCommand
    ) -> tuple[PipelineState, tuple[Outbound, ...]]:
        act = {
            "start": self.controller.start,
            "pause": self.controller.pause,
            "resume": self.controller.resume,
        }.get(command.action)
        if act is None:
            if command.action == "stop" and not state.finished:
                reason = f"stopped by {command.operator}"
                return replace(state, state="finished"), (
                    StateChanged(state="finished", reason=reason),
                )
            return state, ()
        control = act(state.control)
        if control.progress == state.control.progress:
            return state, ()
        new, changes = self._tell_state(replace(state, control=control))
        return new, (*changes, self.controller.told(control))

    def _tell_state(self, state: PipelineState) -> tuple[PipelineState, tuple[StateChanged, ...]]:
        progress = state.control.progress
        if state.finished or self.controller.finished(state.control):
            now, reason = "finished", "the last block is over"
        elif not progress.started:
            now, reason = "waiting", "waiting for the operator's start"
        elif progress.paused:
            now, reason = "paused", "paused by the operator"
        else:
            now, reason = "running", "the protocol runs"
        if now == state.state:
            return state, ()
        change = StateChanged(state=now, reason=reason)  # type: ignore[arg-type]
        return replace(state, state=now), (change,)


def advance(
    pipeline: Pipeline, state: PipelineState, message: Inbound, volume: Volume | None
) -> tuple[PipelineState, tuple[Outbound, ...]]:
    """Take in one message; a step that fails is told, never the end of the session.

    Parameters
    ----------
    pipeline : Pipeline
        The steps.
    state : PipelineState
        The state so far.
    message : Inbound
        What came in.
    volume : Volume or None
        The volume of a `VolumeReceived`.

    Returns
    -------
    PipelineState
        The new state; the old one if a step failed.
    tuple of Outbound
        What follows; the failure as an alarm, if a step failed.
    """
    try:
        return pipeline.step(state, message, volume)
    except Exception as problem:  # noqa: BLE001 - one volume must not end a person's session
        text = (
            f"{type(message).__name__} could not be worked on: {type(problem).__name__}: {problem}"
        )
        return state, (Notice(level="alarm", code="step-failed", text=text),)


def _doubt(
    state: PipelineState, pose: Pose, *, fits: bool
) -> tuple[PipelineState, tuple[Notice, ...]]:
    """Ask after a few volumes whether the reference is of this person at all."""
    if state.n_strange is None:
        return state, ()
    if fits:
        return replace(state, n_strange=None), ()
    if state.n_strange + 1 < N_STRANGE:
        return replace(state, n_strange=state.n_strange + 1), ()
    text = (
        f"None of the first {N_STRANGE} volumes fits the preparation (the head lies "
        f"{pose.displacement_mm:.0f} mm from it). Is it the preparation of this person and place? "
        "If not, stop and prepare again."
    )
    notice = Notice(level="alarm", code="not-this-brain", text=text)
    return replace(state, n_strange=None), (notice,)


def _late(index: int, newest: int) -> Notice:
    return Notice(
        level="warning",
        code="late-volume",
        text=f"Volume {index} came after volume {newest}: it is recorded, not decoded.",
    )


def _named(names: tuple[str, ...], responses: tuple[Response, ...]) -> dict[str, Response]:
    return dict(zip(names, responses, strict=True))
