"""Simulate a small study of connections for `dcm-in-ten-minutes.md`.

    python dcm_study.py study

Sixteen people help 40 times, by turns from empathy and from reciprocity. In everybody,
reciprocity strengthens AI->ACC and AI->VS; AI->VS the more, the more the person trusts.
Nothing here is data: what an analysis finds is what these lines put in.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from empatune.connectivity import names_of, simulate
from empatune.decoding.connections.inputs import make_inputs
from empatune.decoding.connections.reading import load

N_PEOPLE, N_SCANS, TR_S, SNR = 16, 240, 2.0, 3.0
TRUTH = {
    "A AI<-ACC": 0.35,
    "A ACC<-AI": 0.15,
    "A VS<-AI": 0.25,
    "B[reciprocity] ACC<-AI": 0.3,
    "B[reciprocity] VS<-AI": 0.5,
    "C ACC<-helping": 0.6,
    "C AI<-helping": 0.4,
}
SPREAD = 0.08
TRUST_ON_AI_TO_VS = 0.2


def write_events(path: Path, rng: np.random.Generator) -> None:
    """Write decisions of 2 s, every 8 to 14 s; the motive changes with every fourth."""
    onsets = 6 + np.concatenate([[0], np.cumsum(rng.uniform(8, 14, 39))])
    rows = [
        f"{onset:.3f}\t2\thelp_{('empathy', 'reciprocity')[place // 4 % 2]}"
        for place, onset in enumerate(onsets)
        if onset < N_SCANS * TR_S - 20
    ]
    path.write_text("\n".join(["onset\tduration\ttrial_type", *rows]) + "\n")


def main(folder: Path) -> None:
    """Write a table of signals and of events for everybody."""
    rng = np.random.default_rng(1)
    space = load(Path(__file__).with_name("networks.toml"))
    network = space.network("back")
    names = names_of(network)
    folder.mkdir(parents=True)
    trust = rng.normal(size=N_PEOPLE)
    trust = (trust - trust.mean()) / trust.std()
    for number, score in enumerate(trust, start=1):
        truth = {name: value + SPREAD * rng.normal() for name, value in TRUTH.items()}
        truth["B[reciprocity] VS<-AI"] += TRUST_ON_AI_TO_VS * score
        stem = folder / f"sub-{number:02d}_task-help"
        events = stem.with_name(f"{stem.name}_events.tsv")
        write_events(events, rng)
        series = simulate(
            network,
            np.array([truth.get(name, 0.0) for name in names]),
            inputs=make_inputs(events, space.inputs, n_scans=N_SCANS, tr_s=TR_S),
            n_scans=N_SCANS,
            tr_s=TR_S,
            snr=SNR,
            rng=rng,
        )
        np.savetxt(
            stem.with_name(f"{stem.name}_timeseries.tsv"),
            series.signals,
            fmt="%.6f",
            delimiter="\t",
            header="\t".join(space.region_names),
            comments="",
        )
        stem.with_name(f"{stem.name}_timeseries.json").write_text(
            json.dumps({"RepetitionTime": TR_S})
        )
    people = [f"sub-{number:02d}\t{score:.3f}" for number, score in enumerate(trust, start=1)]
    (folder / "participants.tsv").write_text("\n".join(["participant_id\ttrust", *people]) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
