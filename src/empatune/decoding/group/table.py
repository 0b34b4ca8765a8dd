"""The trial table of all people: what it must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from empatune.decoding.group.contrast import AND, TIMES
from empatune.errors import DecodingError, UsageError

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "participant",
    "session",
    "task",
    "run",
    "trial",
    "onset",
    "duration",
    "trial_type",
    "signature",
    "kind",
    "measure",
    "score",
    "coverage_voxels",
    "coverage_weight",
)
"""What every trial table holds; columns of the events files may follow ``trial_type``."""

KINDS = ("signature", "system")
"""What a score can be of."""

Missing = Literal["raise", "drop"]
"""What happens to trials whose score is not finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Something that was left out of the group level.

    Parameters
    ----------
    contrast : str
        From which contrast; ``all`` if from every one.
    participant : str
        Whose; empty if of everybody.
    why : str
        The reason.
    """

    contrast: str
    participant: str
    why: str


def check(
    table: pd.DataFrame, measure: str, *, missing: Missing = "raise"
) -> tuple[pd.DataFrame, tuple[Exclusion, ...]]:
    """Take the rows that count out of a trial table, and check them.

    Parameters
    ----------
    table : DataFrame
        One row a trial, signature and measure, with the columns of ``COLUMNS``.
    measure : str
        Which measure of signatures counts; systems have their mean.
    missing : Missing
        Whether scores that are not finite are an error or are left out.

    Returns
    -------
    DataFrame
        The rows that count.
    tuple of Exclusion
        What was left out.

    Raises
    ------
    DecodingError
        If columns are missing, rows are double, people differ in their signatures, a score never
        varies (at all, between people or between trials) or is not finite, or there are fewer
        than two people.
    """
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        raise DecodingError(
            f"The trial table lacks the columns {', '.join(lacking)}. It must hold "
            f"{', '.join(COLUMNS)}."
        )
    unknown = sorted(set(map(str, table["kind"].unique())) - set(KINDS))
    if unknown:
        raise DecodingError(
            f"The column 'kind' of the trial table holds {', '.join(unknown)}; allowed are "
            f"{' and '.join(KINDS)}."
        )
    counts = table["measure"] == np.where(table["kind"] == "system", "mean", measure)
    rows = table[counts]
    if rows.empty:
        found = ", ".join(sorted(map(str, table["measure"].unique()))) or "none"
        raise DecodingError(
            f"The trial table has no score of the measure '{measure}'; it has: {found}."
        )
    _check_double(rows)
    rows, left_out = _finite(rows, missing)
    _check_people(rows)
    _check_variation(rows)
    return rows, left_out


def levels(rows: pd.DataFrame, column: str) -> list[str]:
    """List the levels of a column.

    Parameters
    ----------
    rows : DataFrame
        A checked table.
    column : str
        The column.

    Returns
    -------
    list of str
        In the order of the alphabet; empty cells are none.

    Raises
    ------
    UsageError
        If there is no such column.
    """
    return sorted(words(rows, column).dropna().unique())


def words(rows: pd.DataFrame, column: str) -> pd.Series[str]:
    """Return the level of every row.

    Parameters
    ----------
    rows : DataFrame
        A checked table.
    column : str
        A column, or two that are crossed: ``trial_type x motive``.

    Returns
    -------
    Series of str
        Levels, of crossed columns as in ``pain & empathy``; missing where a cell is empty.

    Raises
    ------
    UsageError
        If there is no such column.
    """
    first, crossed, second = column.partition(TIMES)
    if crossed:
        joined: pd.Series[str] = words(rows, first) + AND + words(rows, second)
        return joined
    if column not in rows.columns or column in ("score", "signature", "measure", "kind"):
        known = [n for n in rows.columns if n not in COLUMNS or n in ("trial_type", "session")]
        raise UsageError(
            f"The trials have no column '{column}' to compare. Columns: {', '.join(known)}."
        )
    found: pd.Series[str] = rows[column].astype(str).where(rows[column].notna())
    return found


def _check_double(rows: pd.DataFrame) -> None:
    keys = ["participant", "session", "task", "run", "trial", "signature"]
    double = rows[rows.duplicated(keys)]
    if len(double):
        first = double.iloc[0]
        raise DecodingError(
            f"The trial table holds {len(double)} rows twice, the first for participant "
            f"{first['participant']}, run {first['run']}, trial {first['trial']}, "
            f"'{first['signature']}'. Were tables of two analyses put together? Give each run once."
        )


def _finite(rows: pd.DataFrame, missing: Missing) -> tuple[pd.DataFrame, tuple[Exclusion, ...]]:
    bad = ~np.isfinite(rows["score"].to_numpy(dtype=np.float64))
    if not bad.any():
        return rows, ()
    counts = rows[bad].groupby(["participant", "signature"], observed=True).size()
    found = [
        Exclusion(
            contrast="all",
            participant=str(person),
            why=f"{n} {'trial' if n == 1 else 'trials'} of '{name}' without a finite score",
        )
        for (person, name), n in counts.items()
    ]
    if missing == "raise":
        first = "; ".join(f"{entry.participant}: {entry.why}" for entry in found[:3])
        raise DecodingError(
            f"{int(bad.sum())} scores are not finite ({first}{', ...' if len(found) > 3 else ''}). "
            "Decode these runs again or leave them out; missing='drop' leaves out the trials."
        )
    return rows[~bad], tuple(found)


def _check_people(rows: pd.DataFrame) -> None:
    people = sorted(map(str, rows["participant"].unique()))
    if len(people) < 2:
        raise DecodingError(
            f"The trial table holds {len(people)} person with scores; the group level needs at "
            "least two. For one person, read the table itself."
        )
    has = rows.groupby("participant", observed=True)["signature"].unique()
    every = {str(name) for names in has for name in names}
    for person, names in has.items():
        lacking = sorted(every - set(map(str, names)))
        if lacking:
            raise DecodingError(
                f"Tables do not match: participant {person} has no scores of "
                f"{', '.join(lacking)}, others have. Decode everybody with the same signatures."
            )


def _check_variation(rows: pd.DataFrame) -> None:
    spread = rows.groupby("signature", observed=True)["score"].agg(["min", "max"])
    constant = [str(name) for name, row in spread.iterrows() if row["min"] == row["max"]]
    if constant:
        raise DecodingError(
            f"The scores of {', '.join(constant)} are the same in every trial. Does the image "
            "cover these maps at all? See the coverage."
        )
    for name, scores in rows.groupby("signature", observed=True)["score"]:
        people = scores.groupby(rows["participant"], observed=True)
        if len({tuple(sorted(own)) for _, own in people}) == 1:
            raise DecodingError(
                f"The scores of {name} are the same in every person, trial by trial. Are their "
                "tables copies of one? Decode every person's own images."
            )
        if (people.min() == people.max()).all() and (people.size() > 1).any():
            raise DecodingError(
                f"The scores of {name} differ between people and never between the trials of one "
                "person, so that no effect can be told from chance. See how trials were estimated."
            )
