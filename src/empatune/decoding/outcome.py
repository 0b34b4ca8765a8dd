"""What became of the runs of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from empatune.bids import Column, Table, read_rows

STATUS = "status.tsv"
"""What became of every run."""


_COLUMNS = (
    Column(name="run", description="BIDS name of the run"),
    Column(
        name="status",
        description="What became of it",
        levels={
            "done": "decoded the last time",
            "kept": "found finished, from the same inputs and settings",
            "failed": "not decoded",
        },
    ),
    Column(name="why", description="What went wrong, or what a user should know"),
    Column(name="n_trials", description="Trials that were scored"),
    Column(name="seconds", description="Time it took", units="s"),
    Column(name="memory_mib", description="Peak memory of the worker until then", units="MiB"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a run.

    Parameters
    ----------
    run : str
        Its BIDS name.
    status : {"done", "kept", "failed"}
        Decoded now, found finished from before, or not decoded.
    why : str
        What went wrong, or what a user should know.
    n_trials : int
        Trials that were scored.
    seconds : float
        Time it took [s].
    memory_mib : float
        Peak memory of the worker until then [MiB].
    """

    run: str
    status: Literal["done", "kept", "failed"]
    why: str = ""
    n_trials: int = 0
    seconds: float = 0.0
    memory_mib: float = 0.0


def read_status(folder: Path) -> tuple[Outcome, ...]:
    """Read what became of the runs that were decoded before.

    Parameters
    ----------
    folder : Path
        The data set that `decode_study` made.

    Returns
    -------
    tuple of Outcome
        One a run; none if nothing was decoded.
    """
    path = folder / STATUS
    if not path.is_file():
        return ()
    known: dict[str, Literal["done", "kept", "failed"]] = {"done": "done", "kept": "kept"}
    return tuple(
        Outcome(
            run=row["run"],
            status=known.get(row["status"], "failed"),
            why="" if row["why"] == "n/a" else row["why"],
            n_trials=int(row["n_trials"]),
            seconds=float(row["seconds"]),
            memory_mib=float(row["memory_mib"]),
        )
        for row in read_rows(path)
    )


def status_table(outcomes: Sequence[Outcome]) -> Table:
    """Tell what became of every run.

    Parameters
    ----------
    outcomes : sequence of Outcome
        From `decode_study`.

    Returns
    -------
    Table
        One row a run.
    """
    return Table(
        columns=_COLUMNS,
        rows=[[getattr(outcome, column.name) for column in _COLUMNS] for outcome in outcomes],
    )
