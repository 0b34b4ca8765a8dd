"""Chance, intervals and calibration of people who were held out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from empatune.errors import TrainingError
from empatune.motives.classification.cases import Cases, arrange
from empatune.motives.classification.validation import calibrate, validate


def cases(apart: float, *, within: bool = False, n_people: int = 34, seed: int = 0) -> Cases:
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(n_people), 2 if within else 1)
    positive = np.tile([False, True], n_people) if within else people % 2 == 1
    own = rng.standard_normal((n_people, 3))[people] * (2.0 if within else 0.0)
    values = own + rng.standard_normal((len(people), 3))
    values[:, 0] += apart * positive
    return arrange(
        ("a", "b", "c"),
        values,
        labels=np.where(positive, "reciprocity", "empathy").tolist(),
        people=[f"{each:02d}" for each in people],
    )


def test_motives_that_differ_are_told_apart() -> None:
    found = validate(cases(3.0), n_permutations=200, rng=np.random.default_rng(0))
    assert found.accuracy > 0.85
    assert found.low < found.accuracy < found.high
    assert found.p == pytest.approx(1 / 201)
    assert found.auc > 0.95
    assert found.probabilities.shape == (34,)


@pytest.mark.parametrize("within", [False, True])
def test_under_chance_p_is_as_often_small_as_it_says(within: bool) -> None:
    p = [
        validate(
            cases(0.0, within=within, n_people=12, seed=seed),
            n_permutations=39,
            rng=np.random.default_rng(seed),
        ).p
        for seed in range(60)
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.1
    assert np.mean(np.array(p) <= 0.5) > 0.3


def test_accuracy_counts_both_motives_alike() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((30, 2))
    labels = ["empathy"] * 24 + ["reciprocity"] * 6
    unequal = arrange(("a", "b"), values, labels=labels, people=[str(i) for i in range(30)])
    found = validate(unequal, n_permutations=200, rng=rng)
    right = (found.scores > 0) == unequal.positive
    expected = (right[:24].mean() + right[24:].mean()) / 2
    assert found.accuracy == pytest.approx(expected)
    assert found.chance == pytest.approx(0.5, abs=0.06)


def test_within_people_labels_are_exchanged_within_people() -> None:
    strong = cases(2.5, within=True)
    assert strong.within
    found = validate(strong, n_permutations=300, rng=np.random.default_rng(1))
    assert found.p < 0.05
    assert found.chance == pytest.approx(0.5, abs=0.04)


def test_calibration_of_true_log_odds_is_perfect() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2, 20000)
    positive = rng.random(20000) < expit(scores)
    found = calibrate(scores, positive)
    assert found.slope == pytest.approx(1.0, abs=0.06)
    assert found.intercept == pytest.approx(0.0, abs=0.06)
    np.testing.assert_allclose(found.predicted, found.observed, atol=0.02)
    assert found.n.sum() == 20000
    assert found.brier < 0.16
    assert calibrate(3 * scores, positive).slope == pytest.approx(1 / 3, abs=0.02)


def test_calibration_has_no_line_where_motives_are_told_completely() -> None:
    found = calibrate(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([False, False, True, True]))
    assert np.isnan(found.slope)
    assert found.brier < 0.1


def test_no_permutation_is_refused() -> None:
    with pytest.raises(TrainingError, match="at least 1"):
        validate(cases(1.0), n_permutations=0, rng=np.random.default_rng(0))
