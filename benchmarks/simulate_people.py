"""Simulate the behaviour of 1,000 people in 200 trials: time against plain numpy loops.

    python benchmarks/simulate_people.py [--people 1000] [--trials 200] [--rounds 5]

The loops run over fewer people and are extrapolated; both must give the same numbers.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

import numpy as np

from empatune.core import FEATURE_NAMES, FEATURES
from empatune.motives import Experiment, expect, population, simulate
from framework_loop import simulate_by_loops

LOOPED = 50
"""People of the loops; their time is proportional to people."""


def main() -> int:
    """Measure both and tell the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    people = population(asked.people, seed=1)
    experiment = make_experiment(asked.people, asked.trials, seed=1)
    start = time.perf_counter()
    simulate(people, experiment, seed=0)
    first = time.perf_counter() - start
    ours, loops = [], []
    few = {name: values[:LOOPED] for name, values in people.items()}
    part = make_experiment(asked.people, asked.trials, seed=1, first=LOOPED)
    appeal = np.random.default_rng(2).standard_normal((LOOPED, len(part.alike)))
    for seed in range(asked.rounds):
        start = time.perf_counter()
        simulate(people, experiment, seed=seed)
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        slow = simulate_by_loops(few, FEATURE_NAMES, part, appeal)
        loops.append((time.perf_counter() - start) * asked.people / LOOPED)
    seen = expect(few, part, appeal=appeal)
    worst = max(
        np.abs(slow["net"] - seen.net).max(),
        np.abs(slow["C"] - seen.components.concern).max(),
        np.abs(slow["help"] - seen.quantities["help"]).max(),
    )
    mine, peer = statistics.median(ours), statistics.median(loops)
    print(f"{asked.people} people x {asked.trials} trials, median of {asked.rounds} rounds")
    print(f"empatune, with all noise and regions  {mine:8.2f} s   (first call {first:.2f} s)")
    print(f"numpy loops, without noise            {peer:8.2f} s   (from {LOOPED} people)")
    print(f"ratio {peer / mine:.1f}, largest difference {worst:.1e}")
    reached = mine < 5
    print(f"{'reached' if reached else 'MISSED'}: under 5 s after compilation")
    return 0 if reached and worst < 1e-9 else 1


def make_experiment(n_people: int, n_trials: int, *, seed: int, first: int = 0) -> Experiment:
    """Draw situations in which all features vary, with four targets to learn about."""
    rng = np.random.default_rng(seed)
    shape = (n_people, n_trials)
    situation = np.stack(
        [rng.uniform(each.low, each.high, shape) * (rng.random(shape) < 0.5) for each in FEATURES],
        axis=-1,
    )
    target = rng.integers(-1, 4, shape)
    kind = (target >= 0) & (rng.random(shape) < 0.5)
    outcome = np.where(kind, rng.choice([-1.0, 1.0], shape), np.nan)
    training = rng.uniform(0, 1, (*shape, 3))
    some = slice(0, first or n_people)
    return Experiment.of(
        situation[some],
        target=target[some],
        outcome=outcome[some],
        training=training[some],
        alike=0.5 * np.eye(4) + 0.5,
    )


if __name__ == "__main__":
    sys.exit(main())
