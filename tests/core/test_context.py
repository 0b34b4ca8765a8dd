"""The vocabulary of context."""

import numpy as np
import pytest

from empatune.core import FEATURES, check_feature, situation
from empatune.errors import UsageError


def test_a_silent_design_is_neutral_but_for_mind_and_bond():
    neutral = dict(zip((each.name for each in FEATURES), situation({}), strict=True))
    assert {name for name, value in neutral.items() if value != 0} == {"mind", "bond"}


def test_what_is_given_lands_in_its_place():
    filled = situation({"affect": -0.8, "membership": -1})
    changed = np.flatnonzero(filled != situation({}))
    assert [FEATURES[index].name for index in changed] == ["affect", "membership"]
    assert filled[changed].tolist() == [-0.8, -1]


def test_an_unknown_feature_gets_a_suggestion():
    with pytest.raises(UsageError, match=r"no feature .closness.\. Did you mean .closeness."):
        situation({"closness": 1})


@pytest.mark.parametrize(("name", "value"), [("closeness", -0.5), ("affect", 2), ("cost", 1.01)])
def test_a_value_out_of_range_names_the_range(name, value):
    with pytest.raises(UsageError, match=f"{name} is {value:g}; allowed are"):
        check_feature(name, value, where="condition 'a'")


def test_nan_is_out_of_range():
    with pytest.raises(UsageError, match="cost is nan"):
        check_feature("cost", float("nan"), where="x")
