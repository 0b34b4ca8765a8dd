"""What a real data set becomes: tidy tables, and what was left out on the way."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What a table does not hold, counted while it was read."""

    what: str
    n_people: int = 0
    n_trials: int = 0

    def __str__(self) -> str:
        counts = ((self.n_people, "people"), (self.n_trials, "trials"))
        return f"{self.what} ({', '.join(f'{n} {unit}' for n, unit in counts if n)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Trials of a data set, one row a person beside them, and what was left out."""

    trials: pd.DataFrame
    participants: pd.DataFrame
    left_out: tuple[LeftOut, ...] = ()


def spread(table: pd.DataFrame, person: str, kind: str, value: str) -> pd.DataFrame:
    return table.pivot_table(index=person, columns=kind, values=value, aggfunc="mean")


def people_of(table: pd.DataFrame) -> pd.DataFrame:
    """Give each person a row, named as in the trials."""
    named = table.set_axis(pd.Index(table.index.astype(str), name="participant"))
    return named.rename_axis(columns=None).reset_index()


def order_of(trials: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(trials["participant"]))


def stretches(person: pd.Series, cell: pd.Series) -> pd.Series:
    """Count the stretches in which nothing changes, from 1 within a person."""
    new = (cell != cell.shift()) | (person != person.shift())
    return new.groupby(person).cumsum()
