"""What a classifier may learn from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from empatune.errors import TrainingError
from empatune.motives.classification.cases import Cases, arrange

GOOD: dict[str, Any] = {
    "features": ("a", "b"),
    "values": np.random.default_rng(0).standard_normal((8, 2)),
    "labels": ["empathy", "reciprocity"] * 4,
    "people": list("abcdefgh"),
}


def made(**changed: Any) -> Cases:
    given = GOOD | changed
    return arrange(
        given["features"],
        given["values"],
        labels=given["labels"],
        people=given["people"],
        positive=given.get("positive", ""),
    )


def test_the_second_class_is_the_last_or_the_one_that_is_wished() -> None:
    assert made().classes == ("empathy", "reciprocity")
    assert made(positive="empathy").classes == ("reciprocity", "empathy")
    assert made().positive.tolist() == [False, True] * 4
    assert not made().within
    assert made(people=list("aabbccdd")).within


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"labels": ["empathy"] * 8}, "labels are: empathy"),
        ({"labels": ["a", "b", "c", "d"] * 2}, "two motives"),
        ({"positive": "guilt"}, "must be 'guilt'"),
        ({"people": list("abcdefga")}, "mixed"),
        ({"people": list("abababab")}, "at least 4"),
        ({"values": np.ones((8, 2))}, "a is the same in every case"),
        ({"values": np.full((8, 2), np.nan)}, "not a finite number"),
        ({"values": np.zeros((8, 3))}, r"shape \(8, 2\)"),
        ({"features": (), "values": np.zeros((8, 0))}, "No features"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_refused(changed: Any, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        made(**changed)
