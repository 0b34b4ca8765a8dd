"""Paradigm files: what is read, and what is said of every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from empatune.errors import ParadigmError
from empatune.paradigms import library, load, loads, template


def test_a_file_gives_what_it_says_and_defaults_for_the_rest(small: str) -> None:
    design = loads(small)
    assert (design.name, design.participants, design.scanned) == ("small", 12, True)
    assert [session.name for session in design.sessions] == ["before", "after"]
    assert design.conditions["friend_pain"].outcome is not None
    assert design.conditions["friend_pain"].outcome.probability == 0.5
    assert design.timing.phases[0].s.values == (1.0, 3.0)
    assert design.timing.order == "random"
    assert design.runs_of(design.session("after")) == 2
    assert design.responses["empathy"].kind == "rating"


def test_a_design_without_groups_and_sessions_has_one_of_each() -> None:
    design = loads(template("mine"))
    assert design.name == "mine"
    assert list(design.groups) == ["everyone"]
    assert design.groups["everyone"].n == design.participants == 30
    assert [session.name for session in design.sessions] == ["only"]


MISTAKES = [
    # what is replaced, by what, the line, the message
    ("affect = -0.8 }", "afect = -0.8 }", 39, "no feature 'afect'. Did you mean 'affect'?"),
    ("affect = -0.8 }", "affect = -1.8 }", 39, "affect is -1.8; allowed: a number from -1 to 1"),
    ("features = { goal = 1 }", "features = { cost = -0.5 }", 17, "cost is -0.5; allowed are 0 to 1"),
    ("affect = [-0.9,", "affect = [-9,", 45, "affect is [-9, -0.6, -0.3]; allowed: a number from -1"),
    ("low = 0.4, high = 1", "low = 0.4, hihg = 1", 31, "closeness is {'low': 0.4, 'hihg': 1}"),
    ("low = 0.4, high = 1", "low = 1, high = 0.4", 31, "closeness is {'low': 1, 'high': 0.4}"),
    ("{ friend_pain = 1,", "{ frend_pain = 1,", 63, "condition 'frend_pain', which does not exist; allowed: friend_pain, stranger_pain. Did you mean friend_pain?"),
    ("sessions = { after = 1,", "sessions = { afterwards = 1,", 70, "session 'afterwards'"),
    ("groups = { asked = 1,", "groups = { aksed = 1,", 71, "group 'aksed'"),
    ('regions = ["AI"]', 'regions = ["AIC"]', 65, "region 'AIC'"),
    ('responses = ["empathy"]\nregions', 'responses = ["empaty"]\nregions', 64, "Did you mean empathy?"),
    ("stranger_pain = -1 }", "stranger_pain = -0.5 }", 61, "compares nothing: no weights sum to zero (conditions 0.5)"),
    ('regions = ["AI"]', 'by = "shoe size"', 65, "trait, drawn feature or response 'shoe size'"),
    ('regions = ["AI"]', 'phase = "cue"', 65, "modelled phase 'cue', which does not exist; allowed: pain"),
    ("trials = 6\ntarget = \"stranger\"", "trials = 0\ntarget = \"stranger\"", 43, "trials is 0; allowed: a whole number from 1"),
    ("n = 4", "n = 0", 20, "groups.control.n is 0; allowed: a whole number from 1"),
    ("n = 4", "n = 5", 5, "participants is 12, but the groups have 13 people"),
    ('target = "stranger"', 'target = "stanger"', 44, "target 'stanger'"),
    (', response = "empathy" }', " }", 56, "responses.empathy is asked nowhere"),
    ('response = "empathy" }', 'response = "emp" }', 48, "response 'emp'"),
    ('of = "empathy"', 'of = "empaty"', 57, "Did you mean empathy?"),
    ("low = 0\nhigh = 10", "low = 10\nhigh = 0", 58, "a scale from 10 to 0; allowed: low below high"),
    ('of = "empathy"', 'of = "help"\noptions = ["no"]', 58, "two words, no and yes"),
    ("s = 4, modelled", "s = -4, modelled", 48, "s is -4; allowed: a number from 0 to 3600 s"),
    ("max_repeats = 2", 'order = "blocked"\nblock_trials = 4', 54, "trials is 6, which blocks of 4 trials do not divide"),
    ("trials = 6\ntarget = \"stranger\"", "trials = 20\ntarget = \"stranger\"", 47, "of 26 trials of friend_pain, stranger_pain 20 are alike"),
    ("max_repeats = 2", "max_repeats = 2\nstart = 3", 55, "timing.start is not a key"),
    ("alike = { stranger", "alike = { strangr", 32, "target 'strangr'"),
    ("training.asked = { concern", "training.asked = { compassion", 28, "asked has 'compassion'; allowed: \"sharing\" or \"concern\""),
    ("training.asked", "training.trained", 28, "group 'trained'"),
    ("ours: a dozen", "a dozen", 10, '"found: where it was read"'),
    ('name = "pain", s', 'name = "cue", s', 48, "2 phases are called 'cue'"),
    ("[groups.control]", "[groups.'no one']", 19, "a name that begins with a letter"),
    ("kindness = 1, prob", "kindness = 1, affect = 1, prob", 40, "outcome.affect is not a key"),
    ("features = { goal = 1 }", "features = { affect = 1 }", 36, "affect is given by group asked and by the condition"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_what_is_allowed(
    small: str, old: str, new: str, line: int, words: str
) -> None:
    assert small.count(old) >= 1
    with pytest.raises(ParadigmError) as caught:
        loads(small.replace(old, new, 1), "mine.toml")
    message = str(caught.value)
    assert message.startswith("mine.toml: ")
    rows = [row for row in message.split("\n") if words in row]
    assert rows, message
    assert rows[0].startswith(f"  line {line}: "), message


def test_a_session_in_which_a_group_does_nothing_is_an_empty_cell(small: str) -> None:
    text = small.replace('name = "before"', 'name = "before"\nconditions = ["friend_pain"]', 1)
    text = text.replace("trials = 6\n", 'trials = 6\ngroups = ["asked"]\n', 1)
    with pytest.raises(ParadigmError, match="Group control has no condition in session before"):
        loads(text)


def test_a_contrast_of_sessions_that_lack_its_condition_is_refused(small: str) -> None:
    text = small.replace('name = "before"', 'name = "before"\nconditions = ["friend_pain"]', 1)
    with pytest.raises(ParadigmError, match=r"needs condition stranger_pain in session before"):
        loads(text)


def test_a_contrast_of_a_response_that_is_not_asked_is_refused(small: str) -> None:
    text = small.replace(
        'response = "empathy" }', 'response = "empathy", conditions = ["friend_pain"] }'
    )
    with pytest.raises(ParadigmError, match="'empathy', which is not asked in stranger_pain"):
        loads(text)


def test_a_contrast_of_regions_needs_modelled_conditions(small: str) -> None:
    text = small.replace("modelled = true }", 'modelled = true, conditions = ["friend_pain"] }')
    with pytest.raises(ParadigmError, match="regions in stranger_pain, of which no phase is mod"):
        loads(text)


def test_targets_are_as_alike_one_way_as_the_other(small: str) -> None:
    text = small.replace("[targets.stranger]", "[targets.stranger]\nalike = { friend = 0.2 }")
    with pytest.raises(ParadigmError, match=r"is 0.5, the other way round 0.2"):
        loads(text)


def test_all_problems_are_told_at_once(small: str) -> None:
    text = small.replace("affect = -0.8", "afect = -0.8").replace("cost", "cots")
    text = text.replace("n = 4", "n = 5").replace('regions = ["AI"]', 'regions = ["AIC"]')
    with pytest.raises(ParadigmError, match="3 problems"):
        loads(text)


@pytest.mark.parametrize("table", ["paradigm", "evidence", "conditions", "timing"])
def test_a_table_that_every_paradigm_needs_is_missed(small: str, table: str) -> None:
    parts = small.split("\n\n")
    kept = [part for part in parts if not part.startswith((f"[{table}]", f"[{table}."))]
    with pytest.raises(ParadigmError, match=rf"\[{table}(\.NAME)?\] is missing"):
        loads("\n\n".join(kept))


def test_an_unknown_name_is_answered_with_a_near_one() -> None:
    with pytest.raises(ParadigmError, match=r"no paradigm 'hein-2001'\. Did you mean hein-2010"):
        load("hein-2001")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParadigmError, match=r"no paradigm .*none\.toml"):
        load(tmp_path / "none.toml")


def test_a_paradigm_made_in_code_is_checked_too(small: str) -> None:
    from dataclasses import replace

    design = loads(small)
    with pytest.raises(ParadigmError, match="12, but the groups have 8"):
        replace(design, groups={"asked": design.groups["asked"]}, sessions=(), contrasts={})


def test_own_files_are_read_like_those_of_the_library(tmp_path: Path) -> None:
    from importlib import resources

    text = resources.files("empatune.paradigms").joinpath("library", "hein-2010.toml")
    path = tmp_path / "copy.toml"
    path.write_bytes(b"\xef\xbb\xbf" + text.read_bytes().replace(b"\n", b"\r\n"))
    assert load(str(path)) == load("hein-2010")
    assert "hein-2010" in library()


def test_a_scanned_paradigm_has_something_to_model(small: str) -> None:
    with pytest.raises(ParadigmError, match="No phase is modelled, although people are scanned"):
        loads(small.replace(", modelled = true", "").replace('regions = ["AI"]', ""))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'name = "rating"',
            'name = "friend_pain"',
            "phase friend_pain and phase pain of friend_pain",
        ),
        ('name = "cue"', 'name = "drift"', "'drift' would name phase drift"),
        ('name = "after"', 'name = "be-fore"', "in files 'before' like another"),
    ],
)
def test_names_that_would_become_one_are_refused(
    small: str, old: str, new: str, words: str
) -> None:
    with pytest.raises(ParadigmError) as caught:
        loads(small.replace(old, new).replace("after = 1", f"{new[8:-1]} = 1"))
    assert words in str(caught.value)


def test_a_bell_of_durations_may_not_reach_below_zero(small: str) -> None:
    with pytest.raises(
        ParadigmError, match=r"1 problem;.*\n.*Phase pain lasts 2 s with an SD of 1 s"
    ):
        loads(small.replace("s = 4, modelled", "s = { mean = 2, sd = 1 }, modelled"))
