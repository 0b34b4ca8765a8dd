"""A contrast: which trials are compared with which, by the words of the events files."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Self

from empatune.errors import UsageError

TIMES, AND = " x ", " & "
"""What joins the names of crossed columns, and of their levels."""

LARGEST_DEFAULT = 6
"""Up to this many conditions, all pairs are compared if no contrast is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Trials of some levels of a column minus trials of others, every level with equal weight.

    An interaction is a contrast of two crossed columns: of the cells of both effects, those in
    which both are on the same side minus the others, which is half the difference of differences.

    Parameters
    ----------
    column : str
        A column of the trial table, such as ``trial_type``, or two: ``trial_type x motive``.
    plus : tuple of str
        Levels on the positive side; of two columns ``pain & empathy``.
    minus : tuple of str
        Levels on the negative side.
    crossed : tuple of Contrast, or None
        The two effects of an interaction.

    Raises
    ------
    UsageError
        If a side is empty or a level stands on both.
    """

    column: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]

    crossed: tuple[Contrast, Contrast] | None = None

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
        if self.crossed:
            return TIMES.join(each.name for each in self.crossed)
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
            column it is one of ``trial_type``. Two of them, joined by `` x ``, are their
            interaction: ``trial_type: pain - neutral x motive: empathy - control``.

        Returns
        -------
        Contrast
            The contrast.

        Raises
        ------
        UsageError
            If it cannot be read.
        """
        effects = text.split(TIMES)
        if len(effects) == 2:
            return cls.cross(cls.parse(effects[0]), cls.parse(effects[1]))
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

    @classmethod
    def cross(cls, one: Contrast, other: Contrast) -> Self:
        """Make the interaction of two contrasts.

        Parameters
        ----------
        one, other : Contrast
            Contrasts of two columns, with one level a side.

        Returns
        -------
        Contrast
            Whether the first effect is larger on the positive side of the second.

        Raises
        ------
        UsageError
            If they are of one column, have several levels on a side, or are interactions.
        """
        if one.crossed or other.crossed or len({*one.levels, *other.levels}) != 4:
            raise UsageError(
                f"'{one.name}{TIMES}{other.name}' is no interaction that can be estimated: cross two "
                "contrasts with one level a side, such as "
                "'trial_type: pain - neutral x motive: empathy - control'."
            )
        if one.column == other.column:
            raise UsageError(f"An interaction needs two columns; both are '{one.column}'.")
        a, b = one.levels
        c, d = other.levels
        return cls(
            column=one.column + TIMES + other.column,
            plus=(a + AND + c, b + AND + d),
            minus=(a + AND + d, b + AND + c),
            crossed=(one, other),
        )


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
