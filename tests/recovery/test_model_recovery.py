"""Models of behaviour and their parameters found again in simulated people."""

from dataclasses import replace

import numpy as np
import pytest
from tests.behaviour.comparison.test_comparison import COIN
from tests.behaviour.learners import learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting import FitSettings, fit_group
from empatune.behaviour.recovery import (
    ModelRecovery,
    find_ceiling,
    recover_models,
    recover_parameters,
)
from empatune.behaviour.trials import Trials
from empatune.behaviour.variation import hold
from empatune.errors import BehaviourError, UsageError

MODEL = find_model("learning")
QUICK = FitSettings(n_starts=2)


@pytest.fixture(scope="module")
def group():
    return fit_group(MODEL, learners()[1], n_starts=2)


def test_parameters_come_back(group):
    told = []
    wide = np.diag([1.2, 0.8]) ** 2
    group = replace(group, group=replace(group.group, covariance=wide))
    found = recover_parameters(
        MODEL,
        group,
        n_sets=3,
        settings=QUICK,
        seed=1,
        progress=lambda done, of: told.append((done, of)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    rate, precision = found.parameters
    assert precision.correlation > 0.85
    assert precision.identifiable
    assert rate.correlation > 0.7
    assert rate.rank_correlation > 0.7
    for one in found.parameters:  # 90 % intervals, 72 people, and the group taken as known
        assert 0.75 < one.coverage < 1
        assert 0.5 < one.slope < 1.1
    assert abs(rate.bias) < 0.05
    # Simulated people are the group's, and sets differ.
    away = (found.true.mean(axis=0) - group.group.coefficients[0]) / np.sqrt(
        np.diag(group.group.covariance) / len(found.true)
    )
    assert np.abs(away).max() < 4
    assert len(set(found.true[:, 0])) == 72
    people = found.people_table()
    inside = (people["lower"] <= people["true"]) & (people["true"] <= people["upper"])
    assert inside[people["parameter"] == "rate"].mean() == pytest.approx(rate.coverage)
    assert found.table()["parameter"].tolist() == ["rate", "precision"]


def test_those_fitted_alone_are_fitted_at_once():
    trials = learners()[1]
    settings = FitSettings(n_starts=1)
    found = recover_parameters(MODEL, trials, n_sets=1, method="map", settings=settings, seed=2)
    again = recover_parameters(MODEL, trials, n_sets=1, method="map", settings=settings, seed=2)
    other = recover_parameters(MODEL, trials, n_sets=1, method="map", settings=settings, seed=3)
    assert (found.fitted == again.fitted).all()
    assert (found.true != other.true).all()
    assert found.parameters[1].rank_correlation > 0.7


def test_models_are_found_again(group):
    trials = group.trials
    coin = fit_group(COIN, trials, n_starts=2)
    found = recover_models(
        [COIN, MODEL], [coin, group], n_sets=3, method="map", settings=QUICK, seed=1
    )
    assert found.criterion == "integrated-bic"
    assert (found.counts == [[3, 0], [0, 3]]).all()
    assert np.diag(found.people_confusion).min() > 0.7
    assert found.people_counts.sum() == 2 * 3 * 24
    assert found.table()["n_sets"].tolist() == [3, 0, 0, 3]


def test_matrices_are_shares_of_rows_and_of_columns():
    found = ModelRecovery(
        models=("a", "b", "c"),
        method="ml",
        criterion="bic",
        counts=np.array([[8, 2, 0], [4, 6, 0], [5, 5, 0]]),
        people_counts=np.eye(3),
    )
    assert found.confusion[1] == pytest.approx([0.4, 0.6, 0])
    assert found.inversion[:, 0] == pytest.approx([0.8 / 1.7, 0.4 / 1.7, 0.5 / 1.7])
    assert np.isnan(found.inversion[:, 2]).all()


def test_what_cannot_be_recovered_is_refused(group):
    trials = learners()[1]
    columns = {name: one for name, one in trials.columns.items() if not name.startswith("outcome_")}
    with pytest.raises(BehaviourError, match="Add columns outcome_0 and outcome_1"):
        recover_parameters(MODEL, replace(trials, columns=columns))
    with pytest.raises(UsageError, match="not of coin"):
        recover_parameters(COIN, group)
    with pytest.raises(UsageError, match="n_sets must be at least 1"):
        recover_parameters(MODEL, trials, n_sets=0)
    with pytest.raises(UsageError, match="1 models and 1 sources"):
        recover_models([MODEL], [trials])
    strangers = replace(trials, people=tuple(f"q{one}" for one in range(24)))
    with pytest.raises(BehaviourError, match=r"different people \(0 in common\)"):
        recover_models([COIN, MODEL], [trials, strangers])


def test_the_ceiling_is_the_root_of_reliability():
    model = hold(find_model("rating"), {"spread": 0.5})  # people's means differ by .5 too
    n_people, n_trials = 400, 4
    trials = Trials(
        people=tuple(f"p{number}" for number in range(n_people)),
        columns={"rating": np.zeros((n_people, n_trials))},
        answered=np.ones((n_people, n_trials), bool),
        rows=np.arange(n_people * n_trials).reshape(n_people, n_trials),
    )
    found = find_ceiling(model, trials, seed=1)
    assert found.parameters == ("mean",)
    assert found.correlation[0] == pytest.approx(np.sqrt(n_trials / (n_trials + 1)), abs=0.015)
    assert found.n_effective.min() > 400
    one_trial = replace(trials, answered=np.arange(n_trials) < np.ones((n_people, 1)))
    found = find_ceiling(model, one_trial, n_sets=2, seed=1)
    assert found.correlation[0] == pytest.approx(np.sqrt(1 / 2), abs=0.03)
    assert len(found.n_effective) == 2 * n_people
