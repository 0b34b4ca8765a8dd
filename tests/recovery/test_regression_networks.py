"""Regression DCM finds the linear networks again from which signals were made."""

from __future__ import annotations

import numpy as np
import pytest

from empatune.connectivity.correlation import correlate
from empatune.connectivity.network import Network
from empatune.connectivity.regression import SparseSettings, fit_ridge, fit_sparse, simulate
from empatune.connectivity.series import Series

TR_S, BINS = 0.5, 8
BIN_S = TR_S / BINS


def events(n_inputs: int, n_scans: int, rng: np.random.Generator) -> np.ndarray:
    """Make inputs of 2 s that come every 4 to 14 s, each in its own time."""
    inputs = np.zeros((n_scans * BINS, n_inputs))
    for column in inputs.T:
        onset_s = rng.uniform(2, 6)
        while onset_s < n_scans * TR_S - 20:
            column[round(onset_s / BIN_S) : round((onset_s + 2) / BIN_S)] = 1
            onset_s += rng.uniform(4, 14)
    return inputs


def network_of(coupling: np.ndarray, drives: np.ndarray) -> Network:
    """Give a network with exactly these connections and drives."""
    n, m = drives.shape
    return Network(
        regions=tuple(f"r{place}" for place in range(n)),
        inputs=tuple(f"u{place}" for place in range(m)),
        connections=coupling != 0,
        modulations=np.zeros((m, n, n), bool),
        drives=drives != 0,
    )


def random_network(n: int, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Make a stable network with this share of its connections, and a drive to each region."""
    others = (rng.random((n, n)) < share) & ~np.eye(n, dtype=bool)
    coupling = others * rng.choice([-1, 1], (n, n)) * rng.uniform(0.2, 0.4, (n, n))
    coupling *= min(1, 1.2 / np.sqrt(max(1, share * n)))
    coupling[np.eye(n, dtype=bool)] = -0.6
    while np.linalg.eigvals(coupling).real.max() > -0.2:
        coupling[~np.eye(n, dtype=bool)] *= 0.9
    return coupling, np.eye(n) * 8.0


def record(
    n: int, snr: float, *, seed: int = 1, share: float = 0.3, n_scans: int = 600
) -> tuple[np.ndarray, np.ndarray, Series]:
    """Make a network and signals of it."""
    rng = np.random.default_rng([seed, n])
    coupling, drives = random_network(n, share, rng)
    series = simulate(
        events(n, n_scans, rng),
        coupling=coupling,
        drives=drives,
        tr_s=TR_S,
        bin_s=BIN_S,
        snr=snr,
        rng=rng,
    )
    return coupling, drives, series


@pytest.mark.parametrize("n", [2, 4, 6, 10, 50])
def test_clean_signals_give_the_network_itself(n: int) -> None:
    coupling, drives, series = record(n, 1e6, share=0.3 if n <= 10 else 0.08)
    fit = fit_ridge(series, network_of(coupling, drives))
    assert np.abs(fit.coupling - coupling).max() < 0.05
    np.testing.assert_allclose(np.diag(fit.drives), np.diag(drives), rtol=0.1)
    assert fit.explained.min() > 0.98


@pytest.mark.parametrize("n", [2, 4, 6, 10, 50])
def test_noise_leaves_the_pattern_of_connections(n: int) -> None:
    """Noise makes regions look short-lived (a known bias), not connections look different."""
    found, true = [], []
    for seed in (1, 2, 3) if n <= 10 else (1,):
        coupling, drives, series = record(n, 5, seed=seed, share=2 / n)
        fit = fit_ridge(series, network_of(coupling, drives))
        there = (coupling != 0) & ~np.eye(n, dtype=bool)
        found.append(fit.coupling[there])
        true.append(coupling[there])
    together = np.concatenate(found), np.concatenate(true)
    assert np.all(np.sign(together[0]) == np.sign(together[1]))
    assert np.corrcoef(*together)[0, 1] > 0.97


@pytest.mark.parametrize("n", [6, 10])
def test_sparse_networks_are_found_without_being_told(n: int) -> None:
    hits, alarms = [], []
    for seed in (1, 2, 3):
        coupling, drives, series = record(n, 5, seed=seed)
        everything = network_of(np.ones((n, n)), drives)
        fit = fit_sparse(series, everything, SparseSettings(sparsity=(0.1, 0.3, 0.5), n_starts=5))
        others = ~np.eye(n, dtype=bool)
        hits.append(fit.coupling_presence[others & (coupling != 0)] > 0.5)
        alarms.append(fit.coupling_presence[others & (coupling == 0)] > 0.5)
    assert np.concatenate(hits).mean() > 0.9
    assert np.concatenate(alarms).mean() < 0.2


def test_arrows_that_lagged_correlation_turns_round() -> None:
    """The target is driven early by an input of its own, the source two seconds later."""
    right, turned = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        early = events(1, 600, rng)[:, 0]
        late = np.roll(early, round(2 / BIN_S))
        extra = events(2, 600, rng)
        inputs = np.maximum(np.column_stack([late, early]), 0.5 * extra)
        coupling = np.array([[-0.5, 0.0], [0.3, -0.5]])
        series = simulate(
            inputs,
            coupling=coupling,
            drives=np.eye(2) * 8.0,
            tr_s=TR_S,
            bin_s=BIN_S,
            snr=5,
            rng=rng,
        )
        fit = fit_ridge(series, network_of(np.ones((2, 2)), np.eye(2)))
        right.append(fit.coupling[1, 0] - fit.coupling[0, 1] > 0.1)
        turned.append(correlate(series, "lagged", lag=2).direction[1, 0] < 0)
    assert all(right)
    assert np.mean(turned) > 0.8
