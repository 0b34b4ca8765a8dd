"""Simulated learners, shared by tests of models of behaviour."""

from functools import lru_cache

import numpy as np

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.simulation import simulate
from empatune.behaviour.trials import Trials


@lru_cache
def learners(n_people=24, n_trials=120, seed=1):
    """Simulate people whose better cue changes every 20 trials; give truth and trials."""
    rng = np.random.default_rng(seed)
    shape = (n_people, n_trials)
    good = np.where(np.arange(n_trials) // 20 % 2 == 0, 0.8, 0.2)
    empty = {name: np.zeros(shape) for name in ("outcome", "block", "recipient", "choice")}
    trials = Trials(
        people=tuple(f"p{number}" for number in range(n_people)),
        columns={
            **empty,
            "outcome_1": (rng.random(shape) < good).astype(float),
            "outcome_0": (rng.random(shape) < 1 - good).astype(float),
        },
        answered=rng.random(shape) > 0.03,
        rows=np.arange(n_people * n_trials).reshape(shape),
    )
    truth = {
        "rate": 1 / (1 + np.exp(-rng.normal(-1, 0.8, n_people))),
        "precision": np.exp(rng.normal(1.2, 0.4, n_people)),
    }
    return truth, simulate(find_model("learning"), truth, trials, seed=seed)


def as_table(trials):
    """Write trials as a tidy table, missed ones with empty cells."""
    import pandas as pd

    n_trials = trials.answered.shape[1]
    columns = {name: trials.columns[name].ravel() for name in ("choice", "outcome", "block")}
    table = pd.DataFrame(
        {
            "participant": np.repeat(trials.people, n_trials),
            "trial": np.tile(np.arange(1, n_trials + 1), trials.n_people),
            **columns,
            "recipient": "self",
        }
    )
    table.loc[~trials.answered.ravel(), ["choice", "outcome"]] = np.nan
    return table
