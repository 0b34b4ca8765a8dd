"""The recordings of a study: where signals, events and confounds of each run are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from empatune.bids import read_rows
from empatune.bids.derivatives import RunFiles
from empatune.errors import DatasetError, ExportError, UsageError
from empatune.typing import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One run of one person: where its signals, events and confounds are.

    Parameters
    ----------
    entities : dict of str to str
        What tells the run from others: ``sub`` and more.
    table : Path or None
        Signals with a column a region; None if they are taken out of images.
    images : RunFiles or None
        The run's images.
    events : Path or None
        Its events.
    confounds : Path or None
        Table of confounds.
    metadata : dict
        What sidecars say.
    """

    entities: Mapping[str, str]
    table: Path | None = None
    images: RunFiles | None = None
    events: Path | None = None
    confounds: Path | None = None
    metadata: JsonObject = field(default_factory=dict)

    @property
    def participant(self) -> str:
        """The person's label."""
        return self.entities["sub"]

    @property
    def stem(self) -> str:
        """Beginning of the names of the run's files."""
        return "_".join(f"{key}-{value}" for key, value in self.entities.items())

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything that its signals and inputs depend on."""
        images = (self.images.bold, self.images.mask) if self.images else ()
        return tuple(p for p in (self.table, *images, self.events, self.confounds) if p)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which recordings are meant, and files that belong to a single one.

    Parameters
    ----------
    participants : tuple of str
        Labels, with or without ``sub-``; all if empty.
    only : tuple of str
        Entities that a run must have, such as ``ses-pre`` or ``task-help``; of one key any.
    space, resolution : str
        Of images, as `empatune.bids.derivatives.Selection` takes them.
    events, confounds : Path or None
        Of a single table.
    """

    participants: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    space: str = ""
    resolution: str = ""
    events: Path | None = None
    confounds: Path | None = None

    def __post_init__(self) -> None:
        labels = tuple(each.removeprefix("sub-") for each in self.participants)
        object.__setattr__(self, "participants", labels)
        for word in self.only:
            key, dash, told = word.partition("-")
            if not (key and dash and told):
                raise UsageError(
                    f"--only {word} is not an entity of BIDS; write key and label, such as "
                    "ses-pre, task-help or run-1."
                )

    def takes(self, entities: Mapping[str, str]) -> bool:
        """Tell whether a run is meant.

        Parameters
        ----------
        entities : dict of str to str
            Of the run.

        Returns
        -------
        bool
            True if it is.
        """
        wanted: dict[str, list[str]] = {}
        for word in self.only:
            key, _, told = word.partition("-")
            wanted.setdefault(key, []).append(told)
        if self.participants and entities.get("sub") not in self.participants:
            return False
        return all(entities.get(key) in labels for key, labels in wanted.items())


def read_table(path: Path) -> list[dict[str, str]]:
    """
    Read a tab-separated table.

    Parameters
    ----------
    path : Path
        The table.

    Returns
    -------
    list of dict of str to str
        One a row, by header.

    Raises
    ------
    DatasetError
        If it cannot be read.
    """
    try:
        return read_rows(path)
    except (OSError, UnicodeDecodeError, ExportError) as problem:
        raise DatasetError(f"{path} cannot be read as a table: {problem}") from problem
