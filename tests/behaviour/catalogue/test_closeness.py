import numpy as np
import pytest
from tests.behaviour.catalogue.walking import has_finite_derivatives, normal, walked

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.catalogue.closeness import PUBLISHED_SPREAD
from empatune.behaviour.model import follow
from empatune.behaviour.simulation import simulate
from empatune.behaviour.trials import Trials
from empatune.behaviour.variation import hold
from empatune.errors import UsageError

RATINGS = np.array([0.4, 0.5, 0.3, 0.8, 0.7])
PAIN = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
BLOCKS = np.array([1.0, 1.0, 1.0, 2.0, 2.0])


def by_loop(change, spread):
    """Follow closeness block by block; the first rating of a block is where it begins."""
    scored, expected, last = [], [], None
    for rating, pain, block in zip(RATINGS, PAIN, BLOCKS, strict=True):
        if block != last:
            last, closeness = block, rating
            scored.append(0.0)
        else:
            scored.append(normal(rating, closeness, spread))
        expected.append(closeness)
        closeness += change(closeness, pain)
    return scored, expected


@pytest.mark.parametrize(
    ("name", "values", "change"),
    [
        ("closeness", {"rate": 0.2}, lambda q, r: 0.2 * (r - q)),
        (
            "closeness-differential",
            {"rate_better": 0.3, "rate_worse": 0.1},
            lambda q, r: (0.3 if r > q else 0.1) * (r - q),
        ),
        (
            "closeness-recalibration",
            {"rate": 0.2, "reference": 0.3},
            lambda q, r: 0.2 * (abs(r - 0.3) - q),
        ),
    ],
)
def test_closeness_follows_pain_from_the_first_rating(name, values, change):
    scored, made = walked(name, {**values, "spread": 0.1}, rating=RATINGS, pain=PAIN, block=BLOCKS)
    expected, course = by_loop(change, 0.1)
    assert scored == pytest.approx(expected, abs=1e-12)
    assert made["value"] == pytest.approx(course, abs=1e-12)


def test_closeness_begins_at_the_first_rating_that_is_there():
    answered = np.array([0, 1, 1, 1, 0])
    scored, made = walked(
        "closeness",
        {"rate": 0.5, "spread": 0.1},
        rating=RATINGS * answered,
        pain=PAIN,
        block=np.ones(5),
        answered=answered,
    )
    # .5 -> .25 -> .625 -> .8125; pain is seen without a rating too
    assert made["value"][1:] == pytest.approx([0.5, 0.25, 0.625, 0.8125], abs=1e-12)
    assert scored[[0, 1, 4]].tolist() == [0, 0, 0]
    assert scored[2] == pytest.approx(normal(0.3, 0.25, 0.1), abs=1e-12)


def test_the_published_spread_can_be_held():
    model = hold(find_model("closeness"), {"spread": PUBLISHED_SPREAD})
    assert model.names == ("rate",)
    trials = {"rating": RATINGS, "pain": PAIN, "block": BLOCKS, "answered": np.ones(5, bool)}
    scored, _ = follow(model, {"rate": 0.2}, trials)
    assert np.asarray(scored) == pytest.approx(by_loop(lambda q, r: 0.2 * (r - q), 0.4)[0])
    with pytest.raises(UsageError, match=r"has no parameter sd that could be held\. It has: rate"):
        hold(find_model("closeness"), {"sd": 0.4})


def test_simulated_people_keep_their_first_rating():
    trials = Trials(
        people=("a", "b"),
        columns={"rating": np.tile(RATINGS, (2, 1)), "pain": np.tile(PAIN, (2, 1)),
                 "block": np.tile(BLOCKS, (2, 1))},
        answered=np.ones((2, 5), bool),
        rows=np.arange(10).reshape(2, 5),
    )  # fmt: skip
    values = {"rate": np.full(2, 0.2), "spread": np.full(2, 0.1)}
    made = simulate(find_model("closeness"), values, trials, seed=1).columns["rating"]
    assert made[:, [0, 3]].tolist() == [[0.4, 0.8], [0.4, 0.8]]
    assert (made[:, [1, 2, 4]] != RATINGS[[1, 2, 4]]).all()


def test_derivatives_are_finite_far_out():
    columns = {"rating": RATINGS, "pain": PAIN, "block": BLOCKS}
    assert has_finite_derivatives("closeness-recalibration", **columns)
