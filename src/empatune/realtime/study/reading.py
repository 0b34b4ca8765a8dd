"""Reading a study file: every problem at once, each with its line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, Field, fields, replace
from pathlib import Path as FilePath
from typing import Any

from empatune.errors import StudyError
from empatune.realtime.study.consistency import Problem, alike, contradictions
from empatune.realtime.study.lines import Path, find_lines, line_of
from empatune.realtime.study.rules import Rule
from empatune.realtime.study.settings import (
    BlockSettings,
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


def load(path: FilePath | str) -> Study:
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
    path = FilePath(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError(
            f"There is no study file {path}. Give the path of a TOML file; studies/example.toml "
            "shows one."
        ) from None
    except UnicodeDecodeError as problem:
        raise StudyError(
            f"{path} is not UTF-8 text (byte {problem.start}). Save it as UTF-8."
        ) from None
    except OSError as problem:
        raise StudyError(f"The study file {path} cannot be read: {problem.strerror}.") from None
    return loads(text, path)


def loads(text: str, path: FilePath | str = "study.toml") -> Study:
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
    path = FilePath(path)
    text = text.replace("\r\n", "\n")
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:  # also endless numbers and brackets
        raise StudyError(
            _not_toml(path, str(problem), n_lines=1 + text.rstrip().count("\n"))
        ) from None
    found: list[Problem] = []
    tables = _read_tables(content, found)
    if not found:
        tables = _with_whole_paths(tables, path.absolute().parent)
        found = contradictions(**{name: tables[name] for name in _CHECKED})
    if found:
        raise StudyError(_report(path, text, found))
    return Study(**tables)


_CHECKED = ("signatures", "protocol", "score", "scaling", "scanner", "sham")


def _read_tables(content: dict[str, Any], found: list[Problem]) -> dict[str, Any]:
    found += [
        _unknown((name,), list(TABLES), what="table") for name in content if name not in TABLES
    ]
    tables: dict[str, Any] = {}
    for name, kind in TABLES.items():
        given = content.get(name, {} if name != "sham" else None)
        tables[name] = None if given is None else _read(given, kind, (name,), found)
    return tables


def _read(given: Any, kind: type[Settings], where: Path, found: list[Problem]) -> Settings | None:
    if not isinstance(given, dict):
        found.append(_wrong(where, given, f"a table, written as [{_dotted(where)}]"))
        return None
    known = {entry.name: entry for entry in fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    before = len(found)
    for key, value in given.items():
        if key not in known:
            found.append(_unknown((*where, key), list(known), what="key"))
        elif key == "blocks":
            values[key] = _read_blocks(value, (*where, key), found)
        else:
            values[key] = value
            _check(value, known[key].metadata["rule"], (*where, key), found)
    found += _missing(where, known, given)
    return kind(**values) if len(found) == before else None


def _read_blocks(given: Any, where: Path, found: list[Problem]) -> tuple[Settings | None, ...]:
    if not isinstance(given, list) or not given:
        found.append(
            _wrong(where, given, f"one or more tables, each written as [[{_dotted(where)}]]")
        )
        return ()
    return tuple(
        _read(block, BlockSettings, (*where, place), found) for place, block in enumerate(given)
    )


def _check(value: Any, rule: Rule, where: Path, found: list[Problem]) -> None:
    if rule.accepts(value):
        return
    if rule.each is not None and isinstance(value, dict) and value:
        before = len(found)
        for name, entry in value.items():
            _check(entry, rule.each, (*where, name), found)
        if len(found) > before:
            return
    hint = alike(value, list(rule.choices)) if isinstance(value, str) else ""
    found.append(_wrong(where, value, rule.allowed, hint))


def _missing(where: Path, known: dict[str, Field[Any]], given: dict[str, Any]) -> list[Problem]:
    return [
        Problem(
            where=(*where, name),
            text=f"{_dotted((*where, name))} is missing; allowed: {entry.metadata['rule'].allowed}.",
        )
        for name, entry in known.items()
        if entry.default is MISSING and entry.default_factory is MISSING and name not in given
    ]


def _wrong(where: Path, value: Any, allowed: str, hint: str = "") -> Problem:
    return Problem(
        where=where, text=f"{_dotted(where)} is {_shown(value)}; allowed: {allowed}.{hint}"
    )


def _unknown(where: Path, known: list[str], *, what: str) -> Problem:
    inside = f" of [{_dotted(where[:-1])}]" if len(where) > 1 else ""
    return Problem(
        where=where,
        text=f"{_dotted(where)} is not a {what} that is known; allowed{inside}: "
        f"{', '.join(known)}.{alike(str(where[-1]), known)}",
    )


def _with_whole_paths(tables: dict[str, Any], folder: FilePath) -> dict[str, Any]:
    def whole(given: str) -> str:
        return str(folder / FilePath(given).expanduser())

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


def _report(path: FilePath, text: str, found: list[Problem]) -> str:
    lines = find_lines(text)
    rows = sorted((line_of(problem.where, lines), problem.text) for problem in found)
    count = "1 problem" if len(rows) == 1 else f"{len(rows)} problems"
    return "\n".join(
        [f"{path}: {count}; docs/reference/study-file.md explains every key."]
        + [f"  line {line}: {words}" for line, words in rows]
    )


def _not_toml(path: FilePath, problem: str, *, n_lines: int) -> str:
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)", problem)
    where = ""
    if place:
        where = f", line {place[1]}, column {place[2]}" if place[1] else f", line {n_lines}"
        problem = problem[: place.start()]
    return f"{path}{where}: not valid TOML: {problem}. Text needs quotes, lists need brackets."


def _dotted(where: Path) -> str:
    words = ""
    for key in where:
        words += f"[{key}]" if isinstance(key, int) else f".{key}" if words else str(key)
    return words


def _shown(value: Any) -> str:
    words = str(value).lower() if isinstance(value, bool) else repr(value)
    return words if len(words) <= 80 else words[:77] + "..."
