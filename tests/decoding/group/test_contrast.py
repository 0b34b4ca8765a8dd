from __future__ import annotations

import pytest

from empatune.decoding.group import Contrast
from empatune.decoding.group.contrast import pairs
from empatune.errors import UsageError


@pytest.mark.parametrize(
    ("text", "column", "plus", "minus"),
    [
        ("motive: empathy - control", "motive", ("empathy",), ("control",)),
        ("motive: empathy + multi - control", "motive", ("empathy", "multi"), ("control",)),
        ("other-pain - self-pain", "trial_type", ("other-pain",), ("self-pain",)),
    ],
)
def test_a_contrast_is_read_as_it_is_written(text, column, plus, minus):
    found = Contrast.parse(text)
    assert found == Contrast(column=column, plus=plus, minus=minus)
    assert Contrast.parse(found.name) == found


@pytest.mark.parametrize("text", ["motive: empathy", "a - b - c", "motive:  - control", "a-b"])
def test_what_is_no_contrast_says_how_one_is_written(text):
    with pytest.raises(UsageError, match="COLUMN: LEVEL - LEVEL"):
        Contrast.parse(text)


def test_a_level_cannot_stand_on_both_sides():
    with pytest.raises(UsageError, match="names a level twice"):
        Contrast.parse("motive: empathy + control - control")


def test_all_pairs_are_compared_once():
    names = [contrast.name for contrast in pairs("trial_type", ["c", "a", "b"])]
    assert names == ["trial_type: a - b", "trial_type: a - c", "trial_type: b - c"]


def test_one_condition_and_too_many_are_refused():
    with pytest.raises(UsageError, match="only 'pain': there is nothing to compare"):
        pairs("trial_type", ["pain"])
    with pytest.raises(UsageError, match="7 conditions: too many"):
        pairs("trial_type", list("abcdefg"))


def test_an_interaction_is_half_the_difference_of_differences():
    found = Contrast.parse("trial_type: pain - neutral x motive: empathy - control")
    assert found.column == "trial_type x motive"
    assert found.plus == ("pain & empathy", "neutral & control")
    assert found.minus == ("pain & control", "neutral & empathy")
    assert found.name == "trial_type: pain - neutral x motive: empathy - control"
    assert Contrast.parse(found.name) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pain - neutral x trial_type: a - b", "two columns"),
        ("pain + touch - neutral x motive: empathy - control", "one level a side"),
        ("pain - neutral x pain", "not a contrast"),
    ],
)
def test_interactions_that_cannot_be_estimated(text, words):
    with pytest.raises(UsageError, match=words):
        Contrast.parse(text)
