"""What a session tells those who watch it: pages, progress bars, tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from empatune.core import Grid, Volume
from empatune.realtime.messages import Message
from empatune.typing import BoolArray, Float32Array


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPlan:
    """One block of the protocol, in volumes.

    Parameters
    ----------
    condition : str
        Name of the condition.
    start : int
        First volume of the block, counted from the protocol's start.
    n_volumes : int
        Length of the block [volumes].
    feedback : bool
        True if feedback is shown in it.
    """

    condition: str
    start: int
    n_volumes: int
    feedback: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overview:
    """What is known about a session once its preparation is done.

    Parameters
    ----------
    study : str
        Name of the study.
    participant, session, run, task : str
        BIDS labels.
    tr_s : float
        Repetition time [s].
    n_expected : int
        Number of volumes that the protocol needs.
    fd_limit_mm : float
        Framewise displacement from which on a volume is marked [mm].
    blocks : tuple of BlockPlan
        The protocol.
    score_signatures : tuple of str
        Signatures whose weighted sum is the score.
    monitors : tuple of str
        Off-target signatures.
    systems : tuple of str
        Component systems.
    synthetic : bool
        True if the participant is simulated.
    synthetic_signatures : bool
        True if the signatures are stand-ins made by the simulation.
    grid : Grid
        The participant's EPI grid.
    brain : ndarray, shape (n_i, n_j, n_k), bool
        Brain mask in that grid.
    weights : dict of str to ndarray, shape (n_i, n_j, n_k)
        Weight maps in that grid.
    """

    study: str
    participant: str
    session: str
    run: str
    task: str
    tr_s: float
    n_expected: int
    fd_limit_mm: float
    blocks: tuple[BlockPlan, ...]
    score_signatures: tuple[str, ...]
    monitors: tuple[str, ...]
    systems: tuple[str, ...]
    synthetic: bool
    synthetic_signatures: bool
    grid: Grid
    brain: BoolArray
    weights: dict[str, Float32Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When the stages of one volume were done, on the monotonic clock [ns].

    Parameters
    ----------
    volume : int
        Index of the volume.
    received_ns : int
        Its last byte was there.
    recorded_ns : int
        It lay in the record.
    decoded_ns : int
        Motion, responses and feedback were computed.
    shown_ns : int
        They were in the journal and handed to the pages.
    """

    volume: int
    received_ns: int
    recorded_ns: int
    decoded_ns: int
    shown_ns: int


class Listener(Protocol):
    """Somebody who watches a session. Called from the engine's thread; must return at once."""

    def began(self, overview: Overview) -> None:
        """Learn that preparation is done; told again after a resume."""
        ...

    def heard(self, number: int, message: Message) -> None:
        """Learn that a message was written to the journal under this number."""
        ...

    def saw(self, volume: Volume) -> None:
        """Take a volume that was received and decoded: material for a picture."""
        ...

    def timed(self, timing: Timing) -> None:
        """Learn when the stages of a volume were done."""
        ...

    def ended(self) -> None:
        """Learn that the session is over; nothing follows."""
        ...
