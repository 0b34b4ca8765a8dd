"""From seconds to volumes."""

from __future__ import annotations

import math

from empatune.realtime.study.settings import ProtocolSettings


def edges_in_volumes(protocol: ProtocolSettings, tr_s: float) -> list[int]:
    """Round the edges of all blocks to volumes.

    The time from the protocol's start is rounded, half up, not each duration: errors do not add up.

    Parameters
    ----------
    protocol : ProtocolSettings
        The protocol.
    tr_s : float
        Repetition time [s].

    Returns
    -------
    list of int, length n_blocks + 1
        First volume of every block, counted from the protocol's start, and the end.
    """
    edges = [0]
    passed_s = 0.0
    for block in protocol.all_blocks:
        passed_s += block.duration_s
        edges.append(math.floor(passed_s / tr_s + 0.5))
    return edges


def delay_in_volumes(delay_s: float, tr_s: float) -> int:
    """Return the number of volumes that the haemodynamic delay takes, rounded up.

    Parameters
    ----------
    delay_s : float
        Delay [s].
    tr_s : float
        Repetition time [s].

    Returns
    -------
    int
        Volumes.
    """
    return math.ceil(delay_s / tr_s - 1e-9)
