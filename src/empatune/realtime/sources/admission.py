"""Which objects belong to the run: one series, each object once."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from empatune.realtime.messages import Level, Notice
from empatune.realtime.sources.piece import Piece
from empatune.realtime.sources.refusal import RefusedObjectError


class Admission:
    """Decides on every object, and says what it left out. Safe from any thread.

    Parameters
    ----------
    already : iterable of str
        Digests of the objects that the record holds.
    series : str, optional
        Digest of the run's series, where it is known; else that of the first object.
    """

    def __init__(self, already: Iterable[str], *, series: str = "") -> None:
        self.series = series
        self.n_twice = 0
        self._already = frozenset(already)
        self._names: set[str] = set()
        self._told: set[tuple[str, str]] = set()
        self._notices: list[Notice] = []
        self._lock = Lock()

    def admit(self, piece: Piece) -> bool:
        """Decide on a piece and remember it.

        Parameters
        ----------
        piece : Piece
            A piece that arrived.

        Returns
        -------
        bool
            True if it is a new piece of the run.
        """
        with self._lock:
            if self.series and piece.series != self.series:
                self._tell("foreign-series", piece.series, "warning", _FOREIGN)
                return False
            self.series = piece.series
            if piece.digest in self._already or piece.name in self._names:
                self.n_twice += 1
                self._tell("twice", "", "info", _TWICE)
                return False
            self._names.add(piece.name)
            return True

    def is_recorded(self, piece: Piece) -> bool:
        """Tell whether the record held the piece's object from the start.

        Parameters
        ----------
        piece : Piece
            A piece that arrived.

        Returns
        -------
        bool
            True if it did.
        """
        return piece.digest in self._already

    def withdraw(self, piece: Piece) -> None:
        """Forget a piece that could not be kept, so that it may be sent again.

        Parameters
        ----------
        piece : Piece
            A piece that was admitted.
        """
        with self._lock:
            self._names.discard(piece.name)

    def refuse(self, problem: RefusedObjectError) -> None:
        """Take note of an object that could not be read, once for each series and reason.

        Parameters
        ----------
        problem : RefusedObjectError
            Why not.
        """
        level: Level = "info" if problem.code in ("derived", "not-an-image") else "warning"
        with self._lock:
            self._tell(problem.code, problem.series, level, str(problem))

    def tell(self, code: str, text: str, *, level: Level = "warning", about: str = "") -> None:
        """Say something, once.

        Parameters
        ----------
        code : str
            Short name of the notice.
        text : str
            What happened and what to do.
        level : {"info", "warning", "alarm"}
            How much it matters.
        about : str
            What it is about; said once for each.
        """
        with self._lock:
            self._tell(code, about, level, text)

    def retell(self, code: str) -> None:
        """Let a notice be said again: what it told of was mended.

        Parameters
        ----------
        code : str
            Short name of the notice.
        """
        with self._lock:
            self._told = {key for key in self._told if key[0] != code}

    def notices(self) -> list[Notice]:
        """Return what is to be said since the last call.

        Returns
        -------
        list of Notice
            In the order in which it happened.
        """
        with self._lock:
            notices, self._notices = self._notices, []
        return notices

    def _tell(self, code: str, about: str, level: Level, text: str) -> None:
        if (code, about) not in self._told:
            self._told.add((code, about))
            self._notices.append(Notice(level=level, code=code, text=text))


_FOREIGN = (
    "Images of another series arrived; they are left out. If they are the run that you want, "
    "stop and start a new session."
)
_TWICE = "An object arrived a second time; only the first is used."
