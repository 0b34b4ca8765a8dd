"""Tables of trials, a row a trial, as arrays that a model can be fitted to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model
from empatune.errors import BehaviourError
from empatune.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

PERSON = "participant"
"""The column that tells people apart."""

ORDER = "trial"
"""The column that numbers trials; a table may lack it."""

SCHEDULED = ("outcome_0", "outcome_1")
"""What each choice would have earned, for simulated people; a table may lack it. Likewise any other
column of a model that depends on the choice."""

SLOWEST_S = 60.0
"""A reaction time above this is taken for one in other units [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a table's own names, labels and units become those of a model.

    Attributes
    ----------
    columns : mapping of str to str
        The table's name of a column, by ours (``participant``, ``trial``, those of the model).
    labels : mapping of str to mapping of str to str
        By our column, our label for each of the table's.
    scale : mapping of str to float
        By our column, what numbers are multiplied by (rt in milliseconds: 0.001).
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """
        Give the table's name of a column.

        Parameters
        ----------
        name : str
            Our name.

        Returns
        -------
        str
            The table's.
        """
        return self.columns.get(name, name)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials:
    """Trials of many people, filled up to the longest.

    Attributes
    ----------
    people : tuple of str
        Who.
    columns : mapping of str to ndarray, shape (n_people, n_trials)
        What happened; 0 where a trial does not count.
    answered : ndarray of bool, shape (n_people, n_trials)
        Which trials count: there, and with a response.
    rows : ndarray of int, shape (n_people, n_trials)
        Where each trial stood in the table; -1 beyond the last.
    """

    people: tuple[str, ...]
    columns: Mapping[str, FloatArray]
    answered: BoolArray
    rows: FloatArray

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.people)

    @property
    def n_answered(self) -> FloatArray:
        """Trials that count, shape (n_people,)."""
        counted: FloatArray = self.answered.sum(axis=1)
        return counted

    @property
    def n_missed(self) -> FloatArray:
        """Trials without a response, shape (n_people,)."""
        there: FloatArray = (self.rows >= 0).sum(axis=1)
        return there - self.n_answered

    def arrays(self) -> dict[str, FloatArray | BoolArray]:
        """
        Give the columns with ``answered`` among them.

        Returns
        -------
        dict of str to ndarray, shape (n_people, n_trials)
            What a model is scored on.
        """
        return {**self.columns, "answered": self.answered}

    def take(self, chosen: FloatArray | Sequence[int]) -> Trials:
        """
        Take some people.

        Parameters
        ----------
        chosen : sequence of int
            Their places.

        Returns
        -------
        Trials
            Their trials.
        """
        places = np.asarray(chosen, int)
        return Trials(
            people=tuple(self.people[place] for place in places),
            columns={name: values[places] for name, values in self.columns.items()},
            answered=self.answered[places],
            rows=self.rows[places],
        )


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
    _present(table, wanted, model, named)
    people = _people(table, named)
    _once(table, people, named)
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
    _possible(numbers, answered, named)
    return _stacked(people, numbers, answered)


def _present(table: pd.DataFrame, wanted: Sequence[Column], model: Model, named: Naming) -> None:
    """Refuse a table that lacks columns."""
    must = [PERSON, *(one.name for one in wanted if not one.optional)]
    absent = [name for name in must if named.of(name) not in table.columns]
    if absent:
        raise BehaviourError(
            f"Model {model.name} needs columns that the table lacks: "
            f"{', '.join(named.of(name) for name in absent)}. The table has: "
            f"{', '.join(map(str, table.columns))}. Say which of yours they are "
            f"(--columns {absent[0]}=YOURS)."
        )


def _people(table: pd.DataFrame, named: Naming) -> FloatArray:
    """Read who did each trial."""
    given = table[named.of(PERSON)]
    if given.isna().any():
        raise BehaviourError(
            f"Column {named.of(PERSON)} is empty in {int(given.isna().sum())} rows, the first "
            f"row {_row(given.isna())}. Say whose trials they are, or take them out."
        )
    people: FloatArray = given.astype(str).to_numpy(dtype=object)
    return people


