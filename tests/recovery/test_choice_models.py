"""Simulated people of effort, allocation and drift-diffusion are found again at real trial numbers.

Trials are as many as the real tables have: 38 people with 200 offers of effort, 33 people with four
motives of 38 allocations.

Not asserted: ``allocation-weights``, whose bias (.57), weight of gain (.84) and of cost (.82) are hard
to tell apart where cost and gain hang together (r = -.90 here).
"""

import numpy as np
import pytest

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting import fit_group
from empatune.behaviour.parameters import to_values
from empatune.behaviour.simulation import simulate
from empatune.behaviour.trials import Trials


def schedule(n_people, n_trials, columns):
    shape = (n_people, n_trials)
    return Trials(
        people=tuple(f"p{number}" for number in range(n_people)),
        columns={name: np.asarray(one, float) for name, one in columns.items()},
        answered=np.ones(shape, bool),
        rows=np.arange(n_people * n_trials).reshape(shape),
    )


def efforts(rng):
    """Offers of effort and reward, 2 to 6, for oneself and for another."""
    shape = (38, 200)
    return schedule(
        *shape,
        {
            "effort": rng.integers(2, 7, shape),
            "reward": rng.integers(2, 7, shape),
            "recipient": rng.permuted(np.tile([0.0, 1.0], (38, 100)), axis=1),
            "choice": np.zeros(shape),
        },
    )


def allocations(rng):
    """Costs and gains in hundreds of points under four motives, which hang together as real ones."""
    shape = (33, 152)
    cost = rng.uniform(0.2, 2.0, shape)
    return schedule(
        *shape,
        {
            "cost": cost,
            "gain": 2.2 - cost + rng.normal(0, 0.25, shape),
            "condition": rng.permuted(np.tile(np.repeat(np.arange(4.0), 38), (33, 1)), axis=1),
            "choice": np.zeros(shape),
            "rt": np.ones(shape),
        },
    )


def recovered(name, trials, centre, width, seed=4):
    """Correlate true and fitted parameters on the scale of estimation."""
    model, rng = find_model(name), np.random.default_rng(seed)
    truth = np.array(centre) + np.array(width) * rng.standard_normal(
        (trials.n_people, len(model.names))
    )
    values = {key: np.asarray(one) for key, one in to_values(truth, model.parameters).items()}
    found = fit_group(model, simulate(model, values, trials, seed=seed), n_starts=2)
    return {
        key: float(np.corrcoef(truth[:, place], found.scaled[:, place])[0, 1])
        for place, key in enumerate(model.names)
    }


@pytest.mark.parametrize(
    ("name", "made", "centre", "width"),
    [
        ("effort-parabolic-discounts-precisions", efforts, (-2.2, -2.2, -4.2, -4.2), 1.0),
        ("allocation-biases-motives", allocations, (0.0,) * 4 + (0.3,) * 4, 1.2),
        ("diffusion", allocations, (0.5, 0.6, 0.0, -0.7), (1.0, 0.4, 0.7, 0.5)),
    ],
)
def test_people_are_found_again(name, made, centre, width):
    rng = np.random.default_rng(3)
    r = recovered(name, made(rng), centre, width)
    assert min(r.values()) > 0.85, r
