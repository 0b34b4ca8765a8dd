"""Recovery: effects that a simulation puts in are found again; where it puts none, none is found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tests.decoding.group.trials import trial_table

from empatune.decoding.group import Contrast, GroupSettings, analyse
from empatune.decoding.group.models import fit

PAIN = GroupSettings(
    contrasts=(Contrast.parse("pain - neutral"),), n_permutations=500, n_bootstraps=200
)


def test_effects_of_known_size_are_recovered():
    truth = {"care": 0.6, "distress": -0.3, "vps": 0.0}
    table = trial_table(truth, n_people=80, n_trials=20, sd_slope=0.5, seed=11)
    found = {effect.name: effect for effect in analyse(table, PAIN).effects}
    # variance of a person's difference: of the effect, and of two means of 20 trials
    spread = np.sqrt(0.5**2 + 2 / 20)
    for name, effect in truth.items():
        assert found[name].fit.low < effect < found[name].fit.high, name
        assert found[name].d.low < effect / spread < found[name].d.high, name
        expected = stats.norm.cdf(effect / spread)
        assert found[name].choice.accuracy.low < expected < found[name].choice.accuracy.high, name
        assert found[name].fit.sd_slope == pytest.approx(0.5, rel=0.3)
        assert found[name].fit.sd_residual == pytest.approx(1.0, rel=0.05)
        assert found[name].fit.sd_intercept == pytest.approx(1.0, rel=0.35)
    assert found["care"].p_max_t < 0.01
    assert found["vps"].p_max_t > 0.05


@pytest.mark.parametrize(("sd_slope", "seed"), [(0.0, 1), (0.4, 2)])
def test_null_effects_are_found_as_often_as_the_level_says(sd_slope, seed):
    rng = np.random.default_rng(seed)
    n_people, n_each, n_studies = 10, 6, 120
    people = np.repeat(np.arange(n_people), 2 * n_each)
    code = np.tile(np.repeat([0.5, -0.5], n_each), n_people)
    p = []
    for _ in range(n_studies):
        effects = rng.normal(0, sd_slope, n_people)
        score = rng.normal(0, 1, n_people)[people] + effects[people] * code
        p.append(fit(score + rng.normal(0, 1, len(code)), code, people, design="within").p)
    share = np.mean(np.array(p) < 0.05)
    # 120 studies: the share of a true level of .05 lies below .11 in 99.5 of 100
    assert share <= 0.11
    assert share >= 0.005
