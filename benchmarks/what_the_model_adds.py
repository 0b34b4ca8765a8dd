r"""Which way connections run: what a dynamic causal model adds to regression and correlation.

Networks of ACC, AI and VS are simulated with connections that run one way: ACC->AI or AI->ACC by
lot, and AI->VS; ACC and VS are not connected; events drive ACC and AI, as in the references. The
signals are those of the equations (integrator local-linear), not of the expansion that the fits
rest on. Blood vessels are alike in the regions up to the prior (log standard deviation of transit
times .06), or differ (.3). Every method is given the same recordings and inputs; models may have
every connection. Then the same for the 6 recordings of the 24 reference inversions, whose
connections run both ways. A run of part of it adds its rows to what is there.

    OMP_NUM_THREADS=1 python benchmarks/what_the_model_adds.py --reference DIR \
        --page docs/results/connectivity.md
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from empatune.connectivity.correlation import correlate
from empatune.connectivity.dcm.fitting import FitSettings
from empatune.connectivity.dcm.parameters import names_of
from empatune.connectivity.dcm.scoring import Noise
from empatune.connectivity.dcm.simulation import simulate
from empatune.connectivity.network import Network, connect
from empatune.connectivity.series import Series
from empatune.decoding.connections.methods import fit_by
from spm_references import load, task_of
from what_the_model_adds_page import write

REGIONS = ("ACC", "AI", "VS")
LENGTH_S, BIN_S = 480.0, 0.125
CONDITIONS = (
    (3.0, 0.06, 2.0),
    (3.0, 0.3, 2.0),
    (1.0, 0.06, 2.0),
    (1.0, 0.3, 2.0),
    (3.0, 0.06, 0.5),
)
SETTINGS = {
    "DCM": ("dcm", FitSettings()),
    "DCM, wide noise prior": ("dcm", FitSettings(noise=Noise(mean=2.0, variance=4.0))),
    "rDCM": ("rdcm", FitSettings()),
    "rDCM, sparse": ("rdcm-sparse", FitSettings()),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a method says of one recording; matrices are target by source."""

    source: str
    snr: float
    vessels: float
    tr_s: float
    recording: int
    method: str
    seconds: float
    truth: list[list[float]]
    transit: list[float]
    strength: list[list[float]]
    direction: list[list[float]]
    sd: list[list[float]] | None
    stop: str


def events(rng: np.random.Generator) -> np.ndarray:
    """Events of 2 s, 8 to 14 s apart, until half a minute before the end."""
    inputs = np.zeros((round(LENGTH_S / BIN_S), 1))
    onset = 2.0
    while onset < LENGTH_S - 30:
        start = round(onset / BIN_S)
        inputs[start : start + round(2 / BIN_S), 0] = 1
        onset += rng.uniform(8, 14)
    return inputs


def draw(
    rng: np.random.Generator, snr: float, spread: float, tr_s: float
) -> tuple[Series, np.ndarray, list]:
    """Draw one-way connections, drives and vessels, and simulate the recording."""
    network = whole()
    truth = np.zeros((3, 3))
    source, target = rng.permutation((0, 1))
    truth[target, source], truth[2, 1] = rng.uniform(0.2, 0.5, 2)
    transit = rng.normal(0, spread, 3)
    given = {
        **{f"A {to}<-{of}": truth[i, j] for i, to in enumerate(REGIONS)
           for j, of in enumerate(REGIONS) if i != j},
        **{f"A {name}<-{name}": rng.normal(0, 0.1) for name in REGIONS},
        **{f"C {name}<-events": rng.uniform(0.4, 0.9) for name in ("ACC", "AI")},
        **{f"transit {name}": value for name, value in zip(REGIONS, transit, strict=True)},
    }  # fmt: skip
    vector = np.array([given.get(name, 0.0) for name in names_of(network)])
    series = simulate(
        network,
        vector,
        inputs=events(rng),
        n_scans=round(LENGTH_S / tr_s),
        tr_s=tr_s,
        snr=snr,
        rng=rng,
        integrator="local-linear",
    )
    return series, truth, transit.tolist()


def whole() -> Network:
    """Give the network of all connections, with events driving two regions."""
    return connect(REGIONS, ("events",), driven={"events": ("ACC", "AI")})


