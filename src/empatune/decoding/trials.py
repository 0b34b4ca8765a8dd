"""The events of a run, checked against it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from empatune.bids import read_rows
from empatune.errors import DecodingError, ExportError
from empatune.typing import FloatArray

DEFAULT_TYPE = "trial"
"""Type of all events where the table has no ``trial_type``."""

_TIMES = ("onset", "duration")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials:
    """Events of one run in the order of their onsets.

    Parameters
    ----------
    onset, duration : ndarray, shape (n_events,)
        From the start of the first volume [s].
    trial_type : tuple of str
        Their types.
    scored : ndarray, shape (n_events,), bool
        Which are trials; the others are only part of the model.
    extra : dict of str to tuple of str
        The table's other columns, such as motives and conditions.
    columns : tuple of str
        Headers of the table.
    """

    onset: FloatArray
    duration: FloatArray
    trial_type: tuple[str, ...]
    scored: np.ndarray[tuple[int], np.dtype[np.bool_]]
    extra: Mapping[str, tuple[str, ...]]
    columns: tuple[str, ...] = ()


NO_TRIALS = Trials(
    onset=np.zeros(0),
    duration=np.zeros(0),
    trial_type=(),
    scored=np.zeros(0, dtype=bool),
    extra={},
)
"""What a run without events has: rest, films, stories."""


def read_trials(path: Path | None, *, run_s: float, trial_types: tuple[str, ...] = ()) -> Trials:
    """Read the events of a run.

    Parameters
    ----------
    path : Path or None
        The table; None if none was found.
    run_s : float
        Length of the run [s].
    trial_types : tuple of str
        Which events are trials; all if empty.

    Returns
    -------
    Trials
        The events.

    Raises
    ------
    DecodingError
        If there is no table, it lacks a column, holds no trial, or does not fit the run.
    """
    if path is None:
        raise DecodingError(
            "The run has no events file. Add *_events.tsv to the raw data set, leave its task out "
            "(--task), or score its volumes (--estimates volumes)."
        )
    try:
        rows = read_rows(path)
    except (OSError, UnicodeDecodeError, ExportError) as problem:
        raise DecodingError(f"The events cannot be read: {problem}") from problem
    if not rows:
        raise DecodingError(f"{path.name} holds no events.")
    missing = [name for name in _TIMES if name not in rows[0]]
    if missing:
        raise DecodingError(
            f"{path.name} has no column {' and '.join(missing)}; it has {', '.join(rows[0])}."
        )
    rows = sorted(rows, key=lambda row: _number(row, "onset", path))
    types = tuple(row.get("trial_type", DEFAULT_TYPE) for row in rows)
    onset = np.array([_number(row, "onset", path) for row in rows])
    _check_fit(onset, run_s=run_s, name=path.name)
    unknown = sorted(set(trial_types) - set(types))
    scored = np.array([not trial_types or each in trial_types for each in types])
    if not scored.any():
        raise DecodingError(
            f"{path.name} holds no trial of type {', '.join(unknown)}; "
            f"it has {', '.join(sorted(set(types)))}."
        )
    return Trials(
        onset=onset,
        duration=np.array([_number(row, "duration", path) for row in rows]),
        trial_type=types,
        scored=scored,
        extra={
            name: tuple(row[name] for row in rows)
            for name in rows[0]
            if name not in (*_TIMES, "trial_type")
        },
        columns=tuple(rows[0]),
    )


def _number(row: Mapping[str, str], name: str, path: Path) -> float:
    text = row[name]
    if name == "duration" and text == "n/a":
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (name == "duration" and value < 0):
        raise DecodingError(f"{path.name} has an event whose {name} is '{text}': not a time.")
    return value


def _check_fit(onset: FloatArray, *, run_s: float, name: str) -> None:
    outside = (onset >= run_s) | (onset < 0)
    if outside.any():
        worst = onset[outside][-1]
        raise DecodingError(
            f"{name} does not fit the run: {outside.sum()} of {len(onset)} events lie outside it "
            f"(one at {worst:g} s, the run lasts {run_s:g} s). It is the table of another run, its "
            "times are not seconds, or the run was cut short."
        )
