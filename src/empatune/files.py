"""Files that are there whole or not at all, and what tells that they are unchanged."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path


def checksum(path: Path) -> str:
    """Compute the SHA-256 of a file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name beside it, then rename it.

    Parameters
    ----------
    path : Path
        The file; it is replaced. Its folder is made if it does not exist.
    content : str or bytes
        What it holds; text is written as UTF-8.

    Raises
    ------
    OSError
        If it cannot be written; what was there before is still there.
    """
    write_together({path: content})


def write_together(
    contents: Mapping[Path, str | bytes], *, instead_of: Iterable[Path] = ()
) -> None:
    """Write files that belong together: none is renamed before all are written.

    Parameters
    ----------
    contents : mapping of Path to str or bytes
        What each file holds; text is written as UTF-8. Folders are made if they do not exist.
    instead_of : iterable of Path
        Files whose place these take: once all are there, those that were not replaced are removed.

    Raises
    ------
    OSError
        If one cannot be written; no file is left half.
    """
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in contents}
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            parts[path].write_bytes(content.encode() if isinstance(content, str) else content)
        for path, part in parts.items():
            part.replace(path)
        for path in instead_of:
            if path not in contents and path.is_file():
                path.unlink()
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
