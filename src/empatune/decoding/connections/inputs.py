"""Events as inputs of a model, on a grid of time that is finer than the scans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from empatune.decoding.connections.records import InputPart
from empatune.decoding.trials import Trials, read_trials
from empatune.errors import DecodingError
from empatune.typing import FloatArray

BINS_PER_SCAN = 16
"""Bins of the inputs in a TR, SPM's microtime resolution."""

_NO_VALUE = ("n/a", "")
"""Events without a value in a column neither begin nor end a context."""

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
    in_bins = replace(trials, onset=trials.onset / bin_s, duration=trials.duration / bin_s)
    for column, (name, part) in zip(inputs.T, parts.items(), strict=True):
        _fill(column, in_bins, _labels(trials, name, part, events), name, part)
        if part.shape == "impulse":
            column /= bin_s
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
            raise _silence(name, part, events)
    centred = np.array([part.centred for part in parts.values()])
    changed: FloatArray = inputs - np.where(centred, inputs.mean(axis=0), 0.0)
    return changed


def _silence(name: str, part: InputPart, events: list[Path]) -> DecodingError:
    """Say why an input never happens."""
    seen: set[str] = set()
    for path in events:
        trials = read_trials(path, run_s=np.inf)
        if part.column not in trials.columns:
            return DecodingError(
                f"{path.name} has no column '{part.column}'; it has {', '.join(trials.columns)}. "
                f"Name the one that tells events apart in the file of networks (column = ...)."
            )
        seen.update(_labels(trials, name, part, path))
    return DecodingError(
        f"The input '{name}' never happens: no event has {part.column} "
        f"{' or '.join(part.events or (name,))}. {', '.join(p.name for p in events)} "
        f"has: {', '.join(sorted(seen)) or 'none'}."
    )


def _labels(trials: Trials, name: str, part: InputPart, events: Path) -> tuple[str, ...]:
    """Give the value of each event that decides whether it belongs to an input."""
    if part.column == "trial_type":
        return trials.trial_type
    if part.column not in trials.extra:
        raise DecodingError(
            f"{events.name} has no column '{part.column}', of which the input '{name}' is made; it "
            f"has trial_type, {', '.join(trials.extra) or 'and no others'}."
        )
    return trials.extra[part.column]


def _fill(
    column: FloatArray, trials: Trials, labels: tuple[str, ...], name: str, part: InputPart
) -> None:
    """Write the events of an input into its bins; times are in bins."""
    chosen = np.isin(labels, part.events or (name,))
    starts = np.minimum(np.floor(trials.onset + _HALF).astype(int), len(column) - 1)
    ends = starts + np.floor(trials.duration + _HALF).astype(int) + 1
    if part.shape == "impulse":
        ends = starts + 1
    elif part.shape == "context":
        others = starts[~chosen & ~np.isin(labels, _NO_VALUE)]
        later = others[np.newaxis] > starts[:, np.newaxis]
        ends = np.where(later, others[np.newaxis], len(column)).min(axis=1, initial=len(column))
    for start, end in zip(starts[chosen], ends[chosen], strict=True):
        column[start:end] = 1.0
