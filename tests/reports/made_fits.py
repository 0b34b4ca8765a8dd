"""Fits put together by hand: pictures and pages need no inversion."""

from __future__ import annotations

import numpy as np

from empatune.connectivity.dcm.fit import Ascent, Fit
from empatune.connectivity.dcm.parameters import prior_of
from empatune.connectivity.network import connect
from empatune.connectivity.posterior import Posterior
from empatune.connectivity.series import Series

N_SCANS, TR_S = 40, 2.0
REGIONS = ("ACC", "AI", "VS")


def make_network(*, modulated=True):
    return connect(
        REGIONS,
        ("helping", "motive"),
        edges=[("ACC", "AI"), ("AI", "ACC"), ("AI", "VS")],
        modulated={"motive": [("ACC", "AI"), ("AI", "VS")]} if modulated else {},
        driven={"helping": ["ACC"]},
    )


def make_posterior(network, values=None, *, sd=0.05, seed=0, free_energy=-10.0, name=""):
    prior = prior_of(network)
    rng = np.random.default_rng(seed)
    mean = prior.mean + prior.free * 0.02 * rng.standard_normal(len(prior.mean))
    for parameter, value in (values or {}).items():
        mean[prior.names.index(parameter)] = value
    return Posterior(
        names=prior.names,
        mean=mean,
        covariance=np.diag(prior.free * sd**2),
        prior_mean=prior.mean,
        prior_covariance=np.diag(prior.variance),
        free_energy=free_energy,
        name=name,
    )


VALUES = {"A AI<-ACC": 0.4, "A ACC<-AI": 0.03, "B[motive] VS<-AI": -0.5, "C ACC<-helping": 0.9}


def make_fit(network=None, *, free_energy=-10.0, seed=0, share=0.8, name="sub-01", ends=(0.0, 0.0)):
    """Make a fit whose model explains about a share of the variance, and starts that end apart."""
    network = network or make_network()
    rng = np.random.default_rng(seed)
    signals = rng.standard_normal((N_SCANS, network.n_regions))
    signals -= signals.mean(axis=0)
    values = VALUES if network.modulations.any() else {"A AI<-ACC": 0.4}
    return Fit(
        name=name,
        network=network,
        posterior=make_posterior(network, values, seed=seed, free_energy=free_energy, name=name),
        log_precisions=np.full(network.n_regions, 4.0),
        signals=signals,
        predicted=signals * (1 - np.sqrt(1 - share)),
        cleaned=signals,
        scale=1.0,
        tr_s=TR_S,
        ascents=tuple(
            Ascent(
                stop="converged",
                iterations=6,
                rejected=1,
                free_energies=free_energy - end - np.array([400, 300, 320, 50, 1, 0.0]),
                free_energy=free_energy - end,
            )
            for end in ends
        ),
        chosen=int(np.argmin(ends)),
    )


def make_series(name="sub-01"):
    inputs = np.zeros((N_SCANS * 16, 2))
    inputs[::96, 0] = 8.0
    inputs[N_SCANS * 8 :, 1] = 1.0
    signals = np.random.default_rng(0).standard_normal((N_SCANS, 3))
    return Series(signals=signals, inputs=inputs, tr_s=TR_S, bin_s=TR_S / 16, name=name)
