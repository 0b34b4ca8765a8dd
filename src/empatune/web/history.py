"""What the pages know about a session: one row a volume, a log, the state. No thread, no socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from empatune.realtime.listener import Overview, Timing
from empatune.realtime.messages import (
    Aligned,
    Decoded,
    Drawn,
    Feedback,
    Message,
    Notice,
    OperatorCommand,
    Page,
    Response,
    SourceEnded,
    StateChanged,
    VolumeLost,
    VolumeReceived,
)
from empatune.typing import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """All that the participant page is ever told.

    Parameters
    ----------
    update : int
        Number of the update, which the page gives back when it has drawn it.
    state : str
        State of the session.
    instruction : str
        The words on the page.
    value : float or None
        Feedback between -1 and 1; None if nothing is to be shown.
    elapsed : float
        Share of the block that has passed, 0 to 1.
    """

    update: int
    state: str
    instruction: str
    value: float | None
    elapsed: float

    def to_json(self) -> JsonObject:
        """Return the message as the page gets it.

        Returns
        -------
        dict
            The fields, a ``type``, and whether a value is to be shown.
        """
        return {
            "type": "show",
            "update": self.update,
            "state": self.state,
            "instruction": self.instruction,
            "show": self.value is not None,
            "value": self.value,
            "elapsed": self.elapsed,
        }


class History:
    """Everything that a page that opens late must learn. Belongs to one thread.

    The operator's part holds no feedback value: it is the same for feedback and for sham.

    Parameters
    ----------
    instructions : mapping of str to str, optional
        The participant's words in a state in which no block runs.
    """

    def __init__(self, instructions: Mapping[str, str] | None = None) -> None:
        self._instructions = instructions or {}
        self.number = 0
        self.session: JsonObject | None = None
        self.state = "waiting"
        self.reason = ""
        self._state_number = 0
        self.newest = -1
        self.rows: dict[int, JsonObject] = {}
        self.log: list[JsonObject] = []
        self._received_ns: dict[int, int] = {}
        self._drawn_ns: dict[tuple[int, Page], int] = {}
        self._feedback: Feedback | None = None
        self._hear: dict[type[Any], Callable[[Any], object]] = {
            VolumeReceived: self._received,
            VolumeLost: self._lost,
            Aligned: self._aligned,
            Decoded: self._decoded,
            Feedback: self._fed_back,
            Notice: self._noticed,
            SourceEnded: self._source_ended,
            OperatorCommand: self._commanded,
            Drawn: self.drawn,
        }
        self._touched: set[int] = set()

    def begin(self, overview: Overview) -> None:
        """Take what is known once preparation is done.

        Parameters
        ----------
        overview : Overview
            Names, protocol, repetition time.
        """
        self.session = _session(overview)
        if self.state == "preparing":  # nobody says so when the protocol waits for the operator
            self.state, self.reason = "waiting", "prepared"

    def hear(self, number: int, message: Message) -> set[int]:
        """Take one message of the journal.

        Parameters
        ----------
        number : int
            Its number in the journal.
        message : Message
            The message.

        Returns
        -------
        set of int
            The volumes about which something new is known.
        """
        self.number = max(self.number, number)
        self._touched = set()
        if isinstance(message, StateChanged):
            self._changed(number, message)
        hear = self._hear.get(type(message))
        if hear is not None:
            hear(message)
        return self._touched

    def time(self, timing: Timing) -> set[int]:
        """Take the times of one volume's stages.

        Parameters
        ----------
        timing : Timing
            The stages.

        Returns
        -------
        set of int
            The volumes about which something new is known.
        """
        self._touched = set()
        decode_ms = (timing.decoded_ns - timing.recorded_ns) / 1e6
        self._row(timing.volume)["decode_ms"] = round(decode_ms, 2)
        self._received_ns[timing.volume] = timing.received_ns
        self._measure(timing.volume)
        return self._touched

    def drawn(self, drawn: Drawn) -> set[int]:
        """Take a page's word that it has drawn; the first word for a volume counts.

        Parameters
        ----------
        drawn : Drawn
            The acknowledgement.

        Returns
        -------
        set of int
            The volumes about which something new is known.
        """
        self._touched = set()
        if drawn.volume in self.rows:
            self._drawn_ns.setdefault((drawn.volume, drawn.page), drawn.drawn_ns)
            self._measure(drawn.volume)
        return self._touched

    def show(self) -> Show:
        """Return what the participant page must show now.

        Returns
        -------
        Show
            Words and value; no value unless the session runs and the protocol shows one.
        """
        told = self._feedback
        words = told.instruction if told else ""
        showing = told is not None and told.show and self.state == "running"
        return Show(
            update=self.number,
            state=self.state,
            instruction=words
            if self.state == "running"
            else self._instructions.get(self.state, ""),
            value=max(-1.0, min(1.0, told.value)) if told and showing else None,
            elapsed=told.elapsed if told else 0.0,
        )

    @property
    def fed_back(self) -> int:
        """Index of the volume that led to the newest feedback; -1 before the first."""
        return self._feedback.index if self._feedback else -1

    def _row(self, index: int) -> JsonObject:
        self._touched.add(index)
        self.newest = max(self.newest, index)
        return self.rows.setdefault(index, {"i": index, "status": "received", "why": ""})

    def _received(self, message: VolumeReceived) -> None:
        self._row(message.index)
        self._received_ns[message.index] = message.received_ns

    def _lost(self, message: VolumeLost) -> None:
        self._row(message.index).update(status="lost", why=message.reason)

    def _aligned(self, message: Aligned) -> None:
        row = self._row(message.index)
        row.update(
            motion=[_short(value) for value in message.motion],
            fd=_short(message.fd_mm),
            displacement=_short(message.displacement_mm),
            dvars=_short(message.dvars_percent),
            tsnr=_short(message.tsnr),
        )
        if not message.usable:
            row.update(status="marked", why=message.reason)

    def _decoded(self, message: Decoded) -> None:
        row = self._row(message.index)
        row["signatures"] = self._standardised(message.signatures)
        row["systems"] = self._standardised(message.systems)
        if row["status"] == "received":
            row["status"] = "ok" if message.usable else "marked"

    def _standardised(self, responses: Mapping[str, Response]) -> JsonObject:
        values: JsonObject = {}
        for name, now in responses.items():
            if now.z == 0:  # no baseline yet: nothing to show
                continue
            values[name] = [_short(now.z), _short(now.z_error)]
        return values

    def _fed_back(self, message: Feedback) -> None:
        self._feedback = message
        if message.index < 0:
            return
        row = self._row(message.index)
        row.update(phase=message.phase, block=message.block, elapsed=_short(message.elapsed))
        if row["status"] != "lost" and row.get("signatures") != {}:  # {}: no baseline yet
            row["score"] = _short(message.score)

    def _changed(self, number: int, message: StateChanged) -> None:
        if number >= self._state_number:  # a resumed session is told again, not all in order
            self.state, self.reason = message.state, message.reason
            self._state_number = number
        self._write("state", f"{message.state}: {message.reason}")

    def _noticed(self, message: Notice) -> None:
        self._write(message.level, message.text)

    def _source_ended(self, message: SourceEnded) -> None:
        self._write("info", f"The source has ended: {message.reason}")

    def _commanded(self, message: OperatorCommand) -> None:
        words = f"{message.operator}: {message.action}"
        self._write("command", f"{words} {message.text}".rstrip())

    def _write(self, level: str, text: str) -> None:
        self.log.append({"level": level, "text": text, "volume": self.newest})

    def _measure(self, index: int) -> None:
        received = self._received_ns.get(index)
        for page, name in (("participant", "participant_ms"), ("operator", "operator_ms")):
            drawn = self._drawn_ns.get((index, page))  # type: ignore[arg-type]
            if received is not None and drawn is not None:
                self._row(index)[name] = round((drawn - received) / 1e6, 2)


def _session(overview: Overview) -> JsonObject:
    return {
        "study": overview.study,
        "participant": overview.participant,
        "session": overview.session,
        "run": overview.run,
        "task": overview.task,
        "tr_s": overview.tr_s,
        "n_expected": overview.n_expected,
        "fd_limit_mm": overview.fd_limit_mm,
        "blocks": [
            {
                "condition": block.condition,
                "start": block.start,
                "n": block.n_volumes,
                "feedback": block.feedback,
            }
            for block in overview.blocks
        ],
        "scored": list(overview.score_signatures),
        "monitors": list(overview.monitors),
        "systems": list(overview.systems),
        "synthetic": overview.synthetic,
        "synthetic_signatures": overview.synthetic_signatures,
        "overlays": [name for name in overview.weights if name not in overview.systems],
    }


def _short(value: float) -> float:
    """Keep the digits that a screen can show."""
    return round(value, 4)
