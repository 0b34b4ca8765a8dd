"""Where every volume stood in the protocol: the loop's own count, gone through again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from empatune.realtime.feedback.progress import Progress
from empatune.realtime.listener import BlockPlan
from empatune.realtime.messages import Message, OperatorCommand, VolumeLost, VolumeReceived


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where one volume stood.

    Parameters
    ----------
    position : int or None
        Volumes since the first block's start; None in a pause and before the start.
    block : int
        Number of its block; -1 outside of all.
    condition : str
        Condition of that block; empty outside of all.
    paused : bool
        True if it came in a pause.
    """

    position: int | None = None
    block: int = -1
    condition: str = ""
    paused: bool = False


def places(
    messages: Iterable[Message], *, started: bool, n_dummies: int, blocks: Sequence[BlockPlan]
) -> dict[int, Places]:
    """Count through what came in as the loop did.

    Parameters
    ----------
    messages : iterable of Message
        What came in, in the journal's order.
    started : bool
        True if the protocol starts with the first volume, False if an operator starts it.
    n_dummies : int
        Volumes before the first block.
    blocks : sequence of BlockPlan
        The protocol.

    Returns
    -------
    dict of int to Places
        By index of the volume; gaps are filled as the loop counts them, late volumes are out.
    """
    found: dict[int, Places] = {}
    progress = Progress(started=started)
    for message in messages:
        if isinstance(message, OperatorCommand):
            progress = _obey(progress, message)
        elif isinstance(message, VolumeReceived | VolumeLost):
            before = progress.newest
            paused = progress.started and progress.paused
            progress, place = progress.take(message.index)
            # nobody knows what happened in a gap: its volumes go with the one that ends it
            gap = range(before + 1 if found else message.index, message.index + 1)
            for index in gap:
                back = message.index - index
                position = None if place is None else place - n_dummies - back
                found[index] = _at(position, blocks, paused=paused)
    return found


def _obey(progress: Progress, command: OperatorCommand) -> Progress:
    match command.action:
        case "start":
            return replace(progress, started=True)
        case "pause":
            return replace(progress, paused=True)
        case "resume":
            return replace(progress, paused=False)
        case _:
            return progress


def _at(position: int | None, blocks: Sequence[BlockPlan], *, paused: bool) -> Places:
    if position is None:
        return Places(paused=paused)
    for number, block in enumerate(blocks):
        if block.start <= position < block.start + block.n_volumes:
            return Places(position=position, block=number, condition=block.condition)
    return Places(position=position)
