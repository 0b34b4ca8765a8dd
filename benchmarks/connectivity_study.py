"""A thousand inversions of a group study, killed half-way and resumed.

40 simulated people x 25 networks of three regions and two inputs go through `empatune
connectivity fit` as a user gives it: tables of signals and events in, tables out. The process is
killed (SIGKILL) when half of the fits are there, and the command is given again; then the study is
fitted once more without a break, and the tables must be the same.

    python benchmarks/connectivity_study.py --json study.json
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

import numpy as np

from empatune.connectivity.dcm.parameters import names_of
from empatune.connectivity.dcm.simulation import simulate
from empatune.decoding.connections.inputs import make_inputs
from empatune.decoding.connections.reading import loads

Spent = dict[str, float]

N_PEOPLE, N_SCANS, TR_S = 40, 300, 2.0
EDGES = ("ACC->AI", "AI->ACC", "AI->VS", "ACC->VS")
CHANGED = ((), ("AI->ACC",), ("AI->VS",), ("AI->ACC", "AI->VS"), EDGES)
DRIVEN = (("ACC",), ("AI",), ("VS",), ("ACC", "AI"), ("ACC", "VS"))
TRUTH = {
    "A AI<-ACC": 0.4, "A ACC<-AI": 0.1, "A VS<-AI": 0.2, "C ACC<-helping": 0.5,
    "B[reciprocity] ACC<-AI": 0.3, "B[reciprocity] VS<-AI": 0.4,
}  # fmt: skip
HEAD = """
[regions.ACC]
[regions.AI]
[regions.VS]
[inputs.helping]
events = ["empathy", "reciprocity"]
shape = "impulse"
[inputs.reciprocity]
shape = "context"
"""


def networks() -> str:
    """Every choice of changed connections with every choice of driven regions: 25 networks."""
    parts = [HEAD]
    for number, (changed, driven) in enumerate(product(CHANGED, DRIVEN)):
        parts.append(f"[networks.n{number}]\nedges = {json.dumps(EDGES)}\n")
        parts.append(f"driven = {{ helping = {json.dumps(driven)} }}\n")
        if changed:
            parts.append(f"modulated = {{ reciprocity = {json.dumps(changed)} }}\n")
    return "".join(parts)


def write_people(folder: Path, text: str) -> None:
    space = loads(text)
    network = loads(
        HEAD + "[networks.true]\n"
        'edges = ["ACC->AI", "AI->ACC", "AI->VS"]\ndriven = { helping = ["ACC"] }\n'
        'modulated = { reciprocity = ["AI->ACC", "AI->VS"] }\n'
    ).network("true")
    names = names_of(network)
    for number in range(N_PEOPLE):
        rng = np.random.default_rng(number)
        onsets = np.arange(6, N_SCANS * TR_S - 20, 10.0)
        onsets = onsets + rng.uniform(0, 3, len(onsets))
        kinds = np.repeat(rng.permutation(["empathy", "reciprocity"] * 6), 5)[: len(onsets)]
        stem = folder / f"sub-{number + 1:02d}_task-help"
        rows = "".join(f"{t:.2f}\t2\t{kind}\n" for t, kind in zip(onsets, kinds, strict=True))
        events = Path(f"{stem}_events.tsv")
        events.write_text("onset\tduration\ttrial_type\n" + rows)
        values = np.array([TRUTH.get(name, 0.0) for name in names])
        values += np.where(values != 0, 0.05, 0) * rng.standard_normal(len(names))
        series = simulate(
            network,
            values,
            inputs=make_inputs(events, space.inputs, n_scans=N_SCANS, tr_s=TR_S),
            n_scans=N_SCANS,
            tr_s=TR_S,
            snr=1.0,
            rng=rng,
        )
        lines = ["\t".join(f"{value:.6f}" for value in row) for row in series.signals]
        Path(f"{stem}_timeseries.tsv").write_text("ACC\tAI\tVS\n" + "\n".join(lines) + "\n")
        Path(f"{stem}_timeseries.json").write_text(json.dumps({"RepetitionTime": TR_S}))


def command(data: Path, file: Path, out: Path, *more: str) -> list[str]:
    words = ["connectivity", "fit", str(data), str(file), "--out", str(out), "--n-workers", "2"]
    return [sys.executable, "-m", "empatune", *words, *more]


def n_fits(out: Path) -> int:
    return len(list(out.rglob("*_fit.npz")))


def processor_s() -> float:
    """Tell the time that processors spent on processes that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def kill_half_way(words: list[str], out: Path, n_total: int) -> tuple[Spent, int]:
    """Kill the process when half of the fits are there; return seconds and fits."""
    start, before = time.perf_counter(), processor_s()
    with subprocess.Popen(words, env=os.environ | {"COLUMNS": "100"}) as process:
        while n_fits(out) < n_total // 2:
            if process.poll() is not None:
                raise SystemExit("The command ended before it could be killed.")
            time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
    return spent_since(start, before), n_fits(out)


def timed(words: list[str]) -> Spent:
    start, before = time.perf_counter(), processor_s()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return spent_since(start, before)


def spent_since(start: float, before: float) -> Spent:
    return {
        "seconds": round(time.perf_counter() - start, 1),
        "processor_seconds": round(processor_s() - before, 1),
    }


def same_tables(one: Path, other: Path) -> bool:
    names = ("parameters.tsv", "evidence.tsv", "convergence.tsv")
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--cluster", default="threads")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "data").mkdir()
        file = folder / "networks.toml"
        file.write_text(networks())
        write_people(folder / "data", file.read_text())
        n_total = N_PEOPLE * len(loads(file.read_text()).networks)
        words = command(folder / "data", file, folder / "broken", "--cluster", options.cluster)
        before, n_before = kill_half_way(words, folder / "broken", n_total)
        after = timed(words)
        kept = timed(words)
        whole = timed(command(folder / "data", file, folder / "whole"))
        found = {
            "inversions": n_total,
            "fits_at_the_kill": n_before,
            "until_the_kill": before,
            "second_call": after,
            "when_all_is_kept": kept,
            "without_a_break": whole,
            "same_tables": same_tables(folder / "broken", folder / "whole"),
            "load": os.getloadavg()[0],
        }
    print(json.dumps(found, indent=2))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0 if found["same_tables"] else 1


if __name__ == "__main__":
    sys.exit(main())
