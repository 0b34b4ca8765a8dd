"""From the trials of a paradigm, and what a claim switches, to what the model takes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from empatune.claims.records import Switch
from empatune.core import check_feature
from empatune.simulation.cohort import TRAINED, Layout, draw_people, to_experiment
from empatune.typing import FloatArray

__all__ = ["TRAINED", "Layout", "people_of", "to_experiment", "with_features"]


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


def people_of(layout: Layout, *, seed: int, switch: Switch) -> dict[str, FloatArray]:
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
    return draw_people(layout, seed=seed, parameters=switch.parameters, groups=switch.groups)
