"""Columns of fMRIPrep's confounds table, by the name of a strategy."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from empatune.bids import read_rows
from empatune.errors import DecodingError, ExportError
from empatune.typing import FloatArray

_MOTION = tuple(f"{kind}_{axis}" for kind in ("trans", "rot") for axis in "xyz")
_EXPANSIONS = ("", "_derivative1", "_power2", "_derivative1_power2")
_N_COMPONENTS = 5
_UNSTEADY = "non_steady_state_outlier*"

STRATEGIES = ("minimal", "24-motion", "acompcor", "none")
"""Names that stand for columns."""


def read_confounds(
    path: Path | None, strategy: Sequence[str], *, n_volumes: int
) -> tuple[FloatArray, tuple[str, ...]]:
    """Read the confounds of a run.

    Parameters
    ----------
    path : Path or None
        The table; None if none was found.
    strategy : sequence of str
        Names of `STRATEGIES`, or of columns, in which ``*`` stands for anything.
    n_volumes : int
        Length of the run.

    Returns
    -------
    ndarray, shape (n_volumes, n_columns)
        The columns; a missing first value, as of a derivative, is 0.
    tuple of str
        Their names.

    Raises
    ------
    DecodingError
        If the table is missing, does not fit the run, or lacks a column.
    """
    if tuple(strategy) == ("none",):
        return np.zeros((n_volumes, 0)), ()
    if path is None:
        raise DecodingError(
            "The run has no confounds file (*_desc-confounds_timeseries.tsv). Get it from "
            "fMRIPrep, or decode with --confounds none."
        )
    try:
        rows = read_rows(path)
    except (OSError, UnicodeDecodeError, ExportError) as problem:
        raise DecodingError(f"The confounds cannot be read: {problem}") from problem
    if len(rows) != n_volumes:
        raise DecodingError(
            f"{path.name} has {len(rows)} rows, the run {n_volumes} volumes: one row a volume is "
            "needed."
        )
    present = list(rows[0])
    names = dict.fromkeys(fnmatch.filter(present, _UNSTEADY))
    for word in strategy:
        names.update(dict.fromkeys(_columns(word, present, path)))
    return _values(rows, list(names), path), tuple(names)


def _columns(word: str, present: list[str], path: Path) -> list[str]:
    if word == "none":
        return []
    if word == "minimal":
        wanted = list(_MOTION)
    elif word == "24-motion":
        wanted = [f"{name}{more}" for name in _MOTION for more in _EXPANSIONS]
    elif word == "acompcor":
        wanted = [*_MOTION, *_components(present, path)]
    else:
        wanted = fnmatch.filter(present, word) or [word]
    missing = [name for name in wanted if name not in present]
    if missing:
        raise DecodingError(
            f"{path.name} has no column {', '.join(missing)} (asked for by '{word}'). "
            f"Strategies: {', '.join(STRATEGIES)}; or name columns of the table."
        )
    return wanted


def _components(present: list[str], path: Path) -> list[str]:
    """Take the components of white matter and fluid together, as their sidecar marks them."""
    numbered = sorted(fnmatch.filter(present, "a_comp_cor_*"))
    sidecar = path.with_suffix(".json")
    try:
        facts = json.loads(sidecar.read_text(encoding="utf-8")) if sidecar.is_file() else {}
    except (OSError, ValueError) as problem:
        raise DecodingError(f"{sidecar.name} cannot be read: {problem}") from problem
    joint = [name for name in numbered if facts.get(name, {}).get("Mask") == "combined"]
    found = (joint or numbered)[:_N_COMPONENTS]
    return found or ["a_comp_cor_00"]


def _values(rows: list[dict[str, str]], names: list[str], path: Path) -> FloatArray:
    values = np.zeros((len(rows), len(names)))
    for column, name in enumerate(names):
        for place, row in enumerate(rows):
            text = row[name]
            if place == 0 and text == "n/a":
                continue
            try:
                values[place, column] = float(text)
            except ValueError:
                values[place, column] = np.nan
    bad = ~np.isfinite(values)
    if bad.any():
        place, column = np.argwhere(bad)[0]
        raise DecodingError(
            f"{path.name}: {names[column]} is '{rows[place][names[column]]}' in row {place + 1}, "
            "which is not a number. Choose other columns."
        )
    return values
