"""Inversions and integrations of SPM12 r7771, read as our recordings and networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from empatune.connectivity.dcm.fitting import Task
from empatune.connectivity.network import Network
from empatune.connectivity.series import Series

REGIONS, INPUTS = ("ACC", "AI", "VS"), ("events", "motive")

MODELS = ("ACC2AI", "AI2VS", "full", "none")
"""Which modulations SPM was offered."""

CASES = tuple(
    f"snr{snr}_seed{seed}_{model}" for snr in (1, 3) for seed in (1, 2, 3) for model in MODELS
)
"""The inversions; ``dcm_CASE.npz`` holds each."""


def load(path: Path) -> dict[str, Any]:
    """Load a file of reference numbers."""
    with np.load(path) as stored:
        return dict(stored)


def load_inversions(folder: Path) -> dict[str, dict[str, Any]]:
    """Load the inversions by their cases."""
    return {case: load(folder / f"dcm_{case}.npz") for case in CASES}


def task_of(reference: dict[str, Any], name: str = "") -> Task:
    """Make the recording and the network of an inversion."""
    series = Series(
        signals=reference["y_raw"],
        inputs=reference["u"],
        tr_s=float(reference["TR"]),
        bin_s=float(reference["udt"]),
        delays_s=reference["delays"],
        name=name,
    )
    network = Network(
        regions=REGIONS,
        inputs=INPUTS,
        connections=reference["a"],
        modulations=reference["b"].transpose(2, 0, 1),
        drives=reference["c"],
    )
    return Task(series=series, network=network)


def unit_task_of(unit: dict[str, Any]) -> Task:
    """Make the times of ``unit_integrator.npz``, and a network that frees what its vector moves."""
    series = Series(
        signals=unit["y_int"],
        inputs=unit["u"],
        tr_s=2.0,
        bin_s=float(unit["udt"]),
        delays_s=unit["delays"],
    )
    network = Network(
        regions=REGIONS,
        inputs=INPUTS,
        connections=unit["P_A"] != 0,
        modulations=(unit["P_B"] != 0).transpose(2, 0, 1),
        drives=unit["P_C"] != 0,
    )
    return Task(series=series, network=network)


def gated(unit: dict[str, Any], task: Task) -> tuple[Task, np.ndarray]:
    """Add the gate of ``unit_integrator.npz`` to the network and to the vector."""
    network = replace(task.network, gates=(unit["D"] != 0).transpose(2, 0, 1))
    before = len(REGIONS) ** 2 + len(INPUTS) * len(REGIONS) * (len(REGIONS) + 1)
    vector, gate = unit["P_vec"], unit["D"].transpose(2, 1, 0).ravel()
    return Task(series=task.series, network=network), np.concatenate(
        [vector[:before], gate, vector[before:]]
    )
