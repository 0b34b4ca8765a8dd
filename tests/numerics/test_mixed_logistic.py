from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize
from scipy.special import expit

from empatune.numerics.mixed_logistic import fit_logistic


def _people(n_people, n_each, *, beta, sd, seed):
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(n_people), 2 * n_each)
    code = np.tile(np.repeat([0.5, -0.5], n_each), n_people)
    own = rng.standard_normal((n_people, 2)) * sd
    logit = beta[0] + own[people, 0] + (beta[1] + own[people, 1]) * code
    outcomes = (rng.random(len(code)) < expit(logit)).astype(float)
    return outcomes, np.column_stack([np.ones(len(code)), code]), people


def test_a_random_intercept_is_that_of_brute_force_integration():
    outcomes, fixed, people = _people(12, 8, beta=(0.4, 1.0), sd=(1.0, 0.0), seed=1)
    found = fit_logistic(outcomes, fixed, fixed[:, :1], people)
    u = np.linspace(-8, 8, 2001)
    prior = np.exp(-0.5 * u**2) / np.sqrt(2 * np.pi) * (u[1] - u[0])

    def loss(parameters):
        logit = fixed @ parameters[:2]
        total = 0.0
        for person in range(12):
            mine = people == person
            along = logit[mine][:, None] + parameters[2] * u
            signs = 2 * outcomes[mine][:, None] - 1
            total -= np.log(np.exp(-np.logaddexp(0, -signs * along).sum(axis=0)) @ prior)
        return total

    best = optimize.minimize(loss, [0.0, 0.0, 1.0], method="BFGS")
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-5)
    assert found.fixed == pytest.approx(best.x[:2], abs=2e-3)
    assert np.sqrt(found.random_covariance[0, 0]) == pytest.approx(abs(best.x[2]), abs=2e-3)
    # the inverse Hessian of BFGS is rough
    errors = np.sqrt(np.diag(found.fixed_covariance))
    assert errors == pytest.approx(np.sqrt(np.diag(best.hess_inv))[:2], rel=0.15)
    assert found.converged


def test_effects_that_vary_between_people_are_recovered():
    outcomes, fixed, people = _people(120, 15, beta=(-0.5, 0.8), sd=(1.2, 0.7), seed=2)
    found = fit_logistic(outcomes, fixed, fixed, people)
    errors = np.sqrt(np.diag(found.fixed_covariance))
    assert np.all(np.abs(found.fixed - (-0.5, 0.8)) < 2.6 * errors)
    assert errors == pytest.approx([0.123, 0.125], rel=0.3)
    assert np.sqrt(np.diag(found.random_covariance)) == pytest.approx([1.2, 0.7], rel=0.2)


def test_people_who_are_all_alike_get_no_spread_and_the_plain_fit():
    rng = np.random.default_rng(3)
    outcomes = np.tile([1.0, 1.0, 0.0, 1.0], 30)
    people = np.repeat(np.arange(30), 4)
    constant = np.ones((120, 1))
    found = fit_logistic(
        rng.permuted(outcomes.reshape(30, 4), axis=1).ravel(), constant, constant, people
    )
    assert found.fixed[0] == pytest.approx(np.log(3), abs=1e-3)
    assert found.random_covariance[0, 0] < 1e-2
    assert np.sqrt(found.fixed_covariance[0, 0]) == pytest.approx(
        1 / np.sqrt(120 * 3 / 16), rel=0.02
    )


def test_what_separates_choices_is_said_not_to_converge():
    code = np.tile([0.5, -0.5], 40)
    fixed = np.column_stack([np.ones(80), code])
    found = fit_logistic((code > 0).astype(float), fixed, fixed[:, :1], np.repeat(np.arange(20), 4))
    assert not found.converged
