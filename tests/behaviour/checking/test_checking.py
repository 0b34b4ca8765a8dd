"""Checks of fitted models: right models pass, wrong ones are caught, accuracy is counted."""

from dataclasses import replace

import numpy as np
import pytest
from tests.behaviour.comparison.test_comparison import COIN
from tests.behaviour.learners import learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.checking import accuracy, check, draw_values
from empatune.behaviour.fitting import fit_group
from empatune.errors import BehaviourError, UsageError
from empatune.numerics.posterior_draws import arviz

MODEL = find_model("learning")


@pytest.fixture(scope="module")
def group():
    return fit_group(MODEL, learners()[1], n_starts=2)


@pytest.fixture(scope="module")
def coin():
    return fit_group(COIN, learners()[1], n_starts=2)


def test_what_people_do_lies_within_what_the_true_model_predicts(group):
    found = check(group, n_simulated=60, seed=1)
    assert set(found["by"]) == {"all", "bin", "recipient", "participant"}
    assert set(found["statistic"]) == {"share of choice 1", "mean outcome"}
    assert (found["p"] < 0.05).mean() < 0.1
    assert found["n_trials"][found["by"] == "bin"].sum() == 2 * group.trials.answered.sum()
    counts, choice = group.trials.answered, group.trials.columns["choice"]
    second = (np.arange(120) >= 15) & (np.arange(120) < 30)
    row = found[(found["by"] == "bin") & (found["place"] == "2")].iloc[0]
    assert row["observed"] == pytest.approx(choice[:, second][counts[:, second]].mean())
    person = found[(found["by"] == "participant") & (found["place"] == "p3")].iloc[0]
    assert person["observed"] == pytest.approx(choice[3][counts[3]].mean())
    again = check(group, n_simulated=60, seed=1)
    assert found.equals(again)


def test_a_model_that_learns_nothing_is_caught(coin):
    found = check(coin, n_simulated=60, seed=1)
    earned = found[(found["statistic"] == "mean outcome") & (found["by"] == "all")].iloc[0]
    assert earned["observed"] > earned["upper"]
    assert earned["p"] < 0.05
    bins = found[(found["statistic"] == "share of choice 1") & (found["by"] == "bin")]
    assert (bins["p"] < 0.05).sum() >= 4


def test_parameters_are_drawn_where_uncertainty_is_known(group):
    rng = np.random.default_rng(1)
    drawn = np.log([draw_values(group, rng)["precision"] for _ in range(400)])
    assert drawn.mean(axis=0) == pytest.approx(group.scaled[:, 1], abs=0.15)
    assert drawn.var(axis=0) == pytest.approx(group.covariance[:, 1, 1], rel=0.35)
    sampled = rng.normal(size=(2, 5, 24, 2))
    nuts = replace(group, draws=arviz.from_dict(posterior={"scaled": sampled}))
    one = np.log(draw_values(nuts, rng)["precision"])
    assert any(one == pytest.approx(each) for each in sampled[..., 1].reshape(10, 24))
    fixed = draw_values(replace(group, method="ml"), rng)
    assert fixed["rate"] == pytest.approx(group.values["rate"])


def test_accuracy_counts_choices(coin):
    found = accuracy(coin).set_index("participant")
    counts, choice = coin.trials.answered, coin.trials.columns["choice"]
    for place in (0, 7):
        bias = coin.values["bias"][place]
        chosen = choice[place][counts[place]]
        probability = np.where(chosen > 0.5, 1 / (1 + np.exp(-bias)), 1 / (1 + np.exp(bias)))
        row = found.loc[f"p{place}"]
        assert row["hits"] == pytest.approx((probability > 0.5).mean())
        assert row["probability"] == pytest.approx(probability.mean())
        expected = 1 - np.log(probability).sum() / (len(chosen) * np.log(0.5))
        assert row["pseudo_r2"] == pytest.approx(expected)
    assert found.loc["all", "n_trials"] == counts.sum()


def test_checks_that_cannot_be_made_are_refused(group):
    with pytest.raises(UsageError, match="20 simulations"):
        check(group, n_simulated=5, seed=1)
    columns = dict(group.trials.columns)
    del columns["outcome_0"]
    unknown = replace(group, trials=replace(group.trials, columns=columns))
    with pytest.raises(BehaviourError, match="Add columns outcome_0 and outcome_1"):
        check(unknown, seed=1)
