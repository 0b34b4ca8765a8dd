"""Full sampling of a model of the catalogue against sums over grids, which know no sampler."""

import numpy as np
import pytest
from tests.behaviour.learners import learners
from tests.golden.quadrature import axis, distances, posterior

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting.sampling import fit_sampled

AXES = (
    axis((-9, 7), (-5, 3), 5, centre=np.log(1 / 3), width=1.5, scale=1.5),
    axis((-3, 5), (-1, 3.5), 1.8, centre=np.log(5), width=1.0, scale=1.0),
)
"""Rate (logit) and precision (logarithm), with the priors of the catalogue's page."""


def scored(trials):
    """Everybody's log likelihood wherever they may be, by a plain loop over trials."""
    rate = (1 / (1 + np.exp(-AXES[0].people)))[:, None]
    precision = np.exp(AXES[1].people)
    total = np.zeros((trials.n_people, len(rate), len(precision)))
    for person, counts in enumerate(trials.answered):
        values = np.full((2, len(rate), 1), 0.5)
        for trial in np.flatnonzero(counts):
            choice = int(trials.columns["choice"][person, trial])
            for_it = values[choice] - values[1 - choice]
            total[person] -= np.logaddexp(0, -precision * for_it)
            error = trials.columns["outcome"][person, trial] - values[choice]
            values[choice] += rate * error
    return total


@pytest.fixture(scope="module")
def both():
    trials = learners(10, 60, seed=4)[1]
    ours = fit_sampled(find_model("learning"), trials, n_draws=1000, seed=2).draws.posterior
    drawn = {
        "mean": ours["coefficients"].values[:, :, 0],
        "spread": ours["spread"].values,
        "people": ours["scaled"].values,
    }
    return drawn, posterior(scored(trials), AXES)


@pytest.mark.parametrize("place", [0, 1], ids=["rate", "precision"])
@pytest.mark.parametrize("name", ["mean", "spread"])
def test_the_group_is_that_of_the_sums(both, name, place):
    drawn, summed = (one[name] for one in both)
    off = distances(*summed[place], drawn[:, :, place])
    assert max(map(abs, off.values())) < 4, off


@pytest.mark.parametrize("place", [0, 1], ids=["rate", "precision"])
def test_people_are_those_of_the_sums(both, place):
    drawn, (places, masses) = both[0]["people"], both[1]["people"][place]
    off = np.array(
        [
            list(distances(places, mass, drawn[:, :, person, place]).values())
            for person, mass in enumerate(masses)
        ]
    )
    assert np.abs(off).max() < 4.5, off
    assert np.sqrt((off**2).mean()) < 1.6, off
