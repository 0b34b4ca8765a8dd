"""Tidy tables: columns that say what they mean, values, and both as BIDS wants them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from empatune.errors import ExportError
from empatune.typing import JsonObject

Cell = str | int | float | bool | None
"""A value of a table; None and NaN are written as ``n/a``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column means.

    Parameters
    ----------
    name : str
        Its header.
    description : str
        What it holds, in plain words.
    units : str
        Unit of its values; empty if it has none.
    levels : dict of str to str
        Meaning of every value, for columns of words.
    """

    name: str
    description: str
    units: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> JsonObject:
        """Return the column's entry of a BIDS sidecar.

        Returns
        -------
        dict
            Keys ``Description`` and, where they apply, ``Units`` and ``Levels``.
        """
        entry: JsonObject = {"Description": self.description}
        if self.units:
            entry["Units"] = self.units
        if self.levels:
            entry["Levels"] = dict(self.levels)
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns and rows.

    Parameters
    ----------
    columns : sequence of Column
        From left to right.
    rows : sequence of sequence of Cell
        From top to bottom, each as long as there are columns.
    notes : dict
        What the sidecar says about the whole table.

    Raises
    ------
    ExportError
        If a row does not fit the columns.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: JsonObject = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ExportError(
                    f"Row {place} of a table has {len(row)} values for {len(self.columns)} columns."
                )

    @property
    def names(self) -> tuple[str, ...]:
        """Headers of the columns."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> list[Cell]:
        """Return the values of one column.

        Parameters
        ----------
        name : str
            Its header.

        Returns
        -------
        list of Cell
            From top to bottom.
        """
        place = self.names.index(name)
        return [row[place] for row in self.rows]

    def to_tsv(self) -> str:
        """Return the table as tab-separated text.

        Returns
        -------
        str
            A header and one line a row; numbers survive to the bit.
        """
        lines = ["\t".join(self.names)]
        lines += ["\t".join(_text(cell) for cell in row) for row in self.rows]
        return "\n".join(lines) + "\n"

    def to_json(self) -> JsonObject:
        """Return the sidecar of the table.

        Returns
        -------
        dict
            One entry a column, and the notes.
        """
        return {**self.notes, **{column.name: column.to_json() for column in self.columns}}


def with_sidecars(tables: Mapping[Path, Table], *, escaped: bool = True) -> dict[Path, str]:
    """Return the files of tables: each as tab-separated text, beside it what its columns mean.

    Parameters
    ----------
    tables : mapping of Path to Table
        Tables by where they shall stand.
    escaped : bool
        Whether sidecars write letters beyond ASCII as escapes.

    Returns
    -------
    dict of Path to str
        Contents for `empatune.files.write_together`; a sidecar follows its table.
    """
    contents: dict[Path, str] = {}
    for path, table in tables.items():
        contents[path] = table.to_tsv()
        sidecar = json.dumps(table.to_json(), indent=2, ensure_ascii=escaped)
        contents[path.with_suffix(".json")] = sidecar + "\n"
    return contents


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a tab-separated file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of dict of str to str
        One a row, by header.

    Raises
    ------
    ExportError
        If a row does not fit the header.
    """
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    header = lines[0].split("\t") if lines else []
    rows = [line.split("\t") for line in lines[1:]]
    for place, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise ExportError(
                f"{path}, line {place}: {len(row)} values for {len(header)} columns. Mend it first."
            )
    return [dict(zip(header, row, strict=True)) for row in rows]


def _text(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return "n/a"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return repr(float(cell))  # numpy's own floats would say so
    return " ".join(str(cell).split()) or "n/a"
