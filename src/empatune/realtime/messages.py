"""Everything that happens in a session, as frozen records.

What comes in (from source, operator and pages) is written to the journal before it is acted
on; what the steps derive from it is written before it is shown. Both survive a round trip
through JSON to the bit, so that a journal can be replayed and compared.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal, get_args

from empatune.core import Volume
from empatune.typing import JsonObject

Action = Literal["start", "pause", "resume", "stop", "marker"]
"""What an operator can do."""

Page = Literal["participant", "operator"]
"""The two pages of a session."""

Level = Literal["info", "warning", "alarm"]
"""How much a notice matters: an alarm asks the operator to act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeReceived:
    """A volume arrived and lies in the record. Made by the recorder from a `Volume`.

    Parameters
    ----------
    index : int
        Position in the run, from 0.
    file : str
        Name of the raw file inside the session folder.
    sha256 : str
        Checksum of that file.
    tr_s : float
        Repetition time as known then [s].
    acquired_s : float or None
        Scanner time after volume 0 [s].
    received_ns : int
        Monotonic time of its last byte [ns].
    affine : tuple of float, length 16
        Voxel to world, row by row, in full precision (the raw file holds single precision).
    slope, intercept : float
        Vendor scaling, in full precision.
    source, kind, series, scanner : str
        Provenance, see `empatune.core.Provenance`.
    objects, notes : tuple of str
        Provenance, see `empatune.core.Provenance`.
    """

    index: int
    file: str
    sha256: str
    tr_s: float
    acquired_s: float | None
    received_ns: int
    affine: tuple[float, ...]
    slope: float
    intercept: float
    source: str
    kind: str
    series: str
    scanner: str
    objects: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeLost:
    """A volume that is known to exist but cannot be used.

    Parameters
    ----------
    index : int
        Position in the run, from 0.
    reason : str
        Why, in plain words: missing slices, unreadable, never arrived.
    """

    index: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the operator should know.

    Parameters
    ----------
    level : {"info", "warning", "alarm"}
        How much it matters.
    code : str
        A stable short name, such as ``foreign-series``.
    text : str
        What happened and what to do, without anything that identifies the person.
    """

    level: Level
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEnded:
    """The source has no more volumes.

    Parameters
    ----------
    reason : str
        Why, in plain words.
    failed : bool
        True if it broke: the session can be resumed.
    """

    reason: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorCommand:
    """Something that an operator did.

    Parameters
    ----------
    action : {"start", "pause", "resume", "stop", "marker"}
        What.
    operator : str
        A short name of the operator's page, such as ``operator-1`` or ``cli``.
    text : str
        Free text of a marker.
    """

    action: Action
    operator: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A page says that it has drawn an update.

    Parameters
    ----------
    page : {"participant", "operator"}
        Which page.
    volume : int
        Index of the volume whose update was drawn; -1 if it belonged to none.
    update : int
        Number of the update that was drawn.
    drawn_ns : int
        When the page's word arrived, on the monotonic clock of this machine [ns].
    """

    page: Page
    volume: int
    update: int
    drawn_ns: int


SourceMessage = Volume | VolumeLost | Notice | SourceEnded
"""What a source yields."""

Inbound = VolumeReceived | VolumeLost | Notice | SourceEnded | OperatorCommand | Drawn
"""What the journal takes in from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """The head's position in one volume, and the volume's quality.

    Parameters
    ----------
    index : int
        Index of the volume.
    motion : tuple of float, length 6
        Translations x, y, z [mm], rotations about x, y, z [degrees], against the reference.
    fd_mm : float
        Framewise displacement after Power et al. 2012 (50 mm sphere) [mm].
    displacement_mm : float
        Root mean square displacement of the brain from the reference [mm].
    dvars_percent : float
        Root mean square change of the brain from the volume before [percent of the mean].
    tsnr : float
        Median temporal signal-to-noise ratio of the brain so far; 0 before the third volume.
    usable : bool
        False if the volume is too displaced or moved too fast to be decoded with trust.
    reason : str
        Why it is not usable; empty otherwise.
    """

    index: int
    motion: tuple[float, ...]
    fd_mm: float
    displacement_mm: float
    dvars_percent: float
    tsnr: float
    usable: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What one signature or system says about one volume.

    Parameters
    ----------
    raw : float
        Response before nuisance regression [grand mean scaled: brain mean = 100].
    cleaned : float
        Response without drift, motion and spikes [same units].
    standard_error : float
        Standard error of the cleaned response [same units]; 0 while there are too few volumes
        to tell.
    z : float
        Cleaned response, standardised by the person's own baseline [baseline SD]; 0 until a
        baseline exists.
    z_error : float
        Standard error of z, given the baseline [baseline SD]; 0 until a baseline exists.
    """

    raw: float
    cleaned: float
    standard_error: float
    z: float
    z_error: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Everything that the decoders say about one volume.

    Parameters
    ----------
    index : int
        Index of the volume.
    signatures : dict of str to Response
        Per signature, by name.
    systems : dict of str to Response
        Per component system, by name.
    usable : bool
        False if the volume is marked and must not move the feedback.
    """

    index: int
    signatures: dict[str, Response]
    systems: dict[str, Response]
    usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What the participant page is told to show from now on.

    Parameters
    ----------
    index : int
        Index of the volume that led to it; -1 before the first.
    phase : str
        Name of the protocol's condition: ``rest``, ``care``, ``view``, ``transfer`` ...
    block : int
        Number of the block in the protocol, from 0; -1 before the start and after the end.
    instruction : str
        The words on the page.
    show : bool
        True if a feedback value is shown.
    value : float
        Feedback between -1 and 1; 0 is the person's baseline. Meaningless unless shown.
    score : float
        Standardised score of this volume, own brain; never sent to the participant page.
    elapsed : float
        Share of the block that has passed, 0 to 1.
    """

    index: int
    phase: str
    block: int
    instruction: str
    show: bool
    value: float
    score: float
    elapsed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """The session moved to another state.

    Parameters
    ----------
    state : {"waiting", "preparing", "running", "paused", "finished"}
        The new state.
    reason : str
        Why, in plain words.
    """

    state: Literal["waiting", "preparing", "running", "paused", "finished"]
    reason: str


Outbound = Aligned | Decoded | Feedback | StateChanged | Notice
"""What the steps derive, in the order in which they derive it."""

Message = Inbound | Outbound
"""Everything that a journal holds."""

KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in dict.fromkeys((*get_args(Inbound), *get_args(Outbound)))
}
"""Every kind of message by its name."""


def encode(message: Message) -> str:
    """Write a message as JSON; floats survive to the bit.

    Parameters
    ----------
    message : Message
        The message.

    Returns
    -------
    str
        JSON without spaces; keys in the order of the fields.
    """
    return json.dumps(as_json(message), separators=(",", ":"), allow_nan=False)


def as_json(message: Message) -> JsonObject:
    """Return the fields of a message as JSON values.

    Parameters
    ----------
    message : Message
        The message.

    Returns
    -------
    dict
        Field names and values; nested records become objects.
    """
    return {entry.name: _plain(getattr(message, entry.name)) for entry in fields(message)}


def decode(kind: str, body: str) -> Message:
    """Read a message that `encode` wrote.

    Parameters
    ----------
    kind : str
        Name of its class.
    body : str
        Its JSON.

    Returns
    -------
    Message
        A message equal to the one that was written.
    """
    values = json.loads(body)
    if kind == "Decoded":
        for group in ("signatures", "systems"):
            values[group] = {name: Response(**r) for name, r in values[group].items()}
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    message: Message = KINDS[kind](**values)
    return message


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, dict):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
