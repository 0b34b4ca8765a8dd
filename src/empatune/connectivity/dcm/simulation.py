"""Make recordings from known connections, to see whether a fit finds them again."""

from __future__ import annotations

import numpy as np

from empatune.connectivity.dcm.integrators import INTEGRATORS
from empatune.connectivity.dcm.inversion import Model, predict_at
from empatune.connectivity.dcm.parameters import names_of, sizes_of
from empatune.connectivity.network import Network
from empatune.connectivity.series import Series, Timing
from empatune.errors import ConnectivityError
from empatune.numerics.differentiable import jnp
from empatune.numerics.memory import autoregress
from empatune.typing import FloatArray

NOISE_MEMORY = 1 / 16
"""Correlation of the noise from scan to scan, as SPM12's spm_dcm_generate."""

GREATEST_SIGNAL_PERCENT = 100.0
"""Signals beyond this have left what blood can do [percent]."""


def simulate(
    network: Network,
    parameters: FloatArray,
    *,
    inputs: FloatArray,
    n_scans: int,
    tr_s: float,
    snr: float,
    rng: np.random.Generator,
    name: str = "",
    integrator: str = "bilinear",
) -> Series:
    """
    Simulate a recording.

    Parameters
    ----------
    network : Network
        The network.
    parameters : ndarray, shape (n_parameters,)
        Its parameters in the order of names_of.
    inputs : ndarray, shape (n_bins, n_inputs)
        Inputs on a fine grid over the whole run.
    n_scans : int
        Number of scans.
    tr_s : float
        Time from scan to scan [s].
    snr : float
        Standard deviation of the signal over that of the noise, in each region; infinity for
        no noise.
    rng : numpy.random.Generator
        Source of the noise.
    name : str
        Whose recording.
    integrator : str
        Name in INTEGRATORS.

    Returns
    -------
    Series
        Signals with noise [percent].

    Raises
    ------
    ConnectivityError
        If the parameters do not belong to the network or make it unstable.
    """
    names = names_of(network)
    if np.shape(parameters) != (len(names),):
        raise ConnectivityError(
            f"The network has {len(names)} parameters ({names[0]} ... {names[-1]}); given: an "
            f"array of shape {np.shape(parameters)}."
        )
    bin_s = n_scans * tr_s / len(inputs)
    middle = np.full(network.n_regions, tr_s / 2)
    timing = Timing(
        inputs=inputs, n_scans=n_scans, tr_s=tr_s, bin_s=bin_s, delays_s=middle, name=name
    )
    model = Model(sizes_of(network), bin_s, integrator)
    plan = INTEGRATORS[integrator].plan(timing)
    clean = np.asarray(predict_at(jnp.asarray(parameters)[:, None], plan, model)[:, :, 0])
    if not np.isfinite(clean).all() or np.abs(clean).max() > GREATEST_SIGNAL_PERCENT:
        raise ConnectivityError(
            "These parameters make the network unstable: its signals grow without limit. Make "
            "connections between regions weaker or self-inhibition stronger."
        )
    unrest = autoregress(rng.standard_normal(clean.shape), NOISE_MEMORY)
    noise = unrest * clean.std(axis=0) / snr
    return Series(signals=clean + noise, inputs=inputs, tr_s=tr_s, bin_s=bin_s, name=name)
