"""Permutation of people's means, and correction over signatures."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import stats

from empatune.decoding.group.sides import Sides
from empatune.typing import Array, FloatArray

BLOCK = 2000
"""Permutations at a time: bounds the memory."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Permuted:
    """What permutation says about every signature of a contrast.

    Parameters
    ----------
    p : ndarray, shape (n_names,)
        Two-sided, without correction.
    p_max_t : ndarray, shape (n_names,)
        Corrected over the signatures of each family by the largest statistic.
    n : int
        Number of permutations, the data as they are among them.
    exact : bool
        Whether these are all that exist.
    """

    p: FloatArray
    p_max_t: FloatArray
    n: int
    exact: bool


def permute(
    found: Sides, families: list[str], *, n_permutations: int, rng: np.random.Generator
) -> Permuted:
    """Flip the signs of people's differences, or exchange people between groups.

    Parameters
    ----------
    found : Sides
        People's means. Within people the signs of differences are flipped, all signatures of a
        person at once; between people the labels of the groups are shuffled.
    families : list of str
        The family of every signature: correction reaches over one family.
    n_permutations : int
        How many at most; if no more than that exist, all are taken.
    rng : Generator
        Where randomness comes from.

    Returns
    -------
    Permuted
        The statistic is Student's t within people, Welch's between.
    """
    if found.design == "within":
        differences = found.plus - found.minus
        arrangements, exact = sign_flips(len(differences), n_permutations, rng)
        observed = _paired_t(np.ones((1, len(differences))), differences)[0]

        def statistic(block: FloatArray) -> FloatArray:
            return _paired_t(block, differences)
    else:
        labels = np.isfinite(found.plus[:, 0]).astype(np.float64)
        values = np.where(labels[:, None] > 0, found.plus, found.minus)
        arrangements, exact = divisions(labels, n_permutations, rng)
        observed = welch_t(labels[None], values)[0]

        def statistic(block: FloatArray) -> FloatArray:
            return welch_t(block, values)

    size = np.abs(observed) * (1 - 1e-9)  # ties by rounding count as reached
    reached, reached_max = np.zeros(len(size)), np.zeros(len(size))
    members = [np.array([f == g for g in families]) for f in families]
    for start in range(0, len(arrangements), BLOCK):
        t = np.abs(statistic(arrangements[start : start + BLOCK].astype(np.float64)))
        reached += (t >= size).sum(axis=0)
        for column, mine in enumerate(members):
            reached_max[column] += int((t[:, mine].max(axis=1) >= size[column]).sum())
    n = len(arrangements) + (0 if exact else 1)  # the data themselves are one arrangement
    extra = 0 if exact else 1
    return Permuted(p=(reached + extra) / n, p_max_t=(reached_max + extra) / n, n=n, exact=exact)


def false_discovery(p: FloatArray, families: list[str]) -> FloatArray:
    """Correct p values for the false discovery rate (Benjamini and Hochberg), family by family.

    Parameters
    ----------
    p : ndarray, shape (n_names,)
        Without correction.
    families : list of str
        The family of every value.

    Returns
    -------
    ndarray, shape (n_names,)
        Corrected.
    """
    corrected = np.full(len(p), np.nan)
    for family in set(families):
        mine = np.flatnonzero(np.array([f == family for f in families]) & np.isfinite(p))
        corrected[mine] = stats.false_discovery_control(p[mine])
    return corrected


def sign_flips(n: int, n_most: int, rng: np.random.Generator) -> tuple[Array, bool]:
    """List ways to give people's values a sign: all that exist, or some at random.

    Parameters
    ----------
    n : int
        People.
    n_most : int
        How many ways at most, the data as they are among them.
    rng : Generator
        Where randomness comes from.

    Returns
    -------
    flips : ndarray of int, shape (n_flips, n)
        1 and -1; those at random leave out the data as they are.
    exact : bool
        Whether these are all.
    """
    if n < 30 and 2**n <= n_most:
        return np.array(list(itertools.product((1, -1), repeat=n)), dtype=np.int8), True
    return rng.choice(np.array([-1, 1], dtype=np.int8), size=(n_most - 1, n)), False


def divisions(labels: FloatArray, n_most: int, rng: np.random.Generator) -> tuple[Array, bool]:
    """List ways to divide people into two groups: all that exist, or some at random.

    Parameters
    ----------
    labels : ndarray, shape (n_people,)
        1 for people of the one group, 0 for those of the other.
    n_most : int
        How many ways at most, the data as they are among them.
    rng : Generator
        Where randomness comes from.

    Returns
    -------
    labels : ndarray of int, shape (n_divisions, n_people)
        1 and 0; those at random leave out the data as they are.
    exact : bool
        Whether these are all.
    """
    n, n_one = len(labels), int(labels.sum())
    chosen = itertools.islice(itertools.combinations(range(n), n_one), n_most + 1)
    places = list(chosen)
    if len(places) <= n_most:
        every = np.zeros((len(places), n), dtype=np.int8)
        every[np.arange(len(places))[:, None], np.array(places)] = 1
        return every, True
    shuffled = np.tile(labels.astype(np.int8), (n_most - 1, 1))
    return rng.permuted(shuffled, axis=1), False


def _paired_t(signs: FloatArray, differences: FloatArray) -> FloatArray:
    n = len(differences)
    mean = signs @ differences / n
    square = (differences**2).sum(axis=0)  # the same whatever the signs
    error = np.sqrt(np.clip(square - n * mean**2, 0, None) / (n - 1) / n)
    return _ratio(mean, error)


def welch_t(labels: FloatArray, values: FloatArray) -> FloatArray:
    """Compute Welch's t for many divisions of people into two groups.

    Parameters
    ----------
    labels : ndarray, shape (n_divisions, n_people)
        1 for people of the one group, 0 for those of the other.
    values : ndarray, shape (n_people, n_names)
        What is compared.

    Returns
    -------
    ndarray, shape (n_divisions, n_names)
        One minus other; 0 where nothing differs.
    """
    centred = values - values.mean(axis=0)
    squares = centred**2
    n_one = labels.sum(axis=1, keepdims=True)
    n_other = len(values) - n_one
    sum_one, square_one = labels @ centred, labels @ squares
    sum_other, square_other = -sum_one, squares.sum(axis=0) - square_one
    difference, error = sum_one / n_one - sum_other / n_other, np.zeros_like(sum_one)
    for n, total, square in ((n_one, sum_one, square_one), (n_other, sum_other, square_other)):
        error += np.clip(square - total**2 / n, 0, None) / (n - 1) / n
    return _ratio(difference, np.sqrt(error))


def _ratio(mean: FloatArray, error: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: FloatArray = np.nan_to_num(mean / error, nan=0.0, posinf=np.inf, neginf=-np.inf)
    return found
