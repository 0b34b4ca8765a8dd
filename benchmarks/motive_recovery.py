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
from empatune.motives.network import EDGES, REGIONS, parameter_of
from empatune.motives.sliding import sliding

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


def run(folder: Path, wanted: Sequence[str], *, backwards: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(s, i) for s in wanted for i in range(STUDIES[s][1])]
    todo = [job for job in jobs if not file_of(folder, *job).exists()]
    print(f"{len(jobs) - len(todo)} cohorts kept, {len(todo)} to do", file=sys.stderr)
    for place, (study, seed) in enumerate(todo[::-1] if backwards else todo, start=1):
        if file_of(folder, study, seed).exists():  # another process was faster
            continue
        begun = time.perf_counter()
        run_one(STUDIES[study][0], seed, file_of(folder, study, seed))
        took = time.perf_counter() - begun
        print(f"{place}/{len(todo)} {study} {seed}: {took:.1f} s", file=sys.stderr, flush=True)


WINDOWS_S = (80, 160, 240, 320, 480, 720, 960)
N_WINDOWED = 60


def windows(folder: Path) -> None:
    """Fit windows of growing length of runs in which a motive changes connections as it says."""
    folder.mkdir(parents=True, exist_ok=True)
    network = cohort_network()
    for snr in (3.0, 1.0):
        path = folder / f"windows_snr{snr:g}.npz"
        if path.exists():
            continue
        settings = CohortSettings(n_people=N_WINDOWED, spread_hz=0.0, snr=snr, n_scans=480)
        recordings = simulate_cohort(settings, rng=np.random.default_rng(7))
        means = np.full((len(WINDOWS_S), len(recordings), len(EDGES)), np.nan)
        sds = means.copy()
        for i, window_s in enumerate(WINDOWS_S):
            for j, recording in enumerate(recordings):
                first = sliding(recording.series, network, window_s, 960)[0]
                for k, edge in enumerate(EDGES):
                    means[i, j, k], sds[i, j, k], _ = first.shown(parameter_of(edge))
            print(f"snr {snr:g}, windows of {window_s} s done", file=sys.stderr, flush=True)
        np.savez(path, means=means, sds=sds, motive=[r.motive for r in recordings])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "windows", "table"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--study", action="append", choices=list(STUDIES))
    parser.add_argument("--backwards", action="store_true", help="for a second process")
    arguments = parser.parse_args()
    if arguments.what == "run":
        run(arguments.out, arguments.study or list(STUDIES), backwards=arguments.backwards)
    elif arguments.what == "windows":
        windows(arguments.out)


if __name__ == "__main__":
    main()
