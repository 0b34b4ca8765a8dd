"""Models that are shared with hBayesDM give its posteriors.

The definitions are those of its Stan files (CCS-Lab/hBayesDM, commons/stan_files), written here
as plain loops: bandit2arm_delta has values from 0, outcomes of 1 and -1, a rate A = Phi(.), an
inverse temperature tau = 5 Phi(.), and the priors mean ~ N(0, 1), SD over people ~ half-N(0, .2).
Its posterior is summed over grids (`quadrature.py`). What the catalogue's own bounds and
priors do is measured in `benchmarks/behaviour_posteriors.py`; the density of choiceRT_ddm is compared
in tests/behaviour/test_wiener.py.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm
from tests.behaviour.learners import learners
from tests.golden.quadrature import axis, distances, posterior

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting.sampling import fit_sampled
from empatune.behaviour.model import follow
from empatune.behaviour.parameters import Parameter
from empatune.numerics.differentiable import jax, jnp

LEARNING = find_model("learning")
CENTRE, SCALE = -0.4, 0.5
"""Prior of the mean in the room, whose scale is also that of the SD; draws are weighed to
hBayesDM's 0, 1 and .2."""


def _in_bounds(own):
    """Give hBayesDM's parameters within its bounds."""
    share = jax.scipy.stats.norm.cdf
    return {"rate": share(own["A"]), "precision": 5 * share(own["tau"])}


BANDIT = replace(
    LEARNING,
    name="bandit2arm_delta",
    parameters=tuple(
        Parameter(name=name, summary=name, typical=CENTRE, spread=SCALE) for name in ("A", "tau")
    ),
    start=lambda own, trial: jax.tree.map(jnp.zeros_like, LEARNING.start(own, trial)),
    expect=lambda own, cues, trial: LEARNING.expect(_in_bounds(own), cues, trial),
    learn=lambda own, cues, trial: LEARNING.learn(_in_bounds(own), cues, trial),
)
"""The catalogue's model with hBayesDM's start and links, as a user would make it."""

AXES = (
    axis((-3.5, 3), (-1.7, 1), 1.2, centre=0, width=1, scale=0.2),
    axis((-3, 3.5), (-1.5, 1.2), 1.2, centre=0, width=1, scale=0.2),
)
"""A and tau on the scale of Phi, with hBayesDM's priors."""


def bandit2arm_delta(choices, outcomes, rate, tau):
    """Give the log likelihood of choices as the Stan file increments it; arrays broadcast."""
    values, total = [0.0 * rate, 0.0 * rate], 0.0
    for choice, outcome in zip(choices.astype(int), outcomes, strict=True):
        total = total - np.logaddexp(0, tau * (values[1 - choice] - values[choice]))
        values[choice] = values[choice] + rate * (outcome - values[choice])
    return total


def won_and_lost():
    """Simulated learners whose outcomes are 1 and -1."""
    trials = learners(16, 80, seed=6)[1]
    outcomes = 2 * trials.columns["outcome"] - 1
    return replace(trials, columns={**trials.columns, "outcome": outcomes})


def of_person(trials, place):
    counts = trials.answered[place]
    return {name: column[place][counts] for name, column in trials.columns.items()}


@pytest.mark.parametrize(("rate", "tau"), [(-1.6, 2.1), (0.0, -0.84), (1.9, -2.05)])
def test_a_two_armed_bandit_scores_as_defined(rate, tau):
    trials = of_person(won_and_lost(), 3)
    given = {**trials, "answered": np.ones(len(trials["choice"]), bool)}
    scored, _ = follow(BANDIT, {"A": rate, "tau": tau}, given)
    share = norm.cdf([rate, tau]) * [1, 5]
    defined = bandit2arm_delta(trials["choice"], trials["outcome"], *share)
    assert float(scored.sum()) == pytest.approx(defined, abs=1e-10)


def to_published_priors(drawn):
    """Weigh draws from the room's priors to hBayesDM's."""
    mean, spread = drawn["coefficients"].values[:, :, 0], drawn["spread"].values
    more = norm.logpdf(mean) - norm.logpdf(mean, CENTRE, SCALE)
    more += norm.logpdf(spread, scale=0.2) - norm.logpdf(spread, scale=SCALE)
    return np.exp(more.sum(axis=-1))


@pytest.fixture(scope="module")
def both():
    trials = won_and_lost()
    ours = fit_sampled(BANDIT, trials, n_draws=1000, seed=1).draws.posterior
    drawn = {
        "mean": ours["coefficients"].values[:, :, 0],
        "spread": ours["spread"].values,
        "people": ours["scaled"].values,
    }
    rate, tau = (norm.cdf(one.people) for one in AXES)
    scored = [
        bandit2arm_delta(one["choice"], one["outcome"], rate[:, None], 5 * tau)
        for one in (of_person(trials, place) for place in range(trials.n_people))
    ]
    return drawn, to_published_priors(ours), posterior(np.stack(scored), AXES)


def test_weights_keep_enough_draws_to_tell(both):
    weights = both[1]
    assert weights.mean() ** 2 / (weights**2).mean() > 0.1


@pytest.mark.parametrize("place", [0, 1], ids=["A", "tau"])
@pytest.mark.parametrize("name", ["mean", "spread"])
def test_the_group_has_hbayesdms_posterior(both, name, place):
    drawn, weights, summed = both
    off = distances(*summed[name][place], drawn[name][:, :, place], weights)
    assert max(map(abs, off.values())) < 4, off


@pytest.mark.parametrize("place", [0, 1], ids=["A", "tau"])
def test_people_have_hbayesdms_posterior(both, place):
    drawn, weights, summed = both
    places, masses = summed["people"][place]
    off = np.array(
        [
            list(distances(places, mass, drawn["people"][:, :, person, place], weights).values())
            for person, mass in enumerate(masses)
        ]
    )
    assert np.abs(off).max() < 4.5, off
    assert np.sqrt((off**2).mean()) < 1.8, off
