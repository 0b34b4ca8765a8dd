import numpy as np
import pandas as pd
import pytest

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.responses import CHOICE, Response
from empatune.behaviour.trials import Naming, trials_of
from empatune.errors import BehaviourError, UsageError

MODEL = find_model("learning-rates")


def table(**changes):
    made = {
        "participant": ["a", "a", "a", "b", "b"],
        "trial": [1, 2, 3, 1, 2],
        "recipient": ["self", "self", "other", "none", "none"],
        "block": 1,
        "choice": [1, 0, np.nan, 1, 1],
        "outcome": [1, 0, np.nan, 0, 1],
    }
    return pd.DataFrame({**made, **changes})


def test_people_lie_beside_each_other_with_their_trials_in_order():
    trials = trials_of(table(), MODEL)
    assert trials.people == ("a", "b")
    assert trials.columns["choice"].tolist() == [[1, 0, 0], [1, 1, 0]]
    assert trials.columns["recipient"].tolist() == [[0, 0, 1], [2, 2, 0]]
    assert trials.answered.tolist() == [[True, True, False], [True, True, False]]
    assert trials.rows.tolist() == [[0, 1, 2], [3, 4, -1]]
    assert trials.n_missed.tolist() == [1, 0]


def test_people_whose_rows_are_mixed_keep_their_own_order():
    mixed = table().iloc[[3, 0, 1, 4, 2]]
    trials = trials_of(mixed, MODEL)
    assert trials.people == ("b", "a")
    assert trials.columns["outcome"].tolist() == [[0, 1, 0], [1, 0, 0]]


def test_other_names_labels_and_units_become_ours():
    given = table(recipient=[1, 1, 2, 3, 3]).rename(columns={"recipient": "agent"})
    naming = Naming(
        columns={"recipient": "agent"},
        labels={"recipient": {"1": "self", "2": "other", "3": "none"}},
        scale={"outcome": 10.0},
    )
    trials = trials_of(given, MODEL, naming=naming)
    assert trials.columns["recipient"].tolist() == [[0, 0, 1], [2, 2, 0]]
    assert trials.columns["outcome"].tolist() == [[10, 0, 0], [0, 10, 0]]


def test_answers_coded_otherwise_become_0_and_1():
    for codes in ([1, 2, np.nan, 1, 1], ["left", "right", "", "left", "left"]):
        first, second = str(codes[0]), str(codes[1])
        naming = Naming(labels={"choice": {first: "0", second: "1"}})
        trials = trials_of(table(choice=codes), MODEL, naming=naming)
        assert trials.columns["choice"].tolist() == [[0, 1, 0], [0, 0, 0]]
        assert trials.n_missed.tolist() == [1, 0]
    turned = Naming(labels={"choice": {"0": "1", "1": "0"}})
    assert trials_of(table(), MODEL, naming=turned).columns["choice"][0].tolist() == [0, 1, 0]


def test_labels_that_make_one_answer_of_two_are_refused():
    given = table(choice=[1, 2, 1, 2, 1], outcome=1)
    naming = Naming(labels={"choice": {"2": "1"}})
    with pytest.raises(BehaviourError, match=r"would make one answer of two: .* holds 1 as well"):
        trials_of(given, MODEL, naming=naming)
    both = Naming(labels={"choice": {"2": "1", "1": "0"}})
    assert set(trials_of(given, MODEL, naming=both).columns["choice"].ravel()) == {0.0, 1.0}


def test_rows_out_of_order_are_named():
    with pytest.raises(BehaviourError, match="Row 3: trial 1 of participant a comes after a later"):
        trials_of(table(trial=[2, 1, 3, 1, 2]), MODEL)
    again = trials_of(table(trial=[1, 2, 1, 1, 2], block=[1, 1, 2, 1, 1]), MODEL)
    assert again.n_answered.tolist() == [2, 2]


def test_schedules_come_along_where_the_table_has_them():
    trials = trials_of(table(outcome_0=0, outcome_1=1), MODEL)
    assert trials.columns["outcome_1"].tolist() == [[1, 1, 1], [1, 1, 0]]
    assert "outcome_1" not in trials_of(table(), MODEL).columns


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"choice": [1, 2, np.nan, 1, 1]},
            "must be 0 or 1.*given: 1, 2. Say which is which .--labels choice:1=0,2=1, or rev",
        ),
        ({"choice": ["yes", "no", "", "yes", "no"]}, "holds 'yes' in row 2, which is no number"),
        ({"recipient": ["self", "them", "other", "none", "none"]}, "'them', first in row 3.*allow"),
        ({"trial": [1, 1, 3, 1, 2]}, "1 trial is there twice, the first of participant a in row"),
        ({"outcome": [1, np.nan, np.nan, 0, 1]}, "empty in 1 trial with a response"),
        (
            {"participant": ["a", None, "a", "b", "b"]},
            "participant is empty in 1 row, the first row 3",
        ),
    ],
)
def test_wrong_cells_are_named(changes, said):
    with pytest.raises(BehaviourError, match=said):
        trials_of(table(**changes), MODEL)


