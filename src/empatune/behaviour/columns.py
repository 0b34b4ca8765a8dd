"""Columns that a model needs of a table of trials: numbers, or labels from a list."""

from __future__ import annotations

import math
from dataclasses import dataclass

from empatune.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table of trials.

    Attributes
    ----------
    name : str
        Its name.
    summary : str
        What it holds, in a few words.
    unit : str
        Its unit; empty if it has none.
    levels : tuple of str
        Labels that it may hold, for a column of labels; a model sees their places, 0, 1, ...
    optional : bool
        Whether a table may lack it; a model then sees 0 everywhere.
    empty : float or None
        What an empty cell means to the model; None where a cell must not be empty.
    lower, upper : float
        Bounds of its numbers; infinite where there is none. A response far outside is on another
        scale than the model's, and refused; of any other column a caution is given.
    earned : bool
        Whether it follows from the choice. Simulated people then need what each choice would have
        brought, in columns of this name with ``_0`` and ``_1``.
    """

    name: str
    summary: str
    unit: str = ""
    levels: tuple[str, ...] = ()
    optional: bool = False
    empty: float | None = None
    lower: float = -math.inf
    upper: float = math.inf
    earned: bool = False

    def __post_init__(self) -> None:
        """Refuse labels that are given twice, and bounds in the wrong order."""
        if len(set(self.levels)) < len(self.levels):
            raise UsageError(f"Column {self.name} has a level twice: {', '.join(self.levels)}.")
        if not self.lower < self.upper:
            raise UsageError(
                f"Column {self.name}: lower {self.lower:g} must be below upper {self.upper:g}."
            )
