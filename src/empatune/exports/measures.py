"""What a session measures in every volume."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from empatune.exports.history import SessionHistory, VolumeHistory
from empatune.realtime.messages import Response
from empatune.typing import FloatArray

MOTION = "framewise displacement"
"""Name of the measure that stands for motion."""

Reader = Callable[[VolumeHistory], float]
"""Reads one number off a volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Something that has a value in every decoded volume.

    Parameters
    ----------
    name : str
        Such as ``care``.
    kind : {"score", "signature", "monitor", "system", "quality"}
        What sort of thing it is.
    unit : str
        Unit of its values.
    read : callable
        Reads it off a decoded volume.
    """

    name: str
    kind: str
    unit: str
    read: Reader

    def series(self, volumes: Iterable[VolumeHistory]) -> FloatArray:
        """Read the measure off volumes.

        Parameters
        ----------
        volumes : iterable of VolumeHistory
            The volumes.

        Returns
        -------
        ndarray, shape (n_volumes,)
            Its values; NaN where a volume has none.
        """
        return np.array([self.read(volume) for volume in volumes], dtype=np.float64)


def measures(history: SessionHistory) -> tuple[Measure, ...]:
    """Return everything that a session measures in every volume.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    tuple of Measure
        The score first, then signatures, monitors, systems and quality.
    """
    found = [Measure(name="score", kind="score", unit="baseline SD", read=_score)]
    for name in history.signatures:
        kind = "monitor" if name in history.monitors else "signature"
        found.append(Measure(name=name, kind=kind, unit="baseline SD", read=_z("signatures", name)))
    found += [
        Measure(name=name, kind="system", unit="baseline SD", read=_z("systems", name))
        for name in history.systems
    ]
    found.append(Measure(name=MOTION, kind="quality", unit="mm", read=_fd))
    found.append(Measure(name="DVARS", kind="quality", unit="percent", read=_dvars))
    return tuple(found)


def standardised(volume: VolumeHistory) -> bool:
    """Tell whether a volume's responses could be standardised.

    Parameters
    ----------
    volume : VolumeHistory
        The volume.

    Returns
    -------
    bool
        False before a baseline exists: every z is exactly 0 then and says nothing.
    """
    if volume.decoded is None or volume.derived is None:
        return False
    return any(response.z != 0 for response in volume.decoded.signatures.values())


def _score(volume: VolumeHistory) -> float:
    return float("nan") if volume.derived is None else volume.derived.score


def _fd(volume: VolumeHistory) -> float:
    return float("nan") if volume.aligned is None else volume.aligned.fd_mm


def _dvars(volume: VolumeHistory) -> float:
    return float("nan") if volume.aligned is None else volume.aligned.dvars_percent


def _z(group: str, name: str) -> Reader:
    def read(volume: VolumeHistory) -> float:
        if volume.decoded is None:
            return float("nan")
        responses: dict[str, Response] = getattr(volume.decoded, group)
        return responses[name].z if name in responses else float("nan")

    return read
