"""The protocol as it really ran."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from empatune.exports.history import SessionHistory, VolumeHistory
from empatune.realtime.study import delay_in_volumes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Volumes in a row that belong together: a block, a part of one, or a pause.

    Parameters
    ----------
    block : int
        Number of the block, from 0; -1 for a pause.
    condition : str
        Name of the condition; ``pause`` for a pause.
    volumes : tuple of VolumeHistory
        Its volumes, also those that were lost.
    feedback : bool
        True if a value was shown in it.
    complete : bool
        True if it is as long as the protocol plans.
    """

    block: int
    condition: str
    volumes: tuple[VolumeHistory, ...]
    feedback: bool
    complete: bool

    @property
    def first(self) -> int:
        """Index of its first volume."""
        return self.volumes[0].index

    @property
    def n_volumes(self) -> int:
        """Its length [volumes]."""
        return len(self.volumes)


def stretches(history: SessionHistory) -> tuple[Stretch, ...]:
    """Return blocks and pauses as they ran; a pause inside a block cuts it in two.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    tuple of Stretch
        In their order; volumes before the start and after the end belong to none.
    """
    planned = [block.n_volumes for block in history.blocks]
    found = []
    for (block, paused, condition), group in groupby(history.volumes, key=_where):
        if block < 0 and not paused:
            continue
        volumes = tuple(group)
        found.append(
            Stretch(
                block=block,
                condition="pause" if paused else condition,
                volumes=volumes,
                feedback=any(v.during is not None and v.during.show for v in volumes),
                complete=0 <= block < len(planned) and len(volumes) >= planned[block],
            )
        )
    return tuple(found)


def _where(volume: VolumeHistory) -> tuple[int, bool, str]:
    return volume.block, volume.paused, volume.condition


def baseline_conditions(history: SessionHistory) -> tuple[str, ...]:
    """Return the conditions in which the person's baseline was taken.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    tuple of str
        As the study has them; ``rest`` if the record does not say.
    """
    return tuple(history.setting("score", "baseline", ("rest",)))


def settled(history: SessionHistory, volume: VolumeHistory) -> bool:
    """Tell whether a volume's response can be counted for its block.

    Parameters
    ----------
    history : SessionHistory
        The session.
    volume : VolumeHistory
        The volume.

    Returns
    -------
    bool
        True if its block was already on one haemodynamic delay before; the loop's own rule.
    """
    if volume.block < 0 or volume.position is None:
        return False
    delay_s = float(history.setting("score", "delay_s", 5.0))
    since = volume.position - history.blocks[volume.block].start
    tr_s = float(history.overview.get("tr_s", history.tr_s))
    return since >= delay_in_volumes(delay_s, tr_s)