def test_missing_columns_and_empty_tables_are_named():
    with pytest.raises(BehaviourError, match=r"lacks: outcome\. The table has: participant, trial"):
        trials_of(table().drop(columns="outcome"), MODEL)
    with pytest.raises(BehaviourError, match="has no rows"):
        trials_of(table().iloc[:0], MODEL)


TIMED = Model(
    name="timed",
    summary="a model of reaction times",
    doi="",
    parameters=(Parameter(name="drift", summary="", typical=0.0),),
    columns=(),
    expect=lambda values, _, __: values["drift"],
    response=Response(
        name="timed",
        columns=(*CHOICE.columns, Column(name="rt", summary="reaction time", unit="s")),
        log_probability=CHOICE.log_probability,
        draw=CHOICE.draw,
    ),
)


def test_impossible_reaction_times_are_named():
    with pytest.raises(BehaviourError, match=r"1 reaction time of 0 or below, the smallest -0\.2"):
        trials_of(table(rt=[0.5, -0.2, np.nan, 0.7, 0.8]), TIMED)
    with pytest.raises(BehaviourError, match=r"median of 650 s.*--scale rt=0\.001"):
        trials_of(table(rt=[500, 600, np.nan, 700, 800]), TIMED)
    in_ms = trials_of(
        table(rt=[500, 600, 650, 700, 800]), TIMED, naming=Naming(scale={"rt": 0.001})
    )
    assert in_ms.columns["rt"][0] == pytest.approx([0.5, 0.6, 0.65])
    assert in_ms.answered[0].tolist() == [True, True, False]


def rated(*ratings):
    return pd.DataFrame({"participant": "a", "rating": ratings})


@pytest.mark.parametrize(
    ("ratings", "said"),
    [
        ([20, 64, 0, 71], r"holds 0 to 71, and the model takes .* 0 to 1: .*--scale rating=0\.01"),
        ([0, 0, 0, 0, 0, 0, 35], r"yours end at 50, .*--scale rating=0\.02"),
        ([1, 3, 2, 2], r"yours end at 3"),
        ([0, 8, 3], r"yours end at 8, .*rating=0\.125"),
        ([-2, 1.5, 0.5], "numbers below 0 cannot be by a factor"),
    ],
)
def test_ratings_on_another_scale_are_refused_with_the_scale_to_write(ratings, said):
    for name in ("rating", "donation", "closeness"):
        given = rated(*ratings).assign(tenderness=0, distress=0, pain=0, block=1)
        with pytest.raises(BehaviourError, match=said):
            trials_of(given, find_model(name))


def test_ratings_that_pass_an_end_a_little_are_taken_and_physiology_has_none():
    given = rated(0.0, 1.2, -0.1, 0.6)  # noise of a simulation
    assert trials_of(given, find_model("rating")).n_answered.tolist() == [4]
    scaled = trials_of(rated(0, 80), find_model("rating"), naming=Naming(scale={"rating": 0.01}))
    assert scaled.columns["rating"].tolist() == [[0, 0.8]]
    skin = rated(12.0, 30.0).assign(cue="safe", outcome=0)
    assert trials_of(skin, find_model("fear")).columns["rating"].tolist() == [[12, 30]]


def test_the_column_that_is_meant_is_guessed():
    given = table().rename(columns={"participant": "participant_id", "outcome": "outcom"})
    with pytest.raises(BehaviourError, match="--columns participant=participant_id,outcome=outcom"):
        trials_of(given, MODEL)
    with pytest.raises(BehaviourError, match=r"\(--columns participant=Subject\)"):
        trials_of(table().rename(columns={"participant": "Subject"}), MODEL)
    with pytest.raises(BehaviourError, match=r"lacks: chioce\. .*--columns choice=choice\)"):
        trials_of(table(), MODEL, naming=Naming(columns={"choice": "chioce"}))
    others = table().rename(columns={"choice": "button"})
    with pytest.raises(BehaviourError, match=r"\(--columns choice=YOURS\)"):
        trials_of(others, MODEL)


def test_models_and_parameters_that_cannot_be_are_refused():
    with pytest.raises(UsageError, match=r"typical 2\.0 must lie between"):
        Parameter(name="rate", summary="", lower=0.0, upper=1.0, typical=2.0)
    with pytest.raises(UsageError, match="an upper bound alone"):
        Parameter(name="rate", summary="", upper=1.0, typical=0.0)
    with pytest.raises(UsageError, match="level twice"):
        Column(name="who", summary="", levels=("self", "self"))
    with pytest.raises(UsageError, match="lower 1 must be below upper 0"):
        Column(name="rating", summary="", lower=1, upper=0)
    with pytest.raises(UsageError, match="restarts by block, which is not among"):
        Model(
            name="odd",
            summary="",
            doi="",
            parameters=TIMED.parameters,
            columns=(),
            expect=TIMED.expect,
            restart=("block",),
        )
