import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, logistic, walked

from empatune.behaviour.catalogue.social_value import social_value_angle

WEIGHTS = {"own_weight": 1.0, "ingroup_weight": 0.5, "outgroup_weight": 0.2}
NAMES = tuple(f"{party}_{option}" for party in ("own", "ingroup", "outgroup") for option in (0, 1))


def test_a_choice_between_allocations_by_hand():
    points = {"own_1": [2.0], "own_0": [1.0], "ingroup_1": [0.0], "ingroup_0": [3.0]}
    points |= {"outgroup_1": [5.0], "outgroup_0": [0.0]}
    scored, made = walked("social-value", WEIGHTS, choice=[1.0], **points)
    assert made["value"] == pytest.approx([0.5], abs=1e-12)  # 1 - 1.5 + 1
    assert scored == pytest.approx([np.log(logistic(0.5))], abs=1e-12)
    assert made["angle_ingroup"] == pytest.approx([np.degrees(np.arctan(0.5))], abs=1e-9)
    assert made["angle_outgroup"] == pytest.approx([np.degrees(np.arctan(0.2))], abs=1e-9)


def test_angles_of_orientations():
    own, other = np.array([1.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, -1.0])
    assert np.asarray(social_value_angle(own, other)) == pytest.approx([0, 45, 90, -45], abs=1e-9)


def test_identification_moves_weight_from_the_other_group_to_the_own():
    rng = np.random.default_rng(1)
    points = dict(zip(NAMES, rng.uniform(0, 3, (6, 8)), strict=True))
    feeling, choice = rng.normal(size=8), rng.integers(0, 2, 8).astype(float)
    values = {**WEIGHTS, "identification_weight": 0.4}
    scored, made = walked(
        "social-value-identification", values, choice=choice, identification=feeling, **points
    )
    for trial in range(8):
        own, own_group, other_group = (
            points[f"{party}_1"][trial] - points[f"{party}_0"][trial]
            for party in ("own", "ingroup", "outgroup")
        )
        odds = own + (0.5 + 0.4 * feeling[trial]) * own_group
        odds += (0.2 - 0.4 * feeling[trial]) * other_group
        right = logistic(odds) if choice[trial] else logistic(-odds)
        assert np.exp(scored[trial]) == pytest.approx(right, abs=1e-12)
        assert made["value"][trial] == pytest.approx(odds, abs=1e-12)


def test_preference_turns_to_the_other_group_at_low_identification():
    turn = (0.2 - 0.5) / (2 * 0.4)
    points = {name: np.zeros(8) for name in NAMES} | {"ingroup_1": np.ones(8)}
    points |= {"outgroup_0": np.ones(8)}  # the own group's point against the other's
    _, made = walked(
        "social-value-identification",
        {**WEIGHTS, "identification_weight": 0.4},
        choice=np.ones(8),
        identification=turn + np.linspace(-1, 1, 8),
        **points,
    )
    assert made["value"] == pytest.approx(0.8 * np.linspace(-1, 1, 8), abs=1e-12)


def test_derivatives_are_finite_far_out():
    columns = {name: np.array([0.0, 3.0]) for name in NAMES}
    columns |= {"identification": np.array([-2.0, 2.0]), "choice": np.array([0.0, 1.0])}
    assert has_finite_derivatives("social-value-identification", **columns)
