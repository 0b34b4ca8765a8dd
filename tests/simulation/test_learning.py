"""The learning rule: it follows what is shown, and only that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from empatune.simulation import haemodynamics, learning
from empatune.simulation.learning import LearningSettings, Seen

SETTINGS = LearningSettings(n_strategies=3)
TR_S = 2.0


def practise(direction: np.ndarray, *, contingent: bool, seed: int, after: bool = False):
    """Let a learner try at random; the value follows a direction of its tries, or chance."""
    rng, other = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    learner = learning.begin(SETTINGS)
    for _ in range(40):
        summed = 0.0
        for volume in range(15):
            tried = rng.normal(0, 0.6, 3)
            source = tried if contingent else other.normal(0, 0.6, 3)
            worth = float(np.tanh(direction @ (source + learner.habit * contingent)))
            summed += worth / 15
            seen = Seen(phase="care", elapsed=volume / 15, value=None if after else worth)
            learner = learning.learn(learner, seen, tried=tried, tr_s=TR_S, settings=SETTINGS)
        if after:
            seen = Seen(phase="feedback", value=float(np.clip(4 * summed, -1, 1)))
            learner = learning.learn(learner, seen, tried=np.zeros(3), tr_s=TR_S, settings=SETTINGS)
    return learner.habit


@pytest.mark.parametrize("after", [False, True], ids=["continuous", "after the block"])
def test_habit_follows_what_is_rewarded(after):
    direction = np.array([1.0, -0.5, 0.0])
    gains = [
        direction @ practise(direction, contingent=True, seed=s, after=after) for s in range(8)
    ]
    assert np.mean(gains) > 4 * np.std(gains) / np.sqrt(8)


def test_habit_only_wanders_without_contingency():
    direction = np.array([1.0, -0.5, 0.0])
    gains = [direction @ practise(direction, contingent=False, seed=s) for s in range(24)]
    assert abs(np.mean(gains)) < 2.5 * np.std(gains) / np.sqrt(24)
    assert np.std(gains) > 0


def test_nothing_is_learned_where_nothing_is_shown():
    learner = learning.begin(SETTINGS)
    tried = np.ones(3)
    for seen in (Seen(phase="rest", value=1.0), Seen(phase="care"), Seen(phase="view", value=1.0)):
        changed = learning.learn(learner, seen, tried=tried, tr_s=TR_S, settings=SETTINGS)
        assert np.array_equal(changed.habit, np.zeros(3))


def test_habit_stays_within_its_bounds():
    learner = learning.begin(replace(SETTINGS, rate_per_s=50.0))
    for value in (0.0, 1.0, -1.0, 1.0):
        seen = Seen(phase="care", value=value)
        learner = learning.learn(
            learner, seen, tried=np.ones(3), tr_s=TR_S, settings=replace(SETTINGS, rate_per_s=50.0)
        )
        assert np.abs(learner.habit).max() <= SETTINGS.most


@pytest.mark.parametrize("phase", ["", "waiting", "rest", "paused", "finished", "view"])
def test_who_is_not_asked_does_not_regulate(phase):
    assert not Seen(phase=phase).regulating
    assert Seen(phase="care").regulating
    assert Seen(phase="transfer").regulating


@pytest.mark.parametrize("tr_s", [0.8, 2.0, 3.0])
def test_response_peaks_after_five_seconds_and_undershoots(tr_s):
    response = haemodynamics.response(tr_s)
    assert response.sum() == pytest.approx(1.0)
    assert 3.0 < (response.argmax() + 0.5) * tr_s < 7.0
    assert 11.0 < (response.argmin() + 0.5) * tr_s < 20.0
