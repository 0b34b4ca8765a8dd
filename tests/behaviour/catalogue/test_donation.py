import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, normal, walked

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.trials import trials_of
from empatune.errors import BehaviourError

CAUSES = ("tenderness", "distress", "blamelessness", "instrumental")


def test_a_donation_by_hand():
    values = {"level": 0.4, "spread": 0.1, "tenderness_weight": 0.2, "distress_weight": -0.1}
    values |= {"blamelessness_weight": 0.05, "instrumental_weight": 0.3}
    causes = {
        "tenderness": [1.0],
        "distress": [2.0],
        "blamelessness": [-1.0],
        "instrumental": [0.5],
    }
    scored, made = walked("donation", values, rating=[0.6], **causes)
    assert made["value"] == pytest.approx([0.5], abs=1e-12)  # .4 + .2 - .2 - .05 + .15
    assert made["residual"] == pytest.approx([0.1], abs=1e-12)
    assert scored == pytest.approx([normal(0.6, 0.5, 0.1)], abs=1e-12)


def test_causes_that_were_not_asked_count_as_nothing():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"participant": "a", "rating": [0.2, 0.4], "tenderness": [1.0, -1.0]})
    with pytest.raises(BehaviourError, match=r"needs columns that the table lacks: distress\."):
        trials_of(table, find_model("donation"))
    trials = trials_of(table.assign(distress=0.5), find_model("donation"))
    assert trials.columns["instrumental"].tolist() == [[0, 0]]


def test_derivatives_are_finite_far_out():
    columns = {name: np.array([1.0, -2.0]) for name in CAUSES}
    assert has_finite_derivatives("donation", rating=[0.0, 1.0], **columns)
