import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, logistic, walked

CHOICES = np.array([1.0, 1.0, 0.0, 1.0])
OUTCOMES = np.array([1.0, 0.0, 1.0, 1.0])
SAME = {"block": np.ones(4), "recipient": np.zeros(4)}


def test_the_other_cue_fades_to_chance():
    values = {"rate": 0.5, "precision": 2.0, "decay": 0.2}
    scored, made = walked("learning-decay", values, choice=CHOICES, outcome=OUTCOMES, **SAME)
    # cue 1: .5 -> .75 -> .375 -> .4 (faded) ; cue 0: .5, .5, .5 -> .75
    assert made["value"] == pytest.approx([0.5, 0.75, 0.5, 0.4], abs=1e-12)
    odds = 2 * np.array([0.0, 0.25, 0.125, 0.4 - 0.75])  # those of the choice that was made
    assert np.exp(scored) == pytest.approx(logistic(odds), abs=1e-12)


def test_better_and_worse_are_learnt_at_their_own_rates():
    values = {"rate_better": 0.5, "rate_worse": 0.1, "precision": 2.0}
    _, made = walked("learning-differential", values, choice=CHOICES, outcome=OUTCOMES, **SAME)
    assert made["value"] == pytest.approx([0.5, 0.75, 0.5, 0.675], abs=1e-12)
    assert made["prediction_error"] == pytest.approx([0.5, -0.75, 0.5, 0.325], abs=1e-12)


def test_others_share_a_rate_and_a_missed_trial_teaches_nothing():
    values = {"rate_self": 0.5, "rate_others": 0.2, "precision": 3.0}
    recipient = np.repeat([0.0, 1.0, 2.0], 3)
    scored, made = walked(
        "learning-self-others",
        values,
        choice=np.ones(9),
        outcome=np.ones(9),
        recipient=recipient,
        block=np.ones(9),
        answered=[1, 0, 1, 1, 1, 1, 1, 1, 1],
    )
    assert made["value"] == pytest.approx(
        [0.5, 0.75, 0.75, 0.5, 0.6, 0.68, 0.5, 0.6, 0.68], abs=1e-12
    )
    assert scored[1] == 0
    assert scored[2] == pytest.approx(np.log(logistic(0.75)), abs=1e-12)


def test_precisions_belong_to_recipients():
    names = ("self", "other", "none")
    values = {f"rate_{who}": 0.5 for who in names}
    values |= {f"precision_{who}": 2.0 * place for place, who in enumerate(names, 1)}
    scored, _ = walked(
        "learning-rates-precisions",
        values,
        choice=np.ones(6),
        outcome=np.ones(6),
        recipient=np.repeat([0.0, 1.0, 2.0], 2),
        block=np.ones(6),
    )
    assert np.exp(scored[1::2]) == pytest.approx(logistic(np.array([2, 4, 6]) * 0.25), abs=1e-12)


def test_derivatives_are_finite_far_out():
    columns = {"choice": CHOICES, "outcome": OUTCOMES, **SAME}
    assert has_finite_derivatives("learning-rates-decay", **columns)
