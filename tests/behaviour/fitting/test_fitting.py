"""Point fits and empirical Bayes, against searches and an EM written here without the room."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from tests.behaviour.learners import as_table, learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.estimator import BehaviourEstimator
from empatune.behaviour.fitting import FitSettings, design_of, fit, fit_each, fit_group
from empatune.behaviour.fitting.hierarchy import NARROWEST
from empatune.errors import BehaviourError, UsageError

MODEL = find_model("learning")


def nll_by_loop(scaled, choices, outcomes):
    """Score one person's trials as a textbook would."""
    rate, precision = 1 / (1 + np.exp(-scaled[0])), np.exp(scaled[1])
    cues, total = np.full(2, 0.5), 0.0
    for choice, outcome in zip(choices.astype(int), outcomes, strict=True):
        preference = precision * (cues[choice] - cues[1 - choice])
        total += np.logaddexp(0.0, -preference)
        cues[choice] += rate * (outcome - cues[choice])
    return total


def of_person(trials, place):
    counts = trials.answered[place]
    return trials.columns["choice"][place][counts], trials.columns["outcome"][place][counts]


@pytest.fixture(scope="module")
def likely():
    return fit_each(MODEL, learners()[1], method="ml")


@pytest.fixture(scope="module")
def group():
    return fit_group(MODEL, learners()[1])


def test_maximum_likelihood_equals_a_search_by_scipy(likely):
    trials = likely.trials
    for place in range(6):
        ours = likely.log_likelihood[place]
        loop = nll_by_loop(likely.scaled[place], *of_person(trials, place))
        assert -ours == pytest.approx(loop, abs=1e-8)
        best = min(
            minimize(nll_by_loop, start, args=of_person(trials, place), method="Nelder-Mead").fun
            for start in ([-1.0, 1.0], [1.0, 0.0], [-3.0, 2.0])
        )
        assert -ours <= best + 1e-4


def test_curvature_at_the_estimates_is_that_of_the_likelihood():
    found = fit_each(MODEL, learners()[1], method="map")
    place, step = 0, 1e-4
    prior = np.diag(1 / np.array([one.spread for one in MODEL.parameters]) ** 2)
    here, data = found.scaled[place], of_person(found.trials, place)
    bend = np.empty((2, 2))
    for row in range(2):
        for column in range(2):
            signs = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
            bend[row, column] = sum(
                sign
                * nll_by_loop(
                    here + step * (one * np.eye(2)[row] + other * np.eye(2)[column]), *data
                )
                for one, other, sign in signs
            ) / (4 * step**2)
    assert np.linalg.inv(found.covariance[place]) == pytest.approx(bend + prior, rel=1e-3)


def test_people_and_group_are_found_again(group):
    truth, _ = learners()
    assert np.corrcoef(group.values["precision"], truth["precision"])[0, 1] > 0.85
    assert np.corrcoef(group.values["rate"], truth["rate"])[0, 1] > 0.7
    away = (group.group.coefficients[0] - [-1.0, 1.2]) / group.group.standard_errors[0]
    assert np.abs(away).max() < 3
    assert not group.cautions


def test_the_group_is_where_plain_expectation_maximisation_ends(group):
    """Huys et al. 2011: modes and curvatures of people, then moments, until nothing changes."""
    trials = group.trials
    n_people = trials.n_people
    mean = group.group.coefficients[0].copy()
    variance = np.diag(group.group.covariance).copy()
    modes, spread = np.empty((n_people, 2)), np.empty((n_people, 2))
    for place in range(n_people):
        data = of_person(trials, place)

        def height(here, data=data):
            return nll_by_loop(here, *data) + ((here - mean) ** 2 / variance).sum() / 2

        found = minimize(
            height,
            group.scaled[place],
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-10},
        )
        modes[place] = found.x
        step, bend = 1e-3, np.empty((2, 2))
        for row in range(2):
            for column in range(2):
                way, other = step * np.eye(2)[row], step * np.eye(2)[column]
                bend[row, column] = (
                    height(found.x + way + other)
                    - height(found.x + way - other)
                    - height(found.x - way + other)
                    + height(found.x - way - other)
                ) / (4 * step**2)
        spread[place] = np.diag(np.linalg.inv(bend))
    assert modes.mean(axis=0) == pytest.approx(mean, abs=0.005)
    moments = ((modes - modes.mean(axis=0)) ** 2 + spread).mean(axis=0) + NARROWEST**2
    assert moments == pytest.approx(variance, rel=0.01)


def test_fits_repeat_to_the_bit(group):
    again = fit(MODEL, learners()[1], method="eb")
    assert np.array_equal(again.scaled, group.scaled)
    assert np.array_equal(again.log_evidence, group.log_evidence)


