"""The rule against scikit-learn, and that held-out people stay out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from empatune.motives.classification.discriminant import hold_out, learn


def cases(n: int = 30, n_features: int = 4, apart: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    positive = np.arange(n) % 2 == 1
    mixing = rng.standard_normal((n_features, n_features))
    values = rng.standard_normal((n, n_features)) @ mixing * [0.1, 1, 10, 1][:n_features]
    return values + apart * positive[:, None] * values.std(axis=0), positive


def test_it_is_the_discriminant_of_scikit_learn_without_shrinkage() -> None:
    values, positive = cases()
    ours = learn(values, positive, shrinkage=0.0)
    peer = LinearDiscriminantAnalysis(solver="lsqr", priors=[0.5, 0.5]).fit(values, positive)
    scale = (len(values) - 2) / len(values)  # scikit-learn divides by n, we by n - 2
    np.testing.assert_allclose(ours.weights, peer.coef_[0] * scale, rtol=1e-9)
    np.testing.assert_allclose(ours.score(values), peer.decision_function(values) * scale)


def test_shrinkage_is_that_of_scikit_learn() -> None:
    values, positive = cases(n=14)
    centred = np.where(
        positive[:, None], values - values[positive].mean(0), values - values[~positive].mean(0)
    )
    standard = centred / np.sqrt((centred**2).sum(axis=0) / (len(values) - 2))
    expected = ledoit_wolf(standard, assume_centered=True)[1]
    assert 0.01 < expected < 0.99
    assert learn(values, positive).shrinkage == pytest.approx(expected, rel=1e-9)


def test_units_of_features_do_not_matter() -> None:
    values, positive = cases()
    other = values * [1e-6, 1e6, 1, 3] + [5, 0, -7, 1]
    np.testing.assert_allclose(
        learn(values, positive).score(values), learn(other, positive).score(other), atol=1e-6
    )


def test_a_person_is_scored_by_a_rule_learnt_from_all_others() -> None:
    values, positive = cases()
    groups = np.repeat(np.arange(15), 2)
    labellings = np.stack([positive, ~positive, np.roll(positive, 1)])
    scores = hold_out(values, labellings, groups)
    for row, labels in enumerate(labellings):
        for person in (0, 7, 14):
            out = groups == person
            alone = learn(values[~out], labels[~out]).score(values[out])
            np.testing.assert_allclose(scores[row, out], alone, rtol=1e-9)


def test_what_a_held_out_person_is_like_changes_no_other_rule() -> None:
    values, positive = cases()
    groups = np.arange(30)
    wild = values.copy()
    wild[3] = 1e6
    flipped = positive.copy()
    flipped[3] = not flipped[3]
    before = hold_out(values, positive[None], groups)[0]
    after = hold_out(wild, flipped[None], groups)[0]
    rule = learn(np.delete(values, 3, axis=0), np.delete(positive, 3))
    assert before[3] == pytest.approx(rule.score(values[3:4])[0])
    assert after[3] == pytest.approx(rule.score(wild[3:4])[0])


def test_a_feature_that_does_not_vary_in_a_fold_gets_no_weight() -> None:
    values, positive = cases()
    values[:, 0] = 0.0
    values[0, 0] = 1.0
    scores = hold_out(values, positive[None], np.arange(30))
    assert np.isfinite(scores).all()
