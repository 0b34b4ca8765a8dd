"""Regression DCM of 10 to 200 regions, against a plain loop over regions and starts.

Ours: every connection possible, ridge and sparse, from the signals on. Theirs: the same updates as
they are published, written down plainly: both halves of the complex spectrum, one region and one
start after the other, every weight in every inverse. The loop runs for a few regions; its time for
all is the mean of these times their number (extrapolated).

    OMP_NUM_THREADS=1 python benchmarks/regression_dcm.py --json regression_dcm.json
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path

import numpy as np
from scipy.special import digamma, expit, gammaln, logit

from empatune.connectivity.network import Network
from empatune.connectivity.regression import (
    RegressionFit,
    SparseSettings,
    fit_ridge,
    fit_sparse,
    simulate,
)
from empatune.connectivity.regression.response import response
from empatune.connectivity.series import Series

TR_S, BINS = 0.5, 8
AGREEMENT = 1e-6
SHAPE, RATE = 2.0, 1.0


def make(n: int, n_scans: int, seed: int) -> tuple[Series, Network]:
    """Make signals of a random network with five inputs, and the network of all connections."""
    rng = np.random.default_rng(seed)
    others = (rng.random((n, n)) < 4 / n) & ~np.eye(n, dtype=bool)
    coupling = others * rng.choice([-1, 1], (n, n)) * rng.uniform(0.2, 0.4, (n, n))
    coupling[np.eye(n, dtype=bool)] = -0.6
    while np.linalg.eigvals(coupling).real.max() > -0.2:
        coupling[~np.eye(n, dtype=bool)] *= 0.9
    drives = np.zeros((n, 5))
    drives[np.arange(n), np.arange(n) % 5] = 8.0
    onsets = (rng.random((n_scans * BINS // 16, 5)) < 0.2).astype(float)
    series = simulate(
        np.repeat(onsets, 16, axis=0),
        coupling=coupling,
        drives=drives,
        tr_s=TR_S,
        bin_s=TR_S / BINS,
        snr=5,
        rng=rng,
    )
    network = Network(
        regions=tuple(f"r{place}" for place in range(n)),
        inputs=tuple(f"u{place}" for place in range(5)),
        connections=np.ones((n, n), bool),
        modulations=np.zeros((5, n, n), bool),
        drives=drives > 0,
    )
    return series, network


def regressors(series: Series) -> tuple[np.ndarray, np.ndarray]:
    """Give columns and changes as whole complex spectra, without frequencies at noise level."""
    kernel = response(series.bin_s, len(series.inputs))
    blurred = np.fft.ifft(np.fft.fft(series.inputs, axis=0).T * np.fft.fft(kernel)).T
    causes = np.hstack([blurred[::BINS], np.ones((series.n_scans, 1))])
    signals, causes = np.fft.fft(series.signals, axis=0), np.fft.fft(causes, axis=0)
    telling = (np.abs(np.fft.fft(kernel[::BINS])) > 1e-4) & (np.abs(causes).sum(axis=1) > 1e-4)
    place = np.arange(series.n_scans)
    place = np.minimum(place, series.n_scans - place)
    keep = place <= np.floor(7 * series.n_scans / 16 + 0.5)
    loud = np.ones(signals.shape, bool)
    if (~telling).sum() > 1:
        loud = np.abs(signals.real) > signals.real[~telling].std(axis=0, ddof=1)
        loud |= np.abs(signals.imag) > signals.imag[~telling].std(axis=0, ddof=1)
    loud &= (keep & telling)[:, None]
    loud[0] = True
    signals = np.where(loud, signals, 0)
    last = np.where(loud, place[:, None], 0).max(axis=0)
    step = np.exp(2j * np.pi * np.arange(series.n_scans) / series.n_scans) - 1
    change = np.where(place[:, None] <= last, step[:, None] * signals / series.tr_s, np.nan)
    return np.hstack([signals, causes]), change


def beliefs(region: int, network: Network, confounds: float) -> tuple[np.ndarray, np.ndarray]:
    """Give prior means and precisions of one region."""
    n, m = network.drives.shape
    mean = np.zeros(n + m + 1)
    mean[region] = -0.5
    precision = np.concatenate([np.full(n, n / 8), np.ones(m), [confounds]])
    precision[region] = 8 * n
    return mean, precision


def bound(
    mean: np.ndarray, covariance: np.ndarray, away: np.ndarray, prior: np.ndarray, n: int, q: float
) -> float:
    """Give the free energy of one regression."""
    shape, rate = SHAPE + n / 2, RATE + q
    precise = digamma(shape) - np.log(rate)
    return float(
        n * (precise - np.log(2 * np.pi)) / 2
        - q * shape / rate
        - (prior @ away**2 + np.trace(np.diag(prior) @ covariance) - np.log(prior).sum()) / 2
        + (np.linalg.slogdet(covariance)[1] + len(mean)) / 2
        + SHAPE * np.log(RATE)
        - gammaln(SHAPE)
        + (SHAPE - 1) * precise
        - RATE * shape / rate
        + shape
        - np.log(rate)
        + gammaln(shape)
        + (1 - shape) * digamma(shape)
    )


def plain_ridge(
    columns: np.ndarray, change: np.ndarray, region: int, network: Network
) -> np.ndarray:
    """Fit one region with given connections, plainly."""
    n, m = network.drives.shape
    there = np.concatenate([network.connections[region], network.drives[region], [True]])
    mean, prior = beliefs(region, network, 1e-8)
    mean, prior = mean[there], prior[there]
    rows = np.isfinite(change[:, region])
    x, y = columns[rows][:, there], change[rows, region]
    gram, cross = x.conj().T @ x, x.conj().T @ y
    noise, before = SHAPE / RATE, -np.inf
    for _ in range(501):
        covariance = np.linalg.inv(noise * gram + np.diag(prior))
        weights = covariance @ (noise * cross + prior * mean)
        error = y - x @ weights
        misfit = ((error.conj() @ error) / 2 + np.trace(gram @ covariance) / 2).real
        noise = (SHAPE + len(y) / 2) / (RATE + misfit)
        now = bound(weights.real, covariance.real, weights.real - mean, prior, len(y), misfit)
        if abs(now - before) < 1e-5:
            break
        before = now
    found = np.zeros(n + m + 1)
    found[there] = weights.real
    return found[:n]


def plain_sparse(
    columns: np.ndarray,
    change: np.ndarray,
    region: int,
    network: Network,
    *,
    sparsity: float,
    n_starts: int,
    seed: int,
) -> np.ndarray:
    """Fit one region and find its connections, plainly; the orders are ours."""
    n = len(network.drives)
    mean, prior = beliefs(region, network, 1.0)
    there = np.concatenate([np.full(n, sparsity), network.drives[region], [1.0]])
    there[region] = 1.0
    rows = np.isfinite(change[:, region])
    x, y = columns[rows], change[rows, region]
    rng = np.random.default_rng([seed, 0, region])
    orders = [rng.permuted(np.tile(np.arange(len(mean)), (n_starts, 1)), axis=1) for _ in range(99)]
    best, found = -np.inf, np.zeros(n)
    for start in range(n_starts):
        gram, cross = (x.conj().T @ x).real, (x.conj().T @ y).real
        present, noise, before = there.copy(), SHAPE / RATE, -np.inf
        for order in orders:
            together = present[:, None] * gram * present
            np.fill_diagonal(together, present * np.diag(gram))
            covariance = np.linalg.inv(noise * together + np.diag(prior))
            weights = covariance @ (noise * present * cross + prior * mean)
            curve = gram * (np.outer(weights, weights) + covariance)
            pull = logit(there) + noise * (weights * cross + np.diag(curve) / 2)
            for place in order[start]:
                present[place] = 1
                present[place] = expit(pull[place] - noise * present @ curve[:, place])
            own = present * (1 - present) @ np.diag(curve)
            misfit = (y.conj() @ y).real / 2 - present @ (weights * cross)
            misfit += (present @ curve @ present + own) / 2
            noise = (SHAPE + len(y) / 2) / (RATE + misfit)
            present[np.abs(weights) < 1e-5] = 0
            weights = np.where(present == 0, 0, weights)
            open_ = (there > 0) & (there < 1)
            p, q = there[open_], np.clip(present[open_], 1e-300, 1)
            kept = np.clip(1 - present[open_], 1e-300, 1)
            now = bound(weights, covariance, weights - mean, prior, len(y), misfit)
            now += float((present[open_] * np.log(p / q)).sum())
            now += float(((1 - present[open_]) * np.log((1 - p) / kept)).sum())
            if abs(now - before) < 1e-5:
                break
            before = now
        if now > best:
            best, found = now, (weights * present)[:n]
    return found


def timed(n: int, given: argparse.Namespace) -> dict[str, float]:
    """Time ours for all regions and the plain loop for a few."""
    series, network = make(n, given.scans, given.seed)
    settings = SparseSettings(sparsity=(0.1,), n_starts=given.starts, seed=given.seed)
    seconds, fits = [], []
    for fit in (lambda: fit_ridge(series, network), lambda: fit_sparse(series, network, settings)):
        start = time.perf_counter()
        fits.append(fit())
        seconds.append(time.perf_counter() - start)
    few = np.linspace(0, n - 1, min(n, given.peer_regions)).astype(int)
    start = time.perf_counter()
    columns, change = regressors(series)
    ready_s = time.perf_counter() - start
    start = time.perf_counter()
    ridge = [plain_ridge(columns, change, region, network) for region in few]
    ridge_s = ready_s + (time.perf_counter() - start) / len(few) * n
    start = time.perf_counter()
    sparse = [
        plain_sparse(
            columns,
            change,
            region,
            network,
            sparsity=0.1,
            n_starts=given.starts,
            seed=given.seed,
        )
        for region in few
    ]
    sparse_s = ready_s + (time.perf_counter() - start) / len(few) * n
    return {
        "regions": n,
        "ridge_s": seconds[0],
        "ridge_plain_s": ridge_s,
        "ridge_ratio": ridge_s / seconds[0],
        "ridge_difference": float(np.abs(fits[0].coupling[few] - ridge).max()),
        "sparse_s": seconds[1],
        "sparse_plain_s": sparse_s,
        "sparse_ratio": sparse_s / seconds[1],
        "sparse_difference": _apart(fits[1], sparse, few),
        "plain_regions": len(few),
    }


def _apart(fit: RegressionFit, sparse: list[np.ndarray], few: np.ndarray) -> float:
    """Give the largest difference of an expected connection [Hz]."""
    return float(np.abs(fit.expected_coupling[few] - sparse).max())


def main() -> int:
    """Run all sizes and tell whether both agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--regions", type=int, nargs="+", default=[10, 50, 100, 200])
    parser.add_argument("--scans", type=int, default=600)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--peer-regions", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = []
    for n in given.regions:
        rows.append(timed(n, given))
        print(json.dumps(rows[-1]), flush=True)
    result = {"rows": rows, "machine": platform.processor() or platform.machine()}
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    worst = max(max(row["ridge_difference"], row["sparse_difference"]) for row in rows)
    return 0 if worst <= AGREEMENT else 1


if __name__ == "__main__":
    sys.exit(main())
