import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, logistic, walked

from empatune.behaviour.catalogue import find_model

CHOICE = np.array([1.0, 0.0, 1.0, 1.0])
REWARD = np.array([1.0, 0.0, 1.0, 0.0])
PUNISH = np.array([1.0, 0.0, 0.0, 0.0])
COLUMNS = {"choice": CHOICE, "reward": REWARD, "punish": PUNISH, "session": np.ones(4)}


def by_loop(rates, weights):
    gains, risks, scored = np.full(2, 0.5), np.full(2, 0.5), []
    for choice, reward, punish in zip(CHOICE.astype(int), REWARD, PUNISH, strict=True):
        odds = weights[0] * (gains[1] - gains[0]) - weights[1] * (risks[1] - risks[0])
        scored.append(np.log(logistic(odds if choice else -odds)))
        gains[choice] += rates[0] * (reward - gains[choice])
        risks[choice] += rates[1] * (punish - risks[choice])
    return scored


@pytest.mark.parametrize(
    ("name", "own"),
    [("", ()), ("-rates", ("rate",)), ("-weights", ("weight",)),
     ("-rates-weights", ("rate", "weight"))],
)  # fmt: skip
def test_both_outcomes_are_learnt_and_weighed(name, own):
    pairs = {"rate": (0.5, 0.2), "weight": (3.0, 2.0)}
    values, used = {}, {}
    for kind, pair in pairs.items():
        if kind in own:
            values |= {f"{kind}_reward": pair[0], f"{kind}_punish": pair[1]}
            used[kind] = pair
        else:
            values[kind] = pair[0]
            used[kind] = (pair[0], pair[0])
    scored, _ = walked(f"avoidance{name}", values, **COLUMNS)
    assert scored == pytest.approx(by_loop(used["rate"], used["weight"]), abs=1e-12)


def test_values_and_errors_by_hand():
    values = {"rate_reward": 0.5, "rate_punish": 0.2, "weight_reward": 3.0, "weight_punish": 2.0}
    _, made = walked("avoidance-rates-weights", values, **COLUMNS)
    assert made["value_reward"] == pytest.approx([0.5, 0.5, 0.75, 0.875], abs=1e-12)
    assert made["prediction_error_punish"] == pytest.approx([0.5, -0.5, -0.6, -0.48], abs=1e-12)
    assert find_model("avoidance").restart == ("session",)


def test_derivatives_are_finite_far_out():
    assert has_finite_derivatives("avoidance-rates-weights", **COLUMNS)
