"""The trial tables of a study, put together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from empatune.errors import DecodingError

if TYPE_CHECKING:
    import pandas as pd


def collect(folder: Path, *, estimates: str) -> pd.DataFrame:
    """Put the trial tables of a data set together.

    Parameters
    ----------
    folder : Path
        The data set that `decode_study` made.
    estimates : str
        What was scored.

    Returns
    -------
    DataFrame
        All trials of all people.

    Raises
    ------
    DecodingError
        If there is none, or they were not made alike.
    """
    import pandas as pd

    paths = table_paths(folder, estimates=estimates)
    if not paths:
        raise DecodingError(
            f"{folder} holds no trial table of '{estimates}'. Decode the participants first: "
            f"empatune decode BIDS_DIR {folder} participant"
        )
    _check_alike(paths)
    tables = [table for table in map(read_trial_table, paths) if len(table)]
    if not tables:
        raise DecodingError(
            f"The {len(paths)} runs in {folder} have no trials, because they have no events files. "
            "The group level compares trials; the volumes' scores are in *_timeseries.tsv."
        )
    return pd.concat(tables, ignore_index=True)


def table_paths(folder: Path, *, estimates: str) -> list[Path]:
    """List the trial tables of a data set that are whole.

    Parameters
    ----------
    folder : Path
        The data set.
    estimates : str
        What was scored.

    Returns
    -------
    list of Path
        By name.
    """
    paths = sorted(folder.glob(f"sub-*/**/*_desc-{estimates}_table.tsv"))
    return [path for path in paths if path.with_suffix(".json").is_file()]


def read_trial_table(source: Path | IO[str]) -> pd.DataFrame:
    """Read the trial table of a run.

    Parameters
    ----------
    source : Path or file
        The table.

    Returns
    -------
    DataFrame
        Its rows; labels and types are words, whatever they look like.
    """
    import pandas as pd

    columns = ("participant", "session", "task", "run", "trial_type")
    return pd.read_csv(
        source,
        sep="\t",
        dtype=dict.fromkeys(columns, str),
        na_values=["n/a"],
        keep_default_na=False,  # "null", "None" and "NA" are words of experiments
    )


def _check_alike(paths: Sequence[Path]) -> None:
    ways: dict[str, Path] = {}
    for path in paths:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        way = json.dumps([facts["Settings"], facts["Signatures"]], sort_keys=True)
        ways.setdefault(way, path)
    if len(ways) > 1:
        first, second = list(ways.values())[:2]
        raise DecodingError(
            f"{first.name} and {second.name} were made with different settings or signatures: "
            "they cannot be compared. Decode all participants again in the same way."
        )
