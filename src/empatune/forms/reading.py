"""Reading a file into records: every problem at once, each with its line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path as FilePath
from typing import Any, ClassVar, TypeVar

from empatune.errors import UsageError
from empatune.forms.lines import Path, find_lines, line_of
from empatune.forms.rules import Rule

Made = TypeVar("Made")
"""What a text is read into."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is wrong with a file.

    Parameters
    ----------
    where : tuple
        Path of the key.
    text : str
        What was given, what is allowed, what to do.
    """

    where: Path
    text: str


class ContradictionError(UsageError):
    """Parts of a file that contradict each other; a kind of file has an error of its own.

    Parameters
    ----------
    found : list of Problem
        All that was found.
    """

    between: ClassVar[str] = "\n"
    """What stands between problems where no file is at hand to tell their lines."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(self.between.join(problem.text for problem in found))
        self.found = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A kind of file: how messages call it, and what is raised.

    Parameters
    ----------
    what : str
        What it is, such as "study file".
    example : str
        Where one sees such a file, for someone who has none; a whole sentence.
    page : str
        The reference page.
    error : type
        What is raised when a file cannot be used.
    """

    what: str
    example: str
    page: str
    error: type[UsageError]

    def read(self, path: FilePath) -> str:
        """Read a file's text.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        str
            Its text.

        Raises
        ------
        UsageError
            If it cannot be read.
        """
        try:
            return path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise self.error(f"There is no {self.what} {path}. {self.example}") from None
        except UnicodeDecodeError as problem:
            raise self.error(
                f"{path} is not UTF-8 text (byte {problem.start}). Save it as UTF-8."
            ) from None
        except OSError as problem:
            raise self.error(
                f"The {self.what} {path} cannot be read: {problem.strerror}."
            ) from None

    def parse(self, text: str, path: FilePath) -> dict[str, Any]:
        """Turn a text into tables.

        Parameters
        ----------
        text : str
            The text.
        path : Path
            Where it stands.

        Returns
        -------
        dict
            What TOML says.

        Raises
        ------
        UsageError
            If it is not TOML.
        """
        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as problem:  # also endless numbers and brackets
            words = _not_toml(path, str(problem), n_lines=1 + text.rstrip().count("\n"))
            raise self.error(words) from None

    def fill(
        self,
        text: str,
        path: FilePath,
        make: Callable[[dict[str, Any]], Made],
        *,
        tables: Mapping[str, Rule],
        needed: Mapping[str, str],
    ) -> Made:
        """Make of a text what it describes.

        Parameters
        ----------
        text : str
            The text.
        path : Path
            Where it stands.
        make : callable
            Makes it of records by table; may raise ContradictionError.
        tables : mapping of str to Rule
            The tables that may be there.
        needed : mapping of str to str
            What to say where a table that must be there is missing or empty.

        Returns
        -------
        object
            What was made.

        Raises
        ------
        UsageError
            If anything is wrong; lists all problems with their lines.
        """
        text = text.replace("\r\n", "\n")
        content = self.parse(text, path)
        found = [
            Problem(where=(name,), text=words)
            for name, words in needed.items()
            if not content.get(name)
        ]
        given = read_tables(content, tables, found)
        self.refuse(found, text=text, path=path)
        try:
            return make(given)
        except ContradictionError as problem:
            self.refuse(problem.found, text=text, path=path)
            raise

    def refuse(self, found: list[Problem], *, text: str, path: FilePath) -> None:
        """Raise all problems that were found, in the order of their lines.

        Parameters
        ----------
        found : list of Problem
            The problems; none is fine.
        text : str
            The file's text.
        path : Path
            Where it stands.

        Raises
        ------
        UsageError
            If there is any problem.
        """
        if not found:
            return
        lines = find_lines(text)
        rows = sorted((line_of(problem.where, lines), problem.text) for problem in found)
        count = "1 problem" if len(rows) == 1 else f"{len(rows)} problems"
        raise self.error(
            "\n".join(
                [f"{path}: {count}; {self.page} explains every key."]
                + [f"  line {line}: {words}" for line, words in rows]
            )
        )


def alike(word: str, words: list[str]) -> str:
    """Ask whether a similar word was meant.

    Parameters
    ----------
    word : str
        The word that was given.
    words : list of str
        The words that are known.

    Returns
    -------
    str
        A question with a space before it, or nothing.
    """
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else ""


def read_tables(
    content: Mapping[str, Any], tables: Mapping[str, Rule], found: list[Problem]
) -> dict[str, Any]:
    """Read the tables of a file.

    Parameters
    ----------
    content : mapping
        What TOML says.
    tables : mapping of str to Rule
        The tables that may be there, and the records that they are.
    found : list of Problem
        Gets what is wrong.

    Returns
    -------
    dict
        Records by table, of those that are given; None in the place of one that is wrong.
    """
    found += [
        _unknown((name,), list(tables), what="table") for name in content if name not in tables
    ]
    return {
        name: _read_inner(content[name], rule, (name,), found)
        for name, rule in tables.items()
        if name in content
    }


def read_record(given: Any, kind: type[Any], where: Path, found: list[Problem]) -> Any:
    """Read one table into a record.

    Parameters
    ----------
    given : object
        What TOML says.
    kind : type
        The record.
    where : tuple
        Path of the table.
    found : list of Problem
        Gets what is wrong.

    Returns
    -------
    Record or None
        None if anything in it is wrong.
    """
    if not isinstance(given, dict):
        found.append(_wrong(where, given, f"a table, written as [{dotted(where)}]"))
        return None
    known = {entry.name: entry for entry in fields(kind)}
    values: dict[str, Any] = {}
    before = len(found)
    for key, value in given.items():
        if key not in known:
            found.append(_unknown((*where, key), list(known), what="key"))
            continue
        rule: Rule = known[key].metadata["rule"]
        if rule.kind is not None:
            values[key] = _read_inner(value, rule, (*where, key), found)
        else:
            values[key] = value
            _check(value, rule, (*where, key), found)
    found += _missing(where, known, given)
    return kind(**values) if len(found) == before else None


def dotted(where: Path) -> str:
    """Write a path as people do.

    Parameters
    ----------
    where : tuple
        The path.

    Returns
    -------
    str
        Such as ``protocol.blocks[1].condition``.
    """
    words = ""
    for key in where:
        words += f"[{key}]" if isinstance(key, int) else f".{key}" if words else str(key)
    return words


def _read_inner(given: Any, rule: Rule, where: Path, found: list[Problem]) -> Any:
    kind: Any = rule.kind
    if rule.form == "listed":
        if not isinstance(given, list) or not given:
            words = f"one or more tables, each written as [[{dotted(where)}]]"
            found.append(_wrong(where, given, words))
            return ()
        return tuple(read_record(e, kind, (*where, n), found) for n, e in enumerate(given))
    if rule.form == "named":
        if not isinstance(given, dict):
            words = f"tables with names of your own, each written as [{dotted(where)}.NAME]"
            found.append(_wrong(where, given, words))
            return {}
        found += [_bad_name((*where, name)) for name in given if not _NAME.fullmatch(name)]
        return {name: read_record(e, kind, (*where, name), found) for name, e in given.items()}
    return read_record(given, kind, where, found)


def _check(value: Any, rule: Rule, where: Path, found: list[Problem]) -> None:
    if rule.accepts(value):
        return
    if rule.each is not None and isinstance(value, dict) and value:
        before = len(found)
        for name, entry in value.items():
            if rule.key is not None and not rule.key.accepts(name):
                hint = alike(name, list(rule.key.choices))
                words = f"{dotted(where)} has {name!r}; allowed: {rule.key.allowed}.{hint}"
                found.append(Problem(where=(*where, name), text=words))
            else:
                _check(entry, rule.each, (*where, name), found)
        if len(found) > before:
            return
    hint = alike(value, list(rule.choices)) if isinstance(value, str) else ""
    found.append(_wrong(where, value, rule.allowed, hint))


def _missing(where: Path, known: dict[str, Field[Any]], given: dict[str, Any]) -> list[Problem]:
    return [
        Problem(
            where=(*where, name),
            text=f"{dotted((*where, name))} is missing; allowed: {entry.metadata['rule'].allowed}.",
        )
        for name, entry in known.items()
        if entry.default is MISSING and entry.default_factory is MISSING and name not in given
    ]


def _wrong(where: Path, value: Any, allowed: str, hint: str = "") -> Problem:
    return Problem(
        where=where, text=f"{dotted(where)} is {_shown(value)}; allowed: {allowed}.{hint}"
    )


def _bad_name(where: Path) -> Problem:
    return Problem(
        where=where,
        text=f"{dotted(where[:-1])} has a {where[-1]!r}; allowed: a name that begins with a "
        "letter, of at most 40 letters, digits, - and _.",
    )


def _unknown(where: Path, known: list[str], *, what: str) -> Problem:
    inside = f" of [{dotted(where[:-1])}]" if len(where) > 1 else ""
    return Problem(
        where=where,
        text=f"{dotted(where)} is not a {what} that is known; allowed{inside}: "
        f"{', '.join(known)}.{alike(str(where[-1]), known)}",
    )


def _not_toml(path: FilePath, problem: str, *, n_lines: int) -> str:
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)", problem)
    where = ""
    if place:
        where = f", line {place[1]}, column {place[2]}" if place[1] else f", line {n_lines}"
        problem = problem[: place.start()]
    return f"{path}{where}: not valid TOML: {problem}. Text needs quotes, lists need brackets."


def _shown(value: Any) -> str:
    words = str(value).lower() if isinstance(value, bool) else repr(value)
    return words if len(words) <= 80 else words[:77] + "..."
