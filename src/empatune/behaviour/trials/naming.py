"""What a table calls its columns and labels, and in which units it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PERSON = "participant"
"""The column that tells people apart."""

ORDER = "trial"
"""The column that numbers trials; a table may lack it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a table's own names, labels and units become those of a model.

    Attributes
    ----------
    columns : mapping of str to str
        The table's name of a column, by ours (``participant``, ``trial``, those of the model).
    labels : mapping of str to mapping of str to str
        By our column, our label for each of the table's.
    scale : mapping of str to float
        By our column, what numbers are multiplied by (rt in milliseconds: 0.001).
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """
        Give the table's name of a column.

        Parameters
        ----------
        name : str
            Our name.

        Returns
        -------
        str
            The table's.
        """
        return self.columns.get(name, name)
