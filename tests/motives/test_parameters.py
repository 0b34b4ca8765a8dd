"""The table of parameters and the population that it describes."""

import numpy as np
import pytest

from empatune.errors import UsageError
from empatune.motives import PARAMETERS, population
from empatune.motives.parameters import BY_NAME, check, to_scale, to_value


def test_names_are_unique_and_every_parameter_is_explained():
    assert len(BY_NAME) == len(PARAMETERS)
    assert all(each.meaning and each.unit and each.source for each in PARAMETERS)


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda each: each.name)
def test_defaults_are_possible_and_links_are_undone(parameter):
    check({parameter.name: parameter.default})
    if 0 < parameter.default < 1 or parameter.link == "real":
        scale = np.array(to_scale(parameter, parameter.default))
        assert to_value(parameter, scale) == pytest.approx(parameter.default)


def test_the_population_has_the_middle_and_spread_of_the_table():
    group = population(20_000, seed=1)
    for parameter in PARAMETERS:
        values = group[parameter.name]
        if parameter.spread == 0:
            assert (values == parameter.default).all()
            continue
        scale = np.array([to_scale(parameter, value) for value in values])
        assert scale.mean() == pytest.approx(
            to_scale(parameter, parameter.default), abs=0.03 * parameter.spread
        )
        assert scale.std() == pytest.approx(parameter.spread, rel=0.02)


def test_an_override_changes_nothing_else():
    plain, moved = population(5, seed=2), population(5, seed=2, overrides={"closeness": 0.0})
    assert not moved["closeness"].any()
    assert all(np.array_equal(plain[name], moved[name]) for name in plain if name != "closeness")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"closenes": 1.0}, "no parameter 'closenes'. Did you mean 'closeness'"),
        ({"closeness": -1.0}, "closeness is -1; allowed is 0 or more"),
        ({"learning": 1.5}, "learning is 1.5; allowed is 0 to 1"),
        ({"disposition": float("nan")}, "disposition is nan; allowed is any number"),
    ],
)
def test_an_impossible_override_is_explained(given, message):
    with pytest.raises(UsageError) as error:
        population(2, seed=1, overrides=given)
    assert message in str(error.value)


def test_nobody_is_no_population():
    with pytest.raises(UsageError, match="at least 1 is needed"):
        population(0, seed=1)
