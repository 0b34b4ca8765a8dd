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
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import binom

from empatune.connectivity.dcm.fit import Fit
from empatune.connectivity.dcm.fitting import FitSettings, Task, fit_all
from empatune.connectivity.network import Edge
from empatune.connectivity.posterior import Posterior
from empatune.motives.classification.cases import arrange
from empatune.motives.classification.features import activity_view, correlation_view
from empatune.motives.classification.validation import Validation, validate
from empatune.motives.cohort import (
    CONTROL,
    HELPING,
    CohortSettings,
    Recording,
    cohort_network,
    simulate_cohort,
)
from empatune.motives.comparison import OTHER, compare
from empatune.motives.network import (
    EDGES,
    FROM_VS,
    MOTIVES,
    REGIONS,
    TO_ACC,
    TO_AI,
    TO_VS,
    parameter_of,
)
from empatune.motives.sliding import sliding

STUDIES: Mapping[str, tuple[CohortSettings, int]] = {
    "motives differ": (CohortSettings(), 40),
    "motives alike": (CohortSettings(effect=0.0), 200),
    "activity not matched": (CohortSettings(matched=False), 10),
    "more noise": (CohortSettings(snr=1.0), 20),
    "both motives in everybody": (CohortSettings(within=True), 10),
}
"""Cohorts, and how many of each."""

ONE_START = FitSettings(n_starts=1)
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
    tasks = [Task(series=each.series, network=network) for each in recordings]
    outcomes = fit_all(tasks, settings=ONE_START, n_threads=1)
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


N_PERMUTATIONS = 199
WINDOWS_S = (120, 240, 480, 960)
N_WINDOWED = 40


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
                first = sliding(recording.series, network, window_s, 960, settings=ONE_START)[0]
                for k, edge in enumerate(EDGES):
                    means[i, j, k], sds[i, j, k], _ = first.shown(parameter_of(edge))
            print(f"snr {snr:g}, windows of {window_s} s done", file=sys.stderr, flush=True)
        np.savez(path, means=means, sds=sds, motive=[r.motive for r in recordings])


def load(folder: Path, study: str) -> list[dict[str, np.ndarray]]:
    paths = [file_of(folder, study, seed) for seed in range(STUDIES[study][1])]
    return [dict(np.load(path)) for path in paths if path.exists()]


