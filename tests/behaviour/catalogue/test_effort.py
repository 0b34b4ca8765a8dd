import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, logistic, walked

from empatune.behaviour.catalogue.effort import EFFORT_MODELS

RNG = np.random.default_rng(11)
CHOICE, RECIPIENT = RNG.integers(0, 2, (2, 12)).astype(float)
REWARD, EFFORT = RNG.integers(2, 7, (2, 12)).astype(float)
TRIALS = {"choice": CHOICE, "recipient": RECIPIENT, "reward": REWARD, "effort": EFFORT}
WORTH = {
    "parabolic": lambda r, e, k: r - k * e**2,
    "linear": lambda r, e, k: r - k * e,
    "hyperbolic": lambda r, e, k: r / (1 + k * e),
}
FORMS = {"": (0, 0), "-discounts": (1, 0), "-precisions": (0, 1), "-discounts-precisions": (1, 1)}


@pytest.mark.parametrize(
    ("shape", "worth"), [("parabolic", 2.0), ("linear", 3.2), ("hyperbolic", 20 / 9)]
)
def test_an_offer_of_4_for_effort_4_by_hand(shape, worth):
    k = {"parabolic": 0.125}.get(shape, 0.2)
    one = {name: values[:1] * 0 + 4 for name, values in TRIALS.items()} | {"choice": np.ones(1)}
    scored, made = walked(f"effort-{shape}", {"discount": k, "precision": 2.0}, **one)
    assert made["value"] == pytest.approx([worth], abs=1e-12)
    assert scored == pytest.approx([-np.log1p(np.exp(-2 * (worth - 1)))], abs=1e-12)


@pytest.mark.parametrize("shape", WORTH)
@pytest.mark.parametrize("form", FORMS)
def test_offers_are_weighed_against_rest_for_whoever_earns(shape, form):
    k, beta = (0.08, 0.2), (1.9, 0.7)
    whose = FORMS[form]
    values = {}
    for name, pair, apart in (("discount", k, whose[0]), ("precision", beta, whose[1])):
        own = {f"{name}_self": pair[0], f"{name}_other": pair[1]}
        values |= own if apart else {name: pair[0]}
    scored, made = walked(f"effort-{shape}{form}", values, **TRIALS)
    for trial in range(12):
        other = int(RECIPIENT[trial])
        worth = WORTH[shape](REWARD[trial], EFFORT[trial], k[other * whose[0]])
        working = logistic(beta[other * whose[1]] * (worth - 1))
        right = working if CHOICE[trial] else 1 - working
        taken = worth if CHOICE[trial] else 1.0
        assert scored[trial] == pytest.approx(np.log(right), abs=1e-10)
        assert made["value_chosen"][trial] == pytest.approx(taken, abs=1e-12)
        assert made["value_unchosen"][trial] == pytest.approx(worth + 1 - taken, abs=1e-12)


def test_forms_are_complete():
    assert {model.name for model in EFFORT_MODELS} == {
        f"effort-{shape}{form}" for shape in WORTH for form in FORMS
    }


def test_derivatives_are_finite_far_out():
    assert has_finite_derivatives("effort-hyperbolic", **TRIALS)
