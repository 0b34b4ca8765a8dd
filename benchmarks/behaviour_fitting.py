"""How fast people are fitted: maximum likelihood and empirical Bayes against peers, in one run.

    python benchmarks/behaviour_fitting.py [--rounds 5] [--cpm PYTHON] [--json FILE]

152 simulated people learn between two arms in 144 trials each. Each round fits everybody in a
fresh process by empatune (first fit with compilation, then again), by cpm-toolbox (PYTHON of an
environment that has `cpm-toolbox[numba]`; left out if not given), and by scipy's L-BFGS-B around
a plain loop over trials (on some people, times all). A second task, 40 people and 160 trials, is
fitted by empirical Bayes. Peers search from one start, empatune from eight: whose optimum is the
best is counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

HERE = Path(__file__).parent
FEW = 12
"""People that scipy's loop is timed on."""


def made(n_people: int, n_trials: int, seed: int) -> dict[str, np.ndarray]:
    """Simulate learners without any package's model."""
    rng = np.random.default_rng(seed)
    shape = (n_people, n_trials)
    earned = {
        "outcome_1": (rng.random(shape) < 0.75).astype(float),
        "outcome_0": (rng.random(shape) < 0.25).astype(float),
    }
    rate = 1 / (1 + np.exp(-rng.normal(-1, 0.7, n_people)))
    precision = np.exp(rng.normal(1.2, 0.4, n_people))
    cues, choices, outcomes = np.full((n_people, 2), 0.5), np.empty(shape), np.empty(shape)
    everybody = np.arange(n_people)
    for trial in range(n_trials):
        odds = precision * (cues[:, 1] - cues[:, 0])
        chosen = (rng.random(n_people) < 1 / (1 + np.exp(-odds))).astype(int)
        won = np.where(chosen, earned["outcome_1"][:, trial], earned["outcome_0"][:, trial])
        cues[everybody, chosen] += rate * (won - cues[everybody, chosen])
        choices[:, trial], outcomes[:, trial] = chosen, won
    return {"choice": choices, "outcome": outcomes, **earned}


def ours(path: str, method: str) -> None:
    """Fit by empatune in this process and print seconds and likelihoods."""
    from empatune.behaviour.catalogue import find_model
    from empatune.behaviour.fitting import fit
    from empatune.behaviour.trials import Trials

    given = np.load(path)
    shape = given["choice"].shape
    flat = {"block": np.zeros(shape), "recipient": np.zeros(shape)}
    trials = Trials(
        people=tuple(map(str, range(shape[0]))),
        columns={**{name: given[name] for name in given}, **flat},
        answered=np.ones(shape, bool),
        rows=np.arange(np.prod(shape)).reshape(shape),
    )
    times = []
    for _ in range(2):
        began = time.perf_counter()
        found = fit(find_model("learning"), trials, method=method)
        times.append(time.perf_counter() - began)
    scored = np.full(shape[0], np.nan)
    scored[[int(person) for person in found.people]] = -found.log_likelihood
    print(
        json.dumps(
            {"first_s": times[0], "again_s": times[1], "negative_log_likelihood": scored.tolist()}
        )
    )


def by_scipy(given: dict[str, np.ndarray]) -> tuple[float, list[float]]:
    """Fit a few people by a plain loop under scipy; give seconds for all, and likelihoods."""

    def height(point: np.ndarray, choices: list[int], outcomes: list[float]) -> float:
        rate, precision = point
        cues, total = [0.5, 0.5], 0.0
        for choice, outcome in zip(choices, outcomes, strict=True):
            total += np.log1p(np.exp(-precision * (cues[choice] - cues[1 - choice])))
            cues[choice] += rate * (outcome - cues[choice])
        return float(total)

    began, scored = time.perf_counter(), []
    for person in range(FEW):
        choices = given["choice"][person].astype(int).tolist()
        outcomes = given["outcome"][person].tolist()
        found = minimize(height, [0.25, 5.0], args=(choices, outcomes), bounds=[(0, 1), (0, 100)])
        scored.append(float(found.fun))
    return (time.perf_counter() - began) * len(given["choice"]) / FEW, scored


def called(*words: str) -> dict[str, object]:
    """Run a process and read what it printed."""
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def best_shares(scored: dict[str, list[float]]) -> dict[str, float]:
    """Tell in how many people each got as near as .01 nats to the best of all."""
    few = {name: np.array(values)[:FEW] for name, values in scored.items()}
    lowest = np.nanmin(list(few.values()), axis=0)
    return {name: float((values < lowest + 0.01).mean()) for name, values in few.items()}


def rounds(given: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Time everything several times over."""
    learners, small = made(152, 144, given.seed), made(40, 160, given.seed)
    np.savez(folder / "large.npz", **learners)
    np.savez(folder / "small.npz", **small)
    times: dict[str, list[float]] = {}
    scored: dict[str, list[float]] = {}
    for number in range(given.rounds):
        print(f"round {number + 1} of {given.rounds}", file=sys.stderr)
        for name, file, method in (("ml", "large", "ml"), ("eb 40 x 160", "small", "eb")):
            answer = called(sys.executable, __file__, "--ours", str(folder / f"{file}.npz"), method)
            times.setdefault(f"empatune {name}, first", []).append(answer["first_s"])
            times.setdefault(f"empatune {name}, again", []).append(answer["again_s"])
            if name == "ml":
                scored["empatune"] = answer["negative_log_likelihood"]
        seconds, scored["scipy loop"] = by_scipy(learners)
        times.setdefault("scipy loop ml", []).append(seconds)
        if given.cpm:
            peer = str(HERE / "behaviour_cpm_peer.py")
            answer = called(given.cpm, peer, str(folder / "large.npz"), "1")
            times.setdefault("cpm-toolbox ml, first", []).append(answer["first_s"])
            times.setdefault("cpm-toolbox ml, again", []).append(answer["again_s"])
            scored["cpm-toolbox"] = answer["negative_log_likelihood"]
    medians = {name: float(np.median(one)) for name, one in times.items()}
    base = medians["empatune ml, again"]
    return {
        "median_s": medians,
        "all_s": times,
        "ratio_to_empatune_ml_again": {
            name: seconds / base for name, seconds in medians.items() if "empatune" not in name
        },
        "share_at_the_best_optimum": best_shares(scored),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cpm", help="Python of an environment with cpm-toolbox[numba]")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--ours", nargs=2, metavar=("TRIALS", "METHOD"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ours:
        ours(*given.ours)
        return
    with tempfile.TemporaryDirectory() as folder:
        found = rounds(given, Path(folder))
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n")
    for name, seconds in found["median_s"].items():
        print(f"{name:32s} {seconds:8.2f} s")
    for name, ratio in found["ratio_to_empatune_ml_again"].items():
        print(f"{name:32s} {ratio:8.1f} x empatune (again, eight starts)")
    for name, share in found["share_at_the_best_optimum"].items():
        print(f"{name:32s} {share:8.0%} of {FEW} people at the best optimum of all")


if __name__ == "__main__":
    main()
