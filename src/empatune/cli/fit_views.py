"""What ``empatune fit`` says in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from empatune.behaviour.fitting import Fit
    from empatune.bids import Cell

_EFFECTS = (
    "Effects of covariates on the scale of estimation, intervals of 95 %; the typical person's "
    "parameter without -> with:"
)


def fit_in_words(found: Fit, folder: Path) -> str:
    """
    Say what a fit found.

    Parameters
    ----------
    found : Fit
        The fit.
    folder : Path
        Where its files are.

    Returns
    -------
    str
        Lines: what was fitted, the group, effects of covariates, cautions, the page.
    """
    from empatune.behaviour.tables import METHODS, group_table
    from empatune.behaviour.wording import counted
    from empatune.cli.listing import aligned

    trials, table = found.trials, group_table(found)
    missed = int(trials.n_missed.sum())
    rows = [dict(zip(table.names, row, strict=True)) for row in table.rows]
    lines = [
        f"{found.model.name}, by {METHODS[found.method]}: "
        f"{counted(trials.n_people, 'person', 'people')}, "
        f"{counted(int(trials.n_answered.sum()), 'trial')}"
        + (f" ({missed} missed)" if missed else "")
    ]
    if found.group is None:
        lines += aligned([_ALONE, *([_cell(row[name]) for name in _ALONE] for row in rows)])
    else:
        means = [row for row in rows if row["regressor"] == "mean"]
        lines += aligned([_GROUP, *([_cell(row[name]) for name in _GROUP] for row in means)])
        if len(rows) > len(means):
            against = dict(zip(found.group.regressors, found.group.against, strict=False))
            lines += [_EFFECTS, *aligned([_SHIFTS, *_shifts(rows, against)])]
    lines += [f"not fitted: {one.participant}: {one.reason}." for one in found.unfitted]
    lines += [f"caution: {one}" for one in found.cautions]
    return "\n".join([*lines, str(folder / "report.html")])


_ALONE = ["parameter", "unit", "median", "lower_quartile", "upper_quartile"]
_GROUP = ["parameter", "unit", "value", "value_low", "value_high"]
_SHIFTS = ["covariate", "parameter", "scale", "effect", "low", "high", "without -> with", "unit"]


def _shifts(rows: list[dict[str, Cell]], against: Mapping[str, str]) -> Iterator[list[str]]:
    """Tell the effect of each covariate on each parameter."""
    for row in rows:
        name = given = str(row["regressor"])
        if name == "mean":
            continue
        if against.get(name):
            covariate, _, label = name.removesuffix("]").rpartition("[")
            given = f"{covariate}: {label}, not {against[name]}"
        elif row["step"] is not None:
            given = f"{name}: {_cell(row['step'])} more"
        change = f"{_cell(row['value_without'])} -> {_cell(row['value'])}"
        shown = [_cell(row[part]) for part in ("parameter", "scale", "coefficient", "low", "high")]
        yield [given, *shown, change, _cell(row["unit"])]


def _cell(value: Cell) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if math.isfinite(value) else "n/a"
    return "" if value is None else str(value)
