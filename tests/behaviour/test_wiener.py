"""The Wiener density against brute series, closed forms and simulated people."""

import numpy as np
import pytest
from scipy.integrate import quad

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.catalogue.diffusion import CHOICE_AND_TIME
from empatune.behaviour.fitting.search import second_order
from empatune.behaviour.model import log_likelihood
from empatune.behaviour.parameters import typical
from empatune.behaviour.wiener import SWITCH, log_passage, log_upper_share
from empatune.numerics.differentiable import jax, jnp

DENSITY = jax.jit(log_passage)

BY_MPMATH = [
    (0.001, 0.5, -116.25045279529141),
    (0.001, 0.999, -489.70453297067195),
    (0.01, 1e-06, -7.82669381223681),
    (0.1, 0.999, -6.482436451874335),
    (0.29, 0.001, -5.9960992881246185),
    (0.3, 0.999999, -13.05469138130038),
    (0.300001, 1e-06, -12.960390399972317),
    (0.35, 0.9, -1.7784108949630213),
    (2.0, 0.0001, -16.790485017815527),
    (20.0, 0.5, -97.55131412504419),
]
"""Time, start and log density without drift between boundaries 1 apart: 60 terms, 60 digits."""

CASES = [(0.5, 1.8, 0.5), (-1.2, 0.9, 0.3), (0.0, 2.5, 0.8), (2.0, 1.2, 0.1)]


def by_many_terms(time, drift, boundary, start):
    """Sum 400 terms of the series for short times, which converges for any time."""
    scaled, places = time / boundary**2, start + 2.0 * np.arange(-200, 201)
    series = (places * np.exp(-(places**2) / (2 * scaled))).sum() / np.sqrt(2 * np.pi * scaled**3)
    return np.exp(-drift * boundary * start - drift**2 * time / 2) * series / boundary**2


@pytest.mark.parametrize("case", CASES)
def test_the_density_equals_a_sum_of_very_many_terms(case):
    times = np.geomspace(0.01, 1.5, 40) * case[1] ** 2
    given = np.exp(np.asarray(DENSITY(times, *case)))
    expected = np.array([by_many_terms(time, *case) for time in times])
    assert np.abs(given - expected).max() < 1e-10


def test_slopes_and_curvature_are_those_of_a_sum_of_very_many_terms():
    rng = np.random.default_rng(3)
    lows, highs = [0.05, -3, 0.8, 0.02], [1.5, 3, 2, 0.98]
    steps = 1e-4 * np.eye(4)
    carried = jax.jit(jax.value_and_grad(log_passage, (0, 1, 2, 3)))
    curved = jax.jit(jax.hessian(lambda point: log_passage(*point)))
    sides = set()
    for point in rng.uniform(lows, highs, (20, 4)):
        sides.add(point[0] / point[2] ** 2 > SWITCH)

        def score(one, two=0.0, point=point):
            return np.log(by_many_terms(*(point + one + two)))

        _, slopes = carried(*point)
        fall = [(score(one) - score(-one)) / 2e-4 for one in steps]
        assert np.asarray(slopes) == pytest.approx(fall, rel=1e-4, abs=1e-4)
        bends = [
            [score(one, two) + score(-one, -two) - score(one, -two) - score(-one, two)]
            for one in steps
            for two in steps
        ]
        expected = np.reshape(bends, (4, 4)) / 4e-8
        assert np.asarray(curved(point)) == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert sides == {True, False}


@pytest.mark.parametrize("case", CASES)
def test_passages_sum_to_one_and_to_the_closed_forms(case):
    drift, boundary, start = case

    def moment(power, *at):
        return quad(lambda t: t**power * np.exp(float(DENSITY(t, *at))), 1e-6, 40, limit=200)[0]

    above, below = (-drift, boundary, 1 - start), (drift, boundary, start)
    upper = moment(0, *above)
    assert upper + moment(0, *below) == pytest.approx(1, abs=1e-8)
    assert float(log_upper_share(drift, boundary, start)) == pytest.approx(np.log(upper), abs=1e-7)
    mean = boundary**2 * start * (1 - start)
    if drift:
        mean = boundary * (upper - start) / drift
    assert moment(1, *above) + moment(1, *below) == pytest.approx(mean, abs=1e-7)


