"""Time series as tables, one row a volume."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from empatune.bids import Cell, Column, Table
from empatune.exports.history import STATUSES, SessionHistory, VolumeHistory
from empatune.realtime.messages import Response
from empatune.signatures import CATALOGUE
from empatune.typing import JsonObject

Maker = tuple[Column, Callable[[VolumeHistory], Cell]]
"""A column and what fills it."""

_MOTION = ("trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z")


def column_name(text: str) -> str:
    """Turn a name into one that can head a column.

    Parameters
    ----------
    text : str
        Any name, such as ``empathic-concern``.

    Returns
    -------
    str
        Letters, digits and underscores, such as ``empathic_concern``.
    """
    return re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_")


def confounds(history: SessionHistory) -> Table:
    """Return motion and quality under the names that fMRIPrep uses.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row a volume; what is not known is ``n/a``.
    """
    makers = [*_place(history), *(_motion(axis) for axis in range(6)), *_quality()]
    excluded = [volume.index for volume in history.volumes if not volume.usable]
    makers += [_outlier(place, index) for place, index in enumerate(excluded)]
    return _table(
        history,
        makers,
        {
            "Description": (
                "Motion and quality as estimated while the session ran. A motion_outlier column "
                "marks every volume that is lost, missing, undecoded or marked: leave them out of "
                "any analysis."
            )
        },
    )


def signatures(history: SessionHistory) -> Table:
    """Return what every signature and system said, the score, and what was shown.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row a volume; what is not known is ``n/a``.
    """
    makers = [*_place(history), *_feedback(history)]
    for group, names in (("signatures", history.signatures), ("systems", history.systems)):
        for name in names:
            makers += _response(group, name)
    return _table(
        history,
        makers,
        {
            "Description": (
                "Expression of whole-brain signatures and averages of component systems, decoded "
                "while the session ran. Every value rests only on what was known at its time."
            ),
            "Synthetic": history.simulated,
            "SyntheticSignatures": history.stand_ins,
            "Signatures": _sources(history),
        },
    )


def timing(history: SessionHistory) -> Table:
    """Return when the stages of every volume were done.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row a volume, in milliseconds after its last byte.
    """
    pages = ("participant", "operator")
    makers = [
        *_place(history),
        _maker(
            "acquired",
            "Start of the acquisition by the scanner's own clock, after that of volume 0",
            lambda v: None if v.received is None else v.received.acquired_s,
            units="s",
        ),
        _maker("waited", "True if it waited for the preparation of the participant", _waited),
        *(
            _maker(f"{stage}_delay", f"Delay until it was {words}", _delay(stage), units="ms")
            for stage, words in (
                ("recorded", "in the record"),
                ("decoded", "decoded"),
                ("shown", "in the journal and handed to the pages"),
            )
        ),
        *(
            _maker(
                f"drawn_{page}_delay",
                f"Delay until the {page} page had drawn its update",
                _drawn(page),
                units="ms",
            )
            for page in pages
        ),
    ]
    return _table(
        history,
        makers,
        {"Description": "Delays after the last byte of a volume was received."},
    )


def _table(history: SessionHistory, makers: Sequence[Maker], notes: JsonObject) -> Table:
    return Table(
        columns=[column for column, _ in makers],
        rows=[[read(volume) for _, read in makers] for volume in history.volumes],
        notes={"SamplingFrequency": 1 / history.tr_s, "StartTime": 0.0, **notes},
    )


def _maker(
    name: str,
    description: str,
    read: Callable[[VolumeHistory], Cell],
    *,
    units: str = "",
    levels: dict[str, str] | None = None,
) -> Maker:
    return Column(name=name, description=description, units=units, levels=levels or {}), read


def _place(history: SessionHistory) -> list[Maker]:
    tr_s = history.tr_s
    return [
        _maker("volume", "Index of the volume in the bold series, from 0", lambda v: v.index),
        _maker(
            "time",
            "Start of its acquisition after that of volume 0: index times repetition time",
            lambda v: round(v.index * tr_s, 9),
            units="s",
        ),
        _maker(
            "status",
            "What became of the volume",
            lambda v: v.status,
            levels={str(status): words for status, words in STATUSES.items()},
        ),
        _maker("block", "Number of the block, from 0", lambda v: v.block if v.block >= 0 else None),
        _maker("condition", "Condition in which it was acquired", lambda v: v.condition or None),
        _maker("paused", "True if the session was paused", lambda v: v.paused),
    ]


def _motion(axis: int) -> Maker:
    rotation = axis >= 3
    name = _MOTION[axis]
    way = f"{'Rotation about' if rotation else 'Translation along'} world {name[-1]}"

    def read(volume: VolumeHistory) -> Cell:
        if volume.aligned is None:
            return None
        value = volume.aligned.motion[axis]
        return math.radians(value) if rotation else value

    return _maker(
        name,
        f"{way} from the reference to the volume, RAS+",
        read,
        units="rad" if rotation else "mm",
    )


def quality(volume: VolumeHistory, name: str) -> float | None:
    """Return a measure of motion or quality, if it means something.

    Parameters
    ----------
    volume : VolumeHistory
        The volume.
    name : str
        Field of `Aligned`.

    Returns
    -------
    float or None
        None for a volume that was not aligned, for framewise measures of the first one, and for
        a temporal signal-to-noise ratio that does not exist yet.
    """
    if volume.aligned is None or (name in ("fd_mm", "dvars_percent") and not volume.follows):
        return None
    value = float(getattr(volume.aligned, name))
    return None if name == "tsnr" and value == 0 else value


def _quality() -> list[Maker]:
    def read(name: str) -> Callable[[VolumeHistory], Cell]:
        return lambda volume: quality(volume, name)

    return [
        _maker(
            "framewise_displacement",
            "Framewise displacement after Power et al. 2012, 50 mm sphere",
            read("fd_mm"),
            units="mm",
        ),
        _maker(
            "displacement",
            "Root mean square displacement of the brain from the reference",
            read("displacement_mm"),
            units="mm",
        ),
        _maker(
            "dvars",
            "Root mean square change of the brain from the volume before, relative to the mean",
            read("dvars_percent"),
            units="percent",
        ),
        _maker("tsnr", "Median temporal signal-to-noise ratio of the brain so far", read("tsnr")),
        _maker("reason", "Why the volume is marked or lost", lambda v: v.reason or None),
    ]


def _outlier(place: int, index: int) -> Maker:
    return _maker(
        f"motion_outlier{place:02d}",
        f"1 for volume {index}, which must not be used, 0 for all others",
        lambda volume: int(volume.index == index),
    )


def _feedback(history: SessionHistory) -> list[Maker]:
    def shown(volume: VolumeHistory) -> Cell:
        told = volume.during
        return None if told is None or not told.show or history.sealed else told.value

    sealed = " Withheld: the allocation is still sealed." if history.sealed else ""
    return [
        _maker(
            "score",
            "Score of the person's own brain: weighted sum of the standardised signatures",
            lambda volume: None if volume.derived is None else volume.derived.score,
            units="baseline SD",
        ),
        _maker(
            "feedback_on_screen",
            "Value that the page was told to show while the volume was acquired, -1 to 1; n/a if "
            f"none. In a sham session it is that of another person.{sealed}",
            shown,
        ),
        _maker(
            "instruction",
            "Words on the page while the volume was acquired",
            lambda volume: None if volume.during is None else volume.during.instruction,
        ),
    ]


def _response(group: str, name: str) -> list[Maker]:
    thing = f"signature {name}" if group == "signatures" else f"component system {name}"
    kinds = (
        ("raw", "raw", "before nuisance regression", "brain mean = 100"),
        ("cleaned", "cleaned", "without drift, motion and spikes", "brain mean = 100"),
        ("se", "standard_error", "standard error of the cleaned response", "brain mean = 100"),
        ("z", "z", "standardised by the person's own baseline", "baseline SD"),
        ("z_se", "z_error", "standard error of the standardised response", "baseline SD"),
    )

    def reader(attribute: str) -> Callable[[VolumeHistory], Cell]:
        def read(volume: VolumeHistory) -> Cell:
            if volume.decoded is None:
                return None
            responses: dict[str, Response] = getattr(volume.decoded, group)
            return getattr(responses[name], attribute) if name in responses else None

        return read

    return [
        _maker(
            f"{column_name(name)}_{suffix}",
            f"Response of {thing}: {words}",
            reader(attribute),
            units=units,
        )
        for suffix, attribute, words, units in kinds
    ]


def _sources(history: SessionHistory) -> JsonObject:
    found: JsonObject = {}
    for name in history.signatures:
        entry = CATALOGUE.get(name)
        if history.stand_ins:
            found[name] = {"Description": "stand-in made by the simulation, not a published map"}
        elif entry is None:
            found[name] = {"Description": "the study's own map"}
        else:
            found[name] = {
                "Description": entry.summary,
                "DOI": entry.doi,
                "Home": entry.home,
                "SHA256": entry.sha256,
            }
    return found


def _waited(volume: VolumeHistory) -> Cell:
    return volume.waited


def _delay(stage: str) -> Callable[[VolumeHistory], Cell]:
    def read(volume: VolumeHistory) -> Cell:
        if volume.timing is None:
            return None
        return float(getattr(volume.timing, f"{stage}_ns") - volume.timing.received_ns) / 1e6

    return read


def _drawn(page: str) -> Callable[[VolumeHistory], Cell]:
    def read(volume: VolumeHistory) -> Cell:
        if volume.timing is None or page not in volume.drawn_ns:
            return None
        return (volume.drawn_ns[page] - volume.timing.received_ns) / 1e6

    return read
