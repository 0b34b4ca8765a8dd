"""What trials of real people say, by the path that users take: order, signs, n, sizes."""

from __future__ import annotations

import pytest

from empatune.claims.catalogue import find
from empatune.claims.data import Columns
from empatune.claims.examination import examine, examine_claim
from empatune.claims.tables import read
from empatune.paradigms import Contrast

pytestmark = pytest.mark.shared


@pytest.fixture
def behaviour(shared):
    return shared / "data" / "behaviour"


def differ(one, other):
    return Contrast(meaning=f"{one} > {other}", conditions={one: 1.0, other: -1.0})


def test_giving_by_induced_motive_has_the_published_means_and_sizes(behaviour):
    table = read(behaviour / "hein_motives" / "data_all_trials.csv")
    columns = Columns(participant="ID", condition="condition", measure="resp_code")
    found = {
        name: examine(table, differ(name, "control"), columns)
        for name in ("reciprocity", "empathy", "multi-motive")
    }
    means = [found["reciprocity"].cells[1].mean.value]
    means += [each.cells[0].mean.value for each in found.values()]
    assert means == pytest.approx([0.691, 0.738, 0.781, 0.788], abs=5e-4)
    assert means == sorted(means)
    assert [each.estimate.n for each in found.values()] == [33, 33, 33]
    sizes = [each.size.value for each in found.values()]
    assert sizes == pytest.approx([0.22, 0.42, 0.49], abs=5e-3)
    ps = [each.estimate.p for each in found.values()]
    assert ps == pytest.approx([0.22, 0.021, 0.009], abs=1.1e-3)
    assert [each.verdict for each in found.values()] == ["cannot be told", "agrees", "agrees"]
    for each in found.values():
        assert each.model is not None
        assert each.model.estimate == pytest.approx(each.estimate.value, abs=1e-3)
        assert each.odds is not None
        assert each.odds.converged
        assert (each.odds.p < 0.05) == (each.estimate.p < 0.05)


def test_the_claim_on_both_motives_agrees(behaviour):
    columns = Columns(
        participant="ID",
        condition="condition",
        measure="resp_code",
        levels={"multi-motive": "give_both", "control": "give_control"},
    )
    table = read(behaviour / "hein_motives" / "data_all_trials.csv")
    found = examine_claim(find("both-motives-giving"), table, columns)
    assert found.verdict == "agrees"
    assert found.size.value == pytest.approx(0.49, abs=5e-3)
    assert found.p_permutation < 0.01


def test_empathy_is_avoided_in_three_samples_and_harder(behaviour):
    table = read(behaviour / "est_praise" / "est_pilot_trials.csv")
    table = table[table["praise"].isna() | (table["praise"] == "control")]
    for study, n in (("pilot1", 267), ("pilot3", 277), ("pilot5a", 287)):
        columns = Columns(participant="subject", measure="choice_feel", where={"study": study})
        found = examine_claim(find("exhaustion"), table, columns)
        assert found.verdict == "agrees", study
        assert found.estimate.n == n
        assert -0.13 < found.estimate.value < -0.10
    load = read(behaviour / "est_praise" / "est_pilot1_taskload.csv")
    long = load.melt("subject", var_name="question", value_name="rating")
    columns = Columns(participant="subject", condition="question", measure="rating")
    for name in ("demanding", "hard", "insecure"):
        found = examine(long, differ(f"feel_{name}", f"describe_{name}"), columns)
        assert found.verdict == "agrees", name
        assert found.estimate.n == 252


def test_friends_are_trusted_over_strangers_over_computers(behaviour):
    table = read(behaviour / "srndna_trust" / "trust_trials.csv")
    columns = Columns(participant="subject", condition="partner", measure="invest")
    for one, other in (("friend", "stranger"), ("stranger", "computer")):
        found = examine(table, differ(one, other), columns, n_permutations=1000)
        assert found.verdict == "agrees", one
        assert found.estimate.n == 97


def test_seen_pain_makes_no_closeness_that_can_be_told(behaviour):
    table = read(behaviour / "hein_closeness" / "closeness_fMRI.csv")
    table = table.assign(
        closer=100 - table["closeness"].astype(float),
        cell=table["condition"] + table["block_no"],
    )
    columns = Columns(participant="id", condition="cell", measure="closer")
    first = examine(table, differ("decay2", "control2"), columns)
    assert first.estimate.n == 46
    assert first.estimate.value == pytest.approx(1.8, abs=0.05)
    assert first.verdict == "cannot be told"
    extinction = Contrast(
        meaning="falls", conditions={"decay2": 1, "control2": -1, "decay4": -1, "control4": 1}
    )
    assert examine(table, extinction, columns).verdict == "agrees"


def test_effort_deters_more_when_it_is_for_another(behaviour):
    table = read(behaviour / "prosocial_effort_fmri" / "trials.csv")
    table = table[table["chosen"] != "2"]
    table = table.assign(cell="to" + table["Recipient"] + "_" + table["Effort"])
    columns = Columns(participant="ID", condition="cell", measure="chosen")
    trend = {str(effort): (effort - 4) / 10 for effort in range(2, 7)}
    slopes = {
        who: examine(
            table,
            Contrast(meaning="trend", conditions={f"to{who}_{e}": w for e, w in trend.items()}),
            columns,
            sign=-1,
        )
        for who in ("1", "2")
    }
    assert [each.verdict for each in slopes.values()] == ["agrees", "agrees"]
    assert slopes["2"].estimate.value < slopes["1"].estimate.value < -0.08
    level = Contrast(
        meaning="self > other",
        conditions={f"to{who}_{e}": w for who, w in (("1", 0.2), ("2", -0.2)) for e in trend},
    )
    found = examine(table, level, columns)
    assert found.verdict == "agrees"
    assert found.estimate.value == pytest.approx(0.242, abs=5e-4)
