"""What regression DCM found as a posterior over named parameters, for analyses of groups."""

from __future__ import annotations

import numpy as np
from scipy.linalg import block_diag

from empatune.connectivity.constants import DRIVE_SCALE
from empatune.connectivity.posterior import Posterior
from empatune.connectivity.regression.fit import RegressionFit, prior
from empatune.typing import Array, FloatArray

LEAST_PRESENCE = 1e-3
"""A sparse fit that drops a connection is not surer than this, so that no variance is 0."""


def posterior_of(fit: RegressionFit, *, name: str = "") -> Posterior:
    """
    Give connections and drives as a posterior.

    Weights and indicators of a sparse fit come together as one Gaussian with the mean and
    covariance of their product, so that a connection that is hardly there is near 0.

    Parameters
    ----------
    fit : RegressionFit
        A ridge or sparse fit.
    name : str
        Whose it is.

    Returns
    -------
    Posterior
        Parameters ``A AI<-ACC`` [Hz] and ``C AI<-events`` [1/16 Hz], sources changing slower than
        targets. Unlike those of bilinear models, ``A AI<-AI`` is the self-inhibition itself, below
        0, and no log scale. What the network does not have is fixed at 0; the free energy is the
        bound on the evidence.
    """
    network = fit.network
    n, m = network.n_regions, network.n_inputs
    weights = np.hstack([fit.coupling, fit.drives / DRIVE_SCALE])
    presence = np.hstack([fit.coupling_presence, fit.drive_presence])
    presence = np.maximum(presence, LEAST_PRESENCE * (fit.offered > 0))
    mean, precision = prior(network, 0, confound_precision=1.0)
    scale = np.concatenate([np.ones(n), np.full(m, DRIVE_SCALE)])
    found = [
        _mixed(one, covariance[: n + m, : n + m], there)
        for one, covariance, there in zip(weights, fit.covariance, presence, strict=True)
    ]
    believed = [
        _mixed(one, np.diag(1 / strength), there)
        for one, strength, there in zip(mean, precision, fit.offered, strict=True)
    ]
    order = np.arange(n * (n + m)).reshape(n, n + m).T.ravel()
    wide = np.tile(scale, n)
    return Posterior(
        names=_names(fit),
        mean=((weights * presence).ravel() * wide)[order],
        covariance=_ordered(found, wide, order),
        prior_mean=((mean * fit.offered).ravel() * wide)[order],
        prior_covariance=_ordered(believed, wide, order),
        free_energy=fit.evidence,
        name=name,
    )


def _names(fit: RegressionFit) -> tuple[str, ...]:
    """Name parameters as bilinear models do."""
    regions, inputs = fit.network.regions, fit.network.inputs
    connections = [f"A {to}<-{origin}" for origin in regions for to in regions]
    return (*connections, *(f"C {to}<-{name}" for name in inputs for to in regions))


def _mixed(mean: FloatArray, covariance: FloatArray, there: FloatArray) -> FloatArray:
    """Give the covariance of weights times independent indicators."""
    both: FloatArray = np.outer(there, there) * covariance
    places = np.arange(len(mean))
    alone = there * (np.diag(covariance) + mean**2) - (there * mean) ** 2
    both[places, places] = alone
    return both


def _ordered(blocks: list[FloatArray], scale: FloatArray, order: Array) -> FloatArray:
    """Put covariances of regions together in the order of the names."""
    whole = block_diag(*blocks) * np.outer(scale, scale)
    ordered: FloatArray = whole[np.ix_(order, order)]
    return ordered
