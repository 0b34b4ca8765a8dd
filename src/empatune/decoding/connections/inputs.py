"""Events as inputs of a model, on a grid of time that is finer than the scans."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from empatune.decoding.connections.records import InputPart
from empatune.decoding.trials import Trials, read_trials
from empatune.errors import DecodingError
from empatune.typing import BoolArray, FloatArray

BINS_PER_SCAN = 16
"""Bins of the inputs in a TR, SPM's microtime resolution."""

_HALF = 0.5
"""Bins are rounded as SPM does: an event begins in the bin whose start is nearest."""


def make_inputs(
    events: Path | None, parts: Mapping[str, InputPart], *, n_scans: int, tr_s: float
) -> FloatArray:
    """
    Make the inputs of a run.

    An event begins at the bin nearest to its onset and lasts one bin more than its rounded
    duration, as in SPM12's spm_get_ons. Impulses are as high as a bin is short, so that their
    area is 1 s. Where events of a block input overlap, the input is 1; SPM adds them.

    Parameters
    ----------
    events : Path or None
        The run's events; None if none were found.
    parts : mapping of str to InputPart
        Inputs by name.
    n_scans : int
        Length of the run.
    tr_s : float
        Time from scan to scan [s].

    Returns
    -------
    ndarray, shape (n_scans * BINS_PER_SCAN, n_inputs)
        The inputs; one without an event in this run is 0.

    Raises
    ------
    DecodingError
        If there are no events, they lack a column, or do not fit the run.
    """
    if events is None:
        raise DecodingError(
            "The recording has no events file. Add *_events.tsv beside the signals or to the raw "
            "data set, or name it (--events)."
        )
    trials = read_trials(events, run_s=n_scans * tr_s)
    bin_s = tr_s / BINS_PER_SCAN
    inputs = np.zeros((n_scans * BINS_PER_SCAN, len(parts)))
    for column, (name, part) in zip(inputs.T, parts.items(), strict=True):
        _fill(column, trials, _chosen(trials, name, part, events), part, bin_s)
    return inputs


def check_inputs(
    inputs: FloatArray, parts: Mapping[str, InputPart], events: list[Path]
) -> FloatArray:
    """
    Refuse inputs that never happen; take means away where this is asked for.

    Parameters
    ----------
    inputs : ndarray, shape (n_bins, n_inputs)
        Inputs of all runs of a recording.
    parts : mapping of str to InputPart
        Inputs by name.
    events : list of Path
        Where they come from.

    Returns
    -------
    ndarray, shape (n_bins, n_inputs)
        The inputs.

    Raises
    ------
    DecodingError
        If an input has no event.
    """
    for values, (name, part) in zip(inputs.T, parts.items(), strict=True):
        if not values.any():
            seen = sorted({value for path in events for value in _values(path, part)})
            raise DecodingError(
                f"The input '{name}' never happens: no event has {part.column} "
                f"{' or '.join(part.events or (name,))}. {', '.join(p.name for p in events)} "
                f"has: {', '.join(seen) or 'none'}."
            )
    centred = np.array([part.centred for part in parts.values()])
    changed: FloatArray = inputs - np.where(centred, inputs.mean(axis=0), 0.0)
    return changed


def _values(path: Path, part: InputPart) -> tuple[str, ...]:
    trials = read_trials(path, run_s=np.inf)
    return trials.trial_type if part.column == "trial_type" else trials.extra.get(part.column, ())


def _chosen(trials: Trials, name: str, part: InputPart, events: Path) -> BoolArray:
    """Mark the events of an input."""
    if part.column == "trial_type":
        values: tuple[str, ...] = trials.trial_type
    elif part.column in trials.extra:
        values = trials.extra[part.column]
    else:
        raise DecodingError(
            f"{events.name} has no column '{part.column}', of which the input '{name}' is made; it "
            f"has trial_type, {', '.join(trials.extra) or 'and no others'}."
        )
    return np.isin(values, part.events or (name,))


def _fill(
    column: FloatArray, trials: Trials, chosen: BoolArray, part: InputPart, bin_s: float
) -> None:
    """Write the events of an input into its bins."""
    starts = np.floor(trials.onset / bin_s + _HALF).astype(int)
    lengths = np.floor(trials.duration / bin_s + _HALF).astype(int) + 1
    if part.shape == "context":
        ends = np.append(starts[1:], len(column))  # until the next event, whatever it is
        lengths = np.maximum(ends - starts, 1)
    height = 1 / bin_s if part.shape == "impulse" else 1.0
    for place in np.flatnonzero(chosen):
        if part.shape == "impulse":
            column[min(starts[place], len(column) - 1)] = height
        else:
            column[starts[place] : starts[place] + lengths[place]] = height
