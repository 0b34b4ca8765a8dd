"""People simulated from the models' own priors, at real studies' trial numbers, are found again.

Not asserted, because r(true, fitted) on the scale of estimation is below .85 at the trial numbers of
the real tables (144 learning, 400 avoidance, 150 trust): rates of ``learning-rates`` .75 to .81 and of
``learning`` .77, its precision .80, ``decay`` .54 to .63; ``rate_reward`` .71 on the real schedule and
``rate_punish`` .69 on the one below; of ``trust``, ``rate`` .55 and ``money`` .64.
"""

import numpy as np
import pytest

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting import fit_group
from empatune.behaviour.parameters import spreads, to_values, typical
from empatune.behaviour.simulation import simulate
from empatune.behaviour.trials import Trials

N_PEOPLE = 40


def schedule(columns, n_trials):
    shape = (N_PEOPLE, n_trials)
    return Trials(
        people=tuple(f"p{number}" for number in range(N_PEOPLE)),
        columns={name: np.broadcast_to(one, shape).astype(float) for name, one in columns.items()},
        answered=np.ones(shape, bool),
        rows=np.arange(N_PEOPLE * n_trials).reshape(shape),
    )


def pains(rng):
    """Four blocks of 25: often in pain then seldom, and twice in half of the trials."""
    shares = np.repeat([0.8, 0.2, 0.5, 0.5], 25)
    return schedule(
        {
            "pain": rng.random((N_PEOPLE, 100)) < shares,
            "block": np.repeat([1.0, 2.0, 3.0, 4.0], 25),
            "rating": rng.uniform(0.3, 0.7, (N_PEOPLE, 100)),
        },
        100,
    )


def conflicts(rng):
    """Two sessions of 200 with chances that drift between 0.05 and 0.95."""
    shape = (N_PEOPLE, 400)
    drifts = [
        np.clip(start + rng.normal(0, 0.04, shape).cumsum(axis=1) * 0.3, 0.05, 0.95)
        for start in (0.5, 0.35, 0.45)
    ]
    happened = [rng.random(shape) < drift for drift in drifts]
    names = ("reward_1", "reward_0", "punish_1")
    nothing = {"punish_0": 0.0, "reward": 0.0, "punish": 0.0, "choice": 0.0}
    sessions = np.repeat([1.0, 2.0], 200)
    return schedule(
        {**dict(zip(names, happened, strict=True)), **nothing, "session": sessions}, 400
    )


@pytest.mark.parametrize(
    ("name", "made", "told"),
    [
        ("closeness-recalibration", pains, ("rate", "reference", "spread")),
        ("avoidance-rates-weights", conflicts, ("weight_reward", "weight_punish")),
    ],
)
def test_people_are_found_again(name, made, told):
    rng = np.random.default_rng(3)
    model, trials = find_model(name), made(rng)
    drawn = rng.standard_normal((N_PEOPLE, len(model.names)))
    truth = typical(model.parameters) + spreads(model.parameters) * drawn
    values = {key: np.asarray(one) for key, one in to_values(truth, model.parameters).items()}
    found = fit_group(model, simulate(model, values, trials, seed=4), n_starts=2)
    r = {
        key: np.corrcoef(truth[:, place], found.scaled[:, place])[0, 1]
        for place, key in enumerate(model.names)
    }
    assert min(r[key] for key in told) > 0.85, r
