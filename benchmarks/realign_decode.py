"""Accuracy and speed of realign + decode against python-rtspm, same volumes, same run, one core.

Ours: realign, decode 6 signatures at the moved voxels, regress drift and 12 motion columns, tSNR
and DVARS. Theirs: realign, reslice, smooth, with OpenNFT's flags. Preparation is excluded on both
sides. Volumes alternate between the two, so that a busy machine is busy for both.

    python benchmarks/realign_decode.py --volumes 600 --peer-volumes 60 --json realign_decode.json
"""

# ruff: noqa: E402, I001 -- the libraries read the number of cores when they are imported
from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"  # one core for everyone, before the libraries look

import numpy as np
from phantom import GRIDS, Phantom, motion, noisy, phantom
from rtspm_peer import Peer

from empatune.numerics import expression, quality, realignment, recursion, rigid
from empatune.numerics.design import drift_columns
from empatune.numerics.warming import warm_up

N_SIGNATURES = 6
FWHM_MM = 5.0
N_DISTINCT = 40
TR_S = 1.0


class Pipeline:
    """What a session computes for one volume, from array to cleaned responses."""

    def __init__(self, image: np.ndarray, head: Phantom, n_volumes: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        maps = rng.normal(size=(N_SIGNATURES, *head.shape)) * head.brain
        self.reference = realignment.prepare_reference(image, head.affine)
        self.weights = expression.prepare_weights(maps, head.affine, fwhm_mm=FWHM_MM)
        self.drift = drift_columns(n_volumes, TR_S)
        self.last = np.zeros(6)
        n_columns = 1 + self.drift.shape[1] + 12
        self.fit = recursion.initial(n_columns, N_SIGNATURES)
        self.columns = np.arange(n_columns)
        self.moments = quality.no_moments(self.weights.where.n_voxels)
        self.before: np.ndarray | None = None

    def step(self, volume: np.ndarray, number: int) -> np.ndarray:
        """Take one volume; return its motion matrix."""
        found = realignment.estimate(volume, self.reference, self.last, coarse=number == 0)
        matrix = rigid.matrix(found.parameters)
        responses, voxels, _ = expression.express(volume, self.weights, matrix)
        motions = np.concatenate([found.parameters, found.parameters - self.last])
        row = np.concatenate([[1.0], self.drift[number], motions * ([1, 1, 1, 50, 50, 50] * 2)])
        self.fit = recursion.update(self.fit, row, responses)
        recursion.clean(self.fit, row, responses, nuisance_columns=self.columns)
        self.moments = quality.accumulate(self.moments, voxels)
        self.moments.tsnr()
        quality.dvars_percent(voxels, voxels if self.before is None else self.before)
        self.before, self.last = voxels, found.parameters
        return matrix


def timed(action, *arguments):
    start = time.perf_counter()
    result = action(*arguments)
    return result, 1e3 * (time.perf_counter() - start)


def run_grid(grid: str, *, n_volumes: int, n_peer: int, seed: int) -> dict:
    """Run both on one grid; return milliseconds and millimetres."""
    head, rng = phantom(grid), np.random.default_rng(seed)
    track = motion(N_DISTINCT, rng)
    image = noisy(head.volume(np.zeros(6)), rng)
    volumes = [noisy(head.volume(parameters), rng) for parameters in track]
    truth = [rigid.matrix(parameters) for parameters in track]
    ours, theirs = Pipeline(image, head, n_volumes, seed), Peer(image, head.affine)
    ours_ms, theirs_ms, ours_mm, theirs_mm = [], [], [], []
    gc.collect()
    gc.freeze()
    for number in range(n_volumes):
        place = number % (2 * N_DISTINCT)  # there and back again, without a jump at the turn
        place = min(place, 2 * N_DISTINCT - 1 - place)
        matrix, spent = timed(ours.step, volumes[place], number)
        ours_ms.append(spent)
        points = head.brain_points if number < max(n_peer, N_DISTINCT) else None
        if points is not None:
            ours_mm.append(rigid.rms_displacement(matrix, truth[place], points=points))
        if number < n_peer:
            matrix, realign = timed(theirs.realign, volumes[place])
            _, rest = timed(theirs.reslice_and_smooth, FWHM_MM)
            theirs_ms.append(realign + rest)
            theirs_mm.append(rigid.rms_displacement(matrix, truth[place], points=points))
    paired = min(n_peer, n_volumes)
    return {
        "grid": grid,
        "n_volumes": n_volumes,
        "n_peer_volumes": paired,
        "ours_ms": summary(ours_ms[1:]),
        "peer_ms": summary(theirs_ms),
        "ratio": float(np.median(theirs_ms) / np.median(ours_ms[1:])),
        "ratio_paired": float(np.median(theirs_ms) / np.median(ours_ms[:paired])),
        "p99_over_median": float(np.percentile(ours_ms[1:], 99) / np.median(ours_ms[1:])),
        "ours_rms_mm": rms(ours_mm[:paired]),
        "peer_rms_mm": rms(theirs_mm),
    }


def summary(milliseconds: list[float]) -> dict:
    return {
        "median": float(np.median(milliseconds)),
        "p99": float(np.percentile(milliseconds, 99)),
        "max": float(np.max(milliseconds)),
    }


def rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def machine() -> dict:
    model = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        names = [line for line in facts.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return {"cpu": model, "n_cores": os.cpu_count(), "python": platform.python_version(),
            "load": list(os.getloadavg())}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grids", nargs="+", choices=list(GRIDS), default=list(GRIDS))
    parser.add_argument("--volumes", type=int, default=600)
    parser.add_argument("--peer-volumes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    warm_up()
    before, rows = machine(), []
    print(f"{'grid':>12} {'ours ms':>8} {'p99':>7} {'rtspm ms':>9} {'ratio':>6} "
          f"{'ours mm':>8} {'rtspm mm':>9}")  # fmt: skip
    for grid in options.grids:
        row = run_grid(
            grid, n_volumes=options.volumes, n_peer=options.peer_volumes, seed=options.seed
        )
        rows.append(row)
        print(f"{grid:>12} {row['ours_ms']['median']:8.2f} {row['ours_ms']['p99']:7.2f} "
              f"{row['peer_ms']['median']:9.1f} {row['ratio_paired']:6.1f} "
              f"{row['ours_rms_mm']:8.4f} {row['peer_rms_mm']:9.4f}", flush=True)  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps({"machine": before, "grids": rows}, indent=2))
    met = all(r["ratio_paired"] >= 10 and r["p99_over_median"] < 3
              and r["ours_rms_mm"] <= r["peer_rms_mm"] for r in rows)  # fmt: skip
    print("targets met" if met else "targets MISSED (10 x, p99 < 3 x median, error <= rtspm's)")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