def views_of(cohort: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    places = [list(cohort["names"]).index(parameter_of(edge)) for edge in EDGES]
    sd = np.sqrt(np.diagonal(cohort["covariance"], axis1=1, axis2=2))
    connections = cohort["mean"][:, places]
    return {
        "connections": connections,
        "connections over their sd": connections / sd[:, places],
        **{name: cohort[name] for name in VIEWS},
    }


def validated(cohort: dict[str, np.ndarray], values: np.ndarray) -> Validation:
    cases = arrange(
        [str(place) for place in range(values.shape[1])],
        values,
        labels=[str(each) for each in cohort["motive"]],
        people=[str(each) for each in cohort["person"]],
    )
    return validate(cases, n_permutations=N_PERMUTATIONS, rng=np.random.default_rng(0))


def accuracy_rows(folder: Path) -> Iterator[str]:
    """One row a study and view: accuracies, and how often p is below .05."""
    yield "| cohorts | n | told from | accuracy | range of 90 % | p < .05 | Brier | slope |"
    yield "|---|---|---|---|---|---|---|---|"
    for study in STUDIES:
        cohorts = load(folder, study)
        for view in views_of(cohorts[0]) if cohorts else ():
            found = [validated(each, views_of(each)[view]) for each in cohorts]
            right = np.array([each.accuracy for each in found])
            low, high = np.quantile(right, [0.05, 0.95])
            slopes = np.array([each.calibration.slope for each in found])
            slope = f"{np.nanmedian(slopes):.2f}" if np.isfinite(slopes).any() else "n/a"
            brier = np.mean([each.calibration.brier for each in found])
            found_it = np.mean([each.p < 0.05 for each in found])
            yield (
                f"| {study} | {len(found)} | {view} | {right.mean():.1%} "
                f"| {low:.1%} to {high:.1%} | {found_it:.1%} | {brier:.3f} | {slope} |"
            )


def chance_rows(folder: Path) -> Iterator[str]:
    """Compare accuracies without an effect with the binomial and with exchanged labels."""
    cohorts = load(folder, "motives alike")
    found = [validated(each, views_of(each)["connections"]) for each in cohorts]
    right = np.array([each.accuracy for each in found])
    n = len(cohorts[0]["motive"])
    critical = next(k for k in range(n + 1) if binom.sf(k - 1, n, 0.5) <= 0.05)
    yield "| accuracies where motives are alike | mean | sd | p < .05 |"
    yield "|---|---|---|---|"
    yield (
        f"| {len(found)} cohorts, p by exchanged labels | {right.mean():.1%} | {right.std():.1%} "
        f"| {np.mean([each.p < 0.05 for each in found]):.1%} |"
    )
    yield (
        f"| the same, p by the binomial ({critical} of {n} right or more) | | "
        f"| {np.mean(right >= critical / n - 1e-9):.1%} |"
    )
    yield (
        f"| expected of exchanged labels | {np.mean([each.chance for each in found]):.1%} "
        f"| | at most 5 % |"
    )
    yield f"| expected of the binomial | 50.0% | {0.5 / np.sqrt(n):.1%} | {binom.sf(critical - 1, n, 0.5):.1%} |"


def edge_rows(folder: Path) -> Iterator[str]:
    """Say what each motive does to each connection: truth, estimate, share of right signs."""
    yield "| motive | connection | true change [Hz] | estimate | sd of cohorts' means | r with the truth |"
    yield "|---|---|---|---|---|---|"
    cohorts = load(folder, "motives differ")
    names = list(cohorts[0]["names"])
    for motive in MOTIVES:
        for edge in EDGES:
            place = names.index(parameter_of(edge))
            own = [each["motive"] == motive for each in cohorts]
            truth = [c["truth"][rows, place] for c, rows in zip(cohorts, own, strict=True)]
            estimate = [c["mean"][rows, place] for c, rows in zip(cohorts, own, strict=True)]
            means = np.array([each.mean() for each in estimate])
            r = np.corrcoef(np.concatenate(truth), np.concatenate(estimate))[0, 1]
            yield (
                f"| {motive} | {edge[0]}->{edge[1]} | {np.concatenate(truth).mean():.2f} "
                f"| {means.mean():.2f} | {means.std():.2f} | {r:.2f} |"
            )


def direction_rows(folder: Path) -> Iterator[str]:
    """Ask each cohort's averages what the motives say of signs and order."""
    cohorts = load(folder, "motives differ")
    found: dict[str, list[bool]] = {}
    for cohort in cohorts:
        names = list(cohort["names"])
        mean = {
            (motive, edge): cohort["mean"][
                cohort["motive"] == motive, names.index(parameter_of(edge))
            ]
            for motive in MOTIVES
            for edge in EDGES
        }
        above = {key: mean[key].mean() > 2 * _error(mean[key]) for key in mean}
        facts = {
            "ACC->AI above 0 from empathy": above["empathy", TO_AI],
            "ACC->AI above 0 from reciprocity": above["reciprocity", TO_AI],
            "AI->ACC above 0 from reciprocity": above["reciprocity", TO_ACC],
            "AI->VS above 0 from reciprocity": above["reciprocity", TO_VS],
            "AI->VS above AI->ACC from reciprocity": _higher(mean, "reciprocity", TO_VS, TO_ACC),
            "ACC->AI above AI->ACC from empathy": _higher(mean, "empathy", TO_AI, TO_ACC),
            "AI->VS above VS->AI from reciprocity": _higher(mean, "reciprocity", TO_VS, FROM_VS),
            "AI->ACC above 0 from empathy (should be rare)": above["empathy", TO_ACC],
            "AI->VS above 0 from empathy (should be rare)": above["empathy", TO_VS],
        }
        for name, fact in facts.items():
            found.setdefault(name, []).append(bool(fact))
    yield "| statement (means of 17 people, two standard errors) | share of cohorts |"
    yield "|---|---|"
    yield from (f"| {name} | {np.mean(each):.0%} |" for name, each in found.items())


def family_rows(folder: Path) -> Iterator[str]:
    """Compare the motives' models in each half of a cohort."""
    cohorts = load(folder, "motives differ")
    yield "| people who help from | empathy's model | reciprocity's model | another |"
    yield "|---|---|---|---|"
    for motive in MOTIVES:
        best = []
        for cohort in cohorts:
            posteriors = [
                Posterior(
                    names=tuple(map(str, cohort["names"])),
                    mean=cohort["mean"][row],
                    covariance=cohort["covariance"][row],
                    prior_mean=cohort["prior_mean"],
                    prior_covariance=cohort["prior_covariance"],
                    free_energy=float(cohort["free_energy"][row]),
                )
                for row in np.flatnonzero(cohort["motive"] == motive)
            ]
            families = compare(posteriors, rng=np.random.default_rng(0)).families
            best.append(families.families[int(families.exceedance.argmax())])
        shares = [np.mean([each == name for each in best]) for name in (*MOTIVES, OTHER)]
        yield f"| {motive} | " + " | ".join(f"{share:.0%}" for share in shares) + " |"


def window_rows(folder: Path) -> Iterator[str]:
    """Say how long a window must be until signs are right."""
    yield "| signal over noise | window | ACC->AI | AI->ACC | AI->VS | sure of ACC->AI | right when sure |"
    yield "|---|---|---|---|---|---|---|"
    for path in sorted(folder.glob("windows_snr*.npz"), reverse=True):
        stored = np.load(path)
        back = stored["motive"] == "reciprocity"
        for row, window_s in enumerate(WINDOWS_S):
            mean, sd = stored["means"][row], stored["sds"][row]
            places = [EDGES.index(edge) for edge in (TO_AI, TO_ACC, TO_VS)]
            rows = [np.ones_like(back), back, back]
            right = [np.mean(mean[who, at] > 0) for at, who in zip(places, rows, strict=True)]
            sure = np.abs(mean[:, places[0]]) > 1.645 * sd[:, places[0]]
            ok = f"{np.mean(mean[sure, places[0]] > 0):.0%}" if sure.any() else "n/a"
            yield (
                f"| {path.stem.removeprefix('windows_snr')} | {window_s} s | "
                + " | ".join(f"{share:.0%}" for share in right)
                + f" | {sure.mean():.0%} | {ok} |"
            )


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _higher(
    mean: Mapping[tuple[str, Edge], np.ndarray], motive: str, more: Edge, less: Edge
) -> bool:
    difference = mean[motive, more] - mean[motive, less]
    return bool(difference.mean() > 2 * _error(difference))


def table(folder: Path) -> None:
    parts = {
        "Accuracy": accuracy_rows,
        "Chance": chance_rows,
        "Connections": edge_rows,
        "Directions": direction_rows,
        "Evidence": family_rows,
        "Windows": window_rows,
    }
    for title, rows in parts.items():
        print(f"\n### {title}\n")
        for row in rows(folder):
            print(row, flush=True)


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
    else:
        table(arguments.out)


if __name__ == "__main__":
    main()
