"""Where our inversion of dynamic causal models leaves SPM12's, and by how much.

    python benchmarks/dcm_differences.py FOLDER

FOLDER holds reference inversions of SPM12 r7771 (`dcm_snr1_seed1_full.npz` and so on, with
`unit_integrator.npz`). Prints four tables: evidence, intervals, reduction, gates. Figures of
`docs/explanation/connectivity.md`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from empatune.connectivity import (
    Fit,
    FitSettings,
    Noise,
    Series,
    Task,
    connect,
    fit_all,
    names_of,
    simulate,
    switch_off,
)
from empatune.connectivity.dcm.integrators import INTEGRATORS
from empatune.connectivity.dcm.inversion import Model, predict_at
from empatune.connectivity.dcm.parameters import sizes_of
from empatune.connectivity.series import scaled
from empatune.errors import ConnectivityError
from spm_references import gated, load, load_inversions, task_of, unit_task_of

TAKEN_OFF = {
    "ACC2AI": ["B[motive] VS<-AI"],
    "AI2VS": ["B[motive] AI<-ACC"],
    "none": ["B[motive]"],
}
NETWORK = connect(
    ("ACC", "AI", "VS"),
    ("events", "motive"),
    edges=[("ACC", "AI"), ("AI", "ACC"), ("AI", "VS"), ("VS", "AI")],
    modulated={"motive": [("ACC", "AI"), ("AI", "VS")]},
    driven={"events": ["ACC", "AI"]},
)
TRUTH = {
    "A AI<-ACC": 0.4,
    "A ACC<-AI": 0.15,
    "A VS<-AI": 0.3,
    "A AI<-VS": 0.1,
    "B[motive] AI<-ACC": 0.5,
    "B[motive] VS<-AI": 0.5,
    "C ACC<-events": 0.6,
    "C AI<-events": 0.3,
}
N_RECORDINGS, N_SCANS, TR_S, BINS = 20, 240, 2.0, 16


def fits(tasks: list[Task], **settings: Any) -> dict[str, Fit]:
    """Fit everything; nothing may fail here."""
    found = fit_all(tasks, settings=FitSettings(**settings))
    return {each.name: each for each in found if isinstance(each, Fit)}


def evidence(references: dict[str, dict[str, Any]], tasks: list[Task]) -> dict[str, Fit]:
    """Compare free energies: SPM12's, its scheme here, and precisions that settle."""
    theirs = {case: float(reference["F"]) for case, reference in references.items()}
    same = fits(tasks, scheme="spm12")
    one, four = fits(tasks), fits(tasks, n_starts=4)
    print("\nEvidence: free energies of 24 inversions [nats]")
    print("snr\tlargest |spm12 - SPM|\tsettled - SPM: least\tmost\tfour starts - SPM: least\tmost")
    for snr in (1, 3):
        cases = [case for case in theirs if case.startswith(f"snr{snr}")]
        gaps = [
            np.array([found[case].free_energy - theirs[case] for case in cases])
            for found in (same, one, four)
        ]
        print(
            f"{snr}\t{np.abs(gaps[0]).max():.1e}\t{gaps[1].min():.2f}\t{gaps[1].max():.1f}"
            f"\t{gaps[2].min():.2f}\t{gaps[2].max():.1f}"
        )
    return four


def reduction(settled: dict[str, Fit]) -> None:
    """Compare what reduction says of smaller networks with fitting them."""
    print("\nReduction: evidence of networks without modulations, less the full one's [nats]")
    print("recording\tnetwork\trefitted\treduced")
    for case in (case for case in settled if case.endswith("full")):
        full = settled[case]
        for model, fields in TAKEN_OFF.items():
            again = settled[case.replace("full", model)].free_energy - full.free_energy
            told = switch_off(full.posterior, fields).free_energy - full.free_energy
            print(f"{case.removesuffix('_full')}\t{model}\t{again:.1f}\t{told:.1f}")


def inputs_of(rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Make events of 2 s every 8 to 14 s, and a motive that holds every other 40 s."""
    inputs = np.zeros((N_SCANS * BINS, 2))
    onset_s = 4.0
    while onset_s < N_SCANS * TR_S - 16:
        first = round(onset_s * BINS / TR_S)
        inputs[first : first + round(2 * BINS / TR_S), 0] = 1
        onset_s += rng.uniform(8, 14)
    inputs[:, 1] = np.arange(len(inputs)) * TR_S / BINS % 80 >= 40
    return inputs


def recordings(snr: float) -> list[tuple[Series, np.ndarray[Any, Any]]]:
    """Simulate people around the truth, stable ones with signals that need no scaling."""
    rng = np.random.default_rng([17, int(10 * snr)])
    names = names_of(NETWORK)
    made: list[tuple[Series, np.ndarray[Any, Any]]] = []
    while len(made) < N_RECORDINGS:
        truth = np.array([TRUTH[n] + 0.08 * rng.normal() if n in TRUTH else 0.0 for n in names])
        try:
            series = simulate(
                NETWORK,
                truth,
                inputs=inputs_of(rng),
                n_scans=N_SCANS,
                tr_s=TR_S,
                snr=snr,
                rng=rng,
                name=f"{len(made)}",
            )
        except ConnectivityError:
            continue
        if scaled(series)[1] == 1:
            made.append((series, truth))
    return made


def intervals() -> None:
    """Count true connections inside 95 % intervals, by what noise the prior expects."""
    print("\nIntervals: true connections, modulations and drives inside 95 % intervals")
    print("snr\tprior of the noise (mean, variance)\tinside\tmean absolute error\tmean sd")
    places = [names_of(NETWORK).index(name) for name in TRUTH]
    for snr in (1.0, 3.0, 10.0):
        made = recordings(snr)
        for noise in (Noise(), Noise(4.0, 1.0), Noise(2.0, 4.0)):
            found = fits(
                [Task(series=s, network=NETWORK) for s, _ in made], n_starts=3, noise=noise
            )
            mean = np.array([found[s.name].posterior.mean[places] for s, _ in made])
            sd = np.array([found[s.name].posterior.sd[places] for s, _ in made])
            error = np.abs(mean - np.array([truth[places] for _, truth in made]))
            print(
                f"{snr:g}\t{noise.mean:g}, {noise.variance:.3g}\t{(error < 1.96 * sd).mean():.0%}"
                f"\t{error.mean():.3f}\t{sd.mean():.3f}"
            )


def gates(unit: dict[str, Any]) -> None:
    """Compare integrators on a network whose activity gates a connection."""
    task, vector = gated(unit, unit_task_of(unit))
    network, series = task.network, task.series

    def course(integrator: str) -> np.ndarray[Any, Any]:
        model = Model(sizes_of(network), series.bin_s, integrator)
        plan = INTEGRATORS[integrator].plan(series.timing)
        return np.asarray(predict_at(vector[:, None], plan, model)[:, :, 0])

    exact, second = course("local-linear"), course("second-order")
    print("\nGates: signals of one network, all regions and scans")
    print(f"second-order against SPM's spm_int_D: {np.abs(second - unit['y_nonlinear']).max():.1e}")
    r = np.corrcoef(exact.ravel(), unit["y_nonlinear"].ravel())[0, 1]
    print(f"local-linear (the equations) against spm_int_D: r = {r:.2f}")


def main(folder: Path) -> None:
    """Print the four tables."""
    references = load_inversions(folder)
    tasks = [task_of(reference, case) for case, reference in references.items()]
    reduction(evidence(references, tasks))
    intervals()
    gates(load(folder / "unit_integrator.npz"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