def test_two_derivatives_are_finite_at_extremes():
    model = find_model("diffusion")
    rts, choices = np.meshgrid([1e-3, 0.5, 0.50011, 0.6, 4.0, 50.0], [0.0, 1.0])
    away = np.concatenate([np.zeros((1, 4)), 6 * np.eye(4), -6 * np.eye(4)])
    points = typical(model.parameters) + away

    def score(point, rt, choice):
        trial = {"rt": rt[None], "choice": choice[None], "answered": jnp.ones(1, bool)}
        return log_likelihood(model, point, trial)[0]

    looks = jax.vmap(
        lambda point, rt, choice: second_order(lambda here: score(here, rt, choice))(point),
        (None, 0, 0),
    )
    found = jax.jit(jax.vmap(looks, (0, None, None)))(points, rts.ravel(), choices.ravel())
    assert all(np.isfinite(np.asarray(part)).all() for part in found)


@pytest.mark.parametrize(("scaled", "start", "log_density"), BY_MPMATH)
def test_the_density_is_as_exact_as_it_says(scaled, start, log_density):
    given = float(DENSITY(scaled, 0.0, 1.0, start))
    assert given == pytest.approx(log_density, abs=1e-10, rel=0)


def test_a_choice_of_1_is_the_direct_formula_of_the_upper_boundary():
    """Alpha, beta, delta, tau as hBayesDM's ``choiceRT_ddm`` names them."""
    alpha, beta, delta, tau, k = 1.7, 0.4, 0.8, 0.3, np.arange(1, 60)
    for rt in (0.5, 0.9, 2.0):
        time = rt - tau
        waves = k * np.exp(-(k**2) * np.pi**2 * time / (2 * alpha**2))
        series = (waves * np.sin(k * np.pi * (1 - beta))).sum()
        tilt = np.exp(delta * alpha * (1 - beta) - delta**2 * time / 2)
        direct = np.pi / alpha**2 * tilt * series
        trial = {"choice": jnp.array(1.0), "rt": jnp.array(rt)}
        given = CHOICE_AND_TIME.log_probability((delta, alpha, beta, tau), trial)
        assert float(given) == pytest.approx(np.log(0.95 * direct + 0.005), abs=1e-10)


def test_a_response_sooner_than_any_decision_is_an_outlier():
    trial = {"choice": jnp.array(1.0), "rt": jnp.array(0.2)}
    given = CHOICE_AND_TIME.log_probability((0.5, 1.5, 0.5, 0.3), trial)
    assert float(given) == pytest.approx(np.log(0.005))


def test_what_is_drawn_has_the_shares_and_times_of_the_density():
    drift, boundary, start, rest = 0.8, 1.6, 0.4, 0.35
    n, expected = 8_000, (drift, boundary, start, rest)
    keys = jax.random.split(jax.random.key(1), n)
    drawn = jax.jit(jax.vmap(lambda key: CHOICE_AND_TIME.draw(key, expected)))(keys)
    choice, rt = np.asarray(drawn["choice"]), np.asarray(drawn["rt"])
    upper = np.exp(float(log_upper_share(drift, boundary, start)))
    assert choice.mean() == pytest.approx(0.95 * upper + 0.025, abs=0.02)
    grid = np.linspace(1e-4, 4.5, 4001)
    for given, at in ((1, (-drift, boundary, 1 - start)), (0, (drift, boundary, start))):
        reached = np.cumsum(np.exp(np.asarray(DENSITY(grid, *at)))) * (grid[1] - grid[0])
        for time in (0.6, 0.9, 1.4, 2.5):
            decided = 0.95 * np.interp(time - rest, grid, reached)
            share = ((choice == given) & (rt <= time)).mean()
            assert share == pytest.approx(decided + 0.005 * time, abs=0.02)
