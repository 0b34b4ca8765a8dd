from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.decoding.group.trials import trial_table

from empatune.bids import read_rows
from empatune.decoding.group import Contrast, Failure, GroupSettings, analyse
from empatune.errors import DecodingError, UsageError

PAIN = Contrast.parse("pain - neutral")
QUICK = {"n_permutations": 500, "n_bootstraps": 200}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return trial_table({"care": 0.8, "vps": 0.0, "mentalizing": 0.4})


@pytest.fixture(scope="module")
def result(table):
    failures = (Failure(run="sub-13_task-stories_run-1", why="the image is damaged"),)
    settings = GroupSettings(contrasts=(PAIN,), n_permutations=5000, n_bootstraps=200)
    return analyse(table, settings, failures=failures)


def _difference(table, name):
    mine = table[table["signature"] == name]
    means = mine.groupby(["participant", "trial_type"])["score"].mean().unstack()
    return (means["pain"] - means["neutral"]).to_numpy()


@pytest.mark.parametrize("name", ["care", "vps", "mentalizing"])
def test_every_number_of_an_effect_can_be_had_by_hand(table, result, name):
    effect = next(e for e in result.effects if e.name == name)
    difference = _difference(table, name)
    assert (effect.design, effect.n_people, effect.n_trials) == ("within", 12, 240)
    assert effect.mean_plus - effect.mean_minus == pytest.approx(difference.mean())
    assert effect.fit.estimate == pytest.approx(difference.mean(), rel=1e-4)
    assert effect.d.value == pytest.approx(difference.mean() / difference.std(ddof=1))
    assert effect.choice.accuracy.value == (difference > 0).mean()
    flips = 1 - 2 * ((np.arange(4096)[:, None] >> np.arange(12)) & 1)
    t = np.abs(stats.ttest_1samp(flips * difference, 0, axis=1).statistic)
    observed = abs(stats.ttest_1samp(difference, 0).statistic)
    assert effect.p_permutation == pytest.approx((t >= observed - 1e-9).mean())


def test_correction_reaches_over_signatures_and_not_over_systems(result):
    by_name = {effect.name: effect for effect in result.effects}
    assert by_name["mentalizing"].p_max_t == by_name["mentalizing"].p_permutation
    assert by_name["mentalizing"].p_fdr == by_name["mentalizing"].fit.p
    pair = np.array([by_name["care"].fit.p, by_name["vps"].fit.p])
    expected = stats.false_discovery_control(pair)
    found = [by_name["care"].p_fdr, by_name["vps"].p_fdr]
    np.testing.assert_allclose(found, expected)


def test_off_targets_set_every_signature_beside_everything_else(table, result):
    rows = {(row.target, row.other): row for row in result.off_targets}
    assert set(rows) == {
        ("care", "vps"),
        ("care", "mentalizing"),
        ("vps", "care"),
        ("vps", "mentalizing"),
    }
    care, vps = _difference(table, "care"), _difference(table, "vps")
    row = rows["care", "vps"]
    assert row.r_people == pytest.approx(np.corrcoef(care, vps)[0, 1])
    assert row.d_difference == pytest.approx(
        abs(care.mean() / care.std(ddof=1)) - abs(vps.mean() / vps.std(ddof=1))
    )
    assert row.low < row.d_difference < row.high
    assert abs(row.r_trials) < 0.15


def test_scores_that_share_their_noise_are_seen_to_move_together():
    table = trial_table({"care": 0.5, "vps": 0.5})
    care = table["signature"] == "care"
    rng = np.random.default_rng(0)
    shared = table[care]["score"].to_numpy() + rng.normal(0, 0.5, int(care.sum()))
    table.loc[~care, "score"] = shared
    found = analyse(table, GroupSettings(contrasts=(PAIN,), **QUICK))
    assert found.off_targets[0].r_trials > 0.8
    assert found.off_targets[0].r_people > 0.8


