import numpy as np
import pytest

from empatune.numerics import recursion


def data(n_volumes=2000, n_columns=14, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_volumes, n_columns))
    rows[:, 0] = 1.0
    rows[:, 1] = np.linspace(-1, 1, n_volumes)
    return rows, rows @ rng.normal(size=(n_columns, 4)) + rng.normal(size=(n_volumes, 4)) + 50


def fitted(rows, responses, *, ridge=1e-6, weights=None):
    fit = recursion.initial(rows.shape[1], responses.shape[1], ridge=ridge)
    weights = np.ones(len(rows)) if weights is None else weights
    for row, response, weight in zip(rows, responses, weights, strict=True):
        fit = recursion.update(fit, row, response, weight=weight)
    return fit


def batch(rows, responses, ridge):
    stacked = np.vstack([rows, np.sqrt(ridge) * np.eye(rows.shape[1])])
    zeros = np.zeros((rows.shape[1], responses.shape[1]))
    return np.linalg.lstsq(stacked, np.vstack([responses, zeros]), rcond=None)[0]


@pytest.mark.parametrize("ridge", [1e-6, 0.5])
def test_two_thousand_volumes_equal_the_batch_fit(ridge):
    rows, responses = data()
    fit = fitted(rows, responses, ridge=ridge)
    expected = batch(rows, responses, ridge)
    assert np.abs(fit.coefficients - expected).max() < 1e-9
    assert fit.n_volumes == fit.n_used == 2000


def test_collinear_columns_stay_stable():
    rows, responses = data()
    rows[:, 13] = rows[:, 12]
    fit = fitted(rows, responses)
    prediction = rows @ fit.coefficients
    assert np.abs(prediction - rows @ batch(rows, responses, 1e-6)).max() < 1e-8
    assert fit.degrees_of_freedom == pytest.approx(2000 - 13, abs=1e-3)


def test_variance_is_that_of_the_residuals():
    rows, responses = data(300)
    fit = fitted(rows, responses)
    residuals = responses - rows @ batch(rows, responses, 1e-6)
    assert fit.variance == pytest.approx((residuals**2).sum(axis=0) / (300 - 14), rel=1e-3)


def test_a_spike_with_weight_zero_leaves_no_trace():
    rows, responses = data(200)
    spiked, weights = responses.copy(), np.ones(200)
    spiked[50], weights[50] = 1e6, 0.0
    keep = np.arange(200) != 50
    with_spike, without = fitted(rows, spiked, weights=weights), fitted(rows[keep], responses[keep])
    assert with_spike.coefficients.tobytes() == without.coefficients.tobytes()
    assert (with_spike.n_volumes, with_spike.n_used) == (200, 199.0)


def test_update_leaves_the_fit_before_as_it_was():
    rows, responses = data(20)
    fit = fitted(rows, responses)
    root = fit.root.copy()
    recursion.update(fit, rows[0], responses[0])
    assert np.array_equal(fit.root, root)


def test_clean_takes_out_the_nuisance_and_nothing_else():
    rows, responses = data()
    fit = fitted(rows, responses)
    nuisance = np.array([1, 2, 3])
    cleaned, _ = recursion.clean(fit, rows[7], responses[7], nuisance_columns=nuisance)
    assert np.allclose(cleaned, responses[7] - rows[7, nuisance] @ fit.coefficients[nuisance])


def test_standard_error_is_unknown_before_one_degree_of_freedom():
    rows, responses = data(30)
    fit = fitted(rows[:14], responses[:14])
    assert np.isinf(recursion.clean(fit, rows[0], responses[0], nuisance_columns=[1])[1]).all()
    fit = recursion.update(fit, rows[14], responses[14])
    assert np.isfinite(recursion.clean(fit, rows[0], responses[0], nuisance_columns=[1])[1]).all()


def test_standard_error_covers_a_new_volume_as_often_as_it_says():
    rng, n_runs, z = np.random.default_rng(3), 1500, []
    rows = rng.normal(size=(26, 6))
    for _ in range(n_runs):
        truth, noise = rng.normal(size=(6, 1)), 2 * rng.normal(size=(26, 1))
        responses = rows @ truth + noise
        fit = fitted(rows[:25], responses[:25])
        cleaned, error = recursion.clean(
            fit, rows[25], responses[25], nuisance_columns=np.arange(6)
        )
        z.append((cleaned / error).item())
    # a t distribution with 25 - 6 degrees of freedom has this standard deviation
    assert np.std(z) == pytest.approx(np.sqrt(19 / 17), rel=0.06)
