"""A user's table of trials, brought into the words of a contrast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
import pandas as pd

from empatune.claims.analysis import Cells
from empatune.claims.tables import MISSING
from empatune.errors import ClaimError, UsageError
from empatune.paradigms import Contrast
from empatune.typing import FloatArray

EVERYTHING = "all_trials"
"""The condition of every trial where a table has no column of conditions and needs none."""

_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns of a table hold what, and how its words are those of a contrast.

    Parameters
    ----------
    participant : str
        Column that tells people apart.
    measure : str
        Column of what was measured: numbers, choices as 0 and 1.
    condition : str, optional
        Column of conditions; not needed where a contrast compares none.
    session : str, optional
        Column of sessions, where a contrast compares them.
    group : str, optional
        Column of groups of people, where a contrast compares them.
    trait : str, optional
        Column of a trait, the same in all rows of a person, where a contrast asks for its slope.
    levels : mapping of str to str
        Level in the column of conditions to condition of the contrast; where it is silent the
        words are taken to be the same.
    session_levels : mapping of str to str
        The same for sessions.
    group_levels : mapping of str to str
        The same for groups.
    where : mapping of str to str
        Columns, and the one value that rows to be used have in them.
    yes : str, optional
        Where choices are written in words: the word that counts 1; any other counts 0.
    """

    participant: str
    measure: str
    condition: str | None = None
    session: str | None = None
    group: str | None = None
    trait: str | None = None
    levels: Mapping[str, str] = field(default_factory=dict)
    session_levels: Mapping[str, str] = field(default_factory=dict)
    group_levels: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    yes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials:
    """The rows of a table that a contrast is about.

    Parameters
    ----------
    contrast : Contrast
        The contrast.
    cells : Cells
        Person, session and condition of each row.
    values : ndarray, shape (n_rows,)
        What was measured.
    people : tuple of str
        Names of the people, by their codes.
    group : tuple of str
        Group of each person; empty words where there are none.
    trait : ndarray, shape (n_people,)
        Trait of each person; NaN where there is none.
    n_rows : int
        Rows of the table, before any was left out.
    n_missing : int
        Rows of the contrast without a value.
    """

    contrast: Contrast
    cells: Cells
    values: FloatArray
    people: tuple[str, ...]
    group: tuple[str, ...]
    trait: FloatArray
    n_rows: int
    n_missing: int

    @property
    def of_choices(self) -> bool:
        """Whether the measure is 0 and 1 alone."""
        return bool(np.isin(self.values, (0.0, 1.0)).all())


def arrange(table: pd.DataFrame, contrast: Contrast, columns: Columns) -> Trials:
    """Take what a contrast needs out of a table.

    Parameters
    ----------
    table : DataFrame
        A row a trial, or one for the mean of each cell.
    contrast : Contrast
        The contrast.
    columns : Columns
        Which columns hold what.

    Returns
    -------
    Trials
        The rows of the contrast.

    Raises
    ------
    UsageError
        If a column or level is not there, or a column that the contrast needs was not named.
    ClaimError
        If a cell of the contrast is empty, or the measure is not a number.
    """
    rows = _chosen(table, columns.where)
    contrast = _without_conditions(contrast) if columns.condition is None else contrast
    words = {
        "condition": _words(
            rows, columns.condition, columns.levels, tuple(contrast.conditions), "condition"
        ),
        "session": _words(
            rows, columns.session, columns.session_levels, tuple(contrast.sessions), "session"
        ),
        "group": _words(
            rows, columns.group, columns.group_levels, _groups(contrast, columns), "group"
        ),
    }
    person = _column(rows, columns.participant)
    used = person.notna()
    for word in words.values():
        used &= word.notna()
    measure = columns.measure
    values = _numbers(rows[used], measure, columns.yes)
    known = np.isfinite(values)
    if not known.any():
        raise ClaimError(f"No row of the contrast has a value in the column '{measure}'.")
    kept = rows[used][known]
    codes, people = pd.factorize(person[used][known], sort=True)
    cells = Cells(
        person=codes.astype(np.int64),
        session=_codes(words["session"][used][known], tuple(contrast.sessions) or ("",)),
        condition=_codes(words["condition"][used][known], tuple(contrast.conditions)),
        n_people=len(people),
        sessions=tuple(contrast.sessions) or ("",),
        conditions=tuple(contrast.conditions),
    )
    return Trials(
        contrast=contrast,
        cells=cells,
        values=values[known],
        people=tuple(map(str, people)),
        group=_of_person(words["group"][used][known], codes, len(people), columns.group or ""),
        trait=_trait(kept, codes, len(people), columns.trait, contrast),
        n_rows=len(table),
        n_missing=int((~known).sum()),
    )


