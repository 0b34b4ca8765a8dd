"""A BIDS data set on disk, to which files are added all together or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path, PurePath
from types import TracebackType
from typing import Self

from empatune.bids.tables import Table
from empatune.errors import ExportError
from empatune.typing import JsonObject

VERSION = "1.10.0"
"""Version of BIDS that is written."""

DESCRIPTION = "dataset_description.json"


class Dataset:
    """Adds files to a data set. Nothing is seen of them until `commit`.

    Use it as a context: leaving it without `commit` leaves the data set as it was.

    Parameters
    ----------
    folder : Path
        The data set; made if it is not there.
    maker : str
        Name of the software; a data set that another one made is refused.

    Raises
    ------
    ExportError
        If the folder holds something else, or cannot be written.
    """

    def __init__(self, folder: Path, *, maker: str) -> None:
        _check_ours(folder, maker)
        self.folder = folder
        self._paths: list[PurePath] = []
        try:
            # on the same disk, so that moving is renaming
            near = folder if folder.is_dir() else folder.parent
            near.mkdir(parents=True, exist_ok=True)
            self._stage = Path(tempfile.mkdtemp(prefix=f".{maker}-", dir=near))
        except OSError as problem:
            raise ExportError(
                f"{folder} cannot be written: {problem}. Give another --out."
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._stage, ignore_errors=True)

    def holds(self, path: PurePath) -> bool:
        """Tell whether the data set already has a file.

        Parameters
        ----------
        path : PurePath
            Path inside the data set.

        Returns
        -------
        bool
            True if it exists.
        """
        return (self.folder / path).exists()

    def place(self, path: PurePath) -> Path:
        """Announce a file and say where to write it for now.

        Parameters
        ----------
        path : PurePath
            Path inside the data set.

        Returns
        -------
        Path
            A place on the same disk; its folder exists.
        """
        staged = self._stage / "new" / path
        staged.parent.mkdir(parents=True, exist_ok=True)
        self._paths.append(path)
        return staged

    def text(self, path: PurePath, content: str) -> None:
        """Add a text file.

        Parameters
        ----------
        path : PurePath
            Path inside the data set.
        content : str
            What it says.
        """
        self.place(path).write_text(content, encoding="utf-8")

    def json(self, path: PurePath, content: JsonObject) -> None:
        """Add a JSON file.

        Parameters
        ----------
        path : PurePath
            Path inside the data set.
        content : dict
            What it says.
        """
        self.text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def table(self, path: PurePath, content: Table) -> None:
        """Add a table and its sidecar.

        Parameters
        ----------
        path : PurePath
            Path of the ``.tsv`` inside the data set; the sidecar has the same stem.
        content : Table
            Columns and rows.
        """
        self.text(path, content.to_tsv())
        self.json(path.with_suffix(".json"), content.to_json())

    def commit(self, *, replaced: list[PurePath] | None = None) -> list[PurePath]:
        """Move everything into the data set; if that fails, put everything back.

        Parameters
        ----------
        replaced : list of PurePath, optional
            Files of the data set that the new ones replace; they go.

        Returns
        -------
        list of PurePath
            Paths of the new files inside the data set.

        Raises
        ------
        ExportError
            If a file cannot be moved; the data set is then as it was.
        """
        undo: list[tuple[Path, Path]] = []
        try:
            for path in dict.fromkeys([*(replaced or []), *self._paths]):
                if (self.folder / path).exists():
                    _move(self.folder / path, self._stage / "old" / path, undo)
            for path in self._paths:
                _move(self._stage / "new" / path, self.folder / path, undo)
        except OSError as problem:
            for source, target in reversed(undo):
                target.replace(source)
            raise ExportError(
                f"The export to {self.folder} failed and was undone: {problem}."
            ) from problem
        return list(self._paths)


def _move(source: Path, target: Path, undo: list[tuple[Path, Path]]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    undo.append((source, target))


def _check_ours(folder: Path, maker: str) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ExportError(f"{folder} is a file; --out needs a folder.")
    if not any(folder.iterdir()):
        return
    try:
        made_by = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))["GeneratedBy"]
        names = [entry["Name"] for entry in made_by]
    except (OSError, ValueError, KeyError, TypeError):
        names = []
    if maker not in names:
        raise ExportError(
            f"{folder} is not empty and was not made by {maker}: nothing was written. "
            "Give an empty folder or a data set that was exported before."
        )
