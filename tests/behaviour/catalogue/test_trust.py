import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, logistic, walked

PARTNER = np.array([0.0, 0.0, 1.0, 0.0, 0.0])
LOW, HIGH = np.array([0.0, 2.0, 0.0, 0.0, 4.0]), np.array([4.0, 8.0, 4.0, 2.0, 8.0])
CHOICE = np.array([1.0, 0.0, 1.0, 0.0, 1.0])
BACK = np.array([1.0, 0.0, 0.0, -1.0, 1.0])
COLUMNS = {"partner": PARTNER, "low": LOW, "high": HIGH, "choice": CHOICE, "outcome": BACK}


def chosen(odds):
    return np.where(CHOICE > 0.5, logistic(odds), logistic(-odds))


def test_trust_follows_each_partner_where_something_was_invested():
    scored, made = walked("trust", {"rate": 0.5, "money": 0.4, "tendency": 0.3}, **COLUMNS)
    trust = np.array([0.5, 0.75, 0.5, 0.375, 0.375])
    assert made["trust"] == pytest.approx(trust, abs=1e-12)
    assert made["prediction_error"][3] == 0
    odds = 0.3 + 0.4 * (HIGH - LOW) * (1.5 * trust - 1)
    assert np.exp(scored) == pytest.approx(chosen(odds), abs=1e-12)


def test_being_trusted_back_and_not_have_rates_of_their_own():
    values = {"rate_better": 0.5, "rate_worse": 0.2, "money": 0.4, "tendency": 0.3}
    _, made = walked("trust-differential", values, **COLUMNS)
    assert made["trust"] == pytest.approx([0.5, 0.75, 0.5, 0.6, 0.6], abs=1e-12)


def test_first_expectations_and_rewards_belong_to_partners():
    first = {"prior_friend": 0.8, "prior_stranger": 0.4, "prior_computer": 0.1}
    values = {"rate": 0.5, "money": 0.4, "tendency": 0.3, **first}
    _, made = walked("trust-priors", values, **COLUMNS)
    trust = [0.8, 0.9, 0.4, 0.45, 0.45]
    assert made["trust"] == pytest.approx(trust, abs=1e-12)
    worth = {"bonus_friend": 2.0, "bonus_stranger": -1.0, "bonus_computer": 5.0}
    scored, made = walked("trust-social-value", {"rate": 0.5, "money": 0.4, **worth}, **COLUMNS)
    reward = np.array([2.0, 2.0, -1.0, 2.0, 2.0]) * made["trust"]
    odds = reward + 0.4 * (HIGH - LOW) * (1.5 * made["trust"] - 1)
    assert np.exp(scored) == pytest.approx(chosen(odds), abs=1e-12)


def test_derivatives_are_finite_far_out():
    assert has_finite_derivatives("trust-social-value", **COLUMNS)
