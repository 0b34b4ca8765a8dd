"""Models of the catalogue followed through a few trials, shared by their tests."""

import numpy as np

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting.search import second_order
from empatune.behaviour.model import follow, log_likelihood
from empatune.numerics.differentiable import jax, jnp


def walked(name, values, **columns):
    """Give log probabilities and quantities of a model's trials, all answered unless told."""
    trials = {key: np.asarray(column, float) for key, column in columns.items()}
    n_trials = len(next(iter(trials.values())))
    answered = trials.pop("answered", np.ones(n_trials)).astype(bool)
    model = find_model(name)
    assert set(values) == set(model.names)
    scored, made = follow(model, values, {**trials, "answered": answered})
    return np.asarray(scored), {key: np.asarray(one) for key, one in made.items()}


def has_finite_derivatives(name, **columns):
    """Tell whether likelihood, slope and curvature are numbers far out on the scale."""
    model = find_model(name)
    trials = {key: jnp.asarray(column, float) for key, column in columns.items()}
    trials["answered"] = jnp.ones(len(next(iter(trials.values()))), bool)
    looks = jax.jit(second_order(lambda here: log_likelihood(model, here, trials).sum()))
    size = len(model.names)
    rng = np.random.default_rng(0)
    points = [np.full(size, -12.0), np.full(size, 12.0), *rng.choice([-12.0, 12.0], (4, size))]
    return all(np.isfinite(part).all() for point in points for part in looks(point))


def logistic(odds):
    return 1 / (1 + np.exp(-odds))


def normal(given, mean, sd):
    return -0.5 * ((given - mean) / sd) ** 2 - np.log(sd * np.sqrt(2 * np.pi))
