"""Contrasts as weights of cells."""

from __future__ import annotations

import pytest

from empatune.errors import ParadigmError
from empatune.paradigms import cell_weights, find_contrast, library, load, loads, people_of


def test_interactions_are_products_of_weights(small: str) -> None:
    weights = cell_weights(loads(small), "training")
    cells = weights.set_index(["group", "session", "condition"])["weight"]
    assert cells["asked", "after", "friend_pain"] == 0.5
    assert cells["asked", "before", "friend_pain"] == -0.5
    assert cells["control", "after", "stranger_pain"] == -0.5
    assert cells["control", "before", "stranger_pain"] == 0.5
    assert len(cells) == 8


def test_weights_are_shared_by_sessions_and_groups_that_are_not_named(small: str) -> None:
    weights = cell_weights(loads(small), "closeness")
    cells = weights.set_index(["group", "session", "condition"])["weight"]
    assert cells["asked", "before", "friend_pain"] == pytest.approx(8 / 12 / 2)
    assert cells["control", "after", "stranger_pain"] == pytest.approx(-4 / 12 / 2)


@pytest.mark.parametrize("name", library())
def test_weights_of_a_comparison_sum_to_zero(name: str) -> None:
    design = load(name)
    for key, contrast in design.contrasts.items():
        total = cell_weights(design, key)["weight"].sum()
        if contrast.baseline or contrast.by:
            continue
        assert total == pytest.approx(0), key


def test_groups_may_do_different_things_where_nothing_is_compared_within_a_person() -> None:
    design = load("hein-2016-motives")
    cells = cell_weights(design, "motives").set_index(["group", "condition"])["weight"]
    assert cells.to_dict() == {
        ("empathy", "give_felt_for"): 1.0,
        ("reciprocity", "give_helper"): -1.0,
    }
    assert people_of(design, find_contrast(design, "empathy")) == ("empathy",)


def test_an_unknown_contrast_is_answered_with_a_near_one() -> None:
    with pytest.raises(ParadigmError, match="Did you mean fairness"):
        find_contrast(load("singer-2006"), "fairnes")
