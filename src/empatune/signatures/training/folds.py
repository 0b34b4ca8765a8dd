"""Who is held out together, and what may be exchanged with what."""

from __future__ import annotations

import numpy as np

from empatune.errors import TrainingError
from empatune.typing import Array, FloatArray, IntArray


def hold_out(groups: Array, *, n_folds: int | None, rng: np.random.Generator) -> IntArray:
    """Assign every image to the fold in which it is held out; groups stay together.

    Parameters
    ----------
    groups : ndarray, shape (n_images,)
        The person, study or block that each image belongs to.
    n_folds : int or None
        Number of folds of about equal size; None holds out one group at a time.
    rng : numpy.random.Generator
        Source of the assignment; not used when one group is held out at a time.

    Returns
    -------
    ndarray, shape (n_images,), int
        Folds, from 0.

    Raises
    ------
    TrainingError
        If there are fewer groups than folds.
    """
    names, places, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise TrainingError(
            f"Cross-validation holds out whole groups, but all images belong to one: '{names[0]}'. "
            "Give a group column with two groups at least, such as the participant."
        )
    if n_folds is None:
        return np.asarray(places, dtype=np.int64)
    if not 2 <= n_folds <= len(names):
        raise TrainingError(
            f"{n_folds} folds are asked for, and there are {len(names)} groups: each fold needs a "
            f"group of its own. Ask for {'2' if len(names) == 2 else f'2 to {len(names)}'} folds, "
            "or for one fold per group."
        )
    return _spread(sizes, n_folds, rng)[places]


def exchange(outcome: FloatArray, groups: Array) -> str:
    """Tell what a permutation test may exchange in this design.

    Parameters
    ----------
    outcome : ndarray, shape (n_images,)
        What is predicted.
    groups : ndarray, shape (n_images,)
        The groups that are held out together.

    Returns
    -------
    {"within", "between", "free"}
        Within groups if the outcome varies within groups; between whole groups if it is constant
        in each; free if every image is its own group.
    """
    members = _members(groups)
    if len(members) == len(groups):
        return "free"
    varies = any(np.ptp(outcome[rows]) > 0 for rows in members)
    return "within" if varies else "between"


def permuted(outcome: FloatArray, groups: Array, rng: np.random.Generator) -> FloatArray:
    """Exchange outcomes as the design allows it.

    Parameters
    ----------
    outcome : ndarray, shape (n_images,)
        What is predicted.
    groups : ndarray, shape (n_images,)
        The groups.
    rng : numpy.random.Generator
        Source of the permutation.

    Returns
    -------
    ndarray, shape (n_images,)
        Outcomes that could have been seen if images told nothing about them.
    """
    kind = exchange(outcome, groups)
    if kind == "free":
        return rng.permutation(outcome)
    members = _members(groups)
    result = outcome.copy()
    if kind == "within":
        for rows in members:
            result[rows] = rng.permutation(outcome[rows])
    else:
        values = rng.permutation(np.array([outcome[rows[0]] for rows in members]))
        for rows, value in zip(members, values, strict=True):
            result[rows] = value
    return result


def rows_of(groups: IntArray) -> list[IntArray]:
    """List the rows of each group.

    Parameters
    ----------
    groups : ndarray, shape (n_rows,)
        Groups, from 0.

    Returns
    -------
    list of ndarray
        Rows, one array a group.
    """
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.cumsum(np.bincount(groups))[:-1])


def _members(groups: Array) -> list[IntArray]:
    return rows_of(np.unique(groups, return_inverse=True)[1])


def _spread(sizes: IntArray, n_folds: int, rng: np.random.Generator) -> IntArray:
    """Put the largest groups first into the emptiest folds, ties by chance."""
    folds = np.zeros(len(sizes), dtype=np.int64)
    filled = np.zeros(n_folds)
    shuffled = rng.permutation(len(sizes))
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        fold = int(np.argmin(filled))
        folds[group] = fold
        filled[fold] += sizes[group]
    return folds
