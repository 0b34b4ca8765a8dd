"""The framework against the same equations in plain loops, written independently."""

import sys
from pathlib import Path

import numpy as np
import pytest

from empatune.core import FEATURE_NAMES
from empatune.motives import expect, population

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from framework_loop import simulate_by_loops
from simulate_people import make_experiment


def test_every_quantity_equals_that_of_the_loops():
    people, experiment = population(6, seed=9), make_experiment(6, 60, seed=9)
    appeal = np.random.default_rng(9).standard_normal((6, len(experiment.alike)))
    slow = simulate_by_loops(people, FEATURE_NAMES, experiment, appeal)
    seen = expect(people, experiment, appeal=appeal)
    found = {
        "net": seen.net,
        "S-": seen.components.shared_pain,
        "S+": seen.components.shared_joy,
        "Z": seen.components.mentalizing,
        "C": seen.components.concern,
        "D": seen.components.distress,
        "U": seen.components.value,
        "approach": seen.quantities["approach"],
        "help": seen.quantities["help"],
        "accurate": seen.quantities["accurate"],
        "donation": seen.quantities["donation"],
        "V": seen.belief,
    }
    assert set(found) == set(slow)
    for name, values in found.items():
        assert np.ptp(values) > 0.1
        assert values == pytest.approx(slow[name], rel=1e-9, abs=1e-12), name
