"""Dynamic causal models against SPM12 r7771: reduction, integrators, and 24 inversions."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from empatune.connectivity.dcm.equations import neural_flow, observe, vascular_flow
from empatune.connectivity.dcm.expansion import reduce_to_bilinear
from empatune.connectivity.dcm.fit import Fit
from empatune.connectivity.dcm.fitting import FitSettings, Task, fit_all
from empatune.connectivity.dcm.integrators import INTEGRATORS
from empatune.connectivity.dcm.inversion import Model, Problem, predict_at, predict_with_slopes
from empatune.connectivity.dcm.parameters import Parts, prior_of, sizes_of, take_apart
from empatune.connectivity.dcm.scoring import newton_step
from empatune.connectivity.series import scaled
from empatune.numerics.differentiable import jax, jnp

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from spm_references import CASES, gated, load, load_inversions, task_of, unit_task_of

pytestmark = pytest.mark.shared

N = 3


@pytest.fixture(scope="module")
def unit(shared: Path) -> dict[str, Any]:
    """Reference numbers of SPM's integrators at one vector of parameters."""
    return load(shared / "data" / "dcm_reference" / "unit_integrator.npz")


@pytest.fixture(scope="module")
def unit_task(unit: dict[str, Any]) -> Task:
    """The recording's times and a network that frees what the vector moves."""
    return unit_task_of(unit)


@pytest.fixture(scope="module")
def references(shared: Path) -> dict[str, dict[str, Any]]:
    """SPM's 24 inversions."""
    return load_inversions(shared / "data" / "dcm_reference")


@pytest.fixture(scope="module")
def tasks(references: dict[str, dict[str, Any]]) -> list[Task]:
    """The recordings and networks of the inversions."""
    return [task_of(reference, case) for case, reference in references.items()]


@pytest.fixture(scope="module")
def as_spm(tasks: list[Task]) -> dict[str, Fit]:
    """Fits with SPM's own scheme from SPM's start."""
    outcomes = fit_all(tasks, settings=FitSettings(scheme="spm12"))
    return {outcome.name: outcome for outcome in outcomes if isinstance(outcome, Fit)}


@pytest.fixture(scope="module")
def settled(tasks: list[Task]) -> dict[str, Fit]:
    """Fits whose precisions settle, from three starts."""
    outcomes = fit_all(tasks, settings=FitSettings(n_starts=3))
    return {outcome.name: outcome for outcome in outcomes if isinstance(outcome, Fit)}


def parts_of(unit: dict[str, Any], task: Task) -> Parts:
    """Take the reference's vector of parameters apart."""
    return take_apart(jnp.asarray(unit["P_vec"])[:, None], sizes_of(task.network))


def course_of(vector: Any, task: Task, integrator: str) -> Any:
    """Predict signals of the recording's times."""
    model = Model(sizes_of(task.network), task.series.bin_s, integrator)
    plan = INTEGRATORS[integrator].plan(task.series.timing)
    return predict_at(jnp.asarray(vector)[:, None], plan, model)[:, :, 0]


def test_equations_at_a_state(unit: dict[str, Any], unit_task: Task) -> None:
    parts = parts_of(unit, unit_task)
    state = jnp.asarray(unit["x"].T)[:, :, None]
    # The reference evaluated the flow with the first input on and the second at a half.
    neural = neural_flow(state[0], jnp.asarray([1.0, 0.5]), parts)
    vascular = vascular_flow(state[1:], state[0], parts)
    found = jnp.concatenate([neural[None], vascular])[..., 0].ravel()
    np.testing.assert_allclose(found, unit["fx"], rtol=1e-9)
    np.testing.assert_allclose(observe(state[3], state[4], parts)[:, 0], unit["gx"], rtol=1e-9)


def test_newton_step(unit: dict[str, Any]) -> None:
    step = newton_step(unit["dx_g"], unit["dx_A"], float(unit["dx_v"]), len(unit["dx_g"]))
    np.testing.assert_allclose(step, unit["dx"], rtol=1e-9)


def test_bilinear_reduction(unit: dict[str, Any], unit_task: Task) -> None:
    sizes = sizes_of(unit_task.network)
    reduce = jax.jit(lambda vector: reduce_to_bilinear(take_apart(vector, sizes)))
    reduction = reduce(jnp.asarray(unit["P_vec"])[:, None])
    dense = np.zeros((5 * N + 1, 5 * N + 1))
    dense[1 : N + 1, 1 : N + 1] = reduction.rates[..., 0]
    for region in range(N):
        places = 1 + N + region + N * np.arange(4)
        dense[np.ix_(places, places)] = reduction.vessels[:, :, region, 0]
        dense[places, 1 + region] = reduction.uptake[:, region, 0]
    np.testing.assert_allclose(dense, unit["M0"], rtol=1e-6, atol=1e-12)
    for place, name in enumerate(("M1_1", "M1_2")):
        changes = np.zeros_like(dense)
        changes[1 : N + 1, 1 : N + 1] = reduction.rate_changes[place, ..., 0]
        changes[1 : N + 1, 0] = reduction.drives[place, :, 0]
        np.testing.assert_allclose(changes, unit[name], rtol=1e-6, atol=1e-12)


