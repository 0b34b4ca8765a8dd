"""Cautions about what trials do not tell, on fits whose flaw is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from tests.behaviour.learners import learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting import fit
from empatune.behaviour.fitting.credibility import doubts
from empatune.behaviour.simulation import simulate
from empatune.behaviour.trials import trials_of

MODEL = find_model("learning")


@pytest.fixture(scope="module")
def group():
    return fit(MODEL, learners()[1])


def said(found):
    first, then = doubts(found)
    return " ".join([*first, *then])


def guessed(trials):
    """Give the same trials with choices that know nothing."""
    blind = {"rate": np.full(trials.n_people, 0.3), "precision": np.full(trials.n_people, 1e-6)}
    return simulate(MODEL, blind, trials, seed=4)


def test_a_group_of_learners_is_believed_but_for_one_who_never_follows(group):
    first, then = doubts(group)
    assert not then
    chance = group.trials.n_answered * np.log(0.5)
    assert np.flatnonzero(group.log_likelihood - chance < 1).tolist() == [4]
    assert len(first) == 1
    assert first[0].startswith("Choices of 1 of 24 people (p4) are predicted no better than by")
    assert group.cautions == first


def test_guessing_is_said_of_everybody_and_first():
    trials = guessed(learners()[1])
    found = {method: fit(MODEL, trials, method=method) for method in ("eb", "ml")}
    for method, one in found.items():
        assert one.cautions[0].startswith("Choices are predicted no better than by"), method
        assert sum("guessing" in caution for caution in one.cautions) == 1
    vague = said(found["eb"])
    assert "The group's interval covers much of what is possible for" in vague
    assert "drawn to the group: do not use differences" in vague


def test_single_guessers_are_named(group):
    chance = group.trials.n_answered * np.log(0.5)
    likelihood = group.log_likelihood.copy()
    likelihood[[2, 5]] = chance[[2, 5]]
    assert (
        "Choices of 3 of 24 people (p2, p4, p5) are predicted no better than by guessing"
        in said(replace(group, log_likelihood=likelihood))
    )


def test_a_habit_that_says_as_much_is_told(group):
    """Everybody chooses 1 in nine of ten trials; the model says as much as two of three would."""
    trials = group.trials
    often = np.where(np.arange(120) % 10 == 0, 0.0, 1.0)
    given = {**trials.columns, "choice": np.tile(often, (24, 1))}
    found = replace(
        group,
        trials=replace(trials, columns=given),
        log_likelihood=trials.n_answered * np.log(0.6),
    )
    assert "no better than by how often each chooses 1" in said(found)
    better = replace(found, log_likelihood=trials.n_answered * np.log(0.8))
    assert not said(better)


def test_a_vague_group_is_told_with_its_interval(group):
    for place, name in enumerate(MODEL.names):
        errors = group.group.standard_errors.copy()
        errors[0, place] = 2.0
        vague = replace(group, group=replace(group.group, standard_errors=errors))
        told = said(vague)
        assert f"much of what is possible for {name} (" in told
        assert told.endswith("these trials hardly tell it.")


def test_people_whom_the_group_replaces_are_told(group):
    covariance = group.covariance.copy()
    covariance[:, 0, 0] = 0.85 * group.group.covariance[0, 0]
    assert "Single people's rate is almost wholly drawn to the group" in said(
        replace(group, covariance=covariance)
    )
    alone = replace(group, method="map", group=None)
    wide = np.tile(np.diag([one.spread**2 for one in MODEL.parameters]) * 0.9, (24, 1, 1))
    assert "rate and precision are almost wholly drawn to the model's prior" in said(
        replace(alone, covariance=wide)
    )
    assert "drawn to" not in said(replace(alone, method="ml", covariance=wide))


def test_parameters_that_make_up_for_each_other_ask_for_sampling(group):
    covariance = group.covariance.copy()
    sd = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    covariance[:, 0, 1] = covariance[:, 1, 0] = -0.9 * sd[:, 0] * sd[:, 1]
    traded = replace(group, covariance=covariance)
    assert "rate and precision (-0.90), correlations" in said(traded)
    assert "--method nuts" in said(traded)
    assert "make up" not in said(replace(traded, method="nuts"))


def rated(model):
    """Read ratings that scatter around each person's own mean, whatever is seen."""
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"participant": np.repeat(list("abcd"), 30)})
    table["rating"] = np.repeat([0.3, 0.4, 0.6, 0.7], 30) + 0.05 * rng.standard_normal(120)
    return trials_of(table.assign(pain=rng.integers(0, 2, 120), block=1), model)


def test_ratings_are_compared_with_each_mean():
    model = find_model("rating")
    found = fit(model, rated(model), method="ml")
    assert not said(found)  # the model is the habit itself
    worse = replace(found, log_likelihood=found.log_likelihood - 1)
    assert "Ratings are predicted no better than by each one's mean and spread" in said(worse)


def test_a_rating_that_is_given_is_not_held_against_a_model():
    model = find_model("closeness")
    found = fit(model, rated(model), method="ml")
    later = found.trials.columns["rating"][:, 1:]  # closeness begins at the first
    habit = norm.logpdf(later, later.mean(1, keepdims=True), later.std(1, keepdims=True)).sum()
    size = len(model.parameters)
    for away, expected in ((-0.1, True), (0.1, False)):
        total = habit - 2 * 4 + size * 4 + away
        close = replace(found, log_likelihood=np.full(4, total / 4))
        assert ("no better than by each one's mean" in said(close)) is expected


def test_what_trials_do_not_tell_at_all_has_a_wide_interval_and_is_said():
    trials = learners()[1]
    order = np.arange(trials.answered.shape[1]) % 3.0
    mixed = replace(trials, columns={**trials.columns, "recipient": trials.answered * 0 + order})
    found = fit(MODEL, mixed)
    assert (found.group.standard_errors > 1).all()
    assert found.cautions[0].startswith("Recipient changes on 100% of trials, and with each")
    assert "much of what is possible for rate (" in said(found)


def test_earnings_on_another_scale_are_said(group):
    trials = group.trials
    tens = {**trials.columns, "outcome": 10 * trials.columns["outcome"]}
    told = said(replace(group, trials=replace(trials, columns=tens)))
    assert "Outcome goes from 0 to 10, and learning expects 0 to 1" in told
    assert "(--scale outcome=0.1)" in told
