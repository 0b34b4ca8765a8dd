"""LASSO-PCR with a bootstrap of every weight, against scikit-learn's PCA and Lasso.

Ours: 300 images x 200,000 voxels, 5,000 bootstrap samples, mean and standard error of every
weight, everything counted from the images in memory. Theirs: the same images through
``PCA(svd_solver="full")`` and ``Lasso``, for a few of the same samples; the time of all samples is
the mean of these times their number (extrapolated). Each uses both cores in its own way.

    python benchmarks/train_pcr.py --json train_pcr.json
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import Lasso

from empatune.numerics import gram
from empatune.signatures.training import METHODS
from empatune.signatures.training.bootstrap import drawn_counts, resample, summarise

RATIO = 100.0
AGREEMENT = 1e-8
TIGHT = {"tol": 1e-12, "max_iter": 1_000_000}


def make_images(n_images: int, n_voxels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Make maps of 30 people with latent patterns that carry the outcome, and noise."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n_images, 12))
    images = rng.standard_normal((n_images, n_voxels), dtype=np.float32)
    patterns = rng.standard_normal((12, n_voxels), dtype=np.float32)
    images += 0.3 * latent.astype(np.float32) @ patterns
    outcome = latent[:, :4].sum(axis=1) + rng.normal(size=n_images)
    return images, outcome


def theirs(images: np.ndarray, outcome: np.ndarray, penalty: float) -> np.ndarray:
    """Weights of voxels, as an analyst would compute them with scikit-learn."""
    pca = PCA(svd_solver="full")
    scores = pca.fit_transform(images)
    lasso = Lasso(alpha=penalty, **TIGHT).fit(scores, outcome)
    return pca.components_.T @ lasso.coef_


def main() -> int:
    """Run both and tell whether the targets are reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--voxels", type=int, default=200_000)
    parser.add_argument("--bootstraps", type=int, default=5000)
    parser.add_argument("--peer-samples", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    images, outcome = make_images(given.images, given.voxels, given.seed)
    groups = np.arange(given.images) // 10
    solver = METHODS["lasso-pcr"].solver

    start = time.perf_counter()
    products = gram.gram(images)
    components = gram.decompose(products)
    penalty = float(0.1 * gram.largest_penalty(components, outcome[:, None])[0])
    rows = resample(
        products,
        outcome,
        groups,
        solver,
        penalty=penalty,
        n_samples=given.bootstraps,
        seed=given.seed,
        n_workers=given.workers,
    )
    summarise(images, rows)
    ours_s = time.perf_counter() - start

    counts = drawn_counts(outcome, groups, n_samples=given.peer_samples, seed=given.seed)
    double = images.astype(np.float64)
    peer_s, errors = [], []
    for sample, times in enumerate(counts):
        drawn = np.repeat(np.arange(given.images), times.astype(int))
        chosen = double[drawn]
        start = time.perf_counter()
        weights = theirs(chosen, outcome[drawn], penalty)
        peer_s.append(time.perf_counter() - start)
        mine = gram.combine(images, rows[sample][None])[0]
        errors.append(float(np.abs(mine - weights).max() / np.abs(weights).max()))
    all_s = float(np.mean(peer_s)) * given.bootstraps
    result = {
        "images": given.images,
        "voxels": given.voxels,
        "bootstraps": given.bootstraps,
        "ours_s": ours_s,
        "peer_s_per_sample": float(np.mean(peer_s)),
        "peer_samples_timed": given.peer_samples,
        "peer_s_extrapolated": all_s,
        "ratio": all_s / ours_s,
        "largest_relative_difference": max(errors),
        "machine": platform.processor() or platform.machine(),
    }
    print(json.dumps(result, indent=2))
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0 if result["ratio"] >= RATIO and max(errors) <= AGREEMENT else 1


if __name__ == "__main__":
    sys.exit(main())
