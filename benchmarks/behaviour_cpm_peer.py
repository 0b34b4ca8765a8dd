"""Maximum likelihood of a two-armed learning task by cpm-toolbox: the peer of behaviour_fitting.py.

    PYTHON benchmarks/behaviour_cpm_peer.py TRIALS.npz N_STARTS

PYTHON is that of an environment with `cpm-toolbox[numba]`; this file needs nothing of empatune.
Prints JSON: seconds of the first fit (with compilation) and of a second one, and each person's
negative log likelihood.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import pandas as pd
from cpm.applications.reinforcement_learning import RLRW
from cpm.optimisation import FminBound, minimise

BOUNDS = [[0.25, 0.0, 1.0], [5.0, 0.0, 100.0]]


def table_of(path: str) -> pd.DataFrame:
    trials = np.load(path)
    choices, earned, other = (trials[name] for name in ("choice", "outcome_1", "outcome_0"))
    n_people, n_trials = choices.shape
    return pd.DataFrame(
        {
            "ppt": np.repeat(np.arange(n_people), n_trials),
            "arm_left": 1,
            "arm_right": 2,
            "reward_left": other.ravel(),
            "reward_right": earned.ravel(),
            "response": choices.ravel().astype(int),
            "observed": choices.ravel().astype(int),
        }
    )


def fit(table: pd.DataFrame, n_starts: int) -> tuple[float, list[float]]:
    began = time.perf_counter()
    model = RLRW(data=table[table.ppt == 0], dimensions=2, parameters_settings=BOUNDS)
    search = FminBound(
        model=model,
        data=table,
        ppt_identifier="ppt",
        number_of_starts=n_starts,
        minimisation=minimise.LogLikelihood.bernoulli,
        approx_grad=True,
    )
    search.optimise()
    took = time.perf_counter() - began
    return took, [float(one["fun"]) for one in search.fit]


def main() -> None:
    table, n_starts = table_of(sys.argv[1]), int(sys.argv[2])
    first, _ = fit(table, n_starts)
    again, scored = fit(table, n_starts)
    print(json.dumps({"first_s": first, "again_s": again, "negative_log_likelihood": scored}))


if __name__ == "__main__":
    main()
