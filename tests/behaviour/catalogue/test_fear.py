import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, normal, walked

VALUES = {"rate": 0.5, "baseline": 0.1, "gain": 2.0, "spread": 0.2}
CUE = np.array([1.0, 0.0, 1.0, 1.0, 1.0])
PAIN = np.array([1.0, 0.0, 1.0, -1.0, -1.0])
RESPONSES = np.array([0.2, 0.1, 0.9, 1.5, 1.4])
COLUMNS = {"cue": CUE, "outcome": PAIN, "rating": RESPONSES}


def test_a_cue_is_feared_as_far_as_pain_followed_it():
    scored, made = walked("fear", VALUES, **COLUMNS)
    fear = np.array([0.0, 0.0, 0.5, 0.75, 0.75])
    assert made["value"] == pytest.approx(fear, abs=1e-12)
    assert scored == pytest.approx(normal(RESPONSES, 0.1 + 2 * fear, 0.2), abs=1e-12)


def by_loop(rate, renewal):
    fear, attended, courses = np.zeros(2), np.ones(2), []
    for cue, pain in zip(CUE.astype(int), PAIN, strict=True):
        courses.append((fear[cue], attended[cue]))
        if pain < 0:
            continue
        error = pain - fear[cue]
        fear[cue] += rate * attended[cue] * error
        attended[cue] += renewal * (abs(error) - attended[cue])
    return np.array(courses).T


def test_surprise_makes_fear_learn_faster():
    fear, attended = by_loop(0.5, 0.3)
    values = {**VALUES, "renewal": 0.3}
    scored, made = walked("fear-pearce-hall", values, **COLUMNS)
    assert made["value"] == pytest.approx(fear, abs=1e-12)
    assert made["associability"] == pytest.approx(attended, abs=1e-12)
    assert attended[-1] == pytest.approx(0.85)  # 1, then .3 towards an error of .5
    assert scored == pytest.approx(normal(RESPONSES, 0.1 + 2 * fear, 0.2), abs=1e-12)
    scored, _ = walked("fear-associability", values, **COLUMNS)
    assert scored == pytest.approx(normal(RESPONSES, 0.1 + 2 * attended, 0.2), abs=1e-12)


def test_derivatives_are_finite_far_out():
    assert has_finite_derivatives("fear-pearce-hall", **COLUMNS)
