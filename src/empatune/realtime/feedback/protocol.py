"""The protocol in volumes: what is on, and what is told, at every position of a run."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import numpy as np

from empatune.errors import StudyError
from empatune.realtime.listener import BlockPlan
from empatune.realtime.study import Study, delay_in_volumes, edges_in_volumes, timing_problems
from empatune.typing import FloatArray

WAITING = "waiting"
"""Phase before the first block."""

PAUSED = "paused"
"""Phase during a pause."""

FINISHED = "finished"
"""Phase after the last block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a run.

    Parameters
    ----------
    number : int
        Its place in the run, from 0.
    condition : str
        Name of the condition.
    instruction : str
        The words on the page.
    start : int
        Its first volume, counted from the protocol's start.
    n_volumes : int
        Its length [volumes].
    feedback : bool
        True if a value is shown in it.
    duration_s : float
        Its length as the study file has it [s].
    """

    number: int
    condition: str
    instruction: str
    start: int
    n_volumes: int
    feedback: bool
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is on at one position of a run.

    Parameters
    ----------
    phase : str
        The condition, or ``waiting`` or ``finished``.
    block : int
        Number of the block; -1 outside all.
    instruction : str
        The words on the page.
    show : bool
        True if a value is shown.
    elapsed : float
        Share of the block that has passed, 0 to 1.
    """

    phase: str
    block: int
    instruction: str
    show: bool
    elapsed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A row of a BIDS events table.

    Parameters
    ----------
    onset_s : float
        Start after the run's first volume [s].
    duration_s : float
        Length [s].
    trial_type : str
        Name of the condition.
    """

    onset_s: float
    duration_s: float
    trial_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The blocks of a run in volumes.

    Positions count volumes from the protocol's start; dummy volumes have negative ones.

    Parameters
    ----------
    blocks : tuple of Block
        All blocks in their order, without gaps.
    tr_s : float
        Repetition time [s].
    n_dummies : int
        Volumes before the first block.
    n_delay : int
        Haemodynamic delay [volumes].
    waiting, finished : str
        The words on the page before and after the blocks.
    """

    blocks: tuple[Block, ...]
    tr_s: float
    n_dummies: int
    n_delay: int
    waiting: str
    finished: str

    @property
    def n_volumes(self) -> int:
        """Number of volumes in all blocks."""
        return self.blocks[-1].start + self.blocks[-1].n_volumes

    @property
    def n_expected(self) -> int:
        """Number of volumes that the protocol needs, dummies included."""
        return self.n_dummies + self.n_volumes

    def block_at(self, position: int) -> Block | None:
        """Return the block of a volume.

        Parameters
        ----------
        position : int
            Volumes since the protocol's start.

        Returns
        -------
        Block or None
            The block; None before the first and after the last.
        """
        if not 0 <= position < self.n_volumes:
            return None
        return self.blocks[bisect.bisect_right(self.blocks, position, key=lambda b: b.start) - 1]

    def settled_block(self, position: int) -> Block | None:
        """Return the block that a volume's response can be counted for.

        Parameters
        ----------
        position : int
            Volumes since the protocol's start.

        Returns
        -------
        Block or None
            The block, if it was already on one haemodynamic delay before; None otherwise.
        """
        block = self.block_at(position)
        return block if block is not None and position - block.start >= self.n_delay else None

    def at(self, position: int) -> Moment:
        """Tell what is on when a volume begins.

        Parameters
        ----------
        position : int
            Volumes since the protocol's start.

        Returns
        -------
        Moment
            Phase, words, and whether a value is shown.
        """
        block = self.block_at(position)
        if block is None:
            early = position < 0
            return Moment(
                phase=WAITING if early else FINISHED,
                block=-1,
                instruction=self.waiting if early else self.finished,
                show=False,
                elapsed=0.0 if early else 1.0,
            )
        return Moment(
            phase=block.condition,
            block=block.number,
            instruction=block.instruction,
            show=block.feedback,
            elapsed=(position - block.start) / block.n_volumes,
        )

    def plan(self) -> tuple[BlockPlan, ...]:
        """Return the blocks as those who watch a session need them.

        Returns
        -------
        tuple of BlockPlan
            In their order.
        """
        return tuple(
            BlockPlan(
                condition=block.condition,
                start=block.start,
                n_volumes=block.n_volumes,
                feedback=block.feedback,
            )
            for block in self.blocks
        )

    def boxcars(self) -> dict[str, FloatArray]:
        """Return which volumes each condition covers.

        Returns
        -------
        dict of str to ndarray, shape (n_volumes,)
            By condition, in the order of appearance; 1 in its blocks, 0 elsewhere.
        """
        found: dict[str, FloatArray] = {}
        for block in self.blocks:
            boxcar = found.setdefault(block.condition, np.zeros(self.n_volumes))
            boxcar[block.start : block.start + block.n_volumes] = 1.0
        return found

    def events(self) -> tuple[Event, ...]:
        """Return the blocks as they would run without a pause.

        Returns
        -------
        tuple of Event
            In their order, timed from the run's first volume.
        """
        return tuple(
            Event(
                onset_s=(self.n_dummies + block.start) * self.tr_s,
                duration_s=block.n_volumes * self.tr_s,
                trial_type=block.condition,
            )
            for block in self.blocks
        )

    def roundings(self) -> tuple[str, ...]:
        """Say which blocks are longer or shorter than the study file has them.

        Returns
        -------
        tuple of str
            One sentence for every kind of block that was rounded.
        """
        found = [
            f"Blocks of {block.condition} last {block.n_volumes * self.tr_s:g} s "
            f"({block.n_volumes} volumes) instead of {block.duration_s:g} s."
            for block in self.blocks
            if abs(block.n_volumes * self.tr_s - block.duration_s) > 1e-3
        ]
        return tuple(dict.fromkeys(found))


def make_timeline(study: Study, tr_s: float) -> Timeline:
    """Lay the protocol of a study out in volumes.

    Parameters
    ----------
    study : Study
        The study.
    tr_s : float
        The true repetition time [s].

    Returns
    -------
    Timeline
        The blocks of all repetitions; their edges are rounded to volumes.

    Raises
    ------
    StudyError
        If the protocol cannot be run at this repetition time.
    """
    problems = timing_problems(study.protocol, study.score, tr_s=tr_s)
    if problems:
        raise StudyError(
            f"The protocol does not fit a repetition time of {tr_s:g} s.\n"
            + "\n".join(f"  {problem.text}" for problem in problems)
        )
    edges = edges_in_volumes(study.protocol, tr_s)
    blocks = tuple(
        Block(
            number=number,
            condition=block.condition,
            instruction=block.words,
            start=edges[number],
            n_volumes=edges[number + 1] - edges[number],
            feedback=block.feedback,
            duration_s=block.duration_s,
        )
        for number, block in enumerate(study.protocol.all_blocks)
    )
    return Timeline(
        blocks=blocks,
        tr_s=tr_s,
        n_dummies=study.protocol.dummy_volumes,
        n_delay=delay_in_volumes(study.score.delay_s, tr_s),
        waiting=study.protocol.waiting_instruction,
        finished=study.protocol.finished_instruction,
    )
