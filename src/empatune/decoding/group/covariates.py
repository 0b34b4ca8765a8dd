"""Whether people's contrasts follow what they differ in: age, a trait, a parameter of behaviour."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from empatune.bids import Cell, Column, Table, read_rows
from empatune.decoding.group.permutation import false_discovery
from empatune.decoding.group.result import PersonScore
from empatune.errors import DecodingError, UsageError
from empatune.typing import FloatArray

PERSON = ("participant_id", "participant")
"""Columns that tell people apart: that of BIDS, and that of fits of behaviour."""

FEWEST = 5
"""People below whom a correlation is not told."""

_MISSING = ("n/a", "", "NaN", "nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How one signature's contrast follows one covariate over people.

    Attributes
    ----------
    contrast, name, kind, covariate : str
        Of what: contrast, signature or system, and which it is; what people differ in.
    n : int
        People with both.
    r : float
        Pearson's correlation.
    r_low, r_high : float
        Its interval of 95 % (Fisher's z).
    slope : float
        Contrast for one standard deviation of the covariate more [score].
    p : float
        Two-sided, people's covariates shuffled.
    p_fdr : float
        The same over signatures, and over systems, of a contrast and covariate
        (Benjamini-Hochberg).
    """

    contrast: str
    name: str
    kind: str
    covariate: str
    n: int
    r: float
    r_low: float
    r_high: float
    slope: float
    p: float
    p_fdr: float


_COLUMNS = (
    ("contrast", "The contrast"),
    ("name", "Signature or component system"),
    ("kind", "signature or system"),
    ("covariate", "What people differ in"),
    ("n", "People with both"),
    ("r", "Correlation of people's contrasts with it (Pearson)"),
    ("r_low", "Lower end of its interval of 95 % (Fisher's z)"),
    ("r_high", "Upper end of its interval of 95 %"),
    ("slope", "Contrast for one standard deviation of the covariate more"),
    ("p", "Two-sided, people's covariates shuffled"),
    ("p_fdr", "Benjamini-Hochberg over signatures, and over systems, of a contrast and covariate"),
)


def read_covariates(path: Path, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """
    Read what people differ in.

    Parameters
    ----------
    path : Path
        A participants.tsv, or parameters.tsv of a fit of behaviour.
    names : sequence of str
        Columns of numbers.

    Returns
    -------
    dict of str to dict of str to float
        By column, each person's number; names without ``sub-``. Empty cells are left out.

    Raises
    ------
    UsageError
        If the table lacks a column, or a cell is no number.
    """
    if not path.is_file():
        raise UsageError(f"There is no table of people {path}.")
    rows = read_rows(path)
    headers = list(rows[0]) if rows else []
    key = next((name for name in PERSON if name in headers), None)
    absent = [name for name in names if name not in headers]
    if key is None or absent:
        raise UsageError(
            f"{path} has no column {', '.join(absent) or PERSON[0]}; it has {', '.join(headers)}."
        )
    try:
        return {
            name: {
                row[key].removeprefix("sub-"): float(row[name])
                for row in rows
                if row[name] not in _MISSING
            }
            for name in names
        }
    except ValueError as problem:
        raise UsageError(
            f"{path}: a covariate must be a column of numbers ({problem}). Groups are compared by "
            f"contrasts: --contrast 'group: a - b'."
        ) from None


def follow(
    people: Sequence[PersonScore],
    covariates: Mapping[str, Mapping[str, float]],
    *,
    n_permutations: int = 10_000,
    seed: int = 0,
) -> tuple[Following, ...]:
    """
    Correlate people's contrasts with what they differ in.

    Parameters
    ----------
    people : sequence of PersonScore
        Contrasts of every person.
    covariates : mapping of str to mapping of str to float
        By covariate, each person's number.
    n_permutations : int
        Arrangements of people.
    seed : int
        Seed of these.

    Returns
    -------
    tuple of Following
        One a contrast, signature and covariate; contrasts between groups of people have none.

    Raises
    ------
    DecodingError
        If too few people have a contrast and a covariate that varies.
    """
    cells: dict[tuple[str, str, str], dict[str, float]] = {}
    for one in people:
        if math.isfinite(one.difference):
            own = cells.setdefault((one.contrast, one.name, one.kind), {})
            own[one.participant.removeprefix("sub-")] = one.difference
    found = []
    for covariate, numbers in covariates.items():
        for place, scores in cells.items():
            who = [person for person in scores if person in numbers]
            x = np.array([numbers[person] for person in who])
            y = np.array([scores[person] for person in who])
            if len(who) >= FEWEST and np.ptp(x) > 0 and np.ptp(y) > 0:
                found.append(_one(place, covariate, x, y, n_permutations, seed))
    if not found:
        raise DecodingError(
            f"No contrast within people has {FEWEST} people with {', '.join(covariates)} that "
            f"varies. The table of people and the study may name people differently."
        )
    return _corrected(found)


def covariate_table(found: Sequence[Following]) -> Table:
    """
    Write correlations as a table.

    Parameters
    ----------
    found : sequence of Following
        What was found.

    Returns
    -------
    Table
        A row a contrast, signature and covariate.
    """
    rows: list[list[Cell]] = [[getattr(one, name) for name, _ in _COLUMNS] for one in found]
    columns = [Column(name=name, description=words) for name, words in _COLUMNS]
    return Table(columns=columns, rows=rows)


def _one(
    place: tuple[str, str, str],
    covariate: str,
    x: FloatArray,
    y: FloatArray,
    n_permutations: int,
    seed: int,
) -> Following:
    """Correlate one contrast with one covariate."""
    z, centred = (x - x.mean()) / x.std(ddof=1), y - y.mean()
    scale = (len(x) - 1) * float(y.std(ddof=1))
    r = float(z @ centred) / scale
    rng = np.random.default_rng(seed)
    chance = rng.permuted(np.tile(z, (n_permutations, 1)), axis=1) @ centred / scale
    p = (1 + int((np.abs(chance) >= abs(r) - 1e-12).sum())) / (1 + n_permutations)
    reach = 1.959964 / math.sqrt(len(x) - 3)
    centre = math.atanh(max(min(r, 1 - 1e-12), -1 + 1e-12))
    return Following(
        contrast=place[0],
        name=place[1],
        kind=place[2],
        covariate=covariate,
        n=len(x),
        r=r,
        r_low=math.tanh(centre - reach),
        r_high=math.tanh(centre + reach),
        slope=r * float(y.std(ddof=1)),
        p=p,
        p_fdr=math.nan,
    )


def _corrected(found: Sequence[Following]) -> tuple[Following, ...]:
    """Correct p for the number of signatures, and of systems."""
    families = [f"{one.contrast}|{one.covariate}|{one.kind}" for one in found]
    corrected = false_discovery(np.array([one.p for one in found]), families)
    return tuple(replace(one, p_fdr=float(p)) for one, p in zip(found, corrected, strict=True))
