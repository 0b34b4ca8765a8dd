import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, logistic, walked

from empatune.behaviour.catalogue import find_model

RNG = np.random.default_rng(12)
CHOICE = RNG.integers(0, 2, 12).astype(float)
COST, GAIN = RNG.uniform(0.2, 2.0, (2, 12))
CONDITION = np.tile([0.0, 1.0, 2.0, 3.0], 3)
TRIALS = {"choice": CHOICE, "cost": COST, "gain": GAIN}
MOTIVES = ("control", "empathy", "reciprocity", "multi")
BIASES, WEIGHTS = (-0.5, 0.1, 0.3, 0.6), (0.2, 0.9, 0.4, 1.3)


def by_loop(bias, weight):
    """Score trials one by one with a bias and a weight for each motive."""
    scored = []
    for choice, cost, gain, place in zip(CHOICE, COST, GAIN, CONDITION.astype(int), strict=True):
        giving = logistic(bias[place] + weight[place] * (gain - cost))
        scored.append(np.log(giving if choice else 1 - giving))
    return scored


def test_giving_1_hundred_for_2_by_hand():
    one = {"choice": [1.0], "cost": [1.0], "gain": [2.0]}
    scored, made = walked("allocation", {"bias": -0.2, "weight": 0.5}, **one)
    assert made["value"] == pytest.approx([0.3], abs=1e-12)
    assert np.exp(scored) == pytest.approx([0.574442516811659], abs=1e-12)
    values = {"bias": -0.2, "gain_weight": 0.5, "cost_weight": 0.9}
    _, made = walked("allocation-weights", values, **one)
    assert made["value"] == pytest.approx([-0.1], abs=1e-12)


@pytest.mark.parametrize(
    ("name", "biases", "weights"),
    [
        ("allocation", 1, 1),
        ("allocation-biases", 4, 1),
        ("allocation-motives", 1, 4),
        ("allocation-biases-motives", 4, 4),
    ],
)
def test_motives_have_biases_and_weights_of_their_own(name, biases, weights):
    values = {}
    for what, given, count in (("bias", BIASES, biases), ("weight", WEIGHTS, weights)):
        own = {f"{what}_{motive}": one for motive, one in zip(MOTIVES, given, strict=True)}
        values |= own if count == 4 else {what: given[0]}
    varied = {} if name == "allocation" else {"condition": CONDITION}
    scored, _ = walked(name, values, **TRIALS, **varied)
    bias, weight = (BIASES[:biases] * 4)[:4], (WEIGHTS[:weights] * 4)[:4]
    assert scored == pytest.approx(by_loop(bias, weight), abs=1e-12)


def test_equal_weights_of_gain_and_cost_are_one_weight_of_their_difference():
    apart = {"bias": 0.1, "gain_weight": 0.7, "cost_weight": 0.7}
    one = walked("allocation", {"bias": 0.1, "weight": 0.7}, **TRIALS)[0]
    assert walked("allocation-weights", apart, **TRIALS)[0] == pytest.approx(one, abs=1e-12)


def test_conditions_are_the_four_motives():
    (condition,) = [one for one in find_model("allocation-biases").columns if one.levels]
    assert condition.levels == MOTIVES


def test_derivatives_are_finite_far_out():
    assert has_finite_derivatives("allocation-weights", **TRIALS)
