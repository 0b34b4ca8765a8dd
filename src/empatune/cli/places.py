"""Where results go: checked before anything is computed."""

from __future__ import annotations

from pathlib import Path

import click

from empatune.errors import UsageError


def in_a_folder(_context: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a file in a folder that is not there.

    Parameters
    ----------
    option : Parameter
        The option that names the file.
    path : Path or None
        The file.

    Returns
    -------
    Path or None
        The file.

    Raises
    ------
    UsageError
        If its folder is not there.
    """
    if path is not None and not path.absolute().parent.is_dir():
        folder = path.absolute().parent
        raise UsageError(
            f"{option.opts[0]} names {path}, but the folder {folder} is not there. Make it, or give "
            "another."
        )
    return path
