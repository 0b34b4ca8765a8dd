"""The Wiener density against brute series, closed forms and simulated people."""

import numpy as np
import pytest
from scipy.integrate import quad

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.model import log_likelihood
from empatune.behaviour.parameters import typical
from empatune.behaviour.wiener import log_passage, log_upper_share
from empatune.numerics.differentiable import jax, jnp

CASES = [(0.5, 1.8, 0.5), (-1.2, 0.9, 0.3), (0.0, 2.5, 0.8), (2.0, 1.2, 0.1)]


def by_many_terms(time, drift, boundary, start):
    """Sum 400 terms of the series for short times, which converges for any time."""
    scaled, places = time / boundary**2, start + 2.0 * np.arange(-200, 201)
    series = (places * np.exp(-(places**2) / (2 * scaled))).sum() / np.sqrt(2 * np.pi * scaled**3)
    return np.exp(-drift * boundary * start - drift**2 * time / 2) * series / boundary**2


@pytest.mark.parametrize("case", CASES)
def test_the_density_equals_a_sum_of_very_many_terms(case):
    times = np.geomspace(0.01, 1.5, 40) * case[1] ** 2
    given = np.exp(np.asarray(log_passage(times, *case)))
    expected = np.array([by_many_terms(time, *case) for time in times])
    assert np.abs(given - expected).max() < 1e-10


@pytest.mark.parametrize("case", CASES)
def test_passages_sum_to_one_and_to_the_closed_forms(case):
    drift, boundary, start = case
    density = jax.jit(log_passage)

    def moment(power, *at):
        return quad(lambda t: t**power * np.exp(float(density(t, *at))), 1e-6, 40, limit=200)[0]

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

    def every(of):
        trials = jax.vmap(of, (None, 0, 0))
        return jax.jit(jax.vmap(trials, (0, None, None)))(points, rts.ravel(), choices.ravel())

    assert np.isfinite(np.asarray(every(score))).all()
    assert np.isfinite(np.asarray(every(jax.jacfwd(jax.jacfwd(score))))).all()
