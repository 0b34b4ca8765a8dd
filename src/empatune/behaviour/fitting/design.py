"""Covariates of people, as regressors on their parameters."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from empatune.behaviour.trials import PERSON
from empatune.behaviour.wording import counted, first_of
from empatune.errors import BehaviourError
from empatune.typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Regressors of people.

    Attributes
    ----------
    people : tuple of str
        Who.
    regressors : tuple of str
        ``mean``, then covariates.
    rows : ndarray, shape (n_people, n_regressors)
        Ones, then covariates.
    centres, widths : ndarray, shape (n_regressors,), or None
        What rows were made with: in its own unit a covariate is ``centres + widths * rows``.
    against : tuple of str
        Of each regressor of a label, the label that it is compared with; empty for others.
    """

    people: tuple[str, ...]
    regressors: tuple[str, ...]
    rows: FloatArray
    centres: FloatArray | None = None
    widths: FloatArray | None = None
    against: tuple[str, ...] = ()

    @classmethod
    def mean_of(cls, people: Sequence[str]) -> Design:
        """
        Make the design without covariates.

        Parameters
        ----------
        people : sequence of str
            Who.

        Returns
        -------
        Design
            A mean for all.
        """
        return cls(people=tuple(people), regressors=("mean",), rows=np.ones((len(people), 1)))

    def rows_of(self, people: Sequence[str]) -> FloatArray:
        """
        Give the regressors of some people in their order.

        Parameters
        ----------
        people : sequence of str
            Who.

        Returns
        -------
        ndarray, shape (n_people, n_regressors)
            Their regressors.

        Raises
        ------
        BehaviourError
            If somebody has none.
        """
        places = {person: place for place, person in enumerate(self.people)}
        absent = [person for person in people if person not in places]
        if absent:
            raise BehaviourError(
                f"{counted(len(absent), 'participant has', 'participants have')} trials and no "
                f"complete covariates: {first_of(absent)}. Add them to the table of people, or take "
                f"their trials out."
            )
        rows: FloatArray = self.rows[[places[person] for person in people]]
        return rows


def design_of(table: pd.DataFrame, covariates: Sequence[str], *, person: str = PERSON) -> Design:
    """
    Make regressors from a table of people.

    Numbers are standardised (mean 0, standard deviation 1), so that an effect is per standard
    deviation; of labels the first in alphabetical order is the reference, and each other gets a
    regressor of 1 and 0, centred, so that ``mean`` stays the mean of all.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a person.
    covariates : sequence of str
        Columns to use.
    person : str
        The column that tells people apart.

    Returns
    -------
    Design
        Regressors; people with an empty covariate have none.

    Raises
    ------
    BehaviourError
        If a column is missing or holds one value only, or a person has two rows.
    """
    absent = [name for name in (person, *covariates) if name not in table.columns]
    if absent:
        has = [str(name) for name in table.columns]
        close = difflib.get_close_matches(absent[0], has, n=1)
        raise BehaviourError(
            f"The table of people lacks {', '.join(absent)}. It has: {', '.join(has)}."
            + (f" Did you mean {close[0]}?" if close else "")
        )
    complete = table.dropna(subset=list(covariates))
    people = complete[person].astype(str)
    if people.duplicated().any():
        raise BehaviourError(
            f"The table of people has two rows of {people[people.duplicated()].iloc[0]}. Give "
            f"each one row."
        )
    made = [one for name in covariates for one in _regressors(complete, name)]
    names, columns, centres, widths, against = zip(
        ("mean", np.ones(len(complete)), 0.0, 1.0, ""), *made, strict=True
    )
    return Design(
        people=tuple(people),
        regressors=names,
        rows=np.stack(columns, axis=1),
        centres=np.array(centres),
        widths=np.array(widths),
        against=against,
    )


def _regressors(table: pd.DataFrame, name: str) -> list[tuple[str, FloatArray, float, float, str]]:
    """Make the regressors of one covariate: names, values, and what they were made with."""
    import pandas as pd

    values = table[name]
    if values.nunique() < 2:
        raise BehaviourError(
            f"Covariate {name} has the same value for all {len(table)} people whose covariates are "
            f"complete, so it explains nothing. Leave it out."
        )
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(float)
        centre, width = float(numbers.mean()), float(numbers.std(ddof=1))
        return [(name, (numbers - centre) / width, centre, width, "")]
    labels = values.astype(str)
    first, *others = sorted(labels.unique())
    made = []
    for label in others:
        hot = (labels == label).to_numpy(float)
        made.append((f"{name}[{label}]", hot - hot.mean(), float(hot.mean()), 1.0, first))
    return made
