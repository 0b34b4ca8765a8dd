"""What regression DCM refuses, and what it gives back."""

from __future__ import annotations

import numpy as np
import pytest

from empatune.connectivity.network import Network, connect
from empatune.connectivity.regression import (
    RegressionFit,
    SparseSettings,
    fit_ridge,
    fit_sparse,
    posterior_of,
    predict,
    ridge,
    simulate,
    sparse,
)
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError

REGIONS, INPUTS = ("ACC", "AI", "VS"), ("events", "motive")


def network() -> Network:
    return connect(REGIONS, INPUTS, driven={"events": ("ACC",), "motive": ("VS",)})


def series(n_scans: int = 120, bins: int = 4) -> Series:
    rng = np.random.default_rng(3)
    inputs = (rng.random((n_scans * bins, 2)) < 0.1).astype(float)
    inputs[-min(30, n_scans // 3) * bins :] = 0
    return simulate(
        inputs,
        coupling=np.array([[-0.5, 0.0, 0.0], [0.3, -0.5, 0.0], [0.0, 0.3, -0.5]]),
        drives=np.array([[8.0, 0.0], [0.0, 0.0], [0.0, 8.0]]),
        tr_s=1.0,
        bin_s=1 / bins,
        snr=5.0,
        rng=rng,
    )


def changed(given: Series, **parts: object) -> Series:
    kept = {name: getattr(given, name) for name in ("signals", "inputs", "tr_s", "bin_s")}
    return Series(**(kept | parts))  # type: ignore[arg-type]


def same(one: RegressionFit, other: RegressionFit) -> bool:
    names = ("coupling", "drives", "covariance", "coupling_presence", "evidence_by_region")
    return all(np.allclose(getattr(one, n), getattr(other, n), rtol=1e-9) for n in names)


@pytest.mark.parametrize("n_scans", [120, 121])
def test_a_fit_explains_its_signals(n_scans: int) -> None:
    fit = fit_ridge(series(n_scans), network())
    assert fit.converged.all()
    assert fit.coupling[1, 0] > 3 * fit.coupling_error[1, 0]
    assert fit.evidence == pytest.approx(fit.evidence_by_region.sum())
    assert np.all((fit.explained > 0.2) & (fit.explained < 1))


def test_a_network_without_a_needed_connection_has_less_evidence() -> None:
    given = series()
    edges = [("ACC", "AI"), ("AI", "VS")]
    driven = {"events": ("ACC",), "motive": ("VS",)}
    true = fit_ridge(given, connect(REGIONS, INPUTS, edges=edges, driven=driven))
    less = fit_ridge(given, connect(REGIONS, INPUTS, edges=edges[:1], driven=driven))
    more = fit_ridge(given, network())
    assert true.evidence > less.evidence + 3
    assert true.evidence > more.evidence
    assert less.coupling[2, 1] == 0
    assert less.coupling_error[2, 1] == 0


def test_regions_worked_on_in_parts_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    given, settings = series(), SparseSettings(sparsity=(0.3, 0.6), n_starts=3, seed=2)
    whole = fit_ridge(given, network()), fit_sparse(given, network(), settings)
    monkeypatch.setattr(ridge, "AT_ONCE", 1)
    monkeypatch.setattr(sparse, "AT_ONCE", 1)
    parts = fit_ridge(given, network()), fit_sparse(given, network(), settings)
    assert same(whole[0], parts[0])
    assert same(whole[1], parts[1])


def test_the_seed_decides_the_orders() -> None:
    given = series()
    fits = [fit_sparse(given, network(), SparseSettings(seed=4, n_starts=2)) for _ in range(2)]
    assert np.array_equal(fits[0].coupling, fits[1].coupling)
    assert fits[0].evidence_by_sparsity == fits[1].evidence_by_sparsity
    assert fits[0].sparsity == max(
        fits[0].evidence_by_sparsity, key=fits[0].evidence_by_sparsity.__getitem__
    )


def test_more_starts_never_lose_evidence() -> None:
    given = series()
    few, many = (
        fit_sparse(given, network(), SparseSettings(sparsity=(0.4,), n_starts=n)) for n in (1, 30)
    )
    assert many.evidence >= few.evidence - 1e-9


def test_a_sparse_search_can_stay_within_the_network_and_seek_drives() -> None:
    only = connect(REGIONS, INPUTS, edges=[("ACC", "AI")], driven={"events": ("ACC",)})
    within = fit_sparse(series(), only, SparseSettings(within_network=True))
    assert within.coupling_presence[2, 1] == 0
    assert within.expected_coupling[2, 1] == 0
    assert within.coupling_presence[1, 0] > 0.9
    sought = fit_sparse(series(), only, SparseSettings(seek_drives=True))
    assert sought.drive_presence[2, 1] > 0.9
    expected = np.abs(sought.drives * sought.drive_presence)
    assert expected[2, 1] > 3 * np.delete(expected[:, 1], 2).max()
    assert expected[0, 0] > 3 * np.delete(expected[:, 0], 0).max()


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    settings = SparseSettings(sparsity=(0.2, 0.5), n_starts=1)
    fit_sparse(series(), network(), settings, progress=lambda done, all_: told.append((done, all_)))
    assert told == [(1, 2), (2, 2)]


def test_a_fitted_network_predicts_its_signals_and_their_level() -> None:
    clean = simulate(
        series().inputs,
        coupling=np.array([[-0.5, 0.0, 0.0], [0.3, -0.5, 0.0], [0.0, 0.3, -0.5]]),
        drives=np.array([[8.0, 0.0], [0.0, 0.0], [0.0, 8.0]]),
        tr_s=1.0,
        bin_s=0.25,
        snr=1e6,
        rng=np.random.default_rng(0),
    )
    raised = changed(clean, signals=clean.signals + 3.0)
    made = predict(fit_ridge(raised, network()), raised)
    share = ((made - raised.signals) ** 2).sum(axis=0) / (clean.signals**2).sum(axis=0)
    assert np.all(share < 0.05)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"bin_s": 0.3, "inputs": np.random.default_rng(0).random((400, 2))}, "whole number of"),
        ({"inputs": np.random.default_rng(0).random((481, 2))}, "480 bins; given: 481"),
        ({"inputs": np.column_stack([np.ones(480), np.arange(480) % 9])}, "rank deficient"),
    ],
)
def test_recordings_that_cannot_be_fitted(parts: dict[str, object], message: str) -> None:
    given = series()
    with pytest.raises(ConnectivityError, match=message):
        fit_ridge(changed(given, **parts), network())


