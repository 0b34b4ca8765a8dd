"""Interactions: of two conditions within people, and of a condition with groups of people."""

import numpy as np
import pytest
from scipy import stats
from tests.decoding.group.trials import trial_table

from empatune.decoding.group import Contrast, GroupSettings, analyse
from empatune.errors import DecodingError

WITHIN = "trial_type: pain - neutral x motive: empathy - control"
MIXED = "trial_type: pain - neutral x group: trained - waiting"


def analysed(table, text):
    settings = GroupSettings(
        contrasts=(Contrast.parse(text),), n_permutations=500, n_bootstraps=100
    )
    return analyse(table, settings)


def cell_means(table, name, columns):
    mine = table[table["signature"] == name]
    return mine.groupby(["participant", *columns])["score"].mean().unstack(columns)


def test_within_people_it_is_half_the_difference_of_differences():
    table = trial_table({"care": 1.0, "vps": 0.3}, n_people=14, n_trials=16)
    more = (table["trial_type"] == "pain") & (table["motive"] == "empathy")
    table.loc[more & (table["signature"] == "care"), "score"] += 1.2
    result = analysed(table, WITHIN)
    care, vps = result.effects
    means = cell_means(table, "care", ["trial_type", "motive"])
    pain, neutral = means["pain"], means["neutral"]
    half = (pain["empathy"] - pain["control"] - neutral["empathy"] + neutral["control"]) / 2
    assert care.design == "within"
    assert care.d.value == pytest.approx(half.mean() / half.std(ddof=1))
    assert care.fit.estimate == pytest.approx(half.mean(), rel=1e-6)
    assert care.fit.low < 0.6 < care.fit.high
    assert care.p_max_t < 0.01
    assert vps.p_max_t > 0.05
    people = [score.difference for score in result.people if score.name == "care"]
    np.testing.assert_allclose(people, half)


def test_between_groups_people_effects_are_compared():
    table = trial_table({"care": 0.5, "vps": 0.3}, n_people=20, n_trials=16)
    more = (table["trial_type"] == "pain") & (table["group"] == "trained")
    table.loc[more & (table["signature"] == "care"), "score"] += 1.5
    result = analysed(table, MIXED)
    care, vps = result.effects
    means = cell_means(table, "care", ["trial_type"])
    effects = means["pain"] - means["neutral"]
    trained = np.arange(20) % 2 == 0
    expected = stats.ttest_ind(effects[trained], effects[~trained], equal_var=False)
    assert care.design == "between"
    assert care.fit.t == pytest.approx(expected.statistic)
    assert care.fit.p == pytest.approx(expected.pvalue)
    assert care.fit.status == "people's effects are compared between groups"
    assert (care.n_plus, care.n_minus) == (10, 10)
    assert care.p_max_t < 0.05 < vps.p_max_t


def test_empty_cells_are_told():
    table = trial_table({"care": 1.0}, n_people=6)
    table = table[(table["trial_type"] != "pain") | (table["motive"] != "control")]
    with pytest.raises(Exception, match="needs pain & control"):
        analysed(table, WITHIN)
    lone = trial_table({"care": 1.0}, n_people=6)
    lone = lone[(lone["group"] != "trained") | (lone["participant"] == "sub-01")]
    with pytest.raises(DecodingError, match="two people on each side"):
        analysed(lone, MIXED)
