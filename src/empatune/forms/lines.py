"""On which line of a TOML text each key stands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
"""Keys from the top of a TOML document; a number is a place in an array of tables."""


def find_lines(text: str) -> dict[Path, int]:
    """Find the line of every table and key.

    Parameters
    ----------
    text : str
        A TOML text that `tomllib` accepts.

    Returns
    -------
    dict of tuple to int
        Path of every table and key, and its line, from 1. A value of several lines stands on
        its first.
    """
    found: dict[Path, int] = {}
    n_tables: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        content = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _enter(content, n_tables, again=statement.lstrip().startswith("[["))
            found[table] = line
            continue
        for keys in _paths(content):
            for depth in range(1, len(keys) + 1):
                found.setdefault(table + keys[:depth], line)
    return found


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """Return the line of a key, or of the nearest table around it.

    Parameters
    ----------
    path : tuple
        Where the key is, or would be.
    lines : dict of tuple to int
        What `find_lines` returned.

    Returns
    -------
    int
        The line, from 1; 1 where nothing around it is written.
    """
    for depth in range(len(path), 0, -1):
        if path[:depth] in lines:
            return lines[path[:depth]]
    return 1


def _statements(text: str) -> Iterator[tuple[int, str]]:
    # A value may span lines: a statement is complete once it parses alone.
    pending: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        pending.append(line)
        statement = "\n".join(pending)
        try:
            tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        yield number - len(pending) + 1, statement
        pending = []


def _enter(content: dict[str, Any], n_tables: dict[Path, int], *, again: bool) -> Path:
    path: Path = ()
    node: Any = content
    while isinstance(node, dict) and node:
        key = next(iter(node))
        node = node[key]
        path += (key,)
        last = not node or node == [{}]
        if last and again:
            n_tables[path] = n_tables.get(path, 0) + 1
        if path in n_tables:
            path += (n_tables[path] - 1,)
    return path


def _paths(node: Any) -> Iterator[Path]:
    if not isinstance(node, dict) or not node:
        yield ()
        return
    for key, value in node.items():
        for rest in _paths(value):
            yield (key, *rest)
