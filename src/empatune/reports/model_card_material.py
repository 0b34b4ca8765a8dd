"""What a model card is written from, and the words that all its sections share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from empatune.exports.statistics import Estimate
from empatune.reports import brain
from empatune.reports.markup import NOTHING, interval, number
from empatune.signatures.training.reading import Saved

LEVEL = 0.05
"""Permutation p from which on a measure is not called better than chance."""

FEWEST_CHOICES = 8
"""Forced choice in fewer groups than this takes too few values to be told first."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """A saved signature, and what its map is drawn on.

    Parameters
    ----------
    saved : Saved
        The signature.
    path : Path
        Its map.
    ground : Ground or None
        What the map is drawn on; None for the template in MNI space.
    """

    saved: Saved
    path: Path
    ground: brain.Ground | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The JSON of the card."""
        return self.saved.card.content

    @property
    def name(self) -> str:
        """The signature's name."""
        return self.saved.card.name

    @property
    def outcome(self) -> str:
        """What is predicted."""
        return str(self.facts["data"]["outcome"]["name"])

    @property
    def classes(self) -> tuple[str, str] | None:
        """The classes, that of lower responses first; None for ratings."""
        found = self.facts["data"]["outcome"].get("classes")
        if found is None:
            return None
        first, second = found
        return first, second

    @property
    def unit(self) -> str:
        """What one group is."""
        return str(self.facts["data"]["group_name"])

    @property
    def measures(self) -> dict[str, Any]:
        """The measures by their names."""
        found: dict[str, Any] = self.facts["measures"]
        return found

    @property
    def leading(self) -> str:
        """The measure that is told first: over people's own differences if the design has them."""
        few = self.facts["data"]["n_groups"] < FEWEST_CHOICES
        choices = ("auc", "forced_choice") if few else ("forced_choice", "auc")
        order = choices if self.classes else ("r_within", "r")
        return next(name for name in (*order, *self.measures) if name in self.measures)

    def estimate(self, name: str) -> Estimate:
        """Return a measure with its interval.

        Parameters
        ----------
        name : str
            The measure.

        Returns
        -------
        Estimate
            Its value.
        """
        return estimate(self.measures[name])


def estimate(found: dict[str, Any]) -> Estimate:
    """Read a value with its interval.

    Parameters
    ----------
    found : dict
        Value, low, high; None where they are not known.

    Returns
    -------
    Estimate
        With NaN where they are not known.
    """
    value, low, high = (np.nan if found[k] is None else found[k] for k in ("value", "low", "high"))
    return Estimate(value=value, low=low, high=high, n=0)


def told(found: dict[str, Any]) -> str:
    """Write a measure as a sentence has it.

    Parameters
    ----------
    found : dict
        Label, value, low, high, p.

    Returns
    -------
    str
        Such as ``r within groups 0.81 [0.64, 0.93], p = 0.001``.
    """
    p = found.get("p")
    ending = "" if p is None else f", {'p < 0.001' if p < 0.001 else f'p = {p:.3f}'}"
    return f"{found['label']} {interval(estimate(found))}{ending}"


def scheme_words(material: Material) -> str:
    """Write how images were held out.

    Parameters
    ----------
    material : Material
        The signature.

    Returns
    -------
    str
        With the name of the unit.
    """
    scheme = str(material.facts["cross_validation"]["scheme"])
    return scheme.replace("one group", f"one {material.unit}")


def plural(n: int, word: str) -> str:
    """Write a count with its noun.

    Parameters
    ----------
    n : int
        The count.
    word : str
        The noun, singular.

    Returns
    -------
    str
        Such as ``3 participants``.
    """
    return f"{n} {word if n == 1 else several(word)}"


def several(word: str) -> str:
    """Write the plural of a noun.

    Parameters
    ----------
    word : str
        The noun, such as ``study`` or ``set of blocks``.

    Returns
    -------
    str
        Its plural.
    """
    head, of, rest = word.partition(" of ")
    if head.endswith("y") and head[-2:-1] not in "aeiou":
        return f"{head[:-1]}ies{of}{rest}"
    return f"{head}s{of}{rest}"


def probability(p: float | None) -> str:
    """Write a p value as a table has it.

    Parameters
    ----------
    p : float or None
        The value.

    Returns
    -------
    str
        A dash if there is none.
    """
    if p is None:
        return NOTHING
    return "< 0.001" if p < 0.001 else number(p, 3)


def plain(cell: object) -> object:
    """Make what pandas gives into what a table shows.

    Parameters
    ----------
    cell : object
        A cell.

    Returns
    -------
    object
        A dash for what is not known.
    """
    if isinstance(cell, np.integer):
        return int(cell)
    if isinstance(cell, float):
        return float(cell) if np.isfinite(cell) else NOTHING
    return cell