def _chosen(table: pd.DataFrame, where: Mapping[str, str]) -> pd.DataFrame:
    for name, value in where.items():
        column = _column(table, name)
        rows = table[column == value]
        if rows.empty:
            raise UsageError(
                f"No row has '{value}' in the column '{name}', which holds {_list(column)}."
            )
        table = rows
    return table


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table:
        near = get_close_matches(name, map(str, table.columns), n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise UsageError(
            f"The table has no column '{name}'.{hint} It has {', '.join(map(str, table.columns))}."
        )
    column = table[name]
    text = column.map(_plain, na_action="ignore")
    return text.where(~text.isin(MISSING))


def _plain(value: object) -> str:
    """Write a whole number without its point, as people do who name a level."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _without_conditions(contrast: Contrast) -> Contrast:
    """Let every row count where a contrast compares no conditions."""
    weights = list(contrast.conditions.values())
    if len(weights) > 1 and min(weights) < 0:
        raise UsageError(
            f"The contrast compares the conditions {', '.join(contrast.conditions)}: name the "
            "column that holds them (--condition)."
        )
    return Contrast(
        meaning=contrast.meaning,
        conditions={EVERYTHING: sum(weights)},
        sessions=contrast.sessions,
        groups=contrast.groups,
        by=contrast.by,
        baseline=contrast.baseline,
    )


def _groups(contrast: Contrast, columns: Columns) -> tuple[str, ...]:
    """Return the groups that a table must tell apart: without a column, one may be everybody."""
    alone = columns.group is None and len(contrast.groups) == 1
    return () if alone else tuple(contrast.groups)


def _words(
    rows: pd.DataFrame,
    name: str | None,
    levels: Mapping[str, str],
    needed: Sequence[str],
    what: str,
) -> pd.Series:
    """Translate a column into the words of the contrast; other rows get none."""
    if name is None:
        if len(needed) > 1 or (needed and needed[0] != EVERYTHING and what != "condition"):
            raise UsageError(
                f"The contrast compares the {what}s {', '.join(needed)}: name the column that "
                f"holds them (--{what})."
            )
        return pd.Series(needed[0] if needed else "", index=rows.index, dtype=object)
    column = _column(rows, name)
    if not needed:
        return pd.Series("", index=rows.index, dtype=object)
    _check_levels(column, name, levels, needed, what)
    words = column.map(lambda word: levels.get(word, word), na_action="ignore")
    found = words.where(words.isin(list(needed)))
    absent = [word for word in needed if word not in set(found.dropna())]
    if absent:
        raise UsageError(
            f"The contrast needs the {what}s {', '.join(needed)}; the column '{name}' holds "
            f"{_list(column)}. Say which of these is {' and which '.join(absent)}: "
            f"{','.join(f'WORD={word}' for word in absent)}."
        )
    return found


def _check_levels(
    column: pd.Series, name: str, levels: Mapping[str, str], needed: Sequence[str], what: str
) -> None:
    present = set(column.dropna())
    for theirs, ours in levels.items():
        if ours not in needed:
            raise UsageError(
                f"'{theirs}={ours}': the contrast has no {what} '{ours}'; it has "
                f"{', '.join(needed)}."
            )
        if theirs not in present:
            raise UsageError(
                f"'{theirs}={ours}': the column '{name}' does not hold '{theirs}'; it holds "
                f"{_list(column)}."
            )


def _list(column: pd.Series) -> str:
    words = list(dict.fromkeys(map(str, column.dropna())))
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return (", ".join(words[:_SHOWN]) + more) or "nothing"


def _numbers(rows: pd.DataFrame, name: str, yes: str | None = None) -> FloatArray:
    column = _column(rows, name)
    if yes is not None:
        if not (column == yes).any():
            raise UsageError(
                f"No row of the contrast has '{yes}' in the column '{name}', which holds "
                f"{_list(column)}."
            )
        column = (column == yes).map({True: "1", False: "0"}).where(column.notna())
    values = pd.to_numeric(column, errors="coerce")
    wrong = column[values.isna() & column.notna()]
    if len(wrong):
        raise ClaimError(
            f"The column '{name}' must hold numbers, and row "
            f"{int(rows.index.get_loc(wrong.index[0])) + 1} of those used holds '{wrong.iloc[0]}'. "
            "If these are choices in words, say which counts 1 (--yes)."
        )
    found: FloatArray = values.to_numpy(dtype=np.float64)
    if np.isinf(found).any():
        raise ClaimError(f"The column '{name}' holds an infinite number.")
    return found


def _codes(words: pd.Series, names: tuple[str, ...]) -> np.ndarray:
    return np.asarray(pd.Categorical(words, categories=list(names)).codes, dtype=np.int64)


def _of_person(words: pd.Series, codes: np.ndarray, n_people: int, column: str) -> tuple[str, ...]:
    own = [sorted(set(words[codes == code])) for code in range(n_people)]
    if any(len(each) > 1 for each in own):
        raise ClaimError(
            f"In the column '{column}' a person has more than one value; it must be the same in "
            "all rows of a person."
        )
    return tuple(each[0] for each in own)


def _trait(
    rows: pd.DataFrame, codes: np.ndarray, n_people: int, name: str | None, contrast: Contrast
) -> FloatArray:
    if contrast.by is None:
        return np.full(n_people, np.nan)
    if name is None:
        raise UsageError(
            f"The contrast asks how it follows {contrast.by}: name the column that holds it "
            "(--trait)."
        )
    values = pd.Series(_numbers(rows, name)).groupby(codes).agg(["min", "max"])
    if (values["max"] - values["min"] > 1e-9).any():
        raise ClaimError(f"The column '{name}' must be the same in all rows of a person.")
    own: FloatArray = values["min"].reindex(range(n_people)).to_numpy(dtype=np.float64)
    return own