def judge(series: Series, network: Network, about: dict[str, object]) -> Iterator[Row]:
    """Ask every method about a recording."""
    for method, (name, settings) in SETTINGS.items():
        linear = "modulations" in about and name != "dcm"
        asked = about["linear"] if linear else network
        start = time.perf_counter()
        fit = fit_by(name, series, asked, settings=settings)
        seconds = time.perf_counter() - start
        strength, sd = matrix(fit.posterior.names, fit.posterior.mean, fit.posterior.sd)
        if name == "dcm" and "modulations" in about:
            strength = strength + modulated(fit.posterior)
        yield Row(
            **kept(about),
            method=method,
            seconds=seconds,
            strength=strength.tolist(),
            direction=(strength - strength.T).tolist(),
            sd=sd.tolist(),
            stop=fit.ascent.stop,
        )
    for kind in ("lagged", "partial", "full"):
        start = time.perf_counter()
        found = correlate(series, kind)
        yield Row(
            **kept(about),
            method=f"{kind} correlation",
            seconds=time.perf_counter() - start,
            strength=found.values.tolist(),
            direction=found.direction.tolist(),
            sd=None,
            stop="",
        )


def kept(about: dict[str, object]) -> dict[str, object]:
    """Give what a row says of its recording."""
    return {
        key: about[key]
        for key in ("source", "snr", "vessels", "tr_s", "recording", "truth", "transit")
    }


def matrix(names: tuple[str, ...], *values: np.ndarray) -> list[np.ndarray]:
    """Put connections into matrices, target by source."""
    places = [[names.index(f"A {to}<-{of}") for of in REGIONS] for to in REGIONS]
    return [each[np.array(places)] for each in values]


def modulated(posterior: object) -> np.ndarray:
    """Give what the motive adds on average: it holds half of the time."""
    names = posterior.names
    return np.array(
        [[posterior.mean[names.index(f"B[motive] {to}<-{of}")] / 2 for of in REGIONS]
         for to in REGIONS]
    )  # fmt: skip


def simulated(n_networks: int, seed: int, conditions: list[int]) -> Iterator[Row]:
    """Judge simulated recordings."""
    for place in conditions:
        snr, spread, tr_s = CONDITIONS[place]
        for number in range(n_networks):
            rng = np.random.default_rng([seed, place, number])
            series, truth, transit = draw(rng, snr, spread, tr_s)
            about = {
                "source": "simulated",
                "snr": snr,
                "vessels": spread,
                "tr_s": tr_s,
                "recording": number,
                "truth": truth.tolist(),
                "transit": transit,
            }
            yield from judge(series, whole(), about)


def references(folder: Path) -> Iterator[Row]:
    """Judge the recordings of the reference inversions; the motive changes two connections."""
    for snr in (3, 1):
        for seed in (1, 2, 3):
            given = load(folder / f"dcm_snr{snr}_seed{seed}_full.npz")
            task = task_of(given)
            linear = replace(task.network, modulations=np.zeros((2, 3, 3), bool))
            vector = given["true_vec"]
            truth = vector[:9].reshape(3, 3).T + vector[18:27].reshape(3, 3).T / 2
            about = {
                "source": "reference",
                "snr": float(snr),
                "vessels": 0.06,
                "tr_s": 2.0,
                "recording": seed,
                "truth": truth.tolist(),
                "transit": vector[33:36].tolist(),
                "modulations": True,
                "linear": linear,
            }
            yield from judge(task.series, task.network, about)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=24, help="simulated networks a condition")
    parser.add_argument("--conditions", type=int, nargs="*", default=[0, 1, 2, 3, 4])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reference", type=Path, help="folder of the reference inversions")
    parser.add_argument("--rows", type=Path, nargs="*", default=[], help="rows of runs before")
    parser.add_argument("--out", type=Path, default=Path(), help="folder for the rows")
    parser.add_argument("--page", type=Path, help="page whose tables and picture are made again")
    given = parser.parse_args()
    rows = [row for path in given.rows for row in json.loads(path.read_text())]
    if given.conditions or given.reference:
        for _ in judge(*warm()):
            pass
    start = time.perf_counter()
    for row in simulated(given.networks, given.seed, given.conditions):
        rows.append(asdict(row))
        if len(rows) % 70 == 0:
            print(f"{len(rows)} rows, {time.perf_counter() - start:.0f} s", file=sys.stderr)
    if given.reference:
        rows += [asdict(row) for row in references(given.reference)]
    (given.out / "what_the_model_adds.json").write_text(json.dumps(rows))
    if given.page:
        write(rows, given.page)
    return 0


def warm() -> tuple[Series, Network, dict[str, object]]:
    """Give a recording on which everything is compiled before times are taken."""
    series, truth, transit = draw(np.random.default_rng(0), 3.0, 0.06, 2.0)
    about = {"source": "", "snr": 0, "vessels": 0, "tr_s": 2.0, "recording": 0, "truth": truth.tolist(),
             "transit": transit}  # fmt: skip
    return series, whole(), about


if __name__ == "__main__":
    sys.exit(main())
