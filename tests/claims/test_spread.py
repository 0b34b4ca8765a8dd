"""Simulated people differ as real people do, in the designs of which there are tables."""

import numpy as np
import pytest

from empatune import paradigms
from empatune.simulation.cohort import simulate_cohort

N = 300

GIVING = {
    # standard deviation between people and mean of real trials: docs/results/evidence.md
    "give_control": (0.212, 0.691),
    "give_reciprocity": (0.184, 0.738),
    "give_empathy": (0.173, 0.781),
    "give_both": (0.174, 0.788),
}


def shares(name, response):
    cohort = simulate_cohort(paradigms.load(name), n=N, seed=2)
    rows = cohort.layout.table.assign(
        value=cohort.layout.gather(cohort.simulated.responses[response])
    )
    return rows.groupby(["participant", "group", "condition"], observed=True)["value"].mean()


def test_giving_varies_between_people_and_between_partners():
    own = shares("saulin-2022", "help").droplevel("group").unstack("condition")
    for name, (spread, mean) in GIVING.items():
        assert 1 / 1.5 < own[name].std() / spread < 1.5, name
        assert own[name].mean() == pytest.approx(mean, abs=0.15), name
    gained = own["give_both"] - own["give_control"]
    assert 0.49 / 1.6 < gained.mean() / gained.std() < 0.49 * 1.6
    # the differences between partners, to which the spread of appeal was fitted
    found = [own[a] - own[b] for a in GIVING for b in GIVING if a < b]
    rms = np.sqrt(np.mean([each.std() ** 2 for each in found]))
    assert rms == pytest.approx(0.171, rel=0.15)


def test_choices_to_feel_vary_between_people():
    feel = shares("cameron-2019", "approach").groupby(["participant", "group"], observed=True)
    own = feel.mean()[lambda rows: rows.index.get_level_values("group") == "untold"]
    assert own.mean() == pytest.approx(0.39, abs=0.06)
    assert own.std() == pytest.approx(0.31, abs=0.05)
