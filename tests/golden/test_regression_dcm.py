"""Regression DCM equals TAPAS rDCM (v1.5, under Octave) on its reference inversions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from empatune.connectivity.network import Network
from empatune.connectivity.regression import SparseSettings, fit_ridge, fit_sparse
from empatune.connectivity.regression.response import response
from empatune.connectivity.series import Series

RUNS = [f"snr{snr}_seed{seed}" for snr in (3, 1) for seed in (1, 2)]
KEPT = [0, 1, 2, 12, 13, 14]
"""Columns of their covariances that are ours; between them are bilinear ones, always empty."""


def load(shared: Path, run: str, kind: str) -> tuple[dict[str, np.ndarray], Series, Network]:
    """Read a reference inversion, and give its data as ours."""
    path = shared / "data" / "dcm_reference" / f"rdcm_{run}_{kind}.npz"
    with np.load(path) as stored:
        theirs = dict(stored)
    series = Series(
        signals=theirs["y"],
        inputs=theirs["u"],
        tr_s=float(theirs["TR"]),
        bin_s=float(theirs["udt"]),
    )
    network = Network(
        regions=("ACC", "AI", "VS"),
        inputs=("events", "motive"),
        connections=theirs["a"] > 0,
        modulations=np.zeros((2, 3, 3), bool),
        drives=theirs["c"] > 0,
    )
    return theirs, series, network


def covariances(theirs: dict[str, np.ndarray]) -> np.ndarray:
    """Give their covariances in our order."""
    return np.array([theirs[f"sN{region}"][np.ix_(KEPT, KEPT)] for region in (1, 2, 3)])


def test_the_response_is_theirs(shared: Path) -> None:
    theirs, series, _ = load(shared, RUNS[0], "ridge")
    ours = response(series.bin_s, len(series.inputs))
    np.testing.assert_allclose(ours, theirs["h"], rtol=1e-6, atol=1e-14)


@pytest.mark.parametrize("run", RUNS)
def test_ridge_equals_tapas(shared: Path, run: str) -> None:
    theirs, series, network = load(shared, run, "ridge")
    fit = fit_ridge(series, network)
    pairs = {
        "A": (fit.coupling, theirs["A"]),
        "C": (fit.drives, theirs["C"]),
        "baseline": (fit.baseline[:, 0], theirs["baseline"]),
        "sN": (fit.covariance, covariances(theirs)),
        "aN": (fit.noise_shape, theirs["aN"]),
        "bN": (fit.noise_rate, theirs["bN"]),
        "t": (fit.noise_precision, theirs["t"]),
        "logF_r": (fit.evidence_by_region, theirs["logF_r"]),
        "logF": (fit.evidence, theirs["logF"]),
    }
    for name, (ours, reference) in pairs.items():
        np.testing.assert_allclose(ours, reference, rtol=1e-8, atol=1e-14, err_msg=name)
    assert fit.converged.all()


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("run", RUNS)
def test_sparse_networks_equal_those_of_tapas(shared: Path, run: str, seed: int) -> None:
    theirs, series, network = load(shared, run, "sparse")
    fit = fit_sparse(series, network, SparseSettings(seed=seed))
    pairs = {
        "A": (fit.coupling, theirs["A"]),
        "C": (fit.drives, theirs["C"]),
        "Ip_A": (fit.coupling_presence, theirs["Ip_A"]),
        "Ip_C": (fit.drive_presence, theirs["Ip_C"]),
        "baseline": (fit.baseline[:, 0], theirs["baseline"]),
        "sN": (fit.covariance, covariances(theirs)),
        "aN": (fit.noise_shape, theirs["aN"]),
        "bN": (fit.noise_rate, theirs["bN"]),
        "t": (fit.noise_precision, theirs["t"]),
    }
    for name, (ours, reference) in pairs.items():
        np.testing.assert_allclose(ours, reference, rtol=1e-6, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("run", RUNS)
def test_evidence_differs_only_by_decided_indicators(shared: Path, run: str) -> None:
    """TAPAS leaves indicators out of its evidence that are 0, or that round to 1.

    Which of them round to 1 hangs on the last digit of a complex number, so that it counts the
    prior of some connections that are there, and of none that is not. Everything else is equal.
    """
    theirs, series, network = load(shared, run, "sparse")
    accounted = []
    for sparsity in SparseSettings().sparsity:
        fit = fit_sparse(series, network, SparseSettings(sparsity=(sparsity,), n_starts=5))
        others = ~np.eye(3, dtype=bool)
        present = (others & (fit.coupling_presence > 0.999)).sum(axis=1)
        absent = (others & (fit.coupling_presence < 1e-6)).sum(axis=1)
        bare = fit.evidence_by_region - present * np.log(sparsity) - absent * np.log1p(-sparsity)
        counted = (theirs["logF_r"] - bare) / np.log(sparsity)
        whole = np.abs(counted - np.round(counted)) < 1e-5
        accounted.append(np.all(whole & (np.round(counted) >= 0) & (np.round(counted) <= present)))
    assert any(accounted)