def test_a_silent_region_and_missing_numbers_are_refused() -> None:
    for spoil, message in ((5.0, "Region 2 has no signal"), (np.nan, "missing or infinite")):
        signals = series().signals.copy()
        signals[:, 1] = spoil
        with pytest.raises(ConnectivityError, match=message):
            fit_ridge(changed(series(), signals=signals), network())


def test_raw_scanner_units_are_refused() -> None:
    raw = changed(series(), signals=1000 + 100 * series().signals)
    with pytest.raises(ConnectivityError, match="percent signal change"):
        fit_ridge(raw, network())


def test_too_few_scans_are_refused() -> None:
    with pytest.raises(ConnectivityError, match="31 scans are too few"):
        fit_ridge(series(31), network())
    names = tuple(f"r{place}" for place in range(60))
    noise = np.random.default_rng(0).normal(size=(40, 60))
    inputs = np.random.default_rng(1).random((160, 1))
    wide = Series(signals=noise, inputs=inputs, tr_s=1.0, bin_s=0.25)
    with pytest.raises(ConnectivityError, match=r"r0 has 61 weights but \d+ numbers"):
        fit_ridge(wide, connect(names, ("u",)))


def test_networks_that_are_not_linear_or_do_not_fit_are_refused() -> None:
    bilinear = connect(REGIONS, INPUTS, modulated={"motive": [("ACC", "AI")]})
    with pytest.raises(ConnectivityError, match="linear"):
        fit_ridge(series(), bilinear)
    with pytest.raises(ConnectivityError, match="3 regions and 2 inputs, the network 2 and 2"):
        fit_ridge(series(), connect(REGIONS[:2], INPUTS))


