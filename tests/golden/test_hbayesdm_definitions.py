"""Models that are shared with hBayesDM score trials as its published definitions say.

The definitions are those of its Stan files (CCS-Lab/hBayesDM, commons/stan_files), written here as
plain loops: bandit2arm_delta (values from 0, rate A, inverse temperature tau). choiceRT_ddm is
compared in tests/behaviour/test_wiener.py.
"""

from dataclasses import replace

import numpy as np
import pytest
from tests.behaviour.learners import learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting import fit_each
from empatune.behaviour.model import follow
from empatune.behaviour.parameters import Parameter
from empatune.numerics.differentiable import jnp

BANDIT = replace(
    find_model("learning"),
    name="bandit2arm_delta",
    parameters=(
        Parameter(name="rate", summary="A", lower=0.0, upper=1.0, typical=0.5),
        Parameter(name="precision", summary="tau", lower=0.0, upper=5.0, typical=2.5),
    ),
    start=lambda _, __: jnp.zeros(2),
)
"""hBayesDM's bounds: A from 0 to 1, tau from 0 to 5."""


def bandit2arm_delta(choices, outcomes, rate, tau):
    """Give the log likelihood of choices as the Stan file increments it."""
    values, total = [0.0, 0.0], 0.0
    for choice, outcome in zip(choices.astype(int), outcomes, strict=True):
        odds = np.exp(tau * np.array(values))
        total += np.log(odds[choice] / odds.sum())
        values[choice] += rate * (outcome - values[choice])
    return total


def of_person(trials, place):
    counts = trials.answered[place]
    return {name: column[place][counts] for name, column in trials.columns.items()}


@pytest.mark.parametrize(("rate", "tau"), [(0.05, 4.9), (0.5, 1.0), (0.97, 0.1)])
def test_a_two_armed_bandit_scores_as_defined(rate, tau):
    trials = of_person(learners()[1], 3)
    given = {**trials, "answered": np.ones(len(trials["choice"]), bool)}
    scored, _ = follow(BANDIT, {"rate": rate, "precision": tau}, given)
    defined = bandit2arm_delta(trials["choice"], trials["outcome"], rate, tau)
    assert float(scored.sum()) == pytest.approx(defined, abs=1e-10)


def test_estimates_lie_where_the_definition_is_most_probable():
    found = fit_each(BANDIT, learners()[1], method="ml")
    for place in range(5):
        trials = of_person(found.trials, place)
        rate, tau = found.values["rate"][place], found.values["precision"][place]
        best = bandit2arm_delta(trials["choice"], trials["outcome"], rate, tau)
        grid = [
            bandit2arm_delta(trials["choice"], trials["outcome"], one, other)
            for one in np.linspace(0.01, 0.99, 15)
            for other in np.linspace(0.05, 4.95, 15)
        ]
        assert best >= max(grid) - 1e-9
