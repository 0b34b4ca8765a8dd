"""The precisions of a point, against a free energy written down apart from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from empatune.connectivity.dcm.scoring import SCHEMES, Noise, newton_step, score
from empatune.numerics.differentiable import jax
from empatune.typing import FloatArray

N_REGIONS, N_SCANS, N_WEIGHTS = 2, 60, 3
PRIOR = np.array([4.0, 16.0, 1.0])
NOISE = Noise()


def problem(noise_sd: float) -> dict[str, FloatArray]:
    rng = np.random.default_rng(4)
    slopes = rng.standard_normal((N_REGIONS, N_SCANS, N_WEIGHTS))
    errors = noise_sd * rng.standard_normal((N_REGIONS, N_SCANS))
    return {"slopes": slopes, "errors": errors}


def free_energy(logs: FloatArray, given: dict[str, FloatArray], point: FloatArray) -> float:
    """The bound on the evidence at given log precisions, term by term with dense matrices."""
    weights = np.repeat(np.exp(logs), N_SCANS)
    design = given["slopes"].reshape(-1, N_WEIGHTS)
    errors = given["errors"].ravel()
    precision = design.T @ (weights[:, None] * design) + np.diag(PRIOR)
    accuracy = (np.log(weights) - weights * errors**2 - np.log(2 * np.pi)).sum() / 2
    shrinkage = np.log(PRIOR).sum() - np.linalg.slogdet(precision)[1] - PRIOR @ point**2
    offset = logs - NOISE.mean
    spread = np.log(1 / (N_SCANS / 2 + 1 / NOISE.variance) / NOISE.variance) * N_REGIONS
    hyper = spread - (offset**2).sum() / NOISE.variance
    return float(accuracy + shrinkage / 2 + hyper / 2)


settle = {
    name: jax.jit(
        lambda point, start, errors, slopes, scheme=scheme: score(
            point, start, errors=errors, slopes=slopes, prior=PRIOR, noise=NOISE, scheme=scheme
        )
    )
    for name, scheme in SCHEMES.items()
}


def scored(noise_sd: float, scheme: str, point: FloatArray) -> Any:
    start = np.full(N_REGIONS, NOISE.mean)
    given = problem(noise_sd)
    return settle[scheme](point, start, given["errors"], given["slopes"])


@pytest.mark.parametrize("noise_sd", [0.05, 0.3, 1.0, 3.0])
def test_settled_precisions_maximise_the_free_energy(noise_sd: float) -> None:
    point = np.array([0.1, -0.2, 0.3])
    found = scored(noise_sd, "converged", point)
    best = minimize(
        lambda logs: -free_energy(logs, problem(noise_sd), point), np.full(N_REGIONS, 3.0)
    )
    np.testing.assert_allclose(found.precisions, best.x, atol=1e-3)
    assert found.free_energy == pytest.approx(-best.fun, abs=1e-3)


def test_fisher_scoring_misses_the_maximum_where_noise_is_far_from_its_prior() -> None:
    point = np.zeros(N_WEIGHTS)
    near = [float(scored(0.05, scheme, point).free_energy) for scheme in ("spm12", "converged")]
    far = [float(scored(1.0, scheme, point).free_energy) for scheme in ("spm12", "converged")]
    assert near[0] == pytest.approx(near[1], abs=0.05)
    assert far[1] - far[0] > 5


def test_a_newton_step_follows_the_gradient_flow() -> None:
    rng = np.random.default_rng(1)
    root = rng.standard_normal((4, 4))
    curvature = -(root @ root.T + np.eye(4))
    gradient = rng.standard_normal(4)
    far = newton_step(gradient, curvature, 20.0, 4)
    np.testing.assert_allclose(far, -np.linalg.solve(curvature, gradient), rtol=1e-9)
    time = np.exp(-6 - np.linalg.slogdet(curvature)[1] / 4)
    near = newton_step(gradient, curvature, -6.0, 4)
    np.testing.assert_allclose(near, gradient * time, rtol=0.05)
