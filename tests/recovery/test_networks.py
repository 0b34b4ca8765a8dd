"""Recovery: networks of two to ten regions give their connections back."""

from __future__ import annotations

import numpy as np
import pytest

from empatune.connectivity.dcm.fitting import fit
from empatune.connectivity.dcm.parameters import prior_of
from empatune.connectivity.dcm.simulation import simulate
from empatune.connectivity.network import Network, connect
from empatune.connectivity.series import Series, scaled
from empatune.errors import ConnectivityError
from empatune.typing import BoolArray, FloatArray

N_SCANS, TR_S, BINS = 240, 2.0, 16
BIN_S = TR_S / BINS


def ring_of(n_regions: int) -> Network:
    """A ring with ways back; the motive changes half of the ring."""
    regions = [f"R{place + 1}" for place in range(n_regions)]
    ring = [(regions[place], regions[(place + 1) % n_regions]) for place in range(n_regions)]
    back = [(regions[(place + 2) % n_regions], regions[place]) for place in range(0, n_regions, 2)]
    return connect(
        regions,
        ["events", "motive"],
        edges=ring + (back if n_regions > 2 else []),
        modulated={"motive": ring[: n_regions // 2]},
        driven={"events": regions[::2]},
    )


def between_regions(network: Network) -> BoolArray:
    """Tell which free parameters connect, modulate or drive (self-inhibition left out)."""
    prior = prior_of(network)
    kept = []
    for name, free in zip(prior.names, prior.free, strict=True):
        kind, _, edge = name.partition(" ")
        ends = edge.split("<-")
        kept.append(bool(free) and kind[0] in "ABC" and len(set(ends)) == 2)
    return np.array(kept)


def draw(network: Network, rng: np.random.Generator) -> FloatArray:
    """Draw true parameters: connections of either sign, modulations, drives, haemodynamics."""
    prior = prior_of(network)
    vector = np.where(prior.free, prior.mean + 0.05 * rng.standard_normal(len(prior.mean)), 0)
    chosen = between_regions(network)
    sizes = {"A": (0.15, 0.4, 0.7), "B": (0.3, 0.6, 0.6), "C": (0.2, 0.5, 1.0)}
    for place in np.flatnonzero(chosen):
        least, most, positive = sizes[prior.names[place][0]]
        vector[place] = rng.uniform(least, most) * (1 if rng.random() < positive else -1)
    return vector


def inputs_of(rng: np.random.Generator) -> FloatArray:
    """Make events every 6 to 12 s and a motive that holds every other 40 s."""
    inputs = np.zeros((N_SCANS * BINS, 2))
    onset = 4.0
    while onset < N_SCANS * TR_S - 4:
        inputs[int(onset / BIN_S) : int((onset + 2) / BIN_S), 0] = 1
        onset += rng.uniform(6, 12)
    inputs[:, 1] = np.arange(len(inputs)) * BIN_S % 80 >= 40
    return inputs


def simulated(network: Network, rng: np.random.Generator) -> tuple[Series, FloatArray]:
    """Draw until a network is stable and its signals stay within four percent."""
    for _ in range(100):
        vector = draw(network, rng)
        try:
            series = simulate(
                network, vector, inputs=inputs_of(rng), n_scans=N_SCANS, tr_s=TR_S, snr=3.0, rng=rng
            )
        except ConnectivityError:
            continue
        if scaled(series)[1] == 1:
            return series, vector
    raise AssertionError("No stable network was drawn.")


@pytest.mark.parametrize("n_regions", [2, 6, 10])
def test_connections_are_recovered(n_regions: int) -> None:
    network = ring_of(n_regions)
    chosen = between_regions(network)
    true, found = [], []
    for seed in (1, 2, 3):
        series, vector = simulated(network, np.random.default_rng(seed))
        fitted = fit(series, network)
        assert fitted.ascent.stop == "converged"
        true.append(vector[chosen])
        found.append(fitted.posterior.mean[chosen])
    together = np.concatenate(true), np.concatenate(found)
    assert np.corrcoef(*together)[0, 1] > 0.95
    assert (np.sign(together[0]) == np.sign(together[1])).mean() > 0.97
