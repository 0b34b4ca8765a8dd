"""Reading tables of fits and of labels."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from empatune.errors import TrainingError
from empatune.motives.classification.fits import Fits, Key, collect
from empatune.typing import FloatArray

_NEEDED = ("participant", "parameter", "mean", "sd")
_WHO = ("participant", "participant_id", "run")
_MISSING = ("", "n/a", "NA", "nan")


def read_fits(path: Path, *, network: str = "") -> Fits:
    """
    Read fits from a tidy table, such as ``empatune connectivity fit`` writes.

    Parameters
    ----------
    path : Path
        ``parameters.tsv``, or the folder that holds it. Columns: participant, parameter, mean,
        sd; run and network where there are several.
    network : str
        Only fits of this network; needed where there are several.

    Returns
    -------
    Fits
        The fits.

    Raises
    ------
    TrainingError
        If the table is missing, lacks columns, or holds several networks of which none was chosen.
    """
    file = path / "parameters.tsv" if path.is_dir() else path
    rows = list(_rows(file, _NEEDED))
    networks = list(dict.fromkeys(row.get("network") or "" for row in rows))
    if network and network not in networks:
        raise TrainingError(
            f"{file} has no network '{network}'. It has: {', '.join(networks) or 'none'}."
        )
    if not network and len(networks) > 1:
        raise TrainingError(
            f"{file} has {len(networks)} networks: {', '.join(networks)}. Say which, with "
            f"--network; a classifier is of one."
        )
    chosen = network or (networks[0] if networks else "")
    return collect(
        (
            (_key(row), row["parameter"], _number(row, "mean", file), _number(row, "sd", file))
            for row in rows
            if (row.get("network") or "") == chosen
        ),
        chosen,
    )


def read_labels(path: Path, column: str) -> dict[Key, str]:
    """
    Read who helped from which motive.

    Parameters
    ----------
    path : Path
        A table with a row a participant (or a row a participant and run): participant or
        participant_id, run where motives differ by run, and the column of labels.
    column : str
        The column of labels; empty cells and n/a are left out.

    Returns
    -------
    dict of (str, str) to str
        The label of each participant and run; an empty run stands for all.

    Raises
    ------
    TrainingError
        If the table lacks a column or contradicts itself.
    """
    labels: dict[Key, str] = {}
    for row in _rows(path, (column,)):
        key, label = _key(row), row[column].strip()
        if label in _MISSING:
            continue
        if labels.setdefault(key, label) != label:
            raise TrainingError(
                f"{path}: {' '.join(filter(None, key))} has two labels, {labels[key]} and {label}. "
                f"If motives differ by run, give a column run."
            )
    return labels


def read_view(path: Path) -> tuple[tuple[str, ...], dict[Key, FloatArray]]:
    """
    Read another view of recordings: a table with a row a recording and a column a number.

    Parameters
    ----------
    path : Path
        The table: participant or participant_id, run where there are several, and numbers.

    Returns
    -------
    names : tuple of str
        The columns of numbers.
    values : dict of (str, str) to ndarray, shape (n_names,)
        The numbers of each participant and run.

    Raises
    ------
    TrainingError
        If a cell is no number or a recording is there twice.
    """
    found: dict[Key, FloatArray] = {}
    names: tuple[str, ...] = ()
    for row in _rows(path, ()):
        names = tuple(name for name in row if name not in _WHO)
        key = _key(row)
        if key in found:
            raise TrainingError(f"{path}: {' '.join(filter(None, key))} is there twice.")
        try:
            found[key] = np.array([float(row[name]) for name in names])
        except ValueError as error:
            raise TrainingError(
                f"{path}: {' '.join(filter(None, key))}: {error}. Keep only columns of numbers "
                f"beside participant and run."
            ) from None
    return names, found


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Read a table of tabs (or commas, if its name says so)."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} cannot be read: {error}") from error
    reader = csv.DictReader(
        text.splitlines(), delimiter="," if path.suffix.lower() == ".csv" else "\t"
    )
    columns = list(reader.fieldnames or [])
    lacking = [name for name in needed if name not in columns]
    if not {"participant", "participant_id"} & set(columns):
        lacking.append("participant")
    if lacking:
        raise TrainingError(
            f"{path} has no column {' and no column '.join(dict.fromkeys(lacking))}. It has: "
            f"{', '.join(columns) or 'none'}."
        )
    for number, row in enumerate(reader, start=2):
        if None in row or any(value is None for value in row.values()):
            raise TrainingError(f"{path}, line {number}: not as many cells as the first line.")
        yield row


def _key(row: dict[str, str]) -> Key:
    """Tell participant (without ``sub-``) and run."""
    who = (row.get("participant") or row.get("participant_id") or "").strip()
    run = (row.get("run") or "").strip()
    return who.removeprefix("sub-"), "" if run in _MISSING else run


def _number(row: dict[str, str], name: str, path: Path) -> float:
    try:
        return float(row[name])
    except ValueError:
        raise TrainingError(
            f"{path}: {name} of {row['parameter']} of {' '.join(filter(None, _key(row)))} is "
            f"'{row[name]}', not a number. Leave failed fits out."
        ) from None
