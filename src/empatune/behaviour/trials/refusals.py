"""What a table of trials must not hold: said with the line it is in, and what to do."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model
from empatune.behaviour.trials.naming import ORDER, PERSON, Naming
from empatune.behaviour.wording import counted
from empatune.errors import BehaviourError
from empatune.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

SLOWEST_S = 60.0
"""A reaction time above this is taken for one in other units [s]."""

_PEOPLE = ("subject", "subject_id", "subj", "sub", "id", "person", "pid")
"""What people are often called."""

OUTSIDE = 0.1
"""Answers that lie outside their scale by more than this share of it, on average, are on another."""

_TOPS = (1, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 1000)
"""Where scales of ratings usually end."""


def refuse_absent_columns(
    table: pd.DataFrame, named: Naming, *, wanted: Sequence[Column], model: Model
) -> None:
    """
    Refuse a table that lacks columns.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a trial.
    named : Naming
        What it calls its columns.
    wanted : sequence of Column
        What the model needs of it.
    model : Model
        The model.

    Raises
    ------
    BehaviourError
        If one is not there.
    """
    must = [PERSON, *(one.name for one in wanted if not one.optional)]
    absent = [name for name in must if named.of(name) not in table.columns]
    if not absent:
        return
    has = [str(name) for name in table.columns]
    free = [name for name in has if name not in {named.of(one.name) for one in wanted}]
    said = []
    for name in absent:
        close = [*difflib.get_close_matches(named.of(name), free), *_alike(name, free), "YOURS"]
        said.append(f"{name}={close[0]}")
    raise BehaviourError(
        f"Model {model.name} needs columns that the table lacks: "
        f"{', '.join(named.of(name) for name in absent)}. The table has: {', '.join(has)}. Say "
        f"which of yours they are (--columns {','.join(said)})."
    )


def _alike(name: str, has: Sequence[str]) -> list[str]:
    """Find columns whose name holds ours, is near to it, or means the same."""
    usual = _PEOPLE if name == PERSON else ()
    return [
        *(one for one in has if name in one.lower() or one.lower() in usual),
        *difflib.get_close_matches(name, has),
    ]


def refuse_repeated_trials(table: pd.DataFrame, named: Naming, *, people: FloatArray) -> None:
    """
    Refuse a trial that is there twice, or comes after a later one.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a trial.
    named : Naming
        What it calls its columns.
    people : ndarray of str, shape (n_rows,)
        Who did each.

    Raises
    ------
    BehaviourError
        If there is one, and trials are numbered.
    """
    keys = [named.of(name) for name in ("session", "block", ORDER)]
    keys = [name for name in keys if name in table.columns]
    if named.of(ORDER) not in keys:
        return
    twice = table.assign(**{named.of(PERSON): people}).duplicated([named.of(PERSON), *keys])
    if twice.any():
        place, n_twice = int(np.flatnonzero(twice)[0]), int(twice.sum())
        raise BehaviourError(
            f"{counted(n_twice, 'trial is', 'trials are')} there twice, the first of participant "
            f"{people[place]} in row {line_of(twice)} (same {', '.join(keys)}). Take one of each "
            f"out, or leave column {named.of(ORDER)} out if it starts anew within a person."
        )
    _refuse_disorder(table, named, people=people, keys=keys)


def _refuse_disorder(
    table: pd.DataFrame, named: Naming, *, people: FloatArray, keys: list[str]
) -> None:
    """Refuse trials that are not in the order of their numbers: models learn row by row."""
    import pandas as pd

    numbers = pd.to_numeric(table[named.of(ORDER)], errors="coerce")
    within = [pd.Series(people, index=table.index)]
    within += [table[name] for name in keys if name != named.of(ORDER)]
    falls = numbers.groupby(within, dropna=False).diff() < 0
    if falls.any():
        place = int(np.flatnonzero(falls)[0])
        raise BehaviourError(
            f"Row {line_of(falls)}: trial {numbers.iloc[place]:g} of participant {people[place]} "
            f"comes after a later one. Rows must be in the order in which trials happened: sort the "
            f"table by {named.of(ORDER)}, or leave that column out if it does not number trials in "
            f"time."
        )


def refuse_impossible_answers(
    numbers: Mapping[str, FloatArray],
    answered: BoolArray,
    *,
    columns: Sequence[Column],
    named: Naming,
) -> None:
    """
    Refuse answers that nobody can have given.

    Parameters
    ----------
    numbers : mapping of str to ndarray, shape (n_rows,)
        What was read, by column.
    answered : ndarray of bool, shape (n_rows,)
        Which trials have an answer.
    columns : sequence of Column
        Those that hold the answer.
    named : Naming
        What the table calls its columns.

    Raises
    ------
    BehaviourError
        If a choice is not 0 or 1, a reaction time is 0 or below or looks like milliseconds, or
        numbers are on another scale than the model's.
    """
    if "choice" in numbers:
        _refuse_codes(numbers["choice"][answered], named.of("choice"))
    if "rt" in numbers:
        _refuse_times(numbers["rt"][answered], named.of("rt"))
    for column in columns:
        _refuse_scale(numbers[column.name][answered], column, named)


def _refuse_codes(choices: FloatArray, name: str) -> None:
    """Refuse choices other than 0 and 1."""
    codes = sorted(float(code) for code in np.unique(choices))
    if set(codes) <= {0.0, 1.0}:
        return
    remedy = "Say which is which (--labels choice:...=0,...=1), and leave cells of others empty."
    if len(codes) == 2:
        remedy = f"Say which is which (--labels choice:{codes[0]:g}=0,{codes[1]:g}=1, or reversed)."
    raise BehaviourError(
        f"Choices in column {name} must be 0 or 1, or empty where missed; given: "
        f"{', '.join(f'{code:g}' for code in codes[:6])}. {remedy}"
    )


def refuse_merged_answers(
    given: pd.Series, column: Column, *, labels: Mapping[str, str], named: Naming
) -> None:
    """
    Refuse labels that make one answer of two.

    Parameters
    ----------
    given : pandas.Series of str
        What the table holds, each cell as a label.
    column : Column
        The column of the answer.
    labels : mapping of str to str
        What labels stand for.
    named : Naming
        What the table calls its columns.

    Raises
    ------
    BehaviourError
        If a label that is named stands for one that is there, and is not named.
    """
    there = set(given)
    for label, target in labels.items():
        if label in there and target in there and target not in labels and label != target:
            raise BehaviourError(
                f"--labels {column.name}:{label}={target} would make one answer of two: column "
                f"{named.of(column.name)} holds {target} as well. Say what {target} stands for, "
                f"too (--labels {column.name}:{label}={target},{target}=...)."
            )


def _refuse_times(times: FloatArray, name: str) -> None:
    """Refuse reaction times of 0 and below, and such as look like milliseconds."""
    n_low = int((times <= 0).sum())
    if n_low:
        raise BehaviourError(
            f"Column {name} holds {counted(n_low, 'reaction time')} of 0 or below, the smallest "
            f"{times.min():g}. Leave such cells empty: their trials then count as missed."
        )
    if times.size and np.median(times) > SLOWEST_S:
        raise BehaviourError(
            f"Column {name} has a median of {np.median(times):g} s. Reaction times are in seconds; "
            f"if these are milliseconds, say so (--scale rt=0.001)."
        )


def _refuse_scale(values: FloatArray, column: Column, named: Naming) -> None:
    """Refuse numbers that lie far outside a column's bounds."""
    bounded = math.isfinite(column.lower) and math.isfinite(column.upper)
    if not bounded or not values.size:
        return
    beyond = np.abs(values - np.clip(values, column.lower, column.upper)).mean()
    if beyond <= OUTSIDE * (column.upper - column.lower):
        return
    given = values / named.scale.get(column.name, 1.0)
    low, high = float(given.min()), float(given.max())
    top = next((top for top in _TOPS if top >= high), high)
    remedy = f"if yours end at {top:g}, say so (--scale {column.name}={1 / top:.4g})"
    if low < 0:
        remedy = "bring them there first, as numbers below 0 cannot be by a factor"
    raise BehaviourError(
        f"Column {named.of(column.name)} holds {low:g} to {high:g}, and the model takes numbers "
        f"from {column.lower:g} to {column.upper:g}: {remedy}."
    )


def line_of(where: pd.Series) -> int:
    """
    Give the line of a table's file that a problem is first in: the header is line 1.

    Parameters
    ----------
    where : pandas.Series of bool
        Which rows have it.

    Returns
    -------
    int
        The line.
    """
    return int(np.flatnonzero(where.to_numpy())[0]) + 2
