"""A contrast: which trials are compared with which, by the words of the events files."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Self

from empatune.errors import UsageError

LARGEST_DEFAULT = 6
"""Up to this many conditions, all pairs are compared if no contrast is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Trials of some levels of a column minus trials of others, every level with equal weight.

    Parameters
    ----------
    column : str
        A column of the trial table, such as ``trial_type`` or ``motive``.
    plus : tuple of str
        Levels on the positive side.
    minus : tuple of str
        Levels on the negative side.

    Raises
    ------
    UsageError
        If a side is empty or a level stands on both.
    """

    column: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.plus or not self.minus:
            raise UsageError(
                f"A contrast of '{self.column}' needs levels on both sides; given "
                f"{self.plus} minus {self.minus}."
            )
        levels = (*self.plus, *self.minus)
        if len(set(levels)) < len(levels):
            raise UsageError(f"The contrast '{self.name}' names a level twice.")

    @property
    def name(self) -> str:
        """The contrast as users write it."""
        return f"{self.column}: {' + '.join(self.plus)} - {' + '.join(self.minus)}"

    @property
    def levels(self) -> tuple[str, ...]:
        """Every level, those of the positive side first."""
        return (*self.plus, *self.minus)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a contrast as users write it.

        Parameters
        ----------
        text : str
            Such as ``motive: empathy + multi - control``, blanks around the signs; without a
            column it is one of ``trial_type``.

        Returns
        -------
        Contrast
            The contrast.

        Raises
        ------
        UsageError
            If it cannot be read.
        """
        column, colon, sides = text.partition(": ")
        if not colon:
            column, sides = "trial_type", text
        parts = [part.strip() for part in sides.split(" - ")]
        if len(parts) != 2 or not all(parts) or not column.strip():
            raise UsageError(
                f"'{text}' is not a contrast. Write COLUMN: LEVEL - LEVEL with blanks around the "
                "minus, several levels of a side joined by ' + ', such as "
                "'motive: empathy + multi - control'."
            )
        plus, minus = (tuple(word.strip() for word in part.split(" + ")) for part in parts)
        return cls(column=column.strip(), plus=plus, minus=minus)


def pairs(column: str, levels: list[str]) -> tuple[Contrast, ...]:
    """Compare every two levels of a column.

    Parameters
    ----------
    column : str
        The column.
    levels : list of str
        Its levels.

    Returns
    -------
    tuple of Contrast
        All pairs, the level that comes first in the alphabet on the positive side.

    Raises
    ------
    UsageError
        If there are fewer than two levels, or too many to compare them all.
    """
    if len(levels) < 2:
        found = f"only '{levels[0]}'" if levels else "nothing"
        raise UsageError(
            f"The column '{column}' holds {found}: there is nothing to compare. Name a contrast "
            "of another column, such as 'motive: empathy - control'."
        )
    if len(levels) > LARGEST_DEFAULT:
        raise UsageError(
            f"The column '{column}' holds {len(levels)} conditions: too many to compare all pairs "
            f"(at most {LARGEST_DEFAULT}). Name the contrasts that you mean. Conditions: "
            f"{', '.join(levels)}."
        )
    return tuple(
        Contrast(column=column, plus=(one,), minus=(other,))
        for one, other in itertools.combinations(sorted(levels), 2)
    )
