"""From a table, a row a trial, to arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model
from empatune.behaviour.trials.naming import PERSON, Naming
from empatune.behaviour.trials.record import Trials
from empatune.behaviour.trials.refusals import (
    line_of,
    refuse_absent_columns,
    refuse_impossible_answers,
    refuse_merged_answers,
    refuse_repeated_trials,
)
from empatune.behaviour.wording import counted
from empatune.errors import BehaviourError
from empatune.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

SCHEDULED = ("outcome_0", "outcome_1")
"""What each choice would have earned, for simulated people; a table may lack it. Likewise any other
column of a model that depends on the choice."""


def trials_of(table: pd.DataFrame, model: Model, *, naming: Naming | None = None) -> Trials:
    """
    Take what a model needs from a table of trials.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a trial, in the order in which they happened to each person.
    model : Model
        The model.
    naming : Naming, optional
        The table's names, labels and units where they differ from ours.

    Returns
    -------
    Trials
        Arrays; rows without a response are trials that do not count.

    Raises
    ------
    BehaviourError
        If a column is missing, a value is no number or label of its column, a choice is not 0 or
        1, a reaction time is impossible, or a trial is there twice.
    """
    named = naming or Naming()
    if table.empty:
        raise BehaviourError("The table of trials has no rows. Give a row a trial.")
    wanted = (*model.columns, *model.response.columns)
    refuse_absent_columns(table, named, wanted=wanted, model=model)
    people = _people(table, named)
    refuse_repeated_trials(table, named, people=people)
    numbers = {one.name: _read(table, one, named) for one in wanted}
    answered = np.all([np.isfinite(numbers[name]) for name in model.response.names], axis=0)
    for column in model.columns:
        numbers[column.name] = _filled(numbers[column.name], column, answered, named)
    for column in model.columns:
        names = [name.replace("outcome", column.name) for name in SCHEDULED]
        either = [replace(column, name=name) for name in names]
        if all(named.of(one.name) in table.columns for one in either):
            read = {one.name: _read(table, one, named) for one in either}
            numbers |= {one.name: _filled(read[one.name], one, answered, named) for one in either}
    refuse_impossible_answers(numbers, answered, columns=model.response.columns, named=named)
    return _stacked(people, numbers, answered)


def _people(table: pd.DataFrame, named: Naming) -> FloatArray:
    """Read who did each trial."""
    given = table[named.of(PERSON)]
    if given.isna().any():
        raise BehaviourError(
            f"Column {named.of(PERSON)} is empty in {counted(int(given.isna().sum()), 'row')}, the "
            f"first row {line_of(given.isna())}. Say whose trials they are, or take them out."
        )
    people: FloatArray = given.astype(str).to_numpy(dtype=object)
    return people


def _read(table: pd.DataFrame, column: Column, named: Naming) -> FloatArray:
    """Read a column as numbers, labels by their places; empty cells are missing."""
    name = named.of(column.name)
    if name not in table.columns:
        return np.zeros(len(table))
    if column.levels:
        return _places(table, column, named)
    import pandas as pd

    given, ours = table[name], named.labels.get(column.name)
    if ours:
        given = given.map(label_of)
        if column.name == "choice":
            refuse_merged_answers(given, column, labels=ours, named=named)
        given = given.map(lambda word: ours.get(word, word))
    values = pd.to_numeric(given, errors="coerce")
    wrong = values.isna() & given.notna() & (given.astype(str).str.strip() != "")
    if wrong.any():
        raise BehaviourError(
            f"Column {name} holds '{given[wrong].iloc[0]}' in row {line_of(wrong)}, "
            f"which is no number. Say which number it is "
            f"(--labels {column.name}:{given[wrong].iloc[0]}=1), and leave cells empty where there "
            f"was no answer."
        )
    numbers: FloatArray = values.to_numpy(float) * named.scale.get(column.name, 1.0)
    return numbers


def _places(table: pd.DataFrame, column: Column, named: Naming) -> FloatArray:
    """Read a column of labels."""
    name, ours = named.of(column.name), named.labels.get(column.name, {})
    given = table[name].map(label_of).map(lambda word: ours.get(word, word))
    known = {level: float(place) for place, level in enumerate(column.levels)}
    unknown = ~given.isin([*known, ""])
    if unknown.any():
        said = sorted(set(given[unknown]))
        raise BehaviourError(
            f"Column {name} holds {', '.join(repr(one) for one in said[:5])}, first in row "
            f"{line_of(unknown)}; allowed: {', '.join(column.levels)}. Say which yours are "
            f"(--labels {column.name}:{said[0]}=...)."
        )
    places: FloatArray = given.map(known).to_numpy(float)
    return places


def label_of(cell: object) -> str:
    """
    Write a cell as a label.

    Parameters
    ----------
    cell : object
        A cell of a table.

    Returns
    -------
    str
        Its label: 1.0 is 1, an empty cell nothing.
    """
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _filled(values: FloatArray, column: Column, answered: BoolArray, named: Naming) -> FloatArray:
    """Give empty cells their meaning, or refuse them where a response was given."""
    empty = ~np.isfinite(values)
    if column.empty is not None:
        return np.where(empty, column.empty, values)
    if (empty & answered).any():
        raise BehaviourError(
            f"Column {named.of(column.name)} is empty in "
            f"{counted(int((empty & answered).sum()), 'trial')} with a response. Fill it, or empty "
            f"the response there."
        )
    return values


def _stacked(who: FloatArray, numbers: Mapping[str, FloatArray], answered: BoolArray) -> Trials:
    """Put people beside each other, each with their trials in order."""
    people, first = np.unique(who.astype(str), return_index=True)
    people = people[np.argsort(first)]
    places = [np.flatnonzero(who == person) for person in people]
    longest = max(map(len, places))
    rows = np.full((len(people), longest), -1)
    for person, chosen in enumerate(places):
        rows[person, : len(chosen)] = chosen
    counts = (rows >= 0) & answered[rows]
    known = {name: np.nan_to_num(values) for name, values in numbers.items()}
    return Trials(
        people=tuple(map(str, people)),
        columns={name: np.where(rows >= 0, values[rows], 0.0) for name, values in known.items()},
        answered=counts,
        rows=rows,
    )
