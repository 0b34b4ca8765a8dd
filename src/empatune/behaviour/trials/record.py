"""Trials of many people as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from empatune.typing import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials:
    """Trials of many people, filled up to the longest.

    Attributes
    ----------
    people : tuple of str
        Who.
    columns : mapping of str to ndarray, shape (n_people, n_trials)
        What happened; 0 where a trial does not count.
    answered : ndarray of bool, shape (n_people, n_trials)
        Which trials count: there, and with a response.
    rows : ndarray of int, shape (n_people, n_trials)
        Where each trial stood in the table; -1 beyond the last.
    """

    people: tuple[str, ...]
    columns: Mapping[str, FloatArray]
    answered: BoolArray
    rows: FloatArray

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.people)

    @property
    def n_answered(self) -> FloatArray:
        """Trials that count, shape (n_people,)."""
        counted: FloatArray = self.answered.sum(axis=1)
        return counted

    @property
    def n_missed(self) -> FloatArray:
        """Trials without a response, shape (n_people,)."""
        there: FloatArray = (self.rows >= 0).sum(axis=1)
        return there - self.n_answered

    def arrays(self) -> dict[str, FloatArray | BoolArray]:
        """
        Give the columns with ``answered`` among them.

        Returns
        -------
        dict of str to ndarray, shape (n_people, n_trials)
            What a model is scored on.
        """
        return {**self.columns, "answered": self.answered}

    def take(self, chosen: FloatArray | Sequence[int]) -> Trials:
        """
        Take some people.

        Parameters
        ----------
        chosen : sequence of int
            Their places.

        Returns
        -------
        Trials
            Their trials.
        """
        places = np.asarray(chosen, int)
        return Trials(
            people=tuple(self.people[place] for place in places),
            columns={name: values[places] for name, values in self.columns.items()},
            answered=self.answered[places],
            rows=self.rows[places],
        )
