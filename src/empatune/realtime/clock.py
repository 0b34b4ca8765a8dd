"""The two clocks of a session, handed in from outside so that tests can hold them still."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock for delays and a wall clock for the record."""

    def monotonic_ns(self) -> int:
        """Return nanoseconds since a fixed, unknown moment."""
        ...

    def wall_s(self) -> float:
        """Return seconds since 1970, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The clocks of this machine."""

    def monotonic_ns(self) -> int:
        """Return nanoseconds since the machine started.

        Returns
        -------
        int
            Monotonic time [ns].
        """
        return time.monotonic_ns()

    def wall_s(self) -> float:
        """Return the time of day.

        Returns
        -------
        float
            Seconds since 1970, UTC [s].
        """
        return time.time()
