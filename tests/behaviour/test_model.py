"""A model's walk through trials, against a plain loop written here."""

import numpy as np
import pytest
from tests.behaviour.learners import learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, follow
from empatune.behaviour.parameters import Parameter, to_scaled, to_values
from empatune.behaviour.quantities import quantities_of, trial_table
from empatune.behaviour.simulation import simulate
from empatune.behaviour.variation import by_session, vary
from empatune.errors import UsageError

VALUES = {"rate_self": 0.3, "rate_other": 0.1, "rate_none": 0.6, "precision": 4.0}


def trials_by_hand(n_trials=30, seed=2):
    rng = np.random.default_rng(seed)
    return {
        "choice": rng.integers(0, 2, n_trials).astype(float),
        "outcome": rng.integers(0, 2, n_trials).astype(float),
        "recipient": np.repeat([0.0, 2.0, 1.0], n_trials // 3),
        "block": np.repeat([1.0, 1.0, 2.0], n_trials // 3),
        "answered": rng.random(n_trials) > 0.2,
    }


def by_loop(trials):
    """Score the trials as a textbook would: values of two cues, new ones in each block."""
    rates = [VALUES["rate_self"], VALUES["rate_other"], VALUES["rate_none"]]
    cues, last = np.full(2, 0.5), None
    scored, errors = [], []
    for place in range(len(trials["choice"])):
        here = (trials["block"][place], trials["recipient"][place])
        if last is not None and here != last:
            cues = np.full(2, 0.5)
        last = here
        choice = int(trials["choice"][place])
        odds = np.exp(VALUES["precision"] * cues)
        error = trials["outcome"][place] - cues[choice]
        errors.append(error)
        if not trials["answered"][place]:
            scored.append(0.0)
            continue
        scored.append(np.log(odds[choice] / odds.sum()))
        cues[choice] += rates[int(trials["recipient"][place])] * error
    return scored, errors


def test_a_walk_equals_a_plain_loop():
    trials = trials_by_hand()
    scored, quantities = follow(find_model("learning-rates"), VALUES, trials)
    expected, errors = by_loop(trials)
    assert np.asarray(scored) == pytest.approx(expected, abs=1e-12)
    answered = trials["answered"]
    given = np.asarray(quantities["prediction_error"])[answered]
    assert given == pytest.approx(np.array(errors)[answered], abs=1e-12)


def test_values_and_the_scale_of_estimation_are_each_others_inverse():
    model = find_model("learning-rates")
    scaled = to_scaled(VALUES, model.parameters)
    back = to_values(scaled, model.parameters)
    assert {name: float(one) for name, one in back.items()} == pytest.approx(VALUES, rel=1e-12)
    with pytest.raises(UsageError, match=r"rate_self must lie between 0\.0 and 1\.0"):
        to_scaled({**VALUES, "rate_self": 1.5}, model.parameters)


START = Model(
    name="drifting",
    summary="a choice that starts somewhere and stays there",
    doi="",
    parameters=(Parameter(name="begin", summary="where it begins", typical=0.0),),
    columns=(),
    start=lambda values, _: values["begin"],
    expect=lambda _, state, __: state,
    learn=lambda _, state, __: (state + 1.0, {"state": state}),
)


def test_each_session_begins_anew_from_its_own_parameters():
    model = by_session(START, ["1", "2"])
    assert model.names == ("begin_1", "begin_2")
    trials = {
        "choice": np.ones(5),
        "session": np.array([0.0, 0.0, 1.0, 1.0, 1.0]),
        "answered": np.ones(5, bool),
    }
    _, quantities = follow(model, {"begin_1": 10.0, "begin_2": -5.0}, trials)
    assert np.asarray(quantities["state"]).tolist() == [10, 11, -5, -4, -3]


def test_what_cannot_vary_is_refused():
    who = Column(name="who", summary="", levels=("a", "b"))
    with pytest.raises(UsageError, match=r"has no parameter temper that could vary\. It has: rate"):
        vary(find_model("learning"), ["temper"], who)
    with pytest.raises(UsageError, match="needs levels"):
        vary(find_model("learning"), ["rate"], Column(name="who", summary=""))


def test_simulated_people_repeat_to_the_bit_and_earn_what_they_chose():
    truth, trials = learners()
    model = find_model("learning")
    again = simulate(model, truth, trials, seed=1)
    other = simulate(model, truth, trials, seed=2)
    assert np.array_equal(again.columns["choice"], trials.columns["choice"])
    assert not np.array_equal(other.columns["choice"], trials.columns["choice"])
    one, none = (trials.columns[name] for name in ("outcome_1", "outcome_0"))
    chose = trials.columns["choice"] > 0.5
    earned = np.where(trials.answered, np.where(chose, one, none), 0.0)
    assert np.array_equal(trials.columns["outcome"], earned)


def test_simulated_choices_are_as_frequent_as_the_model_says():
    truth, trials = learners()
    made = quantities_of(find_model("learning"), truth, trials)
    said = np.exp(made["log_probability"][trials.answered])
    # Of two responses with probabilities p and 1 - p, the mean of log p is known, and its spread.
    flipped = 1 - said
    surprise = np.log(said).sum()
    expected = (said * np.log(said) + flipped * np.log(flipped)).sum()
    spread = np.sqrt((said * flipped * np.log(said / flipped) ** 2).sum())
    assert abs(surprise - expected) < 3 * spread


def test_trial_tables_name_the_row_of_each_trial():
    truth, trials = learners()
    table = trial_table(find_model("learning"), truth, trials)
    assert list(table.columns) == [
        "participant",
        "row",
        "log_probability",
        "prediction_error",
        "value",
    ]
    assert table["row"].tolist() == list(range(trials.answered.size))
    assert table["log_probability"].notna().to_numpy().tolist() == trials.answered.ravel().tolist()
