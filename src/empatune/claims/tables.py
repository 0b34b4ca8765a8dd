"""Reading a user's table, or the events of a BIDS data set."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from empatune.claims.words import KIND_OF_EVIDENCE
from empatune.errors import UsageError

MISSING = ("", "n/a", "N/A", "NA", "nan", "NaN")
"""What stands for no value, beside an empty cell."""


SIMULATOR = "empatune simulate"
"""What a data set says that was made by the model."""


def kind_of_evidence(path: Path) -> str:
    """Tell what kind of evidence a table is.

    Parameters
    ----------
    path : Path
        As for ``read``.

    Returns
    -------
    str
        ``recovery test (simulation)`` for a data set that says of itself that it was simulated,
        otherwise ``real data``: a bare table says nothing of itself.
    """
    described = path / "dataset_description.json"
    if not (path.is_dir() and described.exists()):
        return "real data"
    try:
        makers = json.loads(described.read_text(encoding="utf-8")).get("GeneratedBy", [])
        simulated = any(maker.get("Name") == SIMULATOR for maker in makers)
    except (ValueError, AttributeError):  # not what BIDS says it is
        return "real data"
    return KIND_OF_EVIDENCE if simulated else "real data"


def read(path: Path) -> pd.DataFrame:
    """Read a table, or the events of a BIDS data set.

    Parameters
    ----------
    path : Path
        A file that ends in .csv or .tsv (also with .gz), or a folder in which all files that end
        in ``_events.tsv`` are read. Of these, ``participant_id`` and ``session_id`` are taken
        from the file's name, and the columns of ``participants.tsv`` are added.

    Returns
    -------
    DataFrame
        All columns as text; a missing value where a cell is empty or n/a.

    Raises
    ------
    UsageError
        If there is no such file, it is no table, or has no rows.
    """
    if path.is_dir():
        return _read_bids(path)
    if not path.exists():
        raise UsageError(f"There is no table {path}.")
    name = path.name.removesuffix(".gz")
    if not name.endswith((".csv", ".tsv")):
        raise UsageError(f"{path.name} is not a table: a name that ends in .csv or .tsv is needed.")
    return _read_file(path, "," if name.endswith(".csv") else "\t")


PERSON = ("participant_id", "participant")
"""Columns by which a table of people may tell them apart."""


def with_people(table: pd.DataFrame, people: pd.DataFrame, participant: str) -> pd.DataFrame:
    """
    Add what is known of people to a table of trials.

    Parameters
    ----------
    table : DataFrame
        A row a trial.
    people : DataFrame
        A row a person: a participants.tsv, or the parameters of a fit of behaviour.
    participant : str
        Column of the table of trials that tells people apart.

    Returns
    -------
    DataFrame
        The trials with the columns of people that they lacked, empty for people who are not there;
        names match with and without ``sub-``.

    Raises
    ------
    UsageError
        If people cannot be told apart, or nobody is in both tables.
    """
    key = next((name for name in (participant, *PERSON) if name in people), None)
    if key is None or participant not in table:
        lacking = f"of people has none of {', '.join((participant, *PERSON))}"
        raise UsageError(
            f"The table {lacking if key is None else f'of trials has no {participant}'}, so people "
            f"cannot be told apart. Rename a column, or name it (--participant)."
        )
    names = people[key].astype(str).str.removeprefix("sub-")
    if names.duplicated().any():
        raise UsageError(
            f"The table of people has {names[names.duplicated()].iloc[0]} more than once; it needs "
            f"a row a person."
        )
    own = table[participant].astype(str).str.removeprefix("sub-")
    if not own.isin(names).any():
        raise UsageError(
            f"Nobody is in both tables: trials are of {', '.join(own.unique()[:3])}, ..., people "
            f"are {', '.join(names[:3])}, ...."
        )
    new = people.drop(columns=[name for name in people if name in table or name == key])
    rows = new.set_index(names).reindex(own)
    return table.assign(**{name: rows[name].to_numpy() for name in new})


def _read_file(path: Path, separator: str) -> pd.DataFrame:
    try:
        table = pd.read_csv(
            path, sep=separator, dtype=str, keep_default_na=False, na_values=list(MISSING)
        )
    except (ValueError, OSError) as problem:  # parser errors are ValueErrors
        raise UsageError(f"{path.name} cannot be read as a table: {problem}") from problem
    if table.empty:
        raise UsageError(f"{path.name} has no rows.")
    table.columns = [str(name).strip().removeprefix("\ufeff") for name in table.columns]
    return table


def _read_bids(folder: Path) -> pd.DataFrame:
    paths = sorted(folder.glob("sub-*/**/*_events.tsv"))
    if not paths:
        raise UsageError(f"{folder} holds no events: no file sub-*/**/*_events.tsv.")
    parts = []
    for path in paths:
        names = dict(re.findall(r"(sub|ses|task|run)-([A-Za-z0-9]+)", path.name))
        own = {
            "participant_id": f"sub-{names.get('sub', '')}",
            "session_id": f"ses-{names['ses']}" if "ses" in names else None,
            "task": names.get("task"),
        }
        parts.append(_read_file(path, "\t").assign(**own))
    table = pd.concat(parts, ignore_index=True)
    described = folder / "participants.tsv"
    if not described.exists():
        return table
    people = _read_file(described, "\t")
    new = [name for name in people if name not in table or name == "participant_id"]
    return table.merge(people[new], on="participant_id", how="left")
