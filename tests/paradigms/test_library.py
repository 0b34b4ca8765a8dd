"""The paradigms that come with empatune."""

from __future__ import annotations

import pytest

from empatune import motives
from empatune.paradigms import QUANTITIES, TRAININGS, TRAITS, library, load
from empatune.systems import SYSTEMS

ISSUE = {
    "hein-2010", "cikara-2011", "fareri-2012", "krienen-2010", "hackel-2017", "singer-2006",
    "cameron-2019", "shaw-1994", "feldmanhall-2015", "hein-2016-motives", "hein-2016-learning",
    "klimecki-2014", "valk-2017", "ashar-2017", "krishnan-2016", "olsson-2016", "klein-2001",
    "kanske-2015", "neurofeedback",
}  # fmt: skip
"""The experiments that the review cites, and neurofeedback."""

FOUND = {
    # people; a condition, and its trials in all runs (42 before and 42 after in hein-2016-motives)
    "hein-2010": (16, None, 0),
    "fareri-2012": (20, None, 0),
    "krienen-2010": (98, None, 0),
    "feldmanhall-2015": (None, "decision", 20),
    "hein-2016-motives": (34, "give_control", 84),
    "hein-2016-learning": (40, None, 0),
    "saulin-2022": (33, "give_both", 38),
    "valk-2017": (332, None, 0),
    "ashar-2017": (66, "biography", 24),
    "krishnan-2016": (28, "picture_high", 27),
    "kanske-2015": (178, None, 0),
}
"""Figures that were read in the sources; the others are choices and say so."""


@pytest.mark.parametrize("name", library())
def test_a_paradigm_can_be_drawn_and_says_where_its_figures_come_from(name: str) -> None:
    design = load(name)
    assert design.name == name
    assert design.contrasts
    assert design.responses
    trials = design.draw(seed=1)
    assert trials["participant"].nunique() == design.participants
    met = trials["condition"].astype(str).unique()
    assert set(met) == set(design.conditions)
    assert all(
        contrast.responses or contrast.regions or "somatic" in key
        for key, contrast in design.contrasts.items()
    )


@pytest.mark.parametrize("name", library())
def test_a_scanned_paradigm_has_runs_that_a_person_can_lie_through(name: str) -> None:
    design = load(name)
    trials = design.draw(len(design.groups), 0)
    longest_s = (trials["onset"] + trials["duration"]).max()
    assert longest_s < 25 * 60


def test_all_experiments_of_the_review_are_there() -> None:
    assert set(library()) >= ISSUE


@pytest.mark.parametrize("name", FOUND)
def test_figures_that_were_found_are_kept(name: str) -> None:
    people, condition, n_trials = FOUND[name]
    design = load(name)
    assert people is None or design.participants == people
    marks = (design.evidence.participants, design.evidence.trials)
    assert any(mark.startswith(("found", "derived")) for mark in marks)
    if condition:
        trials = design.draw(len(design.groups), 0)
        mine = trials[(trials["participant"] == "001") & (trials["condition"] == condition)]
        assert len(mine) == n_trials
        assert design.evidence.trials.startswith(("found", "derived"))


def test_people_whose_number_is_ours_are_not_called_found() -> None:
    ours = {name for name in library() if load(name).evidence.participants.startswith("ours")}
    assert ours == set(library()) - (set(FOUND) - {"feldmanhall-2015"}) - {
        "cameron-2019",
        "cikara-2014",
    }


def test_the_published_times_of_krishnan_are_kept() -> None:
    design = load("krishnan-2016")
    assert design.paradigm.tr_s == 1.3
    phases = {phase.name: phase.s.values for phase in design.timing.phases}
    assert phases["cue"] == (2,)
    assert phases["jitter"] == (5, 7, 11)
    assert phases["stimulus"] == (11,)
    assert phases["rating"] == (4,)


def test_what_can_be_asked_is_what_the_model_answers() -> None:
    assert dict(QUANTITIES) == dict(motives.KINDS)
    assert set(TRAITS) == set(motives.TRAITS)
    assert {"sharing", "concern", "mentalizing"} < set(TRAININGS)


def test_regions_of_contrasts_are_ones_of_which_the_model_tells_activity() -> None:
    known = {region.name for system in SYSTEMS for region in system.regions} & set(motives.LOADINGS)
    named = {
        region
        for name in library()
        for contrast in load(name).contrasts.values()
        for region in contrast.regions
    }
    assert named <= known


def test_the_battery_asks_everything_and_varies_everything() -> None:
    design = load("battery")
    assert {response.of for response in design.responses.values()} == set(QUANTITIES)
    assert len(design.draw(1)) == 200
