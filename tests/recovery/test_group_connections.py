"""Simulate groups of fits, and see whether group effects and frequent models are recovered.

Participants' fits are exact posteriors of linear models, so that only the second level is tried.
"""

import numpy as np
import pytest
from tests.connectivity.linear_fits import fit_exactly

from empatune.connectivity.comparison.families import compare_families_random
from empatune.connectivity.comparison.search import search
from empatune.connectivity.group.design import design_group
from empatune.connectivity.group.empirical_bayes import fit_group
from empatune.numerics.model_selection import select_random

NAMES = ("B[motive] AI<-ACC", "B[motive] ACC<-AI", "B[motive] VS<-AI", "A AI<-ACC")
N_PEOPLE, N_COHORTS, SPREAD = 16, 30, 0.25
GROUPS = np.repeat([1.0, -1.0], N_PEOPLE // 2)
EFFECTS = np.array([[0.3, 0.0, 0.3, 0.3], [0.3, 0.0, -0.3, 0.0]])


def cohort(rng):
    people = []
    for sign in GROUPS:
        truth = EFFECTS[0] + sign * EFFECTS[1] + SPREAD * rng.normal(size=4)
        regressors = rng.normal(size=(60, 4))
        people.append(
            fit_exactly(
                regressors,
                regressors @ truth + rng.normal(size=60),
                prior_mean=np.zeros(4),
                prior_covariance=np.eye(4),
                names=NAMES,
            )
        )
    return people


@pytest.fixture(scope="module")
def groups():
    rng = np.random.default_rng(11)
    design = design_group(N_PEOPLE, {"motive": GROUPS})
    return [fit_group(cohort(rng), design) for _ in range(N_COHORTS)]


def test_intervals_hold_the_truth(groups):
    assert all(group.status == "converged" for group in groups)
    inside = [
        np.abs(group.posterior.mean - EFFECTS.ravel()) < 1.96 * group.posterior.sd
        for group in groups
    ]
    assert 0.92 < np.mean(inside) < 0.98


def test_differences_between_people_are_measured(groups):
    spread = np.mean([np.diag(group.between_covariance) for group in groups])
    assert np.sqrt(spread) == pytest.approx(SPREAD, rel=0.2)


def test_search_keeps_what_is_there(groups):
    there = EFFECTS.ravel() != 0
    kept = np.mean([search(group.posterior).best.free for group in groups], axis=0)
    assert (kept[there] > 0.8).all()
    assert (kept[~there] < 0.15).all()


def test_shrunk_participants_are_nearer_to_the_truth():
    rng = np.random.default_rng(12)
    own_error, shrunk_error = [], []
    for _ in range(10):
        people = cohort(rng)
        group = fit_group(people, design_group(N_PEOPLE, {"motive": GROUPS}))
        expected = EFFECTS[0] + GROUPS[:, None] * EFFECTS[1]
        own_error.append(np.stack([each.mean for each in people]) - expected)
        shrunk_error.append(np.stack([each.mean for each in group.participants]) - expected)
    assert np.square(shrunk_error).mean() < 0.95 * np.square(own_error).mean()


def frequencies_of(rng, shares, n_people):
    """Draw people's models, and log evidences that favour the own model by about three nats."""
    models = rng.choice(len(shares), size=n_people, p=shares)
    return rng.normal(size=(n_people, len(shares))) + 3 * np.eye(len(shares))[models]


def test_frequent_models_are_recovered():
    rng = np.random.default_rng(13)
    shares = np.array([0.7, 0.2, 0.1])
    found = [select_random(frequencies_of(rng, shares, 40)) for _ in range(30)]
    assert np.mean([each.frequency for each in found], axis=0) == pytest.approx(shares, abs=0.05)
    assert np.mean([each.protected[0] > 0.95 for each in found]) > 0.8


def test_equal_models_are_protected():
    rng = np.random.default_rng(14)
    found = [select_random(rng.normal(size=(20, 3))) for _ in range(40)]
    assert np.mean([each.protected.max() > 0.95 for each in found]) < 0.05
    assert np.median([each.omnibus_risk for each in found]) > 0.5


def test_frequent_families_are_recovered():
    rng = np.random.default_rng(15)
    table = frequencies_of(rng, [0.4, 0.4, 0.1, 0.1], 60)
    found = compare_families_random(
        table, ("empathy", "empathy", "reciprocity", "reciprocity"), rng=rng, n_samples=5_000
    )
    assert found.frequency[0] == pytest.approx(0.8, abs=0.1)
    assert found.exceedance[0] > 0.95
