import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, normal, walked

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.catalogue.rating import rating_by
from empatune.behaviour.columns import Column
from empatune.behaviour.fitting import fit_group
from empatune.behaviour.trials import Trials
from empatune.errors import UsageError

RATING = np.array([0.5, 0.9, 0.2, 0.4, 0.0])


def test_a_rating_at_the_mean_is_as_probable_as_a_normal_at_its_top():
    scored, made = walked("rating", {"mean": 0.5, "spread": 0.2}, rating=RATING)
    assert np.exp(scored[0]) == pytest.approx(1.9947114020, abs=1e-9)  # 1 / (0.2 sqrt(2 pi))
    assert scored == pytest.approx(normal(RATING, 0.5, 0.2), abs=1e-12)
    assert made["residual"] == pytest.approx(RATING - 0.5, abs=1e-12)


def test_conditions_have_means_of_their_own():
    values = {"mean_enhance": 0.8, "mean_suppress": 0.5, "mean_maintain": 0.6}
    values |= {"mean_maintain_neutral": 0.1, "spread": 0.2}
    scored, _ = walked("rating-regulation", values, rating=RATING, condition=[0, 1, 2, 3, 1])
    means = np.array([0.8, 0.5, 0.6, 0.1, 0.5])
    assert scored == pytest.approx(normal(RATING, means, 0.2), abs=1e-12)


def test_ratings_drift_over_all_trials_of_a_session_and_begin_anew():
    values = {"mean_pain": 0.5, "mean_no_pain": 0.1, "trend": -2.0, "spread": 0.2}
    scored, made = walked(
        "rating-seen-pain-trend",
        values,
        rating=RATING,
        condition=[0, 1, 0, 0, 1],
        session=[1, 1, 1, 2, 2],
        answered=[1, 0, 1, 1, 1],
    )
    means = np.array([0.5, 0.08, 0.46, 0.5, 0.08])  # the missed trial has passed too
    assert made["value"] == pytest.approx(means, abs=1e-12)
    there = [0, 2, 3, 4]
    assert scored[there] == pytest.approx(normal(RATING, means, 0.2)[there], abs=1e-12)
    assert scored[1] == 0


def test_users_name_conditions_of_their_own():
    mood = Column(name="mood", summary="which mood", levels=("good", "bad"))
    model = rating_by(mood)
    assert model.name == "rating-by-mood"
    assert model.names == ("mean_good", "mean_bad", "spread")
    assert "trend" in rating_by(mood, trend=True).names
    with pytest.raises(UsageError, match="Column mood needs levels"):
        rating_by(Column(name="mood", summary="which mood"))


def test_ratings_are_found_again_and_one_who_always_says_the_same_stays_finite():
    rng = np.random.default_rng(4)
    condition = np.tile([0.0, 1.0], 40)  # as many trials as real people have
    truth = {
        "mean_pain": rng.normal(0.4, 0.25, 40),
        "mean_no_pain": rng.normal(0.1, 0.1, 40),
        "spread": 0.01 + np.exp(rng.normal(-2, 0.7, 40)),
    }
    means = np.where(condition, truth["mean_no_pain"][:, None], truth["mean_pain"][:, None])
    rating = means + truth["spread"][:, None] * rng.standard_normal((40, 80))
    rating[0] = 0.25
    trials = Trials(
        people=tuple(f"p{number}" for number in range(40)),
        columns={"rating": rating, "condition": np.broadcast_to(condition, (40, 80))},
        answered=np.ones((40, 80), bool),
        rows=np.arange(40 * 80).reshape(40, 80),
    )
    found = fit_group(find_model("rating-seen-pain"), trials, n_starts=1)
    assert np.isfinite(found.scaled).all()
    assert np.isfinite(found.log_evidence).all()
    assert found.values["mean_pain"][0] == pytest.approx(0.25, abs=0.01)
    r = {name: np.corrcoef(truth[name][1:], found.values[name][1:])[0, 1] for name in truth}
    assert min(r.values()) > 0.85, r


def test_derivatives_are_finite_far_out():
    columns = {"rating": RATING, "condition": RATING > 0.3, "session": np.ones(5)}
    assert has_finite_derivatives("rating-seen-pain-trend", **columns)