def test_covariates_bear_on_parameters():
    truth, trials = learners()
    rng = np.random.default_rng(3)
    logit = np.log(truth["rate"] / (1 - truth["rate"]))
    people = pd.DataFrame(
        {
            "participant": trials.people,
            "trait": logit + rng.normal(0, 0.2, len(logit)),
            "sex": np.where(np.arange(len(logit)) % 2, "f", "m"),
        }
    )
    design = design_of(people, ["trait", "sex"])
    assert design.regressors == ("mean", "trait", "sex[m]")
    found = fit_group(MODEL, trials, design=design)
    effect = found.group.coefficients / found.group.standard_errors
    assert effect[1, 0] > 4
    assert np.abs(effect[1, 1]) < 3
    assert np.abs(effect[2]).max() < 3
    expected = np.cov(logit, design.rows[:, 1])[0, 1]
    assert found.group.coefficients[1, 0] == pytest.approx(expected, abs=0.3)


@pytest.mark.parametrize(
    ("changes", "covariates", "said"),
    [
        ({"age": 30.0}, ["age"], "Covariate age has the same value for all 3 people"),
        ({}, ["size"], "lacks size. It has: participant"),
        ({}, ["numbr"], "Did you mean number"),
        ({"participant": "p1"}, ["number"], "two rows of p1"),
    ],
)
def test_covariates_that_cannot_be_are_refused(changes, covariates, said):
    people = pd.DataFrame({"participant": ["p0", "p1", "p2"], "number": [1.0, 2.0, 4.0]})
    with pytest.raises(BehaviourError, match=said):
        design_of(people.assign(**changes), covariates)


def test_people_without_covariates_are_listed_and_the_rest_are_fitted(group):
    people = pd.DataFrame({"participant": group.people[:-1], "age": np.arange(23.0)})
    design = design_of(people, ["age"])
    with pytest.raises(BehaviourError, match="1 participant has trials and no complete covar"):
        fit_group(MODEL, group.trials, design=design)
    silent = group.trials.answered.copy()
    silent[3] = False
    trials = replace(group.trials, answered=silent)
    found = fit(MODEL, trials, settings=FitSettings(design=design))
    rest = [place for place in range(23) if place != 3]
    assert found.people == tuple(group.people[place] for place in rest)
    said = {one.participant: one.reason for one in found.unfitted}
    assert set(said) == {"p3", "p23"}
    assert "0 trials with a response" in said["p3"]
    assert "no complete covariates" in said["p23"]
    alone = fit_group(MODEL, group.trials.take(rest), design=design)
    assert np.array_equal(found.scaled, alone.scaled)


def test_where_nobody_has_covariates_nobody_is_fitted(group):
    people = pd.DataFrame({"participant": ["a", "b", "c"], "age": [1.0, 2.0, 4.0]})
    with pytest.raises(BehaviourError, match="24 participants have trials and no complete"):
        fit(MODEL, group.trials, settings=FitSettings(design=design_of(people, ["age"])))


def test_those_who_cannot_be_fitted_are_listed_and_the_rest_are():
    table = as_table(learners()[1])
    table.loc[table["participant"] == "p0", "choice"] = 1.0
    table.loc[table["participant"] == "p0", "outcome"] = 1.0
    table.loc[table["participant"] == "p1", "choice"] = np.nan
    estimator = BehaviourEstimator(MODEL, method="ml").fit(table)
    reasons = {one.participant: one.reason for one in estimator.fit_.unfitted}
    assert set(reasons) == {"p0", "p1"}
    assert "same response in every trial" in reasons["p0"]
    assert reasons["p1"].startswith("0 trials with a response")
    assert len(estimator.parameters_) == 22
    kept = BehaviourEstimator(MODEL, method="map").fit(table)
    assert kept.fit_.people[0] == "p0"
    assert any("p0 gave the same response always" in one for one in kept.fit_.cautions)
    with pytest.raises(BehaviourError, match="Nobody can be fitted"):
        BehaviourEstimator(MODEL, method="ml").fit(table[table["participant"] == "p0"])


def test_one_person_alone_is_no_group():
    table = as_table(learners()[1])
    one = table[table["participant"] == "p3"]
    with pytest.raises(BehaviourError, match=r"A group of 1 .* needs at least 2 people.*map"):
        BehaviourEstimator(MODEL).fit(one)
    assert len(BehaviourEstimator(MODEL, method="map").fit(one).parameters_) == 1


def test_wrong_settings_are_refused():
    trials = learners()[1]
    with pytest.raises(UsageError, match="Method must be one of ml, map, eb, nuts, not 'vb'"):
        fit(MODEL, trials, method="vb")
    with pytest.raises(UsageError, match="fits each person alone, so covariates"):
        fit(MODEL, trials, method="ml", settings=FitSettings(correlated=True))
    with pytest.raises(UsageError, match="n_starts must be at least 1, not 0"):
        FitSettings(n_starts=0)


def test_an_estimator_scores_and_predicts_its_people_only(group):
    table = as_table(group.trials)
    estimator = BehaviourEstimator("learning").fit(table)
    mean = group.log_likelihood.sum() / group.trials.n_answered.sum()
    assert estimator.score(table) == pytest.approx(mean, abs=1e-9)
    assert len(estimator.predict(table)) == len(table)
    with pytest.raises(BehaviourError, match=r"1 participant was not fitted.*: new"):
        estimator.predict(table[:120].assign(participant="new"))
    with pytest.raises(BehaviourError, match="need a table of people"):
        BehaviourEstimator(covariates=["age"]).fit(table)
