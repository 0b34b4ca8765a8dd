import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, logistic, walked

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting import fit_group
from empatune.behaviour.trials import Trials, trials_of

CHOICE = np.array([1.0, 1.0, 0.0, 0.0, 1.0])


def chosen(odds):
    return np.where(CHOICE > 0.5, logistic(np.asarray(odds)), logistic(-np.asarray(odds)))


def test_a_bias_below_0_avoids_feeling():
    scored, _ = walked("selection", {"bias": np.log(0.25)}, choice=CHOICE)
    assert np.exp(scored) == pytest.approx([0.2, 0.2, 0.8, 0.8, 0.2], abs=1e-12)


def test_the_last_choice_that_was_made_is_repeated():
    values = {"bias": -0.5, "perseveration": 0.75}
    scored, made = walked(
        "selection-perseveration", values, choice=CHOICE, answered=[1, 1, 1, 0, 1]
    )
    odds = [-0.5, 0.25, 0.25, -1.25, -1.25]
    assert made["value"] == pytest.approx(odds, abs=1e-12)
    assert np.exp(scored) == pytest.approx(np.where([1, 1, 1, 0, 1], chosen(odds), 1), abs=1e-12)


def test_praise_moves_the_bias():
    values = {"bias": -0.5, "praise_feel": 0.8, "praise_describe": -0.3}
    scored, _ = walked("selection-praise", values, choice=CHOICE, praise=[0, 1, 1, 2, 2])
    assert np.exp(scored) == pytest.approx(chosen([-0.5, 0.3, 0.3, -0.8, -0.8]), abs=1e-12)


def test_targets_move_the_bias_half_an_effect_either_way():
    values = {"bias": -0.5, "race": 0.4, "emotion": -0.2}
    targets = {"target_race": [0, 1, 0, 1, 0.5], "target_emotion": [0, 0, 1, 1, 0.5]}
    scored, made = walked("selection-targets", values, choice=CHOICE, **targets)
    odds = [-0.6, -0.2, -0.8, -0.4, -0.5]
    assert made["value"] == pytest.approx(odds, abs=1e-12)
    assert np.exp(scored) == pytest.approx(chosen(odds), abs=1e-12)


def test_efficacy_is_weighed_against_effort_and_aversion():
    rng = np.random.default_rng(0)
    effort, aversion, efficacy = rng.normal(size=(3, 5))
    values = {"bias": -0.5, "efficacy_weight": 0.7, "effort_weight": 0.9, "aversion_weight": 0.2}
    scored, _ = walked(
        "selection-cost-benefit",
        values,
        choice=CHOICE,
        effort=effort,
        aversion=aversion,
        efficacy=efficacy,
    )
    odds = [
        -0.5 + 0.7 * gain - 0.9 * hard - 0.2 * bad
        for gain, hard, bad in zip(efficacy, effort, aversion, strict=True)
    ]
    assert np.exp(scored) == pytest.approx(chosen(odds), abs=1e-12)


def test_a_table_without_praise_or_targets_means_neither():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"participant": "a", "choice": [1, 0, 1], "praise": ["", None, "control"]})
    table = table.assign(target_race=["W", None, ""], target_emotion=[None, "F", ""])
    praised = trials_of(table, find_model("selection-praise"))
    assert praised.columns["praise"].tolist() == [[0, 0, 0]]
    aimed = trials_of(table, find_model("selection-targets"))
    assert aimed.columns["target_race"].tolist() == [[0, 0.5, 0.5]]
    assert aimed.columns["target_emotion"].tolist() == [[0.5, 1, 0.5]]


def test_costs_that_a_table_lacks_count_as_nothing():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"participant": "a", "choice": [1, 0], "effort": [0.5, -1]})
    trials = trials_of(table, find_model("selection-cost-benefit"))
    assert trials.columns["efficacy"].tolist() == [[0, 0]]


def test_avoidance_is_found_again_at_the_trial_numbers_of_the_task():
    rng = np.random.default_rng(2)
    truth = rng.normal(-0.6, 1.5, 60)  # as in real people
    chosen = rng.random((60, 20)) < logistic(truth[:, None])
    trials = Trials(
        people=tuple(f"p{number}" for number in range(60)),
        columns={"choice": chosen.astype(float)},
        answered=np.ones((60, 20), bool),
        rows=np.arange(60 * 20).reshape(60, 20),
    )
    found = fit_group(find_model("selection"), trials, n_starts=1)
    assert np.corrcoef(truth, found.scaled[:, 0])[0, 1] > 0.85
    mean, error = found.group.coefficients[0, 0], found.group.standard_errors[0, 0]
    assert abs(mean - truth.mean()) < 3 * error < 0.75


def test_derivatives_are_finite_far_out():
    targets = {"target_race": CHOICE, "target_emotion": CHOICE}
    assert has_finite_derivatives("selection-targets", choice=CHOICE, **targets)