def test_settings_and_simulations_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConnectivityError, match="between 0 and 1"):
        SparseSettings(sparsity=(0.0,))
    with pytest.raises(ConnectivityError, match="at least 1"):
        SparseSettings(n_starts=0)
    given = {"tr_s": 1.0, "bin_s": 0.25, "snr": 3.0, "rng": np.random.default_rng(0)}
    with pytest.raises(ConnectivityError, match="unstable"):
        simulate(np.zeros((40, 1)), coupling=np.eye(2), drives=np.ones((2, 1)), **given)
    with pytest.raises(ConnectivityError, match="regions x regions"):
        simulate(np.zeros((40, 1)), coupling=-np.eye(2), drives=np.ones((3, 1)), **given)


def test_a_ridge_fit_as_a_posterior() -> None:
    given = Network(
        regions=REGIONS,
        inputs=INPUTS,
        connections=np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1]], bool),
        modulations=np.zeros((2, 3, 3), bool),
        drives=np.array([[1, 0], [0, 0], [0, 1]], bool),
    )
    fit = fit_ridge(series(), given)
    found = posterior_of(fit, name="sub-01")
    assert (found.name, found.free_energy) == ("sub-01", pytest.approx(fit.evidence))
    assert [found.names[place] for place in np.flatnonzero(found.free)] == [
        "A ACC<-ACC",
        "A AI<-ACC",
        "A AI<-AI",
        "A VS<-AI",
        "A VS<-VS",
        "C ACC<-events",
        "C VS<-motive",
    ]
    place = found.names.index("A AI<-ACC")
    assert found.mean[place] == fit.coupling[1, 0]
    assert found.sd[place] == pytest.approx(fit.coupling_error[1, 0])
    drive = found.names.index("C VS<-motive")
    assert found.mean[drive] == pytest.approx(fit.drives[2, 1])
    assert found.sd[drive] == pytest.approx(16 * np.sqrt(fit.covariance[2, 4, 4]))
    assert found.covariance[place, found.names.index("A AI<-AI")] == fit.covariance[1, 0, 1]
    assert found.prior_mean[found.names.index("A AI<-AI")] == -0.5
    assert np.sqrt(found.prior_covariance[place, place]) == pytest.approx(np.sqrt(8 / 3))
    assert found.prior_covariance[drive, drive] == pytest.approx(16**2)


def test_a_sparse_fit_as_a_posterior_doubts_as_its_weights_and_indicators_do() -> None:
    fit = fit_sparse(series(), network(), SparseSettings(sparsity=(0.4,), n_starts=3))
    found = posterior_of(fit)
    rng = np.random.default_rng(0)
    weights = rng.multivariate_normal(fit.coupling[1], fit.covariance[1, :3, :3], size=200_000)
    weights *= rng.random(weights.shape) < fit.coupling_presence[1]
    places = [found.names.index(f"A AI<-{region}") for region in REGIONS]
    np.testing.assert_allclose(found.mean[places], weights.mean(axis=0), atol=2e-3)
    np.testing.assert_allclose(
        found.covariance[np.ix_(places, places)], np.cov(weights.T), atol=1e-3
    )
    assert found.prior_covariance[places[0], places[0]] == pytest.approx(0.4 * 8 / 3)


def test_what_a_sparse_fit_dropped_is_doubtful_and_not_certain() -> None:
    fit = fit_sparse(series(), network(), SparseSettings(sparsity=(0.05,), n_starts=3))
    gone = (fit.coupling_presence == 0).T.ravel()
    assert gone.any()
    found = posterior_of(fit)
    assert (found.mean[:9][gone] == 0).all()
    assert (found.sd[:9][gone] > 0).all()
    assert found.sign_probability[:9][gone] == pytest.approx(0.5)
