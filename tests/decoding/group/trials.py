"""Trial tables of simulated people for tests of the group level."""

from __future__ import annotations

import numpy as np
import pandas as pd


def trial_table(
    effects,
    *,
    n_people=12,
    n_runs=2,
    n_trials=10,
    sd_slope=0.4,
    sd_intercept=1.0,
    noise=1.0,
    conditions=("pain", "neutral"),
    scale=1.0,
    systems=("mentalizing",),
    seed=0,
) -> pd.DataFrame:
    """Make trials in which the first condition adds ``effects[name]`` to a score.

    Half of the trials of each condition carry the motive ``empathy``, the others ``control``; the
    people are of the groups ``trained`` and ``waiting`` in turn.
    """
    rng = np.random.default_rng(seed)
    frames = []
    for person in range(n_people):
        for name, effect in effects.items():
            base, slope = rng.normal(0, sd_intercept), effect + rng.normal(0, sd_slope)
            for run in range(1, n_runs + 1):
                condition = np.tile(np.arange(len(conditions)), -(-n_trials // len(conditions)))
                condition = condition[:n_trials]
                score = base + slope * (condition == 0) + rng.normal(0, noise, n_trials)
                kind = "system" if name in systems else "signature"
                frames.append(
                    pd.DataFrame(
                        {
                            "participant": f"sub-{person + 1:02d}",
                            "session": None,
                            "task": "stories",
                            "run": run,
                            "trial": np.arange(n_trials),
                            "onset": 10.0 * np.arange(n_trials),
                            "duration": 4.0,
                            "trial_type": np.array(conditions)[condition],
                            "motive": np.where(
                                np.arange(n_trials) // len(conditions) % 2, "control", "empathy"
                            ),
                            "group": ("trained", "waiting")[person % 2],
                            "signature": name,
                            "kind": kind,
                            "measure": "mean" if kind == "system" else "dot",
                            "score": scale * score,
                            "coverage_voxels": 0.98,
                            "coverage_weight": 0.95 - 0.1 * (person == 3) * (name == "care"),
                        }
                    )
                )
    return pd.concat(frames, ignore_index=True)
