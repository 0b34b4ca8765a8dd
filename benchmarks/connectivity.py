"""Fit 40 dynamic causal models: time a model against SPM12's own, and vmap against threads.

    python benchmarks/connectivity.py --references DIR [--rounds 5] [--json FILE]

The batch is the 24 recordings and networks of DIR (files ``dcm_*.npz`` that SPM12 inverted under
Octave on a machine like this, with its ``runtime_clean``), and 16 of them again. Nothing is kept
between fits but compiled programs. Rounds of the schemes alternate, so that a busy machine is
busy for both. A model's ratio is SPM's seconds over its share of the batch's wall-clock time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from empatune.connectivity.dcm import fitting
from empatune.connectivity.dcm.fitting import FitSettings, Task, fit
from empatune.connectivity.dcm.integrators import INTEGRATORS
from empatune.connectivity.dcm.inversion import Model, invert
from empatune.connectivity.dcm.parameters import prior_of, sizes_of
from empatune.connectivity.series import scaled
from empatune.numerics.differentiable import jax, jnp
from spm_references import load, task_of

BATCH = 40
N_THREADS = 2
TARGET = 50.0
SIDE_BY_SIDE = 8
SCHEMES = ("spm12", "converged")


def main() -> int:
    """Measure, print, and tell whether the target is reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--references", type=Path, required=True, help="folder of dcm_*.npz")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    tasks, theirs = read(asked.references)
    results: dict[str, Any] = {"models": len(tasks), "threads": N_THREADS, "rounds": asked.rounds}
    results["load"] = os.getloadavg()[0]
    results["compile_s"] = {scheme: compile_time(tasks[0], scheme) for scheme in SCHEMES}
    for scheme in SCHEMES:  # other networks of the batch may be of another size
        for task in {len(t.series.inputs): t for t in tasks}.values():
            fit(task.series, task.network, settings=FitSettings(scheme=scheme))
    walls: dict[str, list[float]] = {scheme: [] for scheme in SCHEMES}
    owns: dict[str, list[list[float]]] = {scheme: [] for scheme in SCHEMES}
    for number in range(asked.rounds):
        for scheme in SCHEMES[:: 1 if number % 2 else -1]:
            wall, own = batch(tasks, scheme)
            walls[scheme].append(wall)
            owns[scheme].append(own)
    for scheme in SCHEMES:
        results[scheme] = summary(walls[scheme], owns[scheme], theirs)
        results[scheme]["single_s"] = single(tasks[: len(theirs) // 2], scheme)
    results["side_by_side"] = side_by_side(tasks, asked.rounds)
    tell(results)
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0 if all(results[s]["ratio_median"] >= TARGET for s in SCHEMES) else 1


def read(folder: Path) -> tuple[list[Task], np.ndarray]:
    """Read recordings, networks and SPM's seconds; the batch repeats its beginning."""
    found = [(load(path), path.stem) for path in sorted(folder.glob("dcm_*.npz"))]
    if not found:
        sys.exit(f"{folder} has no dcm_*.npz.")
    batch = [found[place % len(found)] for place in range(BATCH)]
    tasks = [task_of(each, name) for each, name in batch]
    return tasks, np.array([float(each["runtime_clean"]) for each, _ in batch])


def compile_time(task: Task, scheme: str) -> float:
    """Time the first fit of a process beyond what the second takes [s]."""
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        fit(task.series, task.network, settings=FitSettings(scheme=scheme))
        seconds.append(time.perf_counter() - start)
    return seconds[0] - seconds[1]


def batch(tasks: list[Task], scheme: str) -> tuple[float, list[float]]:
    """Fit all, two at a time: wall-clock time, and that of each fit [s]."""

    def one(task: Task) -> float:
        start = time.perf_counter()
        fit(task.series, task.network, settings=FitSettings(scheme=scheme))
        return time.perf_counter() - start

    start = time.perf_counter()
    with ThreadPoolExecutor(N_THREADS) as pool:
        own = list(pool.map(one, tasks))
    return time.perf_counter() - start, own


def summary(walls: list[float], owns: list[list[float]], theirs: np.ndarray) -> dict[str, float]:
    """Share the wall-clock time of a batch among its models, and compare with SPM's seconds."""
    shares = [np.array(own) / np.sum(own) * wall for wall, own in zip(walls, owns, strict=True)]
    share = np.median(shares, axis=0)
    ratios = theirs / share
    return {
        "batch_s": statistics.median(walls),
        "model_s": statistics.median(walls) / len(theirs),
        "spm_model_s": float(np.mean(theirs)),
        "ratio_batch": float(theirs.sum() / statistics.median(walls)),
        "ratio_median": float(np.median(ratios)),
        "ratio_least": float(ratios.min()),
    }


def single(tasks: list[Task], scheme: str) -> float:
    """Time models that are fitted one after the other: the median [s]."""
    seconds = []
    for task in tasks:
        start = time.perf_counter()
        fit(task.series, task.network, settings=FitSettings(scheme=scheme))
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def side_by_side(tasks: list[Task], rounds: int) -> dict[str, float]:
    """Invert 8 models in one vectorised program, and the same 8 in threads [s]."""
    prepared = [prepare(task) for task in tasks]
    shapes = [str(jax.tree.map(jnp.shape, problem)) for problem in prepared]
    common = max(set(shapes), key=shapes.count)
    alike = [p for p, shape in zip(prepared, shapes, strict=True) if shape == common]
    alike = alike[:SIDE_BY_SIDE]
    model = Model(sizes_of(tasks[0].network), tasks[0].series.bin_s, "bilinear", "converged")
    together = jax.tree.map(lambda *each: jnp.stack([jnp.asarray(x) for x in each]), *alike)
    mapped = jax.jit(jax.vmap(partial(invert, model=model)))
    start = time.perf_counter()
    jax.block_until_ready(mapped(together))
    first = time.perf_counter() - start
    jax.block_until_ready(invert(alike[0], model))
    vectorised, threaded = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        ended = jax.block_until_ready(mapped(together))
        vectorised.append(time.perf_counter() - start)
        start = time.perf_counter()
        with ThreadPoolExecutor(N_THREADS) as pool:
            alone = list(pool.map(lambda p: jax.block_until_ready(invert(p, model)), alike))
        threaded.append(time.perf_counter() - start)
    energies = np.array([float(each.best.free_energy) for each in alone])
    return {
        "models": len(alike),
        "vmap_first_s": first,
        "vmap_s": statistics.median(vectorised),
        "threads_s": statistics.median(threaded),
        "steps_most": int(np.max(ended.iteration)),
        "steps_mean": float(np.mean(ended.iteration)),
        "largest_difference": float(np.abs(np.asarray(ended.best.free_energy) - energies).max()),
    }


def prepare(task: Task) -> Any:
    """Put a problem together as `fit` does, from the prior mean."""
    prior = prior_of(task.network)
    signals, _ = scaled(task.series)
    plan = INTEGRATORS["bilinear"].plan(task.series.timing)
    return fitting._problem(task.series, signals, plan, prior)  # noqa: SLF001


def tell(results: dict[str, Any]) -> None:
    """Print what was measured."""
    print(f"{results['models']} models, {N_THREADS} threads, median of {results['rounds']} rounds,")
    print(f"load at the start {results['load']:.1f}, {threading.active_count()} thread(s) left")
    for scheme in SCHEMES:
        each = results[scheme]
        print(
            f"{scheme:10} batch {each['batch_s']:6.2f} s, a model {1000 * each['model_s']:5.0f} ms "
            f"(SPM12 {each['spm_model_s']:.1f} s); ratio: batch {each['ratio_batch']:.0f}, models "
            f"median {each['ratio_median']:.0f}, least {each['ratio_least']:.0f}; one alone "
            f"{1000 * each['single_s']:.0f} ms; compilation {results['compile_s'][scheme]:.1f} s"
        )
    side = results["side_by_side"]
    print(
        f"{side['models']} models side by side (vmap) {side['vmap_s']:.2f} s (first call "
        f"{side['vmap_first_s']:.1f} s), in threads {side['threads_s']:.2f} s; steps: most "
        f"{side['steps_most']}, mean {side['steps_mean']:.0f}; largest difference of F "
        f"{side['largest_difference']:.1e}"
    )
    reached = all(results[s]["ratio_median"] >= TARGET for s in SCHEMES)
    print(f"{'reached' if reached else 'MISSED'}: {TARGET:g} times SPM12's speed a model")


if __name__ == "__main__":
    sys.exit(main())
