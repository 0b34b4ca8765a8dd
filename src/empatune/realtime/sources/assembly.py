"""From pieces, in whatever order they come, to volumes in the order of the run.

A volume is passed on as soon as it is whole and all before it are settled. One that is missing
or not whole holds the others up for a moment only, and only if a later one is whole: then it is
lost. While pieces of long past volumes still come in, the sender has mixed them and nothing is
given up. What completes later than that still comes out, with a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from empatune.core import Grid, Provenance, Volume
from empatune.errors import ImageError
from empatune.realtime.messages import VolumeLost
from empatune.realtime.sources.piece import Piece
from empatune.realtime.sources.placement import Placement
from empatune.realtime.sources.stack import Stack, stack
from empatune.realtime.sources.timing import ScannerClock

_LARGEST_GAP = 1000
"""A piece that claims to be further ahead than this [volumes] has a damaged number."""

Tell = Callable[[str, str], None]
"""Says something to the operator, once: a short name and a text."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Growing:
    """A volume of which some slices are there."""

    slices: dict[float, tuple[Piece, int]] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    received_ns: int = 0
    whole: Stack | None = None
    problem: str = ""


class Assembler:
    """Puts the volumes of one series together. Belongs to one thread.

    Parameters
    ----------
    source : str
        The kind of source, for the provenance.
    tell : callable
        Says something to the operator.
    first : int
        First index that is not in the record yet.
    clock : ScannerClock, optional
        What an earlier part of the run told of its time.
    """

    def __init__(
        self, *, source: str, tell: Tell, first: int = 0, clock: ScannerClock | None = None
    ) -> None:
        self.clock = clock or ScannerClock()
        self.n_expected: int | None = None
        self._source = source
        self._tell = tell
        self._next = first
        self._highest = first - 1
        self._placement: Placement | None = None
        self._grid: Grid | None = None
        self._volumes: dict[int, _Growing] = {}
        self._homeless: list[tuple[Piece, list[float], int]] = []
        self._lost: set[int] = set()
        self._late: list[int] = []
        self._disorder_ns = 0

    @property
    def next_index(self) -> int:
        """The first index that is neither passed on nor lost."""
        return self._next

    def grace_ns(self) -> int:
        """Return how long a missing volume may hold up later ones: half a volume, at most 1 s.

        Returns
        -------
        int
            Time [ns].
        """
        return int(1e9 * min(max((self.clock.tr_s or 2.0) / 2, 0.1), 1.0))

    def settled(self, piece: Piece) -> None:
        """Learn from a piece whose volume lies in the record already.

        Parameters
        ----------
        piece : Piece
            The piece, sent or read again.
        """
        index = self._index(piece)
        if index is not None and piece.clock_s is not None and self._observed(index) is None:
            self.clock.observe(index, piece.clock_s)
        if index is not None:
            self._next = max(self._next, index + 1)
            self._highest = max(self._highest, index)

    def add(self, piece: Piece, received_ns: int) -> None:
        """Take a piece.

        Parameters
        ----------
        piece : Piece
            A new piece of the series.
        received_ns : int
            When its last byte was there [ns].
        """
        try:
            self._place(piece, received_ns)
        except ImageError as problem:
            self._tell("unreadable", str(problem))

    def ready(self, now_ns: int) -> list[Volume | VolumeLost]:
        """Pass on what can be passed on.

        Parameters
        ----------
        now_ns : int
            The time [ns].

        Returns
        -------
        list of Volume and VolumeLost
            In the order of the run.
        """
        messages: list[Volume | VolumeLost] = [*self._belated(), *self._in_order()]
        while self._may_give_up(now_ns):
            messages.append(self._give_up())
            messages += self._in_order()
        return messages

    def give_up_before(self, index: int) -> list[Volume | VolumeLost]:
        """Give up what is missing before a volume: the source knows that it will not come.

        Parameters
        ----------
        index : int
            Position in the run.

        Returns
        -------
        list of Volume and VolumeLost
            In the order of the run.
        """
        messages: list[Volume | VolumeLost] = [*self._belated(), *self._in_order()]
        while self._next < index:
            messages.append(self._give_up())
            messages += self._in_order()
        return messages

    def finish(self) -> list[Volume | VolumeLost]:
        """Give up what is not whole: nothing more will come.

        Returns
        -------
        list of Volume and VolumeLost
            In the order of the run.
        """
        if self._homeless:
            self._tell(
                "homeless",
                f"{len(self._homeless)} slices were left out: neither they nor their series say "
                "how many slices a volume has.",
            )
        return self.give_up_before(self._highest + 1)

    def is_finished(self) -> bool:
        """Tell whether every volume that the run must have is passed on or lost.

        Returns
        -------
        bool
            False as long as the number of volumes is not known.
        """
        return self.n_expected is not None and self._next >= self.n_expected

    def _index(self, piece: Piece) -> int | None:
        if self._placement is None:
            self._placement = Placement(piece)
        return self._placement.volume_of(piece)

    def _place(self, piece: Piece, received_ns: int) -> None:
        if self._placement is None:
            self._placement = Placement(piece)
        if self.clock.header_s is None:
            self.clock.header_s = piece.tr_s
        if self.n_expected is None and self._highest < self._next:
            self.n_expected = piece.n_volumes
        known = self._placement.n_slices
        heights = self._heights(piece)
        if heights is None:
            self._tell("other-geometry", "A slice lies outside the others; it is left out.")
            return
        self._homeless.append((piece, heights, received_ns))
        homeless, self._homeless = self._homeless, []
        for entry in homeless:
            index = self._placement.volume_of(entry[0])
            if index is None:
                self._homeless.append(entry)
            else:
                self._insert(entry[0], entry[1], index, entry[2])
        if known != self._placement.n_slices:  # what was whole all along can now be told
            for index in sorted(self._volumes):
                self._complete(index, self._volumes[index])

    def _heights(self, piece: Piece) -> list[float] | None:
        """Return heights of the slices; a piece that is a whole volume has its own."""
        if piece.n_slices == len(piece.pixels):
            return [float(k) for k in range(piece.n_slices)]
        return None if self._placement is None else self._placement.heights_of(piece)

    def _insert(self, piece: Piece, heights: list[float], index: int, received_ns: int) -> None:
        if index > self._highest + _LARGEST_GAP:
            self._tell("implausible", f"An object claims to be volume {index}; it is left out.")
            return
        if self.n_expected is not None and index >= self.n_expected:
            self.n_expected = None
        if index < self._highest - 1:
            self._disorder_ns = received_ns
        self._highest = max(self._highest, index)
        growing = self._volumes.get(index)
        if growing is None:
            if index < self._next and index not in self._lost:
                self._tell(
                    "settled", f"Objects of volume {index} came when it was settled; left out."
                )
                return
            growing = self._volumes[index] = _Growing()
        for k, height in enumerate(heights):
            if height in growing.slices:
                self._tell("twice", f"A slice of volume {index} came twice; the first is used.")
            growing.slices.setdefault(height, (piece, k))
        growing.pieces.append(piece)
        growing.received_ns = max(growing.received_ns, received_ns)
        self._complete(index, growing)

    def _complete(self, index: int, growing: _Growing) -> None:
        piece = growing.pieces[-1]
        n_slices = piece.n_slices or (self._placement.n_slices if self._placement else None)
        if growing.whole or n_slices is None or len(growing.slices) < n_slices:
            return
        try:
            growing.whole = self._stacked(growing)
        except ImageError as problem:
            growing.problem = str(problem)
            return
        clocks = [p.clock_s for p in growing.pieces if p.clock_s is not None]
        if clocks and self._observed(index) is None:
            self.clock.observe(index, min(clocks))
        if index < self._next:
            self._late.append(index)

    def _stacked(self, growing: _Growing) -> Stack:
        whole = stack(list(growing.slices.values()), self._grid)
        if self._grid is None:
            self._grid = whole.grid
        elif whole.grid.shape != self._grid.shape:
            raise ImageError("its matrix differs from that of the first volume")
        return whole

    def _observed(self, index: int) -> float | None:
        return next((clock for place, clock in self.clock.moments if place == index), None)

    def _may_give_up(self, now_ns: int) -> bool:
        """Tell whether a later volume has waited long enough for the next one."""
        over = [
            growing.received_ns
            for index, growing in self._volumes.items()
            if (growing.whole is not None and index > self._next)
            or (growing.problem and index >= self._next)
        ]
        if not over or self.clock.tr_s is None:
            return False
        return now_ns - max(min(over), self._disorder_ns) >= self.grace_ns()

    def _in_order(self) -> Iterator[Volume]:
        while True:
            growing = self._volumes.get(self._next)
            if growing is None or growing.whole is None or self.clock.tr_s is None:
                return
            yield self._volume(self._next, growing, growing.whole, self.clock.tr_s)
            del self._volumes[self._next]
            self._next += 1

    def _give_up(self) -> VolumeLost:
        growing = self._volumes.get(self._next)
        lost = VolumeLost(index=self._next, reason=self._reason(growing))
        if growing is not None and (growing.whole is not None or growing.problem):
            del self._volumes[self._next]
        self._lost.add(self._next)
        self._next += 1
        return lost

    def _reason(self, growing: _Growing | None) -> str:
        if growing is None:
            return "never arrived"
        if growing.problem:
            return growing.problem
        if growing.whole is not None:
            return "its repetition time is not known"
        n_slices = self._placement.n_slices if self._placement else None
        return f"{len(growing.slices)} of {n_slices or 'an unknown number of'} slices arrived"

    def _belated(self) -> Iterator[Volume]:
        late, self._late = self._late, []
        for index in late:
            growing = self._volumes.pop(index)
            if growing.whole is not None and self.clock.tr_s is not None:
                self._lost.discard(index)
                note = "Arrived after it was given up and later volumes were passed on."
                yield self._volume(index, growing, growing.whole, self.clock.tr_s, note)

    def _volume(
        self, index: int, growing: _Growing, whole: Stack, tr_s: float, *notes: str
    ) -> Volume:
        acquired_s, jumped = self.clock.acquired_s(index)
        first = growing.pieces[0]
        said = [note for piece in growing.pieces[:1] for note in piece.notes]
        if jumped:
            said.append("The scanner's clock jumped here; the repetition time was put instead.")
            self._tell("clock-jump", f"The scanner's clock jumped before volume {index}.")
        if self.clock.disagreement:
            said.append(self.clock.disagreement)
            self._tell("repetition-time", self.clock.disagreement)
        if whole.moved:
            said.append("The grid differs from that of the first volume.")
            self._tell("grid-moved", f"From volume {index} on the slices lie elsewhere.")
        return Volume(
            stored=whole.stored,
            slope=whole.slope,
            intercept=whole.intercept,
            grid=whole.grid,
            index=index,
            tr_s=tr_s,
            acquired_s=acquired_s,
            received_ns=growing.received_ns,
            provenance=Provenance(
                source=self._source,
                kind=first.kind,
                series=first.series,
                objects=tuple(dict.fromkeys(piece.digest for piece in growing.pieces)),
                scanner=first.scanner,
                notes=(*said, *notes),
            ),
        )
