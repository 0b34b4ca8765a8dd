"""What a value in a file may be: pure rules, each with its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a value may be.

    Parameters
    ----------
    allowed : str
        What is allowed, in words that complete "allowed: ...".
    accepts : callable
        Tells whether a value is allowed.
    convert : callable
        Brings an allowed value to the type that the record holds.
    choices : tuple of str
        The words that are allowed, where they are few.
    each : Rule or None
        What every value of a table may be.
    key : Rule or None
        What every name in a table may be.
    kind : type or None
        The record that the value is, or that its entries are.
    form : {"one", "named", "listed"}
        One record, a table of records by name, or a list of records.
    """

    allowed: str
    accepts: Callable[[Any], bool]
    convert: Callable[[Any], Any] = _same
    choices: tuple[str, ...] = ()
    each: Rule | None = None
    key: Rule | None = None
    kind: type[Any] | None = None
    form: Literal["one", "named", "listed"] = "one"


def number(low: float, high: float, *, unit: str = "") -> Rule:
    """Allow a number between two bounds.

    Parameters
    ----------
    low, high : float
        The bounds; both are allowed.
    unit : str
        Unit of the number, for the message.

    Returns
    -------
    Rule
        The rule.
    """
    return Rule(
        allowed=f"a number from {low:g} to {high:g}{' ' + unit if unit else ''}",
        accepts=lambda value: _is_number(value) and low <= value <= high,
        convert=float,
    )


def whole(low: int, high: int) -> Rule:
    """Allow a whole number between two bounds.

    Parameters
    ----------
    low, high : int
        The bounds; both are allowed.

    Returns
    -------
    Rule
        The rule.
    """
    return Rule(
        allowed=f"a whole number from {low} to {high}",
        accepts=lambda value: _is_whole(value) and low <= value <= high,
    )


def flag() -> Rule:
    """Allow true or false.

    Returns
    -------
    Rule
        The rule.
    """
    return Rule(
        allowed="true or false (without quotes)", accepts=lambda value: isinstance(value, bool)
    )


def choice(*words: str) -> Rule:
    """Allow one of a few words.

    Parameters
    ----------
    *words : str
        The words.

    Returns
    -------
    Rule
        The rule.
    """
    return Rule(
        allowed=" or ".join(f'"{word}"' for word in words),
        accepts=lambda value: isinstance(value, str) and value in words,
        choices=words,
    )


def choice_of_numbers(*numbers: int) -> Rule:
    """Allow one of a few whole numbers.

    Parameters
    ----------
    *numbers : int
        The numbers.

    Returns
    -------
    Rule
        The rule.
    """
    return Rule(
        allowed=" or ".join(str(entry) for entry in numbers),
        accepts=lambda value: _is_whole(value) and value in numbers,
    )


def text(pattern: str, *, allowed: str) -> Rule:
    """Allow text of a certain form.

    Parameters
    ----------
    pattern : str
        Regular expression that the whole text must match.
    allowed : str
        The same in words.

    Returns
    -------
    Rule
        The rule.
    """
    compiled = re.compile(pattern)
    return Rule(
        allowed=allowed,
        accepts=lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None,
    )


def many(each: Rule, *, least: int = 0) -> Rule:
    """Allow a list without repetitions.

    Parameters
    ----------
    each : Rule
        What every entry may be.
    least : int
        The smallest number of entries.

    Returns
    -------
    Rule
        The rule; it turns the list into a tuple.
    """

    def accepts(value: Any) -> bool:
        if not isinstance(value, list | tuple) or len(value) < least:
            return False
        return all(each.accepts(entry) for entry in value) and len(set(value)) == len(value)

    count = f"at least {least} " if least else ""
    return Rule(
        allowed=f"a list of {count}different entries, each {each.allowed}",
        accepts=accepts,
        convert=lambda value: tuple(each.convert(entry) for entry in value),
    )


def rising_pair(each: Rule) -> Rule:
    """Allow a pair of numbers, the first below the second.

    Parameters
    ----------
    each : Rule
        What both may be.

    Returns
    -------
    Rule
        The rule; it turns the list into a tuple.
    """

    def accepts(value: Any) -> bool:
        if not isinstance(value, list | tuple) or len(value) != 2:
            return False
        return all(each.accepts(entry) for entry in value) and value[0] < value[1]

    return Rule(
        allowed=f"a list of two, the first below the second, each {each.allowed}",
        accepts=accepts,
        convert=lambda value: tuple(each.convert(entry) for entry in value),
    )


def table_of(each: Rule, *, key: Rule) -> Rule:
    """Allow a table with names of one's own.

    Parameters
    ----------
    each : Rule
        What every value may be.
    key : Rule
        What every name may be.

    Returns
    -------
    Rule
        The rule.
    """

    def accepts(value: Any) -> bool:
        if not isinstance(value, dict) or not value:
            return False
        return all(key.accepts(name) and each.accepts(entry) for name, entry in value.items())

    return Rule(
        allowed=f"a table with at least one `name = value`, each value {each.allowed}",
        accepts=accepts,
        convert=lambda value: {name: each.convert(entry) for name, entry in value.items()},
        each=each,
        key=key,
    )


def record(kind: type[Any]) -> Rule:
    """Allow a table that is a record of its own.

    Parameters
    ----------
    kind : type
        The record.

    Returns
    -------
    Rule
        The rule.
    """
    return Rule(allowed="a table", accepts=lambda value: isinstance(value, kind), kind=kind)


def named(kind: type[Any]) -> Rule:
    """Allow tables with names of one's own, each a record.

    Parameters
    ----------
    kind : type
        The record.

    Returns
    -------
    Rule
        The rule.
    """
    return Rule(
        allowed="tables with names of your own",
        accepts=lambda value: (
            isinstance(value, Mapping) and all(isinstance(entry, kind) for entry in value.values())
        ),
        kind=kind,
        form="named",
    )


def listed(kind: type[Any]) -> Rule:
    """Allow one or more records in an order.

    Parameters
    ----------
    kind : type
        The record.

    Returns
    -------
    Rule
        The rule.
    """
    return Rule(
        allowed="one or more tables",
        accepts=lambda value: (
            isinstance(value, tuple)
            and bool(value)
            and all(isinstance(entry, kind) for entry in value)
        ),
        kind=kind,
        form="listed",
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
