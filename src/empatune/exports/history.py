"""What happened in a session, read off its record and put in order, volume by volume."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from empatune.realtime.listener import BlockPlan, Timing
from empatune.realtime.messages import (
    Aligned,
    Decoded,
    Feedback,
    SourceEnded,
    StateChanged,
    VolumeReceived,
)
from empatune.realtime.recorder import Entry

Status = Literal["decoded", "marked", "lost", "missing", "undecoded"]
"""What became of a volume."""

STATUSES: dict[Status, str] = {
    "decoded": "received, decoded and used",
    "marked": "received and decoded, but too displaced or disturbed to move the feedback",
    "lost": "known to exist, but it could not be used",
    "missing": "never arrived",
    "undecoded": "received and kept, but not decoded: it came too late, or the session ended first",
}
"""Every status in plain words."""

M = TypeVar("M")


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeHistory:
    """What became of one volume.

    Parameters
    ----------
    index : int
        Position in the run, from 0.
    status : {"decoded", "marked", "lost", "missing", "undecoded"}
        See `STATUSES`.
    reason : str
        Why it is marked, lost or missing; empty otherwise.
    received : VolumeReceived or None
        The raw volume.
    aligned : Aligned or None
        Motion and quality.
    decoded : Decoded or None
        Responses.
    position : int or None
        Its place in the protocol: volumes since the first block's start, pauses left out;
        negative for dummies, None in a pause and before the start.
    block : int
        Number of its block; -1 outside of all.
    condition : str
        Condition of that block; empty outside of all.
    during : Feedback or None
        What the page was told to show while the volume was acquired.
    derived : Feedback or None
        What was derived from the volume: its score, and what was shown next.
    paused : bool
        True if the session was paused when the volume came.
    waited : bool
        True if the volume waited for the preparation of the participant.
    follows : bool
        True if a volume was aligned before it, so that framewise measures mean something.
    timing : Timing or None
        When its stages were done.
    drawn_ns : dict of str to int
        When each page had drawn its update first, monotonic clock [ns].
    """

    index: int
    status: Status
    reason: str
    received: VolumeReceived | None
    aligned: Aligned | None
    decoded: Decoded | None
    position: int | None
    block: int
    condition: str
    during: Feedback | None
    derived: Feedback | None
    paused: bool
    waited: bool
    follows: bool
    timing: Timing | None
    drawn_ns: dict[str, int] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """True if the volume was decoded and moved the feedback."""
        return self.status == "decoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHistory:
    """A whole session.

    Parameters
    ----------
    folder : Path
        The session's folder.
    facts : dict
        What the record states about the session.
    overview : dict
        Labels, protocol and names; empty before the preparation was done.
    volumes : tuple of VolumeHistory
        From volume 0 to the last one known, without gaps.
    entries : tuple of Entry
        Operator's actions, notices and changes of state, in their order.
    n_entries : int
        Number of rows in the journal.
    last_wall_s : float
        When the last row was written, seconds since 1970 [s].
    arrivals : tuple of (float, int)
        When every volume was journaled, seconds since 1970 [s], and its index.
    """

    folder: Path
    facts: dict[str, Any]
    overview: dict[str, Any]
    volumes: tuple[VolumeHistory, ...]
    entries: tuple[Entry, ...]
    n_entries: int
    last_wall_s: float
    arrivals: tuple[tuple[float, int], ...]

    @property
    def tr_s(self) -> float:
        """Repetition time [s]: that of the last volume, which knows it best."""
        for volume in reversed(self.volumes):
            if volume.received is not None:
                return volume.received.tr_s
        return float(self.overview.get("tr_s", 1.0))

    @property
    def finished(self) -> bool:
        """True if the session came to its end; False if it was killed or still runs."""
        return "ended_wall_s" in self.facts or bool(self.end_reason)

    @property
    def end_reason(self) -> str:
        """Why the session ended; empty if it did not."""
        reasons = [
            message.reason
            for entry in self.entries
            if isinstance(message := entry.message, SourceEnded)
            or (isinstance(message, StateChanged) and message.state == "finished")
        ]
        return reasons[0] if reasons else ""

    @property
    def labels(self) -> dict[str, str]:
        """BIDS labels of participant, session, run and task; empty text where there is none."""
        keys = {"participant": "label", "session": "session", "run": "run", "task": "task"}
        return {
            name: str(self.overview.get(name) or self.setting("participant", key, ""))
            for name, key in keys.items()
        }

    @property
    def study(self) -> str:
        """Name of the study."""
        name = self.overview.get("study") or self.setting("study", "name", "")
        return str(name or "Study without a name")

    @property
    def blocks(self) -> tuple[BlockPlan, ...]:
        """The protocol as it was planned."""
        return tuple(BlockPlan(**block) for block in self.overview.get("blocks", ()))

    def setting(self, table: str, name: str, default: Any) -> Any:
        """Return a setting of the study.

        Parameters
        ----------
        table : str
            Table of the study file, such as ``score``.
        name : str
            Name of the setting.
        default : object
            What to return if the record does not say.

        Returns
        -------
        object
            Its value.
        """
        settings = (self.facts.get("study") or {}).get(table) or {}
        value = settings.get(name)
        return default if value is None else value

    @property
    def pace(self) -> float:
        """Speed of the source: 1 is that of a scanner, 0 as fast as possible."""
        pace = (self.facts.get("source") or {}).get("pace", 1.0)
        return float(pace) if isinstance(pace, int | float) else 1.0

    @property
    def simulated(self) -> bool:
        """True if the participant is simulated."""
        return bool(self.overview.get("synthetic") or self.facts.get("synthetic"))

    @property
    def stand_ins(self) -> bool:
        """True if the signatures are stand-ins made by the simulation."""
        name = "synthetic_signatures"
        return bool(self.overview.get(name) or self.facts.get(name))

    @property
    def sealed(self) -> bool:
        """True if the arm of the participant must not be told."""
        allocation = self.facts.get("allocation") or {}
        return bool(allocation) and not (self.finished and allocation.get("opened"))

    @property
    def signatures(self) -> tuple[str, ...]:
        """Names of the signatures, those of the score first."""
        names = [*self.overview.get("score_signatures", ()), *self.overview.get("monitors", ())]
        return tuple(dict.fromkeys([*names, *self._decoded_names("signatures")]))

    @property
    def monitors(self) -> tuple[str, ...]:
        """Names of the signatures that do not enter the score."""
        score = self.overview.get("score_signatures", ())
        return tuple(name for name in self.signatures if name not in score)

    @property
    def systems(self) -> tuple[str, ...]:
        """Names of the component systems."""
        names = [*self.overview.get("systems", ()), *self._decoded_names("systems")]
        return tuple(dict.fromkeys(names))

    def n(self, *statuses: Status) -> int:
        """Count the volumes of some statuses.

        Parameters
        ----------
        *statuses : str
            Which; see `STATUSES`.

        Returns
        -------
        int
            How many volumes have one of them.
        """
        return sum(volume.status in statuses for volume in self.volumes)

    def of(self, kind: type[M]) -> list[tuple[Entry, M]]:
        """Return the entries whose message is of one kind.

        Parameters
        ----------
        kind : type
            `OperatorCommand`, `Notice`, `StateChanged` or `SourceEnded`.

        Returns
        -------
        list of (Entry, message)
            In their order.
        """
        found = [(entry, entry.message) for entry in self.entries]
        return [(entry, message) for entry, message in found if isinstance(message, kind)]

    def time_s(self, wall_s: float) -> float:
        """Place a moment of the wall clock on the axis of the run.

        A volume arrives when its acquisition is over, so the moment lies between the end of the
        last volume before it and one repetition time later: exact to within the transfer delay.

        Parameters
        ----------
        wall_s : float
            Seconds since 1970 [s].

        Returns
        -------
        float
            Time since the start of volume 0 [s]; negative before it.
        """
        before = [arrival for arrival in self.arrivals if arrival[0] <= wall_s]
        if not before:
            first = self.arrivals[0] if self.arrivals else (wall_s, -1)
            return float((first[1] + 1) * self.tr_s - (first[0] - wall_s))
        wall, index = before[-1]
        return float((index + 1) * self.tr_s + min(wall_s - wall, self.tr_s))

    def _decoded_names(self, group: str) -> list[str]:
        for volume in self.volumes:
            if volume.decoded is not None:
                return list(getattr(volume.decoded, group))
        return []