def _once(table: pd.DataFrame, people: FloatArray, named: Naming) -> None:
    """Refuse a trial that is there twice."""
    keys = [named.of(name) for name in ("session", "block", ORDER)]
    keys = [name for name in keys if name in table.columns]
    if named.of(ORDER) not in keys:
        return
    twice = table.assign(**{named.of(PERSON): people}).duplicated([named.of(PERSON), *keys])
    if twice.any():
        place = int(np.flatnonzero(twice)[0])
        raise BehaviourError(
            f"{int(twice.sum())} trials are there twice, the first of participant "
            f"{people[place]} in row {_row(twice)} (same {', '.join(keys)}). Take one of "
            f"each out, or leave column {named.of(ORDER)} out if it starts anew within a person."
        )
    _in_order(table, people, keys, named)


def _in_order(table: pd.DataFrame, people: FloatArray, keys: list[str], named: Naming) -> None:
    """Refuse trials that are not in the order of their numbers: models learn row by row."""
    import pandas as pd

    numbers = pd.to_numeric(table[named.of(ORDER)], errors="coerce")
    within = [pd.Series(people, index=table.index)]
    within += [table[name] for name in keys if name != named.of(ORDER)]
    falls = numbers.groupby(within, dropna=False).diff() < 0
    if falls.any():
        place = int(np.flatnonzero(falls)[0])
        raise BehaviourError(
            f"Row {_row(falls)}: trial {numbers.iloc[place]:g} of participant {people[place]} comes "
            f"after a later one. Rows must be in the order in which trials happened: sort the table "
            f"by {named.of(ORDER)}, or leave that column out if it does not number trials in time."
        )


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
        given = given.map(label_of).map(lambda word: ours.get(word, word))
    values = pd.to_numeric(given, errors="coerce")
    wrong = values.isna() & given.notna() & (given.astype(str).str.strip() != "")
    if wrong.any():
        raise BehaviourError(
            f"Column {name} holds '{given[wrong].iloc[0]}' in row {_row(wrong)}, "
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
            f"{_row(unknown)}; allowed: {', '.join(column.levels)}. Say which yours are "
            f"(--labels {column.name}:{said[0]}={column.levels[0]})."
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
            f"Column {named.of(column.name)} is empty in {int((empty & answered).sum())} trials "
            f"that have a response. Fill it, or empty the response of these trials."
        )
    return values


def _possible(numbers: Mapping[str, FloatArray], answered: BoolArray, named: Naming) -> None:
    """Refuse choices other than 0 and 1, and reaction times that nobody can have."""
    if "choice" in numbers:
        odd = sorted(set(np.unique(numbers["choice"][answered])) - {0.0, 1.0})
        if odd:
            raise BehaviourError(
                f"Choices in column {named.of('choice')} must be 0 or 1, or empty where missed; "
                f"given also: {', '.join(f'{code:g}' for code in odd[:5])}. Say which is which "
                f"(--labels choice:{odd[0]:g}=1)."
            )
    if "rt" in numbers:
        _possible_times(numbers["rt"][answered], named.of("rt"))


def _possible_times(times: FloatArray, name: str) -> None:
    """Refuse reaction times of 0 and below, and such as look like milliseconds."""
    if (times <= 0).any():
        raise BehaviourError(
            f"Column {name} holds {int((times <= 0).sum())} reaction times of 0 or below, the "
            f"smallest {times.min():g}. Empty these cells: the trials then count as missed."
        )
    if times.size and np.median(times) > SLOWEST_S:
        raise BehaviourError(
            f"Column {name} has a median of {np.median(times):g} s. Reaction times are in seconds; "
            f"if these are milliseconds, say so (--scale rt=0.001)."
        )


def _row(where: pd.Series) -> int:
    """Give the line of a table's file that a problem is first in: the header is line 1."""
    return int(np.flatnonzero(where.to_numpy())[0]) + 2


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
