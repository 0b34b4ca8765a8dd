"""Records that check themselves: each field carries the rule of what it may be.

So the record, the reader of its file, their messages and the reference page cannot disagree.
"""

from __future__ import annotations

from dataclasses import Field, field, fields
from typing import Any, ClassVar

from empatune.errors import UsageError
from empatune.forms.rules import Rule


def setting(default: Any, rule: Rule) -> Any:
    """Make a field of a record that has a default.

    Parameters
    ----------
    default : object
        Its value when the file does not give one; None where it then stays unknown.
    rule : Rule
        What it may be.

    Returns
    -------
    dataclasses.Field
        The field.
    """
    return field(default=default, metadata={"rule": rule})


def required(rule: Rule) -> Any:
    """Make a field of a record that has no default.

    Parameters
    ----------
    rule : Rule
        What it may be.

    Returns
    -------
    dataclasses.Field
        The field.
    """
    return field(metadata={"rule": rule})


def collected(rule: Rule) -> Any:
    """Make a field of a record that is an empty table when the file does not give it.

    Parameters
    ----------
    rule : Rule
        What it may be otherwise.

    Returns
    -------
    dataclasses.Field
        The field.
    """
    return field(default_factory=dict, metadata={"rule": rule})


class Record:
    """A record whose fields are checked against their rules when it is made."""

    __slots__ = ()

    error: ClassVar[type[UsageError]] = UsageError
    """What is raised when a value is not allowed."""

    def __post_init__(self) -> None:
        for entry in fields(self):  # type: ignore[arg-type]
            rule: Rule | None = entry.metadata.get("rule")
            value = getattr(self, entry.name)
            if rule is None or (value is None and entry.default is None) or _is_empty(value, entry):
                continue
            if not rule.accepts(value):
                raise self.error(
                    f"{type(self).__name__}.{entry.name} is {value!r}; allowed: {rule.allowed}."
                )
            object.__setattr__(self, entry.name, rule.convert(value))


def _is_empty(value: Any, entry: Field[Any]) -> bool:
    return value == {} and entry.default_factory is dict
