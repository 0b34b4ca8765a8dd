"""Two regions, one input, three people: tables of signals as a user has them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from empatune.connectivity.dcm.parameters import names_of
from empatune.connectivity.dcm.simulation import simulate
from empatune.decoding.connections.inputs import make_inputs
from empatune.decoding.connections.reading import loads

NETWORKS = """
[space]
name = "small"
[regions.AI]
[regions.ACC]
[inputs.pain]
events = ["pain"]
[networks.forward]
edges = ["AI->ACC"]
driven = { pain = ["AI"] }
[networks.back]
edges = ["ACC->AI"]
driven = { pain = ["AI"] }
"""
N_SCANS, TR_S = 60, 2.0
TRUTH = {"A ACC<-AI": 0.5, "C AI<-pain": 0.8}


def write_events(path: Path, seed: int) -> None:
    onsets = np.arange(4, N_SCANS * TR_S - 12, 12.0)
    onsets = onsets + np.random.default_rng(seed).uniform(0, 4, len(onsets))
    rows = [f"{onset:.2f}\t3\t{'rest' if n % 4 == 3 else 'pain'}" for n, onset in enumerate(onsets)]
    path.write_text("onset\tduration\ttrial_type\n" + "\n".join(rows) + "\n")


@pytest.fixture(scope="session")
def made_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables") / "data"
    folder.mkdir()
    space = loads(NETWORKS)
    network = space.network("forward")
    parameters = np.array([TRUTH.get(name, 0.0) for name in names_of(network)])
    for number in (1, 2, 3):
        stem = folder / f"sub-0{number}_task-pain"
        events = Path(f"{stem}_events.tsv")
        write_events(events, number)
        series = simulate(
            network,
            parameters,
            inputs=make_inputs(events, space.inputs, n_scans=N_SCANS, tr_s=TR_S),
            n_scans=N_SCANS,
            tr_s=TR_S,
            snr=4,
            rng=np.random.default_rng(number),
        )
        rows = ["\t".join(f"{value:.6f}" for value in row) for row in series.signals]
        Path(f"{stem}_timeseries.tsv").write_text("AI\tACC\n" + "\n".join(rows) + "\n")
        Path(f"{stem}_timeseries.json").write_text(json.dumps({"RepetitionTime": TR_S}))
    return folder


@pytest.fixture
def tables(made_tables: Path, tmp_path: Path) -> Path:
    """Give a copy of the tables that a test may break."""
    return Path(shutil.copytree(made_tables, tmp_path / "data"))


@pytest.fixture
def networks(tmp_path: Path) -> Path:
    path = tmp_path / "networks.toml"
    path.write_text(NETWORKS)
    return path