def test_bilinear_integrator(unit: dict[str, Any], unit_task: Task) -> None:
    found = course_of(unit["P_vec"], unit_task, "bilinear")
    np.testing.assert_allclose(found, unit["y_int"], rtol=1e-6, atol=1e-9)


def test_local_linear_integrator(unit: dict[str, Any], unit_task: Task) -> None:
    found = course_of(unit["P_vec"], unit_task, "local-linear")
    np.testing.assert_allclose(found, unit["y_intJ"], rtol=1e-6, atol=1e-9)


def test_second_order_integrator(unit: dict[str, Any], unit_task: Task) -> None:
    task, vector = gated(unit, unit_task)
    found = course_of(vector, task, "second-order")
    np.testing.assert_allclose(found, unit["y_nonlinear"], rtol=1e-6, atol=1e-9)


def test_spms_second_order_signals_are_not_those_of_the_equations(
    unit: dict[str, Any], unit_task: Task
) -> None:
    task, vector = gated(unit, unit_task)
    found = course_of(vector, task, "local-linear")
    assert np.corrcoef(found.ravel(), unit["y_nonlinear"].ravel())[0, 1] < 0.9


def test_two_populations(unit: dict[str, Any], unit_task: Task) -> None:
    network = replace(unit_task.network, two_state=True)
    vector = unit["P_vec"].copy()
    vector[:9] = unit["twostate_A"].T.ravel()
    vector[33:] = 0
    found = course_of(vector, Task(series=unit_task.series, network=network), "bilinear")
    np.testing.assert_allclose(found, unit["y_twostate"], rtol=1e-6, atol=1e-9)
    assert prior_of(network).mean[:9].reshape(3, 3).T.tolist() == unit["twostate_A"].tolist()


def test_slopes_at_the_prior_mean(unit: dict[str, Any], unit_task: Task) -> None:
    prior = prior_of(unit_task.network)
    places = np.argmax(np.abs(unit["V"]), axis=0)
    problem = Problem(
        signals=np.zeros((N, unit_task.series.n_scans)),
        confounds=unit_task.series.confounds,
        plan=INTEGRATORS["bilinear"].plan(unit_task.series.timing),
        mean=prior.mean,
        places=places,
        variance=np.ones(len(places)),
        start=np.zeros(len(places)),
    )
    model = Model(sizes_of(unit_task.network), unit_task.series.bin_s)
    predicted, slopes = predict_with_slopes(problem, jnp.zeros(len(places)), model)
    np.testing.assert_allclose(predicted.T, unit["f_prior"], rtol=1e-6, atol=1e-9)
    signs = np.take_along_axis(unit["V"], places[None], axis=0)[0]
    found = slopes.reshape(-1, len(places)) * signs
    np.testing.assert_allclose(found, unit["dfdp"], rtol=1e-6, atol=1e-8)


def test_priors_and_scaling(tasks: list[Task], references: dict[str, dict[str, Any]]) -> None:
    for task, reference in zip(tasks, references.values(), strict=True):
        prior = prior_of(task.network)
        np.testing.assert_array_equal(prior.mean, reference["pE_vec"])
        np.testing.assert_array_equal(np.diag(prior.variance), reference["pC"])
        signals, scale = scaled(task.series)
        np.testing.assert_allclose(signals, reference["y"], atol=1e-12)
        assert scale == pytest.approx(float(reference["scale"]), rel=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_inversion_goes_spms_way(
    case: str, as_spm: dict[str, Fit], references: dict[str, dict[str, Any]]
) -> None:
    found, reference = as_spm[case], references[case]
    assert found.free_energy == pytest.approx(float(reference["F"]), abs=1e-4)
    np.testing.assert_allclose(found.posterior.mean, reference["Ep_vec"], atol=1e-6)
    np.testing.assert_allclose(found.posterior.covariance, reference["Cp"], atol=1e-7)
    np.testing.assert_allclose(np.exp(-found.log_precisions), reference["Ce"], rtol=1e-5)
    assert found.ascent.iterations == int(reference["iterations"])
    assert found.ascent.rejected == int(reference["n_reject"])
    assert found.ascent.stop == "converged"
    np.testing.assert_allclose(found.residuals, reference["resid"], atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_settled_precisions_reach_at_least_spms_evidence(
    case: str, settled: dict[str, Fit], references: dict[str, dict[str, Any]]
) -> None:
    assert settled[case].free_energy > float(references[case]["F"]) - 1e-2


def test_where_spms_precisions_settled_the_settled_fit_is_the_same(
    settled: dict[str, Fit], references: dict[str, dict[str, Any]]
) -> None:
    for case in ("snr3_seed2_full", "snr3_seed2_AI2VS", "snr3_seed3_full", "snr3_seed3_AI2VS"):
        found, reference = settled[case], references[case]
        free = found.posterior.free
        shift = np.abs(found.posterior.mean - reference["Ep_vec"])[free]
        assert (shift / found.posterior.sd[free]).max() < 0.2
        assert found.free_energy == pytest.approx(float(reference["F"]), abs=0.05)


def test_spms_free_energy_at_low_snr_is_below_what_its_own_model_allows(
    as_spm: dict[str, Fit], settled: dict[str, Fit]
) -> None:
    low = [case for case in CASES if case.startswith("snr1")]
    gains = [settled[case].free_energy - as_spm[case].free_energy for case in low]
    assert min(gains) > 40
