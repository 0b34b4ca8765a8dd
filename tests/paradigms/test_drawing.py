"""Trials that are drawn from a design."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from empatune.core import FEATURES
from empatune.errors import ParadigmError
from empatune.paradigms import load, loads
from empatune.paradigms.drawing import group_sizes


@pytest.fixture
def trials(small: str) -> pd.DataFrame:
    return loads(small).draw(seed=3)


def test_every_person_meets_every_cell(trials: pd.DataFrame) -> None:
    keys = ["participant", "session", "run", "condition"]
    assert (trials.groupby(keys, observed=True).size() == 6).all()
    assert len(trials) == 12 * 2 * 2 * 12
    assert trials.groupby("group", observed=True)["participant"].nunique().to_dict() == {
        "asked": 8,
        "control": 4,
    }


def test_rows_stand_in_the_order_in_which_a_person_meets_them(trials: pd.DataFrame) -> None:
    one = trials[trials["participant"] == "005"]
    assert one["session"].tolist() == ["before"] * 24 + ["after"] * 24
    assert one["run"].tolist() == ([1] * 12 + [2] * 12) * 2
    assert one["trial"].tolist() == list(range(1, 13)) * 4


def test_the_seed_decides(small: str) -> None:
    design = loads(small)
    pd.testing.assert_frame_equal(design.draw(5, 1), design.draw(5, 1))
    assert not design.draw(5, 1)["condition"].equals(design.draw(5, 2)["condition"])


def test_orders_differ_between_people_and_runs_and_keep_the_limit(trials: pd.DataFrame) -> None:
    orders = trials.groupby(["participant", "session", "run"], observed=True)["condition"].agg(
        tuple
    )
    assert orders.nunique() > 30
    for order in orders:
        assert not any(len(set(order[k : k + 3])) == 1 for k in range(10))


def test_context_comes_from_group_target_and_condition(trials: pd.DataFrame) -> None:
    assert (trials.loc[trials["group"] == "asked", "goal"] == 1).all()
    assert (trials.loc[trials["group"] == "control", "goal"] == 0).all()
    assert (trials.loc[trials["condition"] == "friend_pain", "affect"] == -0.8).all()
    assert (trials["mind"] == 1).all()
    for feature in FEATURES:
        assert trials[feature.name].between(feature.low, feature.high).all()


def test_a_targets_draw_is_one_value_a_person(trials: pd.DataFrame) -> None:
    friends = trials[trials["target"] == "friend"].groupby("participant", observed=True)
    assert (friends["closeness"].nunique() == 1).all()
    values = friends["closeness"].first()
    assert values.nunique() == 12
    assert values.between(0.4, 1).all()
    assert (trials.loc[trials["target"] == "stranger", "closeness"] == 0).all()


def test_a_conditions_draw_is_anew_for_each_trial_and_balanced(trials: pd.DataFrame) -> None:
    strangers = trials[trials["condition"] == "stranger_pain"]
    counts = strangers.groupby(["participant", "session", "run", "affect"], observed=True).size()
    assert (counts == 2).all()
    assert set(strangers["affect"]) == {-0.9, -0.6, -0.3}


def test_a_sessions_draw_holds_for_all_its_conditions() -> None:
    trials = load("battery").draw(30, 0)
    whole = [feature.name for feature in FEATURES]
    assert (trials[whole].std() > 0).all()
    shared = trials[whole].corr().abs().to_numpy() - np.eye(len(whole))
    assert shared.max() < 0.05


def test_outcomes_keep_their_share_exactly(trials: pd.DataFrame) -> None:
    friends = trials[trials["condition"] == "friend_pain"]
    shares = friends.groupby(["participant", "session", "run"], observed=True)["outcome"].mean()
    assert (shares == 0.5).all()
    assert trials.loc[trials["condition"] == "stranger_pain", "outcome"].isna().all()


def test_training_adds_up_from_the_session_it_precedes(trials: pd.DataFrame) -> None:
    amount = trials.groupby(["group", "session"], observed=True)["training_concern"].agg(set)
    assert amount["asked"].to_dict() == {"before": {0.0}, "after": {1.0}}
    assert amount["control"].to_dict() == {"before": {0.0}, "after": {0.0}}
    weeks = trials.groupby("session", observed=True)["week"].first()
    assert weeks.to_dict() == {"before": 0.0, "after": 2.0}


def test_phases_follow_one_another_and_trials_do_not_overlap(trials: pd.DataFrame) -> None:
    assert (trials["onset_cue"] == trials["onset"]).all()
    for first, then in (("cue", "pain"), ("pain", "rating")):
        ends = trials[f"onset_{first}"] + trials[f"duration_{first}"]
        np.testing.assert_allclose(ends, trials[f"onset_{then}"], atol=1e-5)
    runs = trials.groupby(["participant", "session", "run"], observed=True)
    pause = runs["onset"].shift(-1) - trials["onset"] - trials["duration"]
    assert pause.dropna().between(2 - 1e-5, 5 + 1e-5).all()
    assert runs["onset"].first().eq(6).all()
    assert (runs["duration_cue"].mean() == 2).all()


def test_blocks_are_whole_and_rest_lies_between_them(small: str) -> None:
    text = small.replace("max_repeats = 2", 'order = "blocked"\nblock_trials = 3\nrest_s = 20')
    trials = loads(text).draw(4, 0)
    one = trials.groupby(["participant", "session", "run"], observed=True).get_group(
        ("001", "before", 1)
    )
    blocks = one["condition"].to_numpy().reshape(4, 3)
    assert (blocks == blocks[:, :1]).all()
    pause = np.diff(one["onset"]) - one["duration"].to_numpy()[:-1]
    assert (pause[2::3] > 20).all()
    assert (np.delete(pause, [2, 5, 8]) < 6).all()


def test_a_phase_of_some_conditions_lasts_only_there() -> None:
    trials = load("hein-2010").draw(2, 0)
    watching = trials["session"] == "watching"
    assert trials.loc[watching, "duration_choice"].isna().all()
    assert (trials.loc[~watching, "duration_choice"] == 4).all()
    assert trials.loc[~watching, "onset_rating"].isna().all()


def test_feedback_is_own_or_of_others_and_only_where_it_is_given() -> None:
    trials = load("neurofeedback").draw(4, 0)
    given = trials.groupby(["group", "condition"], observed=True)["feedback"].agg(set)
    assert given["feedback", "regulate"] == {1}
    assert given["sham", "regulate"] == {-1}
    assert given["sham", "transfer"] == given["feedback", "rest"] == {0}


def test_cues_are_the_same_in_learning_and_test() -> None:
    trials = load("olsson-2016").draw(3, 0)
    cues = trials.groupby("condition", observed=True)["cue"].agg(set)
    assert cues["observe_plus"] == cues["test_plus"] == {"plus"}


def test_likeness_of_targets_is_symmetric(small: str) -> None:
    assert loads(small).likeness().tolist() == [[1, 0.5], [0.5, 1]]


@pytest.mark.parametrize(
    ("n", "sizes"), [(12, (8, 4)), (6, (4, 2)), (2, (1, 1)), (7, (5, 2)), (100, (67, 33))]
)
def test_groups_keep_their_shares(small: str, n: int, sizes: tuple[int, int]) -> None:
    assert tuple(group_sizes(loads(small), n).values()) == sizes


def test_fewer_people_than_groups_are_refused(small: str) -> None:
    with pytest.raises(ParadigmError, match=r"2 groups \(asked, control\).*at least 2"):
        loads(small).draw(1)


def test_tails_of_a_bell_are_cut_at_the_ends_of_a_feature(small: str) -> None:
    text = small.replace("affect = [-0.9, -0.6, -0.3]", "affect = { mean = -0.8, sd = 0.5 }")
    affect = loads(text).draw(seed=1).query("condition == 'stranger_pain'")["affect"]
    assert affect.min() == -1
    assert affect.between(-1, 1).all()
    assert affect.std() > 0.2
