import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, normal, walked

VALUES = {"rate": 0.5, "first_ingroup": 0.6, "first_outgroup": 0.2, "spread": 0.1}
# help by the first member of the outgroup, then everybody is rated without any help
GROUP = np.array([1.0, 1.0, 1.0, 0.0])
MEMBER = np.array([0.0, 0.0, 1.0, 2.0])
HELP = np.array([1.0, -1.0, -1.0, -1.0])
RATINGS = np.array([0.3, 0.5, 0.4, 0.7])
COLUMNS = {"group": GROUP, "member": MEMBER, "outcome": HELP, "rating": RATINGS}


def test_alone_nobody_else_profits_from_help():
    scored, made = walked("generalisation-none", VALUES, **COLUMNS)
    assert made["value"] == pytest.approx([0.2, 0.6, 0.2, 0.6], abs=1e-12)
    assert made["prediction_error"] == pytest.approx([0.8, 0, 0, 0], abs=1e-12)
    assert scored == pytest.approx(normal(RATINGS, np.array([0.2, 0.6, 0.2, 0.6]), 0.1))


def test_help_reaches_the_group_and_less_the_other_group():
    width = 1.5
    _, made = walked("generalisation", {**VALUES, "width": width}, **COLUMNS)
    near, far = np.exp(-1 / width), np.exp(-2 / width)
    expected = [0.2, 0.6, 0.2 + 0.4 * near, 0.6 + 0.4 * far]
    assert made["value"] == pytest.approx(expected, abs=1e-12)


def test_help_that_is_not_rated_is_seen():
    answered = [0, 1, 1, 1]
    scored, made = walked("generalisation-none", VALUES, **COLUMNS, answered=answered)
    assert made["value"][1] == pytest.approx(0.6, abs=1e-12)
    assert scored[0] == 0


def test_derivatives_are_finite_far_out():
    assert has_finite_derivatives("generalisation", **COLUMNS)
