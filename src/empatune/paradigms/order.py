"""The order of trials: many runs at once, random within what a design allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from empatune.typing import FloatArray, IntArray


def random_orders(
    counts: Sequence[int], *, n_rows: int, max_repeats: int, rng: np.random.Generator
) -> IntArray:
    """Shuffle kinds of trials so that none follows itself too often.

    Trials are taken one after another, each kind in proportion to what is left of it, unless it
    has been repeated often enough or another must come now lest too much of it be left.

    Parameters
    ----------
    counts : sequence of int
        How many trials of each kind there are.
    n_rows : int
        How many orders to make.
    max_repeats : int
        At most so many trials of a kind follow one another, where there are several kinds.
    rng : Generator
        Source of randomness.

    Returns
    -------
    ndarray of int, shape (n_rows, n_trials)
        Kinds in their order.
    """
    n_kinds, n_trials = len(counts), int(sum(counts))
    limit = max_repeats if n_kinds > 1 else n_trials
    left = np.tile(np.asarray(counts, dtype=np.int64), (n_rows, 1))
    last = np.full(n_rows, -1)
    length = np.zeros(n_rows, dtype=np.int64)
    orders = np.empty((n_rows, n_trials), dtype=np.int64)
    every = np.arange(n_rows)
    chance = rng.exponential(size=(n_trials, n_rows, n_kinds))  # the least of these / left wins
    for place in range(n_trials):
        weight = np.where((every[:, None] >= 0) & (left > 0), left, 1e-300)
        full = (last >= 0) & (length >= limit)
        weight[every[full], last[full]] = 1e-300
        chosen = _forced(left, chance[place] / weight, limit)
        length = np.where(chosen == last, length + 1, 1)
        left[every, chosen] -= 1
        last = chosen
        orders[:, place] = chosen
    return orders


def _forced(left: IntArray, waiting: FloatArray, limit: int) -> IntArray:
    others = left.sum(axis=1, keepdims=True) - left
    must = left > limit * others
    chosen = np.where(must.any(axis=1), must.argmax(axis=1), waiting.argmin(axis=1))
    return np.asarray(chosen, dtype=np.int64)


def alternating_orders(counts: Sequence[int], *, n_rows: int) -> IntArray:
    """Let kinds of trials follow one another in turn.

    Parameters
    ----------
    counts : sequence of int
        How many trials of each kind there are: all the same.
    n_rows : int
        How many orders to make.

    Returns
    -------
    ndarray of int, shape (n_rows, n_trials)
        Kinds in their order.
    """
    return np.tile(np.arange(len(counts), dtype=np.int64), (n_rows, counts[0]))


def possible(counts: Sequence[int], max_repeats: int) -> bool:
    """Tell whether there is any order that keeps the limit on repeats.

    Parameters
    ----------
    counts : sequence of int
        How many trials of each kind there are.
    max_repeats : int
        At most so many trials of a kind follow one another.

    Returns
    -------
    bool
        True if there is one.
    """
    most = max(counts)
    return len(counts) == 1 or most <= max_repeats * (sum(counts) - most + 1)
