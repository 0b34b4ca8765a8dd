"""A contrast on a table: against scipy and statsmodels, and what the model of odds adds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from empatune.claims.catalogue import find
from empatune.claims.data import Columns
from empatune.claims.examination import examine, examine_claim
from empatune.errors import ClaimError, UsageError
from empatune.paradigms import Contrast

COLUMNS = Columns(participant="who", condition="seen", measure="care")
PAIN = Contrast(meaning="pain", conditions={"pain": 1.0, "none": -1.0})


def table(*, n=14, n_each=6, effect=0.5, seed=1, names=("pain", "none")):
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(n):
        own = rng.normal(0, 1), rng.normal(effect, 0.5)
        for place, name in enumerate(names):
            care = own[0] + own[1] * (place == 0) + rng.normal(0, 1, n_each)
            rows += [(f"p{person}", name, value) for value in care]
    return pd.DataFrame(rows, columns=["who", "seen", "care"])


def means(frame):
    return frame.groupby(["who", "seen"])["care"].mean().unstack("seen")


def test_a_difference_within_people_is_the_paired_t_test():
    frame = table()
    found = examine(frame, PAIN, COLUMNS)
    own = means(frame)
    peer = stats.ttest_rel(own["pain"], own["none"])
    assert found.estimate.p == pytest.approx(peer.pvalue)
    interval = peer.confidence_interval()
    assert (found.estimate.low, found.estimate.high) == pytest.approx((interval.low, interval.high))
    difference = own["pain"] - own["none"]
    assert found.size.value == pytest.approx(difference.mean() / difference.std())
    flips = stats.permutation_test(
        (difference,), np.mean, permutation_type="samples", n_resamples=5000, random_state=1
    )
    assert found.p_permutation == pytest.approx(flips.pvalue, abs=0.02)
    assert [(cell.condition, cell.n_people) for cell in found.cells] == [("pain", 14), ("none", 14)]
    assert found.cells[0].mean.value == pytest.approx(own["pain"].mean())


def test_the_multilevel_model_is_that_of_statsmodels():
    mixed = pytest.importorskip("statsmodels.regression.mixed_linear_model")
    frame = table(n=20, n_each=8, seed=5)
    found = examine(frame, PAIN, COLUMNS, n_permutations=100)
    code = np.where(frame["seen"] == "pain", 0.5, -0.5)
    design = np.column_stack([np.ones(len(frame)), code])
    peer = mixed.MixedLM(
        frame["care"].to_numpy(), design, groups=frame["who"], exog_re=design
    ).fit()
    assert found.model is not None
    assert found.model.model == "random slope"
    assert found.model.estimate == pytest.approx(peer.fe_params[1], abs=1e-4)
    assert found.model.standard_error == pytest.approx(peer.bse_fe[1], rel=5e-3)


def test_weights_of_several_conditions_keep_their_scale():
    frame = table(names=("pain", "loss", "none", "joy"))
    contrast = Contrast(meaning="bad", conditions={"pain": 1, "loss": 1, "none": -1, "joy": -1})
    found = examine(frame, contrast, COLUMNS, n_permutations=100)
    own = means(frame)
    expected = own["pain"] + own["loss"] - own["none"] - own["joy"]
    assert found.estimate.value == pytest.approx(expected.mean())
    assert found.model is not None
    assert found.model.estimate == pytest.approx(expected.mean())
    trend = Contrast(meaning="trend", conditions={"pain": -2, "loss": -1, "none": 1, "joy": 2})
    sloped = examine(frame, trend, COLUMNS, n_permutations=100)
    assert sloped.model is not None
    assert sloped.model.estimate == pytest.approx(sloped.estimate.value)


def test_groups_are_compared_by_welch_and_by_exchange():
    frame = table(n=24)
    frame["group"] = np.where(frame["who"].str[1:].astype(int) < 10, "told", "untold")
    frame.loc[frame["group"] == "told", "care"] += 1.5
    contrast = Contrast(
        meaning="told", conditions={"pain": 0.5, "none": 0.5}, groups={"told": 1, "untold": -1}
    )
    columns = Columns(participant="who", condition="seen", measure="care", group="group")
    found = examine(frame, contrast, columns)
    own = means(frame).mean(axis=1)
    told = [int(name[1:]) < 10 for name in own.index]
    peer = stats.ttest_ind(own[told], own[np.logical_not(told)], equal_var=False)
    assert found.estimate.p == pytest.approx(peer.pvalue)
    assert found.model is not None
    assert found.model.estimate == pytest.approx(found.estimate.value, abs=0.02)
    assert found.p_permutation == pytest.approx(peer.pvalue, abs=0.02)
    assert {cell.group for cell in found.cells} == {"told", "untold"}


def test_a_trait_is_correlated_and_permuted():
    frame = table(n=30)
    trait = pd.Series(np.random.default_rng(2).normal(size=30), index=[f"p{i}" for i in range(30)])
    frame["concern"] = frame["who"].map(trait)
    frame.loc[frame["seen"] == "pain", "care"] += 0.6 * frame["concern"]
    contrast = Contrast(meaning="by", conditions={"pain": 1, "none": -1}, by="empathic concern")
    columns = Columns(participant="who", condition="seen", measure="care", trait="concern")
    found = examine(frame, contrast, columns)
    own = means(frame)
    difference = own["pain"] - own["none"]
    peer = stats.pearsonr(trait[own.index], difference)
    assert found.estimate.value == pytest.approx(peer.statistic)
    assert found.p_permutation == pytest.approx(peer.pvalue, abs=0.01)
    assert found.model is None


def test_choices_are_compared_with_even_odds_and_get_a_logistic_model():
    rng = np.random.default_rng(4)
    share = rng.beta(3, 5, 40)
    frame = pd.DataFrame({"who": np.repeat(np.arange(40), 20)})
    frame["feel"] = (rng.random(800) < share[frame["who"]]).astype(int)
    columns = Columns(participant="who", measure="feel")
    found = examine_claim(find("exhaustion"), frame, columns)
    own = frame.groupby("who")["feel"].mean()
    assert found.estimate.value == pytest.approx(own.mean() - 0.5)
    assert found.verdict == "agrees"
    assert found.odds is not None
    assert found.odds.converged
    assert found.odds.high < 0
    assert found.odds.sd == pytest.approx(np.log(share / (1 - share)).std(), rel=0.25)
    higher = examine_claim(find("exhaustion"), frame, columns, against=0.1)
    assert higher.verdict == "contradicts"


def test_nothing_is_told_where_there_is_nothing():
    found = examine(table(effect=0.0, seed=3), PAIN, COLUMNS, sign=-1)
    assert found.verdict == "cannot be told"
    assert found.p_permutation > 0.05
    none = examine(table(effect=3.0), PAIN, COLUMNS, sign=0, n_permutations=100)
    assert none.verdict == "contradicts"


def test_the_same_seed_gives_the_same_permutations():
    frame = table(effect=0.2)
    ps = [examine(frame, PAIN, COLUMNS, seed=seed, n_permutations=500) for seed in (1, 1, 2)]
    assert ps[0].p_permutation == ps[1].p_permutation
    assert ps[0].p_permutation != ps[2].p_permutation


def test_people_without_a_cell_are_left_out_and_counted():
    frame = table()
    frame = frame[~((frame["who"] == "p3") & (frame["seen"] == "none"))]
    frame.loc[frame["who"] == "p5", "care"] = np.nan
    found = examine(frame, PAIN, COLUMNS, n_permutations=100)
    assert found.estimate.n == 12
    assert found.n_missing == 12
    assert found.n_incomplete == 1
    assert found.n_trials == 12 * 12


def test_claims_on_prediction_errors_need_the_simulation():
    with pytest.raises(ClaimError, match="prediction errors"):
        examine_claim(find("help-surprises-insula"), table(), COLUMNS)


@pytest.mark.parametrize(
    ("columns", "contrast", "message"),
    [
        ({"measure": "cara"}, PAIN, "no column 'cara'. Did you mean 'care'"),
        ({"condition": None}, PAIN, "name the column that holds them"),
        ({"levels": {"ache": "pain"}}, PAIN, "does not hold 'ache'"),
        ({"levels": {"pain": "ache"}}, PAIN, "the contrast has no condition 'ache'"),
        ({"where": {"seen": "nothing"}}, PAIN, "No row has 'nothing'"),
        ({}, Contrast(meaning="x", conditions={"win": 1, "loss": -1}), "WORD=win,WORD=loss"),
        ({}, Contrast(meaning="x", conditions={"pain": 1}, sessions={"b": 1, "a": -1}), "sessions"),
        ({}, Contrast(meaning="x", conditions={"pain": 1}, groups={"b": 1, "a": -1}), "groups"),
        ({}, Contrast(meaning="x", conditions={"pain": 1}, by="age"), "follows age"),
    ],
)
def test_what_is_missing_is_named(columns, contrast, message):
    given = {"participant": "who", "condition": "seen", "measure": "care"} | columns
    with pytest.raises(UsageError, match=message):
        examine(table(), contrast, Columns(**given))


def test_words_where_numbers_belong_are_refused():
    frame = table().astype({"care": object})
    frame.loc[4, "care"] = "much"
    with pytest.raises(ClaimError, match="row 5 of those used holds 'much'"):
        examine(frame, PAIN, COLUMNS)
    frame["care"] = np.nan
    with pytest.raises(ClaimError, match="No row of the contrast has a value"):
        examine(frame, PAIN, COLUMNS)


def test_a_trait_or_group_that_changes_within_a_person_is_refused():
    frame = table()
    frame["g"] = frame["seen"].map({"pain": "a", "none": "b"})
    frame["t"] = np.arange(len(frame))
    groups = Contrast(meaning="g", conditions={"pain": 1, "none": 1}, groups={"a": 1, "b": -1})
    with pytest.raises(ClaimError, match="more than one value"):
        examine(
            frame, groups, Columns(participant="who", condition="seen", measure="care", group="g")
        )
    by = Contrast(meaning="t", conditions={"pain": 1}, by="age")
    with pytest.raises(ClaimError, match="same in all rows"):
        examine(frame, by, Columns(participant="who", condition="seen", measure="care", trait="t"))


def test_a_person_who_has_each_condition_once_gets_means():
    found = examine(table(n_each=1), PAIN, COLUMNS, n_permutations=100)
    assert found.model is not None
    assert found.model.model == "person means"
    assert found.model.p == pytest.approx(found.estimate.p)


def test_a_cell_that_nobody_has_with_the_other_is_refused():
    frame = table()
    odd = frame["who"].str[1:].astype(int) % 2 == 1
    frame = frame[odd == (frame["seen"] == "pain")]
    with pytest.raises(ClaimError, match="Nobody has a value in every cell"):
        examine(frame, PAIN, COLUMNS)
    with pytest.raises(ClaimError, match="1 people have all cells"):
        examine(table(n=1), PAIN, COLUMNS)


def test_people_who_all_choose_the_same_show_nothing():
    frame = table()
    frame["care"] = 1.0
    found = examine(frame, PAIN, COLUMNS, n_permutations=100)
    assert found.estimate.value == 0
    assert found.verdict == "cannot be told"
    assert found.p_permutation == 1
    assert found.odds is None
