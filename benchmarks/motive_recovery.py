"""Find motives again from connections, not from activity, and only where they are.

    python benchmarks/motive_recovery.py run --out FOLDER     # resumable; one file a cohort
    python benchmarks/motive_recovery.py table --out FOLDER   # Markdown for docs/results/motives.md

A recovery test: people are simulated with the signs and order of connections that Hein et al.
2016 report; strengths, spreads and noise are ours.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from empatune.connectivity.fitting import Fit, Task, fit_all
from empatune.motives.classification.features import activity_view, correlation_view
from empatune.motives.cohort import (
    CONTROL,
    HELPING,
    CohortSettings,
    Recording,
    cohort_network,
    simulate_cohort,
)
from empatune.motives.network import REGIONS

STUDIES: Mapping[str, tuple[CohortSettings, int]] = {
    "motives differ": (CohortSettings(), 40),
    "motives alike": (CohortSettings(effect=0.0), 200),
    "activity not matched": (CohortSettings(matched=False), 10),
    "more noise": (CohortSettings(snr=1.0), 20),
    "both motives in everybody": (CohortSettings(within=True), 10),
}
"""Cohorts, and how many of each."""

CONDITIONS = {CONTROL: 0, HELPING: 1}
VIEWS: Mapping[str, Callable[[Recording], np.ndarray]] = {
    "activity": lambda r: activity_view(r.series, CONDITIONS, REGIONS)[1],
    "correlation": lambda r: correlation_view(r.series, CONDITIONS, REGIONS)[1],
    "partial": lambda r: correlation_view(r.series, CONDITIONS, REGIONS, "partial")[1],
    "lagged": lambda r: correlation_view(r.series, CONDITIONS, REGIONS, "lagged")[1],
}


def file_of(folder: Path, study: str, seed: int) -> Path:
    return folder / f"{study.replace(' ', '-')}_{seed:03d}.npz"


def run_one(settings: CohortSettings, seed: int, path: Path) -> None:
    recordings = simulate_cohort(settings, rng=np.random.default_rng(seed))
    network = cohort_network()
    outcomes = fit_all([Task(series=r.series, network=network) for r in recordings], n_threads=1)
    kept = [(r, f) for r, f in zip(recordings, outcomes, strict=True) if isinstance(f, Fit)]
    posteriors = [fit.posterior.select() for _, fit in kept]
    part = path.with_suffix(".part.npz")
    np.savez_compressed(
        part,
        motive=[r.motive for r, _ in kept],
        person=[r.person for r, _ in kept],
        truth=[r.parameters[f.posterior.free] for r, f in kept],
        names=posteriors[0].names,
        mean=[p.mean for p in posteriors],
        covariance=[p.covariance for p in posteriors],
        prior_mean=posteriors[0].prior_mean,
        prior_covariance=posteriors[0].prior_covariance,
        free_energy=[p.free_energy for p in posteriors],
        converged=[f.ascent.stop == "converged" for _, f in kept],
        n_failed=len(recordings) - len(kept),
        **{name: [view(r) for r, _ in kept] for name, view in VIEWS.items()},
    )
    part.rename(path)


def run(folder: Path, wanted: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(s, i) for s in wanted for i in range(STUDIES[s][1])]
    todo = [job for job in jobs if not file_of(folder, *job).exists()]
    print(f"{len(jobs) - len(todo)} cohorts kept, {len(todo)} to do", file=sys.stderr)
    for place, (study, seed) in enumerate(todo, start=1):
        begun = time.perf_counter()
        run_one(STUDIES[study][0], seed, file_of(folder, study, seed))
        took = time.perf_counter() - begun
        print(f"{place}/{len(todo)} {study} {seed}: {took:.1f} s", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--study", action="append", choices=list(STUDIES))
    arguments = parser.parse_args()
    if arguments.what == "run":
        run(arguments.out, arguments.study or list(STUDIES))


if __name__ == "__main__":
    main()
