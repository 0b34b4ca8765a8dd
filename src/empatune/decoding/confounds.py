"""Columns of fMRIPrep's confounds table, by the names of nilearn's strategies."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from empatune.bids import read_rows
from empatune.errors import DecodingError, ExportError, UsageError
from empatune.typing import BoolArray, FloatArray

_MOTION = tuple(f"{kind}_{axis}" for kind in ("trans", "rot") for axis in "xyz")
_BASES = {
    "motion": _MOTION,
    "wm_csf": ("csf", "white_matter"),
    "global_signal": ("global_signal",),
}
_EXPANSIONS = {
    "basic": ("",),
    "power2": ("", "_power2"),
    "derivatives": ("", "_derivative1"),
    "full": ("", "_derivative1", "_power2", "_derivative1_power2"),
}
_UNSTEADY = "non_steady_state_outlier*"
_OUTLIERS = ("motion_outlier", "non_steady_state_outlier")
"""Columns that fMRIPrep writes only for runs that have such volumes."""

_FD, _DVARS = "framewise_displacement", "std_dvars"
_FD_MM, _STD_DVARS, _SHORTEST = 0.5, 1.5, 5
"""Defaults of nilearn 0.14: above these a volume is scrubbed, and stretches that are shorter."""

HEAD_MM = 50.0
"""Radius of the sphere on which rotations count [mm]: Power 2012, 10.1016/j.neuroimage.2011.10.018."""

SCRUBBED = "scrubbed_"
"""Beginning of the names of spike regressors that were made here."""

STRATEGIES: Mapping[str, str] = MappingProxyType(
    {
        "motion": "24 motion parameters; motion:basic 6, :derivatives or :power2 12, :full 24",
        "wm_csf": "mean white matter and fluid; :derivatives, :power2, :full",
        "global_signal": "the brain's mean; :derivatives, :power2, :full",
        "compcor": "aCompCor of white matter and fluid together, all that fMRIPrep kept; :5 five",
        "high_pass": "fMRIPrep's cosines, for --high-pass 0",
        "scrub": "a spike a volume with FD over 0.5 mm or std DVARS over 1.5, and stretches of "
        "fewer than 5 volumes between; :0.2 another FD",
        "none": "nothing",
    }
)
"""Names that stand for columns, with what they are."""


def check_strategy(strategy: Sequence[str]) -> None:
    """Refuse words that cannot be meant; whether columns are there, only a run can tell.

    Parameters
    ----------
    strategy : sequence of str
        Names of `STRATEGIES`, with a choice after a colon, or of columns.

    Raises
    ------
    UsageError
        If a choice is unknown, or ``none`` stands with others.
    """
    for word in strategy:
        name, colon, choice = word.partition(":")
        if not name or (colon and not _allows(name, choice)):
            raise UsageError(f"The confounds '{word}' are unknown. Allowed: {_allowed()}.")
    if not strategy or ("none" in strategy and len(strategy) > 1):
        raise UsageError(
            f"The confounds are '{', '.join(strategy)}': 'none' stands alone, and to take out "
            "nothing it must be said."
        )


def read_confounds(
    path: Path | None, strategy: Sequence[str], *, n_volumes: int
) -> tuple[FloatArray, tuple[str, ...]]:
    """Read the confounds of a run.

    Parameters
    ----------
    path : Path or None
        The table; None if none was found.
    strategy : sequence of str
        Names of `STRATEGIES`, with a choice after a colon, or of columns, in which ``*`` stands
        for anything.
    n_volumes : int
        Length of the run.

    Returns
    -------
    ndarray, shape (n_volumes, n_columns)
        The columns; a missing first value, as of a derivative, is the second's (as in nilearn).
    tuple of str
        Their names.

    Raises
    ------
    DecodingError
        If the table is missing, does not fit the run, or lacks a column.
    """
    if tuple(strategy) == ("none",):
        return np.zeros((n_volumes, 0)), ()
    rows, path = _rows(path, n_volumes)
    present = list(rows[0])
    names = dict.fromkeys(fnmatch.filter(present, _UNSTEADY))
    spikes = np.zeros(n_volumes, dtype=bool)
    for word in strategy:
        kind, _, choice = word.partition(":")
        if kind == "scrub":
            spikes |= _scrubbed(rows, float(choice or _FD_MM), path)
        else:
            names.update(dict.fromkeys(_columns(word, present, path)))
    where = np.flatnonzero(spikes)
    values = np.hstack([_values(rows, list(names), path), np.eye(n_volumes)[:, where]])
    return values, (*names, *(f"{SCRUBBED}{volume}" for volume in where))


def read_displacement(path: Path | None) -> FloatArray | None:
    """Read how far the head moved from one volume to the next.

    Parameters
    ----------
    path : Path or None
        The confounds table; None if none was found.

    Returns
    -------
    ndarray, shape (n_volumes,), or None
        Framewise displacement [mm], of the table or of its motion parameters; the first is 0. None
        if the table has neither.

    Raises
    ------
    DecodingError
        If the table is damaged.
    """
    if path is None:
        return None
    rows, path = _rows(path, None)
    if not rows:
        return None
    if _FD in rows[0]:
        return np.asarray(np.r_[0.0, _values(rows, [_FD], path)[1:, 0]])
    if not all(name in rows[0] for name in _MOTION):
        return None
    moved = np.abs(np.diff(_values(rows, list(_MOTION), path), axis=0))
    return np.asarray(np.r_[0.0, moved[:, :3].sum(axis=1) + HEAD_MM * moved[:, 3:].sum(axis=1)])


def _allows(name: str, choice: str) -> bool:
    if name in _BASES:
        return choice in _EXPANSIONS
    if name == "compcor":
        return choice.isdecimal() and int(choice) > 0
    try:
        return name == "scrub" and float(choice) > 0
    except ValueError:
        return False


def _allowed() -> str:
    return "; ".join(f"{name}: {words}" for name, words in STRATEGIES.items())


def _rows(path: Path | None, n_volumes: int | None) -> tuple[list[dict[str, str]], Path]:
    if path is None:
        raise DecodingError(
            "The run has no confounds file (*_desc-confounds_timeseries.tsv). Get it from "
            "fMRIPrep, or decode with --confounds none."
        )
    try:
        rows = read_rows(path)
    except (OSError, UnicodeDecodeError, ExportError) as problem:
        raise DecodingError(f"The confounds cannot be read: {problem}") from problem
    if n_volumes is not None and len(rows) != n_volumes:
        raise DecodingError(
            f"{path.name} has {len(rows)} rows, the run {n_volumes} volumes: one row a volume is "
            "needed."
        )
    return rows, path


def _columns(word: str, present: list[str], path: Path) -> list[str]:
    kind, _, choice = word.partition(":")
    if kind in _BASES:
        more = _EXPANSIONS[choice or ("full" if kind == "motion" else "basic")]
        wanted = [f"{name}{ending}" for name in _BASES[kind] for ending in more]
    elif kind == "compcor":
        wanted = _components(present, path)[: int(choice) if choice else None]
    else:
        pattern = "cosine*" if kind == "high_pass" else word
        wanted = fnmatch.filter(present, pattern)
        if not wanted and not pattern.startswith(_OUTLIERS):
            wanted = [pattern]  # which is then told to be missing
    missing = [name for name in wanted if name not in present]
    if missing:
        raise DecodingError(
            f"{path.name} has no column {', '.join(missing)} (asked for by '{word}'). "
            f"Name columns of the table, or strategies: {', '.join(STRATEGIES)}."
        )
    return wanted


def _components(present: list[str], path: Path) -> list[str]:
    """Take the components of white matter and fluid together, as the sidecar marks them."""
    sidecar = path.with_suffix(".json")
    try:
        facts = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise DecodingError(
            f"{sidecar.name}, which says what each component of CompCor is, cannot be read: "
            f"{problem}. Copy it beside the table, or name columns: --confounds 'a_comp_cor_0*'."
        ) from problem
    numbered = sorted(fnmatch.filter(present, "a_comp_cor_*"))
    joint = [name for name in numbered if facts.get(name, {}).get("Mask") == "combined"]
    return joint or ["a_comp_cor_00"]


def _scrubbed(rows: list[dict[str, str]], limit_mm: float, path: Path) -> BoolArray:
    """Mark volumes in motion, and stretches between them that are too short to keep."""
    missing = [name for name in (_FD, _DVARS) if name not in rows[0]]
    if missing:
        raise DecodingError(
            f"{path.name} has no column {', '.join(missing)}, which 'scrub' needs. "
            "Use fMRIPrep's own spikes instead: --confounds 'motion_outlier*'."
        )
    values = _values(rows, [_FD, _DVARS], path)
    values[0] = 0.0  # nothing comes before it from which it could have moved
    spikes = np.asarray((values > (limit_mm, _STD_DVARS)).any(axis=1), dtype=bool)
    if not spikes.any():
        return spikes
    edges = np.flatnonzero(np.diff(np.r_[True, spikes, True].astype(int)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start < _SHORTEST:
            spikes[start:stop] = True
    return spikes


def _values(rows: list[dict[str, str]], names: list[str], path: Path) -> FloatArray:
    values = np.zeros((len(rows), len(names)))
    for column, name in enumerate(names):
        for place, row in enumerate(rows):
            try:
                values[place, column] = float(row[name])
            except ValueError:
                values[place, column] = np.nan
    if len(rows) > 1:
        missing = [rows[0][name].lower() in ("n/a", "nan", "") for name in names]
        values[0, missing] = values[1, missing]
    bad = ~np.isfinite(values)
    if bad.any():
        place, column = np.argwhere(bad)[0]
        raise DecodingError(
            f"{path.name}: {names[column]} is '{rows[place][names[column]]}' in row {place + 1}, "
            "which is not a number. Choose other columns."
        )
    return values