def test_coverage_names_the_person_whose_images_miss_a_part(result):
    low = [(entry.participant, entry.name) for entry in result.coverage if entry.low]
    assert low == [("sub-04", "care")]


def test_groups_of_people_are_compared_by_what_they_are(table):
    found = analyse(table, GroupSettings(contrasts=(Contrast.parse("group: trained - waiting"),)))
    effect = found.effects[0]
    means = table[table["signature"] == "care"].groupby("participant")["score"].mean().to_numpy()
    expected = stats.ttest_ind(means[::2], means[1::2])
    assert (effect.design, effect.d_name, effect.n_plus, effect.n_minus) == ("between", "d_s", 6, 6)
    assert effect.d.value == pytest.approx(expected.statistic * np.sqrt(1 / 6 + 1 / 6))
    assert effect.fit.t == pytest.approx(expected.statistic, rel=1e-3)
    person = next(p for p in found.people if p.participant == "sub-01")
    assert np.isnan(person.minus)


def test_by_default_all_conditions_are_compared_in_pairs():
    table = trial_table({"care": 0.5}, conditions=("a", "b", "c"), n_trials=9, n_people=5)
    found = analyse(table, GroupSettings(**QUICK))
    assert [contrast.name for contrast in found.contrasts] == [
        "trial_type: a - b",
        "trial_type: a - c",
        "trial_type: b - c",
    ]


def test_a_person_without_one_side_is_left_out_and_named(table):
    lacking = table[~((table["participant"] == "sub-02") & (table["trial_type"] == "pain"))]
    found = analyse(lacking, GroupSettings(contrasts=(PAIN,), **QUICK))
    assert found.effects[0].n_people == 11
    assert [(e.contrast, e.participant) for e in found.exclusions] == [(PAIN.name, "sub-02")]


def test_a_contrast_without_people_does_not_stop_the_others(table):
    rare = table.assign(extra=np.where(table["participant"] == "sub-01", table["motive"], None))
    contrasts = (Contrast.parse("extra: empathy - control"), PAIN)
    found = analyse(rare, GroupSettings(contrasts=contrasts, **QUICK))
    assert [contrast.name for contrast in found.contrasts] == [PAIN.name]
    assert "at least two people" in found.exclusions[0].why
    with pytest.raises(DecodingError, match="at least two people"):
        analyse(rare, GroupSettings(contrasts=contrasts[:1], **QUICK))


def test_the_same_seed_gives_the_same_result(table):
    settings = GroupSettings(contrasts=(PAIN,), n_permutations=300, n_bootstraps=200, seed=7)
    assert analyse(table, settings).to_json() == analyse(table, settings).to_json()
    shuffled = table.sample(frac=1, random_state=0)
    one = {e.name: e.p_permutation for e in analyse(table, settings).effects}
    other = {e.name: e.d.value for e in analyse(shuffled, settings).effects}
    for effect in analyse(table, settings).effects:
        assert other[effect.name] == pytest.approx(effect.d.value)
        assert effect.p_permutation == one[effect.name]


