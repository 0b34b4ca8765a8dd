"""From the trials of a paradigm to what the model of motives takes, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from empatune.claims.records import Switch
from empatune.core import FEATURE_NAMES, check_feature
from empatune.motives import Experiment, population
from empatune.paradigms import Paradigm
from empatune.typing import Array, BoolArray, FloatArray, IntArray

TRAINED = ("training_sharing", "training_concern", "training_mentalizing")
"""Columns of the trainings that change gains, in the model's order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """Where each trial of a table stands when all people are in one array.

    Parameters
    ----------
    table : DataFrame
        The trials, a row each, in the order in which each person meets them.
    person, place : ndarray of int, shape (n_rows,)
        Which person, and which of their trials.
    there : ndarray of bool, shape (n_people, n_trials)
        False where a person has fewer trials than others.
    """

    table: pd.DataFrame
    person: IntArray
    place: IntArray
    there: BoolArray

    @classmethod
    def of(cls, table: pd.DataFrame) -> Layout:
        """Lay a table out.

        Parameters
        ----------
        table : DataFrame
            As ``Paradigm.draw`` gives it.

        Returns
        -------
        Layout
            The layout.
        """
        person = table["participant"].cat.codes.to_numpy().astype(np.int64)
        place = table.groupby("participant", observed=True).cumcount().to_numpy()
        there = np.zeros((person.max() + 1, place.max() + 1), dtype=bool)
        there[person, place] = True
        return cls(table=table, person=person, place=place, there=there)

    def spread(self, values: Array, fill: float) -> Array:
        """Bring a column into the array of people and trials.

        Parameters
        ----------
        values : ndarray, shape (n_rows, ...)
            A column.
        fill : float
            What stands where there is no trial.

        Returns
        -------
        ndarray, shape (n_people, n_trials, ...)
            The same.
        """
        whole = np.full((*self.there.shape, *values.shape[1:]), fill, dtype=values.dtype)
        whole[self.person, self.place] = values
        return whole

    def gather(self, values: FloatArray) -> FloatArray:
        """Bring an array of people and trials back to rows.

        Parameters
        ----------
        values : ndarray, shape (n_people, n_trials)
            One value a trial.

        Returns
        -------
        ndarray, shape (n_rows,)
            The same, in the order of the table.
        """
        rows: FloatArray = values[self.person, self.place]
        return rows

    def codes(self, column: str) -> IntArray:
        """Turn the words of a column into numbers.

        Parameters
        ----------
        column : str
            A column of words.

        Returns
        -------
        ndarray of int, shape (n_rows,)
            Numbers in the order of the design; -1 where there is none.
        """
        return np.asarray(self.table[column].cat.codes.to_numpy(), dtype=np.int64)


def to_experiment(layout: Layout, paradigm: Paradigm) -> Experiment:
    """Make a paradigm's trials an experiment of the model.

    Parameters
    ----------
    layout : Layout
        The trials.
    paradigm : Paradigm
        The paradigm.

    Returns
    -------
    Experiment
        The experiment.
    """
    table = layout.table
    likeness = paradigm.likeness()
    return Experiment(
        situation=layout.spread(table[list(FEATURE_NAMES)].to_numpy(dtype=float), 0.0),
        target=layout.spread(layout.codes("target"), -1),
        outcome=layout.spread(table["outcome"].to_numpy(dtype=float), np.nan),
        cue=layout.spread(layout.codes("cue"), -1),
        training=layout.spread(table[list(TRAINED)].to_numpy(dtype=float), 0.0),
        feedback=layout.spread(table["feedback"].to_numpy(dtype=float), 0.0),
        alike=likeness if likeness.size else np.eye(1),
    )


def with_features(table: pd.DataFrame, features: Mapping[str, float]) -> pd.DataFrame:
    """Give every trial the same value of some features.

    Parameters
    ----------
    table : DataFrame
        Trials.
    features : mapping of str to float
        Features and their values.

    Returns
    -------
    DataFrame
        The trials.
    """
    checked = {name: check_feature(name, value, where="claim") for name, value in features.items()}
    return table.assign(**checked)


def people_of(
    layout: Layout,
    *,
    seed: int,
    switch: Switch,
) -> dict[str, FloatArray]:
    """Draw the people of an experiment.

    Parameters
    ----------
    layout : Layout
        The trials, which say who is in which group.
    seed : int
        Seed.
    switch : Switch
        Which parameters differ from their defaults, for everybody or a group.

    Returns
    -------
    dict of str to ndarray, shape (n_people,)
        Parameters of the model.
    """
    n = len(layout.there)
    people = population(n, seed=seed, overrides=switch.parameters)
    member = layout.table.groupby("participant", observed=True)["group"].first().astype(str)
    for group, own in switch.groups.items():
        others = population(n, seed=seed, overrides={**switch.parameters, **own})
        inside = (member == group).to_numpy()
        people = {name: np.where(inside, others[name], people[name]) for name in people}
    return people
