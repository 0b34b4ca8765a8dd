"""Reading a study file: every problem at once, each with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from empatune.errors import StudyError
from empatune.forms import Form, Problem, rules
from empatune.forms.reading import read_tables
from empatune.realtime.study.consistency import contradictions
from empatune.realtime.study.settings import (
    Identity,
    NuisanceSettings,
    Participant,
    PreparationSettings,
    ProtocolSettings,
    ScalingSettings,
    ScannerSettings,
    ScoreSettings,
    Settings,
    ShamSettings,
    SignatureSettings,
)
from empatune.realtime.study.study import Study

TABLES: dict[str, type[Settings]] = {
    "study": Identity,
    "participant": Participant,
    "scanner": ScannerSettings,
    "signatures": SignatureSettings,
    "preparation": PreparationSettings,
    "nuisance": NuisanceSettings,
    "protocol": ProtocolSettings,
    "score": ScoreSettings,
    "scaling": ScalingSettings,
    "sham": ShamSettings,
}
"""Every table of a study file."""

FORM = Form(
    what="study file",
    example="Give the path of a TOML file; studies/example.toml shows one.",
    page="docs/reference/study-file.md",
    error=StudyError,
)
"""How messages speak of study files."""


def load(path: Path | str) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    path : Path or str
        The file.

    Returns
    -------
    Study
        The study, with defaults filled in and paths made absolute.

    Raises
    ------
    StudyError
        If the file cannot be read or anything in it is wrong; lists all problems with their lines.
    """
    return loads(FORM.read(Path(path)), path)


def loads(text: str, path: Path | str = "study.toml") -> Study:
    """Check the text of a study file.

    Parameters
    ----------
    text : str
        The text.
    path : Path or str
        Where it stands: for messages, and for the paths in it, which are relative to its folder.

    Returns
    -------
    Study
        The study, with defaults filled in and paths made absolute.

    Raises
    ------
    StudyError
        If anything in it is wrong; lists all problems with their lines.
    """
    path = Path(path)
    text = text.replace("\r\n", "\n")
    content: dict[str, Any] = {name: {} for name in TABLES if name != "sham"}
    content |= FORM.parse(text, path)
    found: list[Problem] = []
    kinds = {name: rules.record(kind) for name, kind in TABLES.items()}
    tables = {"sham": None, **read_tables(content, kinds, found)}
    if not found:
        tables = _with_whole_paths(tables, path.absolute().parent)
        found = contradictions(**{name: tables[name] for name in _CHECKED})
    FORM.refuse(found, text=text, path=path)
    return Study(**tables)


_CHECKED = ("signatures", "protocol", "score", "scaling", "scanner", "sham")


def _with_whole_paths(tables: dict[str, Any], folder: Path) -> dict[str, Any]:
    def whole(given: str) -> str:
        return str(folder / Path(given).expanduser())

    def map_or_name(given: str) -> str:
        return whole(given) if given.endswith((".nii", ".nii.gz")) else given

    signatures, preparation, sham = tables["signatures"], tables["preparation"], tables["sham"]
    changed = {
        "signatures": replace(
            signatures,
            feedback=tuple(map_or_name(entry) for entry in signatures.feedback),
            monitors=tuple(map_or_name(entry) for entry in signatures.monitors),
        )
    }
    if preparation.folder is not None:
        changed["preparation"] = replace(preparation, folder=whole(preparation.folder))
    if sham is not None:
        changed["sham"] = replace(sham, allocation=whole(sham.allocation))
    return {**tables, **changed}
