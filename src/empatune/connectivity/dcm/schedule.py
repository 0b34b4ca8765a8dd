"""When inputs change and signals are sampled: the steps that an integrator takes."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from empatune.connectivity.series import Timing
from empatune.typing import FloatArray, IntArray

LONGEST_STEP_DOUBLINGS = 6
"""A step is at most 2 to this many bins."""

FEWEST_STEPS = 256
"""Room for steps is a power of two of at least this: runs alike share one compiled program."""

ROUND_PATTERNS = 4
"""Numbers of input patterns are rounded up to this, for the same reason."""


class Schedule(NamedTuple):
    """Steps between the times that matter, each a power of two of bins.

    Attributes
    ----------
    patterns : ndarray, shape (n_patterns, n_inputs)
        The different combinations of inputs that occur.
    pattern : ndarray of int, shape (room,)
        Which pattern holds during each step.
    doublings : ndarray of int, shape (room,)
        Length of each step: 2 ** doublings bins.
    samples : ndarray of int, shape (n_scans, n_regions)
        After how many steps each region is sampled for each scan.
    n_steps : ndarray of int, shape ()
        How many steps there are; the room after them is not walked.
    """

    patterns: FloatArray
    pattern: IntArray
    doublings: IntArray
    samples: IntArray
    n_steps: IntArray


def sample_bins(timing: Timing) -> IntArray:
    """
    Tell in which bin each region is sampled for each scan.

    Parameters
    ----------
    timing : Timing
        The recording's times and inputs.

    Returns
    -------
    ndarray of int, shape (n_scans, n_regions)
        Bins, from 0; the rounding is SPM12's (spm_int).
    """
    n_bins, n_scans = len(timing.inputs), timing.n_scans
    onsets = np.ceil(np.arange(n_scans) * n_bins / n_scans).astype(np.int64)
    delays = np.maximum(np.round(timing.delays_s / timing.bin_s), 1).astype(np.int64)
    bins: IntArray = np.minimum(onsets[:, None] + delays[None], n_bins) - 1
    return bins


def plan_steps(timing: Timing) -> Schedule:
    """
    Plan the steps of a recording.

    Parameters
    ----------
    timing : Timing
        The recording's times and inputs.

    Returns
    -------
    Schedule
        Its steps, padded so that recordings alike have equal shapes.
    """
    sampled = sample_bins(timing)
    changes = 1 + np.flatnonzero(np.any(np.diff(timing.inputs, axis=0) != 0, axis=1))
    times = np.unique(np.concatenate([[0], changes[changes < sampled.max()], sampled.ravel()]))
    patterns, which = np.unique(timing.inputs[times[:-1]], axis=0, return_inverse=True)
    pattern: list[int] = []
    doublings: list[int] = []
    reached = {0: 0}
    for place, (start, end) in enumerate(pairwise(times.tolist())):
        powers = _powers(end - start)
        doublings += powers
        pattern += [int(which[place])] * len(powers)
        reached[end] = len(doublings)
    after = np.vectorize(reached.__getitem__, otypes=[np.int64])(sampled)
    return _padded(patterns, np.array(pattern), np.array(doublings), after)


def _powers(n_bins: int) -> list[int]:
    """Write a number of bins as a sum of powers of two, the greatest first."""
    longest = 1 << LONGEST_STEP_DOUBLINGS
    rest = n_bins % longest
    low = [power for power in reversed(range(LONGEST_STEP_DOUBLINGS)) if rest >> power & 1]
    return [LONGEST_STEP_DOUBLINGS] * (n_bins // longest) + low


def _padded(
    patterns: FloatArray, pattern: IntArray, doublings: IntArray, samples: IntArray
) -> Schedule:
    """Round shapes up: repeat a pattern, and leave room after the last step."""
    room = max(FEWEST_STEPS, 1 << (len(pattern) - 1).bit_length())
    more_patterns = -len(patterns) % ROUND_PATTERNS
    return Schedule(
        patterns=np.pad(patterns, ((0, more_patterns), (0, 0)), mode="edge"),
        pattern=np.pad(pattern, (0, room - len(pattern))).astype(np.int32),
        doublings=np.pad(doublings, (0, room - len(pattern))).astype(np.int32),
        samples=samples.astype(np.int32),
        n_steps=np.array(len(pattern), np.int32),
    )
