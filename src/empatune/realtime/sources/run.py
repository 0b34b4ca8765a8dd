"""One run as it comes in: what every source of real images shares.

A source reads objects and hands them over; the run decides which belong to it, keeps them until
they are recorded, puts volumes together and says what it left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from empatune.core import Volume
from empatune.realtime.clock import Clock
from empatune.realtime.messages import Notice, SourceMessage, VolumeLost
from empatune.realtime.sources.admission import Admission
from empatune.realtime.sources.assembly import Assembler
from empatune.realtime.sources.piece import Piece
from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.realtime.sources.spool import Spool
from empatune.realtime.sources.timing import ScannerClock
from empatune.typing import JsonValue


class Run:
    """The run that a source receives.

    Parameters
    ----------
    source : str
        The kind of source, for the provenance.
    spool : Path
        Folder for what waits, see `Spool`.
    already : collection of str
        Digests of the objects that the record holds.
    clock : Clock
        This machine's time.
    """

    def __init__(self, *, source: str, spool: Path, already: Collection[str], clock: Clock) -> None:
        self.spool = Spool(spool)
        self._clock = clock
        self._refusals: Counter[str] = Counter()
        self._source = source
        facts = self.spool.facts() if already else {}
        if facts.get("source") != source:
            facts = {}  # a session may go on with another source
        moments = [(int(index), float(clock_s)) for index, clock_s in _pairs(facts.get("moments"))]
        self.admission = Admission(already, series=str(facts.get("series", "")))
        self._next = _count(facts.get("next"))
        self._assembler = Assembler(
            source=source,
            tell=self.admission.tell,
            first=self._next,
            clock=ScannerClock(moments=moments),
        )
        self._last_piece_ns = 0
        self._passed_on: dict[str, int] = {}

    @property
    def n_expected(self) -> int | None:
        """Number of volumes that the run must have, where an object says so."""
        return self._assembler.n_expected

    def now_ns(self) -> int:
        """Return the time.

        Returns
        -------
        int
            Monotonic time of this machine [ns].
        """
        return self._clock.monotonic_ns()

    def take(self, piece: Piece, received_ns: int) -> None:
        """Take a piece that needs not be kept: it can be read again.

        Parameters
        ----------
        piece : Piece
            A piece that was read.
        received_ns : int
            When its last byte was there [ns].
        """
        if self.admission.is_recorded(piece):
            self.admission.series = self.admission.series or piece.series
            self._assembler.settled(piece)
        elif self.admission.admit(piece):
            self.assemble(piece, received_ns)

    def assemble(self, piece: Piece, received_ns: int) -> None:
        """Take a piece that was admitted.

        Parameters
        ----------
        piece : Piece
            The piece.
        received_ns : int
            When its last byte was there [ns].
        """
        self._last_piece_ns = max(self._last_piece_ns, received_ns)
        self._assembler.add(piece, received_ns)

    def refuse(self, problem: RefusedObjectError) -> None:
        """Take note of an object that is left out.

        Parameters
        ----------
        problem : RefusedObjectError
            Why.
        """
        self._refusals[problem.code] += 1
        self.admission.refuse(problem)

    def reload(self) -> None:
        """Read back the pieces that waited when the process ended."""
        pieces, n_damaged = self.spool.waiting()
        for piece in pieces:
            if self.admission.is_recorded(piece):
                self.spool.drop([piece.digest])
            elif self.admission.admit(piece):
                self.assemble(piece, self.now_ns())
        if n_damaged:
            self.admission.tell(
                "spool-damaged",
                f"{n_damaged} waiting pieces were damaged and are gone. Let the scanner send them again.",
            )

    def ready(self) -> Iterator[SourceMessage]:
        """Yield what can be passed on now.

        Yields
        ------
        SourceMessage
            Volumes, losses and notices.
        """
        yield from self._noting(self._assembler.ready(self.now_ns()))

    def give_up_before(self, index: int) -> Iterator[SourceMessage]:
        """Give up what is missing before a volume: it will not come any more.

        Parameters
        ----------
        index : int
            Position in the run.

        Yields
        ------
        SourceMessage
            Volumes, losses and notices.
        """
        yield from self._noting(self._assembler.give_up_before(index))

    def finish(self) -> Iterator[SourceMessage]:
        """Yield what is left: nothing more will come.

        Yields
        ------
        SourceMessage
            Volumes, losses and notices.
        """
        yield from self._noting(self._assembler.finish())
        if self.admission.n_twice:
            text = f"{self.admission.n_twice} objects came twice; the second ones were left out."
            yield Notice(level="info", code="twice-count", text=text)
        if self._refusals:
            counts = ", ".join(f"{count} {code}" for code, count in sorted(self._refusals.items()))
            yield Notice(level="info", code="left-out", text=f"Objects left out: {counts}.")

    def is_over(self) -> bool:
        """Tell whether the run is complete and nothing came for a while.

        Returns
        -------
        bool
            False as long as the number of volumes is not known.
        """
        quiet_ns = self.now_ns() - self._last_piece_ns
        return self._assembler.is_finished() and quiet_ns >= self._assembler.grace_ns()

    def recorded(self, objects: Sequence[str]) -> None:
        """Let go of what lies in the record.

        Parameters
        ----------
        objects : sequence of str
            Digests of the objects of one volume.
        """
        index = max((self._passed_on.pop(digest, -1) for digest in objects), default=-1)
        try:
            if index >= self._next:
                self._next = index + 1
                moments: list[JsonValue] = [list(m) for m in self._assembler.clock.moments[:1]]
                facts = {"source": self._source, "series": self.admission.series}
                self.spool.state({**facts, "next": self._next, "moments": moments})
            self.spool.drop(objects)
        except OSError:
            self.admission.tell(
                "spool", "Waiting pieces cannot be deleted: look at the disk.", level="warning"
            )

    def _noting(self, messages: Sequence[Volume | VolumeLost]) -> Iterator[SourceMessage]:
        for message in messages:
            if isinstance(message, Volume):
                self._passed_on |= dict.fromkeys(message.provenance.objects, message.index)
            yield from self.admission.notices()
            yield message
        yield from self.admission.notices()


def _pairs(value: object) -> list[tuple[float, float]]:
    if not isinstance(value, list):
        return []
    return [(pair[0], pair[1]) for pair in value if isinstance(pair, list) and len(pair) == 2]


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
