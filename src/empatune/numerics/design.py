"""Columns of a design matrix: slow drifts, and blocks of a task as the blood would follow them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammainc
from scipy.stats import gamma

from empatune.typing import FloatArray


def drift_columns(n_volumes: int, tr_s: float, *, cutoff_s: float = 128.0) -> FloatArray:
    """Make the slow drifts of a run: a line and cosines.

    Parameters
    ----------
    n_volumes : int
        Volumes of the whole run.
    tr_s : float
        Repetition time [s].
    cutoff_s : float
        Cosines with a period down to this are drift [s].

    Returns
    -------
    ndarray, shape (n_volumes, n_columns)
        A line from -1 to 1, then cosines between -1 and 1; no constant.
    """
    place = (np.arange(n_volumes) + 0.5) / n_volumes
    n_cosines = int(2 * n_volumes * tr_s / cutoff_s) if cutoff_s > 0 else 0
    cosines = [np.cos(np.pi * order * place) for order in range(1, n_cosines + 1)]
    return np.stack([2 * place - 1, *cosines], axis=1)


def hrf(time_s: ArrayLike) -> FloatArray:
    """Evaluate the double-gamma haemodynamic response of SPM: peak at 5 s, undershoot at 15 s.

    Parameters
    ----------
    time_s : array_like
        Time after the event [s].

    Returns
    -------
    ndarray
        Response per second of activity; its integral is 1.
    """
    time = np.asarray(time_s, dtype=np.float64)
    return np.asarray((gamma.pdf(time, 6) - gamma.pdf(time, 16) / 6) * 6 / 5, dtype=np.float64)


def convolved_boxcars(
    onsets_s: ArrayLike, durations_s: ArrayLike, *, n_volumes: int, tr_s: float
) -> FloatArray:
    """Make one regressor of blocks, as the haemodynamic response follows them.

    Parameters
    ----------
    onsets_s, durations_s : array_like, shape (n_blocks,)
        When each block starts, from the start of volume 0, and how long it lasts [s].
    n_volumes : int
        Volumes of the run.
    tr_s : float
        Repetition time [s].

    Returns
    -------
    ndarray, shape (n_volumes,)
        Expected response at the middle of each volume; 1 is the plateau of a long block.
    """
    columns = boxcar_responses(onsets_s, durations_s, n_volumes=n_volumes, tr_s=tr_s)
    total: FloatArray = columns.sum(axis=1)
    return total


def boxcar_responses(
    onsets_s: ArrayLike, durations_s: ArrayLike, *, n_volumes: int, tr_s: float
) -> FloatArray:
    """Make a regressor of each event, as the haemodynamic response follows it.

    Parameters
    ----------
    onsets_s, durations_s : array_like, shape (n_events,)
        When each starts, from the start of volume 0, and how long it lasts [s].
    n_volumes : int
        Volumes of the run.
    tr_s : float
        Repetition time [s].

    Returns
    -------
    ndarray, shape (n_volumes, n_events)
        Expected response at the middle of each volume; 1 is the plateau of a long block.
    """
    middle = ((np.arange(n_volumes) + 0.5) * tr_s)[:, None]
    onsets, durations = np.atleast_1d(onsets_s), np.atleast_1d(durations_s)
    if len(onsets) != len(durations):
        raise ValueError(f"{len(onsets)} onsets were given with {len(durations)} durations")
    return _risen(middle - onsets) - _risen(middle - onsets - durations)


_SETTLED_S = 80.0
"""When the answer to a step is 1 in double precision; computing it is most of a long run's cost."""


def _risen(time_s: FloatArray) -> FloatArray:
    """Integral of the haemodynamic response up to a time: the answer to a step."""
    risen = np.where(time_s > _SETTLED_S, 1.0, 0.0)
    rising = (time_s > 0) & (time_s <= _SETTLED_S)
    time = time_s[rising]
    risen[rising] = (gammainc(6, time) - gammainc(16, time) / 6) * 6 / 5
    return risen
