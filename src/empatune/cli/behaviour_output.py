"""What ``fit``, ``compare`` and ``recover`` leave in a folder: one run's files, and no other's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from empatune.cli.behaviour_options import Asked
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.bids import Table

RECORDS = ("fit.json", "compare.json", "recover.json")
"""Records that name the files that were written with them."""

PAGE = "report.html"


def write_results(
    asked: Asked,
    record: str,
    *,
    facts: JsonObject,
    tables: Mapping[str, Table],
    page: str,
    others: Mapping[str, bytes] | None = None,
) -> JsonObject:
    """
    Write a run's files together, and take away what earlier runs left beside them.

    Parameters
    ----------
    asked : Asked
        What was asked; the folder is its ``out``.
    record : str
        Name of the record.
    facts : dict
        What it says; settings among them.
    tables : mapping of str to Table
        Tables by name.
    page : str
        The page.
    others : mapping of str to bytes, optional
        Other files by name.

    Returns
    -------
    dict
        The facts, with the files and what tells the trials apart.
    """
    from empatune.bids import with_sidecars
    from empatune.files import checksum, write_together

    folder = asked.out
    placed = {folder / name: table for name, table in tables.items()}
    files: dict[Path, str | bytes] = dict(with_sidecars(placed, escaped=False))
    files |= {folder / name: content for name, content in (others or {}).items()}
    names = [*(path.name for path in files), record, PAGE]
    told: JsonObject = {
        **facts,
        "trials_sha256": checksum(asked.trials),
        "files": [str(folder / name) for name in names],
    }
    files[folder / record] = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    files[folder / PAGE] = page
    write_together(files, instead_of=_earlier(folder))
    return told


def _earlier(folder: Path) -> list[Path]:
    """List the files that earlier runs wrote into a folder, as their records say."""
    found = []
    for record in RECORDS:
        try:
            facts = json.loads((folder / record).read_text(encoding="utf-8"))
            found += [folder / Path(name).name for name in facts["files"]]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no earlier run, or not a record of one
    return found
