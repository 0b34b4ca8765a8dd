"""Where pieces wait, on disk, until their volume lies in the record.

A piece is written before its arrival is acknowledged, whole or not at all, so that a process
that is killed in the middle of a volume has lost nothing.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from empatune.errors import ImageError
from empatune.realtime.sources.piece import Piece, pack, unpack
from empatune.typing import JsonObject

_SUFFIX = ".piece"
_FACTS = "run.json"


class Spool:
    """A folder of waiting pieces.

    Parameters
    ----------
    folder : Path
        The folder; made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names: dict[str, list[str]] = {}

    def put(self, piece: Piece) -> None:
        """Write a piece, whole or not at all.

        Parameters
        ----------
        piece : Piece
            The piece.

        Raises
        ------
        OSError
            If it cannot be written: the disk is full, the folder is gone.
        """
        self._write(f"{piece.name}{_SUFFIX}", pack(piece))
        self._remember(piece)

    def drop(self, objects: Iterable[str]) -> None:
        """Delete the pieces of objects that are in the record.

        Parameters
        ----------
        objects : iterable of str
            Digests of the objects.
        """
        for digest in objects:
            for name in self._names.pop(digest, []):
                (self.folder / name).unlink(missing_ok=True)

    def waiting(self) -> tuple[list[Piece], int]:
        """Read back what waits, after a restart.

        Returns
        -------
        pieces : list of Piece
            In the order in which they were written.
        n_damaged : int
            Number of files that were no whole pieces; they are deleted.
        """
        paths = [path for path in self._files() if path.suffix == _SUFFIX]
        pieces: list[Piece] = []
        for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns):
            try:
                piece = unpack(path.read_bytes())
            except ImageError:
                path.unlink(missing_ok=True)
                continue
            pieces.append(piece)
            self._remember(piece)
        for path in self._files():
            if path.suffix == ".part":
                path.unlink(missing_ok=True)
        return pieces, len(paths) - len(pieces)

    def state(self, facts: JsonObject) -> None:
        """Write what is known of the run.

        Parameters
        ----------
        facts : dict
            Replaces what was written before.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        self._write(_FACTS, json.dumps(facts).encode())

    def facts(self) -> JsonObject:
        """Read what `state` wrote.

        Returns
        -------
        dict
            Empty if nothing was written.
        """
        try:
            facts = json.loads((self.folder / _FACTS).read_text())
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def _remember(self, piece: Piece) -> None:
        self._names.setdefault(piece.digest, []).append(f"{piece.name}{_SUFFIX}")

    def _files(self) -> list[Path]:
        return list(self.folder.iterdir()) if self.folder.is_dir() else []

    def _write(self, name: str, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f"{name}.part"
        try:
            temporary.write_bytes(content)
            temporary.replace(self.folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
