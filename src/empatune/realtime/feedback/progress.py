"""How far a run has come: from the scanner's count to the place in the protocol."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run stands. The scanner's index counts, so that a gap costs its time.

    Parameters
    ----------
    started : bool
        True once the protocol runs.
    paused : bool
        True during a pause.
    origin : int or None
        Index of the protocol's first volume, dummies included; None until it is known.
    newest : int
        Largest index so far; -1 before the first volume.
    n_paused : int
        Volumes that came during pauses, after the start.
    """

    started: bool
    paused: bool = False
    origin: int | None = None
    newest: int = -1
    n_paused: int = 0

    def take(self, index: int) -> tuple[Progress, int | None]:
        """Take in the index of a volume.

        Parameters
        ----------
        index : int
            Index of the volume.

        Returns
        -------
        progress : Progress
            Where the run stands then.
        place : int or None
            Volumes since the origin, without those of pauses; None before the start, in a
            pause, or if a later volume has come already.
        """
        if index <= self.newest:
            return self, None
        moved = replace(self, newest=index)
        if not self.started:
            return moved, None
        if self.paused:
            return replace(moved, n_paused=self.n_paused + self._n_since(index)), None
        if self.origin is None:
            moved = replace(moved, origin=index)
        return moved, moved.next_place - 1

    @property
    def next_place(self) -> int:
        """Place of the volume that comes next: volumes since the origin, without pauses."""
        if self.origin is None:
            return 0
        return max(self.newest + 1, self.origin) - self.origin - self.n_paused

    def _n_since(self, index: int) -> int:
        if self.origin is None:
            return 0
        return max(0, index - max(self.newest, self.origin - 1))
