"""What a classifier learns from: numbers of recordings, who they are of, and which motive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from empatune.errors import TrainingError
from empatune.typing import BoolArray, FloatArray, IntArray

FEWEST_PEOPLE = 4
"""Each motive needs at least so many people."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cases:
    """Recordings described by numbers, with people and motives.

    Attributes
    ----------
    features : tuple of str
        Names of the numbers.
    values : ndarray, shape (n_cases, n_features)
        The numbers.
    labels : tuple of str
        Motive of each case.
    people : tuple of str
        Whose each case is; a person is held out whole.
    classes : (str, str)
        The motives; scores above 0 speak for the second.
    runs : tuple of str
        Which recording of the person each case is of; empty where there is one.
    """

    features: tuple[str, ...]
    values: FloatArray
    labels: tuple[str, ...]
    people: tuple[str, ...]
    classes: tuple[str, str]
    runs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what nothing can be learnt from."""
        object.__setattr__(self, "values", np.asarray(self.values, float))
        n = len(self.labels)
        object.__setattr__(self, "runs", self.runs or ("",) * n)
        if self.values.shape != (n, len(self.features)) or len(self.people) != n:
            raise TrainingError(
                f"{n} labels, {len(self.people)} people and {len(self.features)} features need "
                f"values of shape {(n, len(self.features))}; given: {self.values.shape}."
            )
        if not self.features:
            raise TrainingError("No features were given. Name at least one parameter.")
        bad = np.argwhere(~np.isfinite(self.values))
        if bad.size:
            row, column = bad[0]
            raise TrainingError(
                f"{self.features[column]} of {self.people[row]} is not a finite number ("
                f"{len(bad)} such values). Leave failed fits out."
            )
        same = np.flatnonzero(np.ptp(self.values, axis=0) == 0)
        if same.size:
            raise TrainingError(
                f"{self.features[same[0]]} is the same in every case: it is fixed, not "
                f"estimated. Choose other features."
            )
        self._check_classes()

    @property
    def positive(self) -> BoolArray:
        """Which cases are of the second motive, shape (n_cases,)."""
        return np.array([label == self.classes[1] for label in self.labels])

    @property
    def groups(self) -> IntArray:
        """Number of each case's person, shape (n_cases,)."""
        return np.unique(self.people, return_inverse=True)[1]

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(set(self.people))

    @property
    def within(self) -> bool:
        """Whether everybody has both motives, equally often."""
        return _is_within(self.positive, self.groups)

    def _check_classes(self) -> None:
        """Refuse labels that are not of two classes, or mixed designs."""
        found = set(self.labels)
        if found != set(self.classes):
            raise TrainingError(
                f"A classifier tells two motives apart; the labels are: "
                f"{', '.join(sorted(found)) or 'none'}. Choose two."
            )
        counts = [
            len({p for p, lab in zip(self.people, self.labels, strict=True) if lab == name})
            for name in self.classes
        ]
        if min(counts) < FEWEST_PEOPLE:
            raise TrainingError(
                f"{self.classes[0]} has {counts[0]} people and {self.classes[1]} {counts[1]}; at "
                f"least {FEWEST_PEOPLE} of each are needed to hold one out."
            )
        if not (self.within or _is_between(self.positive, self.groups)):
            raise TrainingError(
                "Either everybody must have one motive (two groups), or everybody both equally "
                "often (within people). These cases are mixed: leave people out."
            )


def arrange(
    features: Sequence[str],
    values: FloatArray,
    *,
    labels: Sequence[str],
    people: Sequence[str],
    positive: str = "",
    runs: Sequence[str] = (),
) -> Cases:
    """
    Put cases together.

    Parameters
    ----------
    features : sequence of str
        Names of the numbers.
    values : ndarray, shape (n_cases, n_features)
        The numbers.
    labels : sequence of str
        Motive of each case, two in all.
    people : sequence of str
        Whose each case is.
    positive : str
        Motive for which scores above 0 shall speak; the last in the alphabet if not given.
    runs : sequence of str
        Which recording of the person each case is of.

    Returns
    -------
    Cases
        The cases.

    Raises
    ------
    TrainingError
        If there are not two motives, or not enough people.
    """
    names = sorted(set(labels))
    if len(names) != 2 or positive not in ("", *names):
        wanted = f" and one of them must be '{positive}'" if positive else ""
        raise TrainingError(
            f"A classifier tells two motives apart{wanted}; the labels are: "
            f"{', '.join(names) or 'none'}."
        )
    first, second = names if positive in ("", names[1]) else reversed(names)
    return Cases(
        features=tuple(features),
        values=values,
        labels=tuple(labels),
        people=tuple(people),
        classes=(first, second),
        runs=tuple(runs),
    )


def _shares(positive: BoolArray, groups: IntArray) -> FloatArray:
    """Give each person's share of the second motive."""
    shares: FloatArray = np.bincount(groups, positive) / np.bincount(groups)
    return shares


def _is_within(positive: BoolArray, groups: IntArray) -> bool:
    return bool(np.all(_shares(positive, groups) == 0.5))


def _is_between(positive: BoolArray, groups: IntArray) -> bool:
    return bool(np.all(np.isin(_shares(positive, groups), (0.0, 1.0))))
