"""Reading paradigms: a file of the library by its name, or a user's own by its path."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from empatune.errors import ParadigmError
from empatune.forms import Form, alike
from empatune.paradigms.paradigm import Paradigm
from empatune.paradigms.records import TABLES

FORM = Form(
    what="paradigm",
    example="`empatune paradigms list` shows the library, `empatune paradigms new NAME` starts "
    "a file of your own.",
    page="docs/reference/paradigm-file.md",
    error=ParadigmError,
)
"""How messages speak of paradigms."""

_NEEDED = {
    name: f"[{name}{tail}] is missing; every paradigm needs it."
    for name, tail in (("paradigm", ""), ("evidence", ""), ("conditions", ".NAME"), ("timing", ""))
}


def library() -> tuple[str, ...]:
    """List the paradigms that come with empatune.

    Returns
    -------
    tuple of str
        Their names.
    """
    found = [entry.name for entry in _folder().iterdir() if entry.name.endswith(".toml")]
    return tuple(sorted(name.removesuffix(".toml") for name in found))


def template(name: str) -> str:
    """Write the start of a paradigm of one's own.

    Parameters
    ----------
    name : str
        What it shall be called.

    Returns
    -------
    str
        TOML that `loads` reads.
    """
    text = resources.files("empatune.paradigms").joinpath("template.toml").read_text("utf-8")
    return text.replace('name = "template"', f'name = "{name}"', 1)


def load(name: str | Path) -> Paradigm:
    """Read and check a paradigm.

    Parameters
    ----------
    name : str or Path
        A name of the library, or the path of a file that ends in ``.toml``.

    Returns
    -------
    Paradigm
        The paradigm, with defaults filled in.

    Raises
    ------
    ParadigmError
        If there is none, or anything in it is wrong; lists all problems with their lines.
    """
    if isinstance(name, Path) or name.endswith(".toml"):
        path = Path(name)
        return loads(FORM.read(path), path)
    known = library()
    if name not in known:
        raise ParadigmError(
            f"There is no paradigm '{name}'.{alike(name, list(known))} The library has: "
            f"{', '.join(known)}. A file of your own ends in .toml."
        )
    return loads(_folder().joinpath(f"{name}.toml").read_text("utf-8"), f"{name}.toml")


def loads(text: str, path: Path | str = "paradigm.toml") -> Paradigm:
    """Check the text of a paradigm.

    Parameters
    ----------
    text : str
        The text.
    path : Path or str
        Where it stands, for messages.

    Returns
    -------
    Paradigm
        The paradigm, with defaults filled in.

    Raises
    ------
    ParadigmError
        If anything in it is wrong; lists all problems with their lines.
    """
    return FORM.fill(
        text, Path(path), lambda tables: Paradigm(**tables), tables=TABLES, needed=_NEEDED
    )


def _folder() -> Traversable:
    return resources.files("empatune.paradigms").joinpath("library")
