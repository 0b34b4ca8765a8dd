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
        ({"choice": [1, 2, np.nan, 1, 1]}, "must be 0 or 1.*given also: 2"),
        ({"choice": ["yes", "no", "", "yes", "no"]}, "holds 'yes' in row 2, which is no number"),
        ({"recipient": ["self", "them", "other", "none", "none"]}, "'them', first in row 3.*allow"),
        ({"trial": [1, 1, 3, 1, 2]}, "1 trials are there twice, the first of participant a in row"),
        ({"outcome": [1, np.nan, np.nan, 0, 1]}, "empty in 1 trials that have a response"),
        ({"participant": ["a", None, "a", "b", "b"]}, "participant is empty in 1 rows.*row 3"),
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
    with pytest.raises(BehaviourError, match=r"1 reaction times of 0 or below, the smallest -0\.2"):
        trials_of(table(rt=[0.5, -0.2, np.nan, 0.7, 0.8]), TIMED)
    with pytest.raises(BehaviourError, match=r"median of 650 s.*--scale rt=0\.001"):
        trials_of(table(rt=[500, 600, np.nan, 700, 800]), TIMED)
    in_ms = trials_of(
        table(rt=[500, 600, 650, 700, 800]), TIMED, naming=Naming(scale={"rt": 0.001})
    )
    assert in_ms.columns["rt"][0] == pytest.approx([0.5, 0.6, 0.65])
    assert in_ms.answered[0].tolist() == [True, True, False]


def test_models_and_parameters_that_cannot_be_are_refused():
    with pytest.raises(UsageError, match=r"typical 2\.0 must lie between"):
        Parameter(name="rate", summary="", lower=0.0, upper=1.0, typical=2.0)
    with pytest.raises(UsageError, match="an upper bound alone"):
        Parameter(name="rate", summary="", upper=1.0, typical=0.0)
    with pytest.raises(UsageError, match="level twice"):
        Column(name="who", summary="", levels=("self", "self"))
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
