"""Reading files of networks, and the start of one's own."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from empatune.decoding.connections.records import TABLES, SpacePart
from empatune.decoding.connections.space import ModelSpace
from empatune.errors import NetworkError
from empatune.forms import Form

FORM = Form(
    what="file of networks",
    example="`empatune connectivity template` prints one to begin from.",
    page="docs/reference/network-file.md",
    error=NetworkError,
)
"""How messages speak of files of networks."""

_NEEDED = {
    name: f"[{name}.NAME] is missing; at least one is needed."
    for name in ("regions", "inputs", "networks")
}


def template() -> str:
    """
    Give the start of a file of one's own.

    Returns
    -------
    str
        TOML that `loads` reads.
    """
    found = resources.files("empatune.decoding.connections").joinpath("template.toml")
    return found.read_text("utf-8")


def load(path: Path) -> ModelSpace:
    """
    Read and check a file of networks.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    ModelSpace
        Its regions, inputs and networks.

    Raises
    ------
    NetworkError
        If it cannot be read or anything in it is wrong; lists all problems with their lines.
    """
    return loads(FORM.read(path), path)


def loads(text: str, path: Path | str = "networks.toml") -> ModelSpace:
    """
    Check the text of a file of networks.

    Parameters
    ----------
    text : str
        The text.
    path : Path or str
        Where it stands, for messages.

    Returns
    -------
    ModelSpace
        Its regions, inputs and networks.

    Raises
    ------
    NetworkError
        If anything in it is wrong; lists all problems with their lines.
    """
    return FORM.fill(text, Path(path), _make, tables=TABLES, needed=_NEEDED)


def _make(tables: dict[str, Any]) -> ModelSpace:
    return ModelSpace(**{"space": SpacePart(name="networks"), **tables})
