"""A person met trial by trial does what the simulation of all trials at once does."""

from __future__ import annotations

import numpy as np
import pytest
from tests.behaviour.learners import learners

from empatune.behaviour.agents import Agent
from empatune.behaviour.catalogue import find_model
from empatune.behaviour.quantities import quantities_of
from empatune.behaviour.simulation import play
from empatune.errors import UsageError
from empatune.numerics.differentiable import jax, jnp

VALUES = {"rate": 0.31, "precision": 3.7}


def test_stepped_trial_by_trial_an_agent_equals_play_to_the_bit() -> None:
    """Missed trials and new cues among them."""
    model = find_model("learning")
    _, group = learners(n_people=4, n_trials=40)
    trials = group.take([2])
    trials.answered[0, 7] = False
    trials.columns["block"][0] = np.arange(40) // 25
    own = {name: jnp.asarray(one[0]) for name, one in trials.arrays().items()}
    played = {
        name: np.asarray(one) for name, one in play(model, VALUES, own, jax.random.key(11)).items()
    }

    agent, done, errors = Agent(model, VALUES, seed=11), [], []
    for place in range(40):
        trial = {name: float(one[0, place]) for name, one in trials.columns.items()}
        trial["answered"] = float(trials.answered[0, place])
        del trial["choice"], trial["outcome"]
        response = agent.respond(trial)
        earned = trial["outcome_1"] if response["choice"] else trial["outcome_0"]
        done.append((response["choice"], earned))
        errors.append(agent.learn({**trial, **response, "outcome": earned})["prediction_error"])
    assert np.array_equal(np.array(done).T, [played["choice"], played["outcome"]])
    assert 0 < np.mean(played["choice"]) < 1

    trials.columns["choice"][0], trials.columns["outcome"][0] = played["choice"], played["outcome"]
    values = {name: np.array([one]) for name, one in VALUES.items()}
    made = quantities_of(model, values, trials)["prediction_error"][0]
    assert np.array_equal(np.array(errors)[trials.answered[0]], made[trials.answered[0]])


def test_ratings_of_an_agent_are_those_of_play_to_rounding() -> None:
    """Compiled apart, a product and a sum may be rounded once or twice."""
    model = find_model("closeness")
    values = {one.name: one.typical for one in model.parameters}
    rng = np.random.default_rng(0)
    trials = {name: jnp.zeros(20) for name in model.needed} | {"answered": jnp.ones(20, bool)}
    trials["pain"] = jnp.asarray(rng.integers(0, 2, 20), float)
    played = play(model, values, trials, jax.random.key(4))["rating"]
    agent, ratings = Agent(model, values, seed=4), []
    for place in range(20):
        trial = {name: float(one[place]) for name, one in trials.items() if name != "rating"}
        ratings.append(agent.respond(trial)["rating"])
        agent.learn({**trial, "rating": ratings[-1]})
    assert ratings == pytest.approx(np.asarray(played), rel=1e-12, abs=1e-12)
    assert np.std(ratings) > 0.05


def test_an_agent_refuses_what_it_cannot_use() -> None:
    """Parameters beyond bounds, parameters and outcomes that are missing."""
    model = find_model("learning")
    with pytest.raises(UsageError, match="rate must lie between"):
        Agent(model, {"rate": 1.5, "precision": 2.0})
    with pytest.raises(UsageError, match="precision is missing"):
        Agent(model, {"rate": 0.5})
    agent = Agent(model, VALUES)
    with pytest.raises(UsageError, match="without outcome"):
        agent.learn({"choice": 1.0, "recipient": 0.0})