def test_progress_is_told(table):
    seen = []
    analyse(table, GroupSettings(**QUICK), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_what_is_saved_can_be_read_again(result, tmp_path):
    written = result.save(tmp_path / "group")
    assert sorted(p.name for p in written) == sorted(p.name for p in (tmp_path / "group").iterdir())
    effects = read_rows(tmp_path / "group" / "effects.tsv")
    assert [row["name"] for row in effects] == ["care", "vps", "mentalizing"]
    assert float(effects[0]["d"]) == result.effects[0].d.value
    sidecar = json.loads((tmp_path / "group" / "effects.json").read_text())
    assert set(effects[0]) == set(sidecar)
    summary = json.loads((tmp_path / "group" / "group.json").read_text())
    assert summary["effects"][0]["fit"]["model"] == result.effects[0].fit.model
    assert summary["contrasts"][0]["name"] == PAIN.name
    failures = read_rows(tmp_path / "group" / "failures.tsv")
    assert failures == [{"run": "sub-13_task-stories_run-1", "why": "the image is damaged"}]


def test_a_result_that_cannot_be_written_leaves_nothing_half(result, tmp_path):
    (tmp_path / "group").write_text("in the way")
    with pytest.raises(DecodingError, match="cannot be written"):
        result.save(tmp_path / "group")
    (tmp_path / "place" / "people.tsv").mkdir(parents=True)
    with pytest.raises(DecodingError, match="cannot be written"):
        result.save(tmp_path / "place")
    assert not list((tmp_path / "place").glob(".*"))


def _one_person(table):
    return table[table["participant"] == "sub-01"]


def _one_condition(table):
    return table[table["trial_type"] == "pain"]


def _no_column(table):
    return table.drop(columns=["coverage_weight", "kind"])


def _other_kind(table):
    return table.assign(kind="map")


def _double(table):
    return pd.concat([table, table[:3]])


def _nothing(table):
    return table[:0]


def _not_finite(table):
    return table.assign(score=table["score"].where(table.index != 5))


def _copies(table):
    people = table["participant"].unique()
    one = table[table["participant"] == people[0]]
    return pd.concat([one.assign(participant=person) for person in people], ignore_index=True)


def _flat(table):
    means = table.groupby(["participant", "signature"])["score"].transform("mean")
    return table.assign(score=table["score"].where(table["signature"] != "vps", means))


def _constant(table):
    return table.assign(score=table["score"].where(table["signature"] != "vps", 0.0))


def _lacking(table):
    return table[~((table["participant"] == "sub-03") & (table["signature"] == "vps"))]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_one_person, "1 person with scores; the group level needs at least two"),
        (_one_condition, "only 'pain': there is nothing to compare"),
        (_no_column, "lacks the columns kind, coverage_weight"),
        (_other_kind, "holds map; allowed are signature and system"),
        (_double, "3 rows twice, the first for participant sub-01, run 1, trial 0, 'care'"),
        (_nothing, "no score of the measure 'dot'; it has: none"),
        (_not_finite, "1 scores are not finite .sub-01: 1 trial of 'care'"),
        (_constant, "scores of vps are the same in every trial"),
        (_copies, "scores of care are the same in every person, trial by trial"),
        (_flat, "scores of vps differ between people and never between the trials"),
        (_lacking, "participant sub-03 has no scores of vps, others have"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(table, spoil, words):
    with pytest.raises((DecodingError, UsageError), match=words):
        analyse(spoil(table), GroupSettings(**QUICK))


@pytest.mark.parametrize(
    ("contrast", "words"),
    [
        ("motive: empathy - money", "needs money; the column 'motive' holds only control, empathy"),
        ("mood: a - b", "no column 'mood' to compare. Columns: session, trial_type, motive, group"),
        ("score: a - b", "no column 'score' to compare"),
    ],
)
def test_a_contrast_that_does_not_fit_says_what_there_is(table, contrast, words):
    with pytest.raises(UsageError, match=words):
        analyse(table, GroupSettings(contrasts=(Contrast.parse(contrast),), **QUICK))


def test_trials_without_a_score_can_be_dropped_and_are_counted(table):
    settings = GroupSettings(contrasts=(PAIN,), missing="drop", **QUICK)
    found = analyse(_not_finite(table), settings)
    assert found.effects[0].n_trials == 239
    assert found.exclusions[0].why == "1 trial of 'care' without a finite score"


@pytest.mark.parametrize(
    "settings",
    [
        {"measure": "mean"},
        {"missing": "ignore"},
        {"confidence": 95},
        {"n_permutations": 10},
        {"coverage_threshold": 2},
    ],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(UsageError, match="allowed are"):
        GroupSettings(**settings)
