"""People of a paradigm: its trials as the model of motives takes them, and what they then do."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from empatune.core import FEATURE_NAMES
from empatune.motives import Experiment, Simulated, population, simulate
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """One seed for each thing that varies in a study, all from the study's own.

    Parameters
    ----------
    trials, people, answers, scans : int
        Of the draw of trials, of people, of what varies in them from trial to trial, and of the
        scanner.
    """

    trials: int
    people: int
    answers: int
    scans: int

    @classmethod
    def of(cls, paradigm: Paradigm, seed: int) -> Seeds:
        """Derive them.

        Parameters
        ----------
        paradigm : Paradigm
            The paradigm: the same seed means other people in another paradigm.
        seed : int
            The study's.

        Returns
        -------
        Seeds
            The seeds.
        """
        sequence = np.random.SeedSequence([seed, zlib.crc32(paradigm.name.encode())])
        return cls(**dict(zip(cls.__slots__, map(int, sequence.generate_state(4)), strict=True)))


def draw_people(
    layout: Layout,
    *,
    seed: int,
    parameters: Mapping[str, float],
    groups: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, FloatArray]:
    """Draw the people of an experiment.

    Parameters
    ----------
    layout : Layout
        The trials, which say who is in which group.
    seed : int
        Seed.
    parameters : mapping of str to float
        Values that replace the model's defaults [their units].
    groups : mapping of str to mapping, optional
        By group, values for its people alone.

    Returns
    -------
    dict of str to ndarray, shape (n_people,)
        Parameters of the model.

    Raises
    ------
    UsageError
        If a parameter is unknown, or its value is not possible.
    """
    n = len(layout.there)
    people = population(n, seed=seed, overrides=parameters)
    member = layout.table.groupby("participant", observed=True)["group"].first().astype(str)
    for group, own in (groups or {}).items():
        others = population(n, seed=seed, overrides={**parameters, **own})
        inside = (member == group).to_numpy()
        people = {name: np.where(inside, others[name], people[name]) for name in people}
    return people


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """People who went through a paradigm.

    Parameters
    ----------
    paradigm : Paradigm
        The paradigm.
    layout : Layout
        Their trials.
    people : dict of str to ndarray, shape (n_people,)
        Their parameters, which no study knows.
    simulated : Simulated
        What they felt, answered and chose.
    seeds : Seeds
        Where they come from.
    """

    paradigm: Paradigm
    layout: Layout
    people: dict[str, FloatArray]
    simulated: Simulated
    seeds: Seeds

    @property
    def labels(self) -> tuple[str, ...]:
        """Participants' labels, in the order of the arrays."""
        return tuple(map(str, self.layout.table["participant"].cat.categories))


def simulate_cohort(
    paradigm: Paradigm,
    *,
    n: int | None = None,
    seed: int = 0,
    parameters: Mapping[str, float] | None = None,
) -> Cohort:
    """Take people through a paradigm.

    Parameters
    ----------
    paradigm : Paradigm
        The paradigm.
    n : int, optional
        How many people; those of the paradigm if not given.
    seed : int
        Seed of trials, people and all that varies; a claim that is checked with it meets the
        same people.
    parameters : mapping of str to float, optional
        Values that replace the model's defaults, as the middle of the population [their units].

    Returns
    -------
    Cohort
        The people and all they did.

    Raises
    ------
    UsageError
        If a parameter is unknown, or its value is not possible.
    ParadigmError
        If there are fewer people than groups.
    """
    seeds = Seeds.of(paradigm, seed)
    layout = Layout.of(paradigm.draw(n, seeds.trials))
    people = draw_people(layout, seed=seeds.people, parameters=parameters or {})
    simulated = simulate(people, to_experiment(layout, paradigm), seed=seeds.answers)
    return Cohort(paradigm=paradigm, layout=layout, people=people, simulated=simulated, seeds=seeds)
