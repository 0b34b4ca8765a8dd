"""What every source of volumes promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event
from typing import Protocol

from empatune.realtime.messages import Feedback, SourceMessage
from empatune.typing import JsonObject


class Source(Protocol):
    """A stream of volumes from a scanner, a folder, a file or a simulated participant.

    The engine calls `open` once, iterates `messages` in a thread of its own, and calls `close`
    once, whatever happened. A source never drops anything in silence: what it cannot turn into
    a volume it reports as `VolumeLost` or `Notice`. It ends by returning from `messages`, after a
    `SourceEnded`.

    Volumes come in the order of their index, as far as a scanner allows. One that arrives after
    later ones were passed on, or after it was reported lost, still comes, with a note in its
    provenance: it is recorded, not decoded.
    """

    @property
    def n_expected(self) -> int | None:
        """Number of volumes in the run, where it is known before the end."""
        ...

    def describe(self) -> JsonObject:
        """Return what this source is, for the record: kind, address, settings, versions."""
        ...

    def open(self) -> None:
        """Acquire what is needed (port, folder, file); raise `SourceError` if it can't be had."""
        ...

    def messages(self, stop: Event) -> Iterator[SourceMessage]:
        """Yield volumes, losses and notices as they come, until the run is over or stop is set."""
        ...

    def recorded(self, objects: Sequence[str]) -> None:
        """Learn that the volume made of these objects lies in the record: the spool may let go."""
        ...

    def show(self, feedback: Feedback | None) -> None:
        """Take the feedback that the participant now sees; only a simulated one cares.

        Called once for every volume, when the engine is done with it; None while there is
        nothing to show, as during the preparation. After a resume it is called once more for
        the newest volume of the record.
        """
        ...

    def close(self) -> None:
        """Give back what `open` acquired. Calling it twice is fine."""
        ...
