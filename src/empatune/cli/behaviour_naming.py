"""What ``--columns``, ``--labels`` and ``--scale`` say, understood or refused with a hint."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from empatune.errors import UsageError

if TYPE_CHECKING:
    from empatune.behaviour.columns import Column
    from empatune.behaviour.model import Model
    from empatune.behaviour.trials import Naming


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What was said about a table, as it was said.

    Attributes
    ----------
    columns, labels, scale : tuple of str
        The options.
    """

    columns: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    scale: tuple[str, ...] = ()

    def naming(self, models: Sequence[Model]) -> Naming:
        """
        Understand what was said.

        Parameters
        ----------
        models : sequence of Model
            The models whose columns may be named.

        Returns
        -------
        Naming
            Names, labels, units.

        Raises
        ------
        UsageError
            If it cannot be understood, or names what no model has.
        """
        from empatune.behaviour.trials import Naming

        columns = dict(_pairs(self.columns, "--columns"))
        scale = {name: _factor(name, by) for name, by in _pairs(self.scale, "--scale")}
        labels = self._labels()
        for option, given in (("--columns", columns), ("--scale", scale), ("--labels", labels)):
            for name in given:
                _check_column(name, models, option, columns if option == "--columns" else {})
        for name, own in labels.items():
            _check_labels(name, own, models)
        return Naming(columns=columns, labels=labels, scale=scale)

    def _labels(self) -> dict[str, dict[str, str]]:
        """Take ``column:yours=ours,...`` apart."""
        labels: dict[str, dict[str, str]] = {}
        for word in self.labels:
            name, colon, rest = word.partition(":")
            if not colon:
                raise UsageError(
                    f"--labels {word} names no column. Write COLUMN:YOURS=OURS, such as "
                    f"recipient:1=self,2=other."
                )
            if ":" in rest:
                raise UsageError(
                    f"--labels {word} names two columns. Write --labels once for each column."
                )
            labels.setdefault(name.strip(), {}).update(_pairs((rest,), "--labels"))
        return labels


def _check_column(
    name: str, models: Sequence[Model], option: str, columns: Mapping[str, str]
) -> None:
    """Refuse a column that no model has; guess which is meant."""
    from empatune.behaviour.trials import ORDER, PERSON

    known = [PERSON, ORDER, "session", *(each for one in models for each in one.needed)]
    known = list(dict.fromkeys(known))
    if name in known or _scheduled(name) in known:
        return
    close, theirs = difflib.get_close_matches(name, known, n=1), columns.get(name, "")
    if theirs in known:
        hint = f" Ours comes first: did you mean {theirs}={name}?"
    else:
        hint = f" Did you mean {close[0]}{f'={theirs}' if theirs else ''}?" if close else ""
    raise UsageError(
        f"{option} names {name}, which {', '.join(one.name for one in models)} does not have.{hint} "
        f"Columns: {', '.join(known)}."
    )


def _scheduled(name: str) -> str:
    """Give the column of which this one tells what either choice would have brought."""
    return name.removesuffix("_0").removesuffix("_1")


def _check_labels(name: str, own: Mapping[str, str], models: Sequence[Model]) -> None:
    """Refuse labels that the column does not have, and numbers that are none."""
    found = [
        column
        for model in models
        for column in (*model.columns, *model.response.columns)
        if column.name == _scheduled(name) and name != "session"
    ]
    for theirs, ours in own.items() if found else ():
        if any(_holds(column, ours) for column in found):
            continue
        levels = list(dict.fromkeys(level for column in found for level in column.levels))
        turned = any(_holds(column, theirs) for column in found)
        hint = f" Yours comes first: did you mean {name}:{ours}={theirs}?" if turned else ""
        what = f"has {', '.join(levels)}" if levels else "holds numbers"
        raise UsageError(f"--labels {name}:{theirs}={ours}: {name} {what}, not '{ours}'.{hint}")


def _holds(column: Column, word: str) -> bool:
    """Tell whether a column can hold this."""
    return word in column.levels if column.levels else _number(word) is not None


def _pairs(words: Sequence[str], option: str) -> list[tuple[str, str]]:
    """Take ``a=b,c=d`` apart."""
    found = []
    for part in (part for word in words for part in word.split(",") if part.strip()):
        left, equals, right = part.partition("=")
        if not (left.strip() and equals and right.strip()):
            raise UsageError(f"{option}: '{part}' is not NAME=VALUE.")
        found.append((left.strip(), right.strip()))
    return found


def _number(word: str) -> float | None:
    """Read a number, if it is one."""
    try:
        return float(word)
    except ValueError:
        return None


def _factor(name: str, word: str) -> float:
    """Read a factor."""
    found = _number(word)
    if found is None:
        raise UsageError(f"--scale {name}={word}: '{word}' is no number.")
    return found
