"""Both sides of a contrast: the means of every person, and the trials behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from empatune.decoding.group.contrast import Contrast
from empatune.decoding.group.table import Exclusion, levels, words
from empatune.errors import DecodingError, UsageError
from empatune.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

Design = Literal["within", "between"]
"""Whether the same people have both sides of a contrast, or different ones."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sides:
    """The means of every person on both sides of a contrast.

    Parameters
    ----------
    contrast : Contrast
        The contrast.
    design : Design
        Whether people have both sides or one.
    people : tuple of str
        The rows.
    names : tuple of str
        Signatures and systems, the columns.
    plus, minus : ndarray, shape (n_people, n_names)
        Means over levels of the means over trials [score]; NaN where a person lacks that side.
    n_plus, n_minus : ndarray, shape (n_people,)
        Number of trials.
    exclusions : tuple of Exclusion
        Who was left out.
    """

    contrast: Contrast
    design: Design
    people: tuple[str, ...]
    names: tuple[str, ...]
    plus: FloatArray
    minus: FloatArray
    n_plus: FloatArray
    n_minus: FloatArray
    exclusions: tuple[Exclusion, ...]

    @property
    def mixed(self) -> bool:
        """Whether people's effects, not their trials, are compared between groups."""
        return self.contrast.crossed is not None and self.design == "between"


def sides(rows: pd.DataFrame, contrast: Contrast) -> Sides:
    """Average every person's scores on both sides of a contrast.

    Parameters
    ----------
    rows : DataFrame
        A checked table.
    contrast : Contrast
        The contrast.

    Returns
    -------
    Sides
        The means of the people who have what the contrast needs.

    Raises
    ------
    UsageError
        If the column or a level of the contrast does not exist.
    DecodingError
        If fewer than two people have what it needs.
    """
    check_levels(rows, contrast)
    chosen = rows.assign(_level=words(rows, contrast.column))
    chosen = chosen[chosen["_level"].isin(contrast.levels)]
    grouped = chosen.groupby(["participant", "signature", "_level"], observed=True)["score"]
    cells = grouped.agg(["mean", "count"]).unstack(["signature", "_level"])
    people = tuple(sorted(rows["participant"].astype(str).unique()))
    cells.index = cells.index.astype(str)
    cells = cells.reindex(list(people))
    names = tuple(dict.fromkeys(map(str, rows["signature"])))
    plus, n_plus = _side(cells, names, contrast.plus)
    minus, n_minus = _side(cells, names, contrast.minus)
    mixed = contrast.crossed is not None and not np.isfinite(plus + minus).any()
    if mixed:  # the second effect lies between people: compare their first effects
        (a, d), (b, c) = contrast.plus, contrast.minus
        plus, n_plus = _difference(cells, names, a, c)
        minus, n_minus = _difference(cells, names, b, d)
    return _designed(contrast, people, names, plus, minus, n_plus, n_minus)


def check_levels(rows: pd.DataFrame, contrast: Contrast) -> None:
    """Refuse a contrast of what the trials do not have.

    Parameters
    ----------
    rows : DataFrame
        Trials, with the contrast's column.
    contrast : Contrast
        The contrast.

    Raises
    ------
    UsageError
        If the column or a level of the contrast does not exist.
    """
    known = levels(rows, contrast.column)
    absent = [level for level in contrast.levels if level not in known]
    if absent:
        raise UsageError(
            f"The contrast '{contrast.name}' needs {', '.join(absent)}; the column "
            f"'{contrast.column}' holds only {', '.join(known) or 'nothing'}."
        )


def _difference(
    cells: pd.DataFrame, names: tuple[str, ...], one: str, other: str
) -> tuple[FloatArray, FloatArray]:
    (first, n_first), (second, n_second) = (_side(cells, names, (w,)) for w in (one, other))
    return first - second, np.minimum(n_first, n_second)


def trials(rows: pd.DataFrame, found: Sides, name: str) -> tuple[FloatArray, FloatArray, Any, Any]:
    """Return the trials of one signature that a contrast compares.

    Parameters
    ----------
    rows : DataFrame
        A checked table.
    found : Sides
        The contrast and its people.
    name : str
        A signature or system.

    Returns
    -------
    score : ndarray, shape (n_trials,)
        Scores.
    code : ndarray, shape (n_trials,)
        0.5 on the positive side, -0.5 on the negative.
    people : ndarray of str, shape (n_trials,)
        Whose they are.
    levels : ndarray of str, shape (n_trials,)
        Their conditions.
    """
    level = words(rows, found.contrast.column)
    chosen = (
        (rows["signature"].astype(str) == name)
        & rows["participant"].astype(str).isin(found.people)
        & level.isin(found.contrast.levels)
    )
    mine, its = rows[chosen], level[chosen].to_numpy(dtype=object)
    code = np.where(np.isin(its, found.contrast.plus), 0.5, -0.5)
    score = mine["score"].to_numpy(dtype=np.float64)
    return score, code, mine["participant"].astype(str).to_numpy(dtype=object), its


def _side(
    cells: pd.DataFrame, names: tuple[str, ...], side: tuple[str, ...]
) -> tuple[FloatArray, FloatArray]:
    def pick(what: str, name: str, word: str) -> FloatArray:
        key = (what, name, word)
        column: FloatArray = (
            cells[key].to_numpy(dtype=np.float64)
            if key in cells.columns
            else np.full(len(cells), np.nan)
        )
        return column

    means = np.stack([[pick("mean", n, w) for w in side] for n in names])
    counts = np.stack([[pick("count", n, w) for w in side] for n in names])
    n_trials = np.nan_to_num(counts).sum(axis=1).min(axis=0)
    return means.mean(axis=1).T, n_trials


def _designed(
    contrast: Contrast,
    people: tuple[str, ...],
    names: tuple[str, ...],
    plus: FloatArray,
    minus: FloatArray,
    n_plus: FloatArray,
    n_minus: FloatArray,
) -> Sides:
    has_plus: BoolArray = np.all(np.isfinite(plus), axis=1)
    has_minus: BoolArray = np.all(np.isfinite(minus), axis=1)
    both, one = has_plus & has_minus, has_plus ^ has_minus
    design: Design = "within"
    kept = both
    if both.sum() < 2 and min((has_plus & one).sum(), (has_minus & one).sum()) >= 2:
        design, kept = "between", one
    if kept.sum() < 2:
        raise DecodingError(
            f"The contrast '{contrast.name}' needs at least two people with trials of both sides, "
            f"or two people on each side; {int(both.sum())} have both, "
            f"{int((has_plus & one).sum())} only the first and {int((has_minus & one).sum())} "
            "only the second."
        )
    lacking = {
        "within": "has no scores of every condition that it compares",
        "between": "has not exactly one of its sides, on which other people are compared",
    }
    left_out = [
        Exclusion(contrast=contrast.name, participant=person, why=lacking[design])
        for person, keep in zip(people, kept.tolist(), strict=True)
        if not keep
    ]
    return Sides(
        contrast=contrast,
        design=design,
        people=tuple(p for p, keep in zip(people, kept.tolist(), strict=True) if keep),
        names=names,
        plus=plus[kept],
        minus=minus[kept],
        n_plus=n_plus[kept],
        n_minus=n_minus[kept],
        exclusions=tuple(left_out),
    )
