"""What regression DCM found, and the priors that it began from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.connectivity.network import Network
from empatune.typing import BoolArray, FloatArray, IntArray

_OWN_MEAN_HZ = -0.5
_OWN_PRECISION = 8.0
_BETWEEN_VARIANCE = 8.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionFit:
    """Connections of a linear network; rows are targets, columns are sources.

    Weights of the regression come in the order regions, inputs, confounds.

    Attributes
    ----------
    network : Network
        The network that was fitted.
    method : str
        ``ridge`` or ``sparse``.
    coupling : ndarray, shape (n_regions, n_regions)
        Connections [Hz], self-inhibition negative on the diagonal (not on the log scale of
        bilinear models); of a sparse fit, given that they are there.
    drives : ndarray, shape (n_regions, n_inputs)
        What inputs add to regions [1/16 Hz].
    baseline : ndarray, shape (n_regions, n_confounds)
        Weights of the confounds.
    coupling_presence : ndarray, shape (n_regions, n_regions)
        Probability that a connection is there; 0 and 1 where it was given.
    drive_presence : ndarray, shape (n_regions, n_inputs)
        The same for drives.
    offered : ndarray, shape (n_regions, n_regions + n_inputs)
        Probability of each connection and drive before the data; 0 and 1 where it was given.
    covariance : ndarray, shape (n_regions, n_weights, n_weights)
        Posterior covariance of the weights of each region; drives are not yet times 16 in it.
    noise_shape, noise_rate : ndarray, shape (n_regions,)
        Gamma posterior of the noise precision.
    evidence_by_region : ndarray, shape (n_regions,)
        Lower bound of the log evidence [nats].
    n_iterations : ndarray of int, shape (n_regions,)
        Updates until the evidence stood still.
    converged : ndarray of bool, shape (n_regions,)
        Whether it stood still.
    explained : ndarray, shape (n_regions,)
        Share of the power of the region's change that the network explains.
    sparsity : float or None
        Prior probability of a connection that a sparse fit chose.
    evidence_by_sparsity : dict of float to float
        Evidence of every prior probability that was tried [nats].
    """

    network: Network
    method: str
    coupling: FloatArray
    drives: FloatArray
    baseline: FloatArray
    coupling_presence: FloatArray
    drive_presence: FloatArray
    offered: FloatArray
    covariance: FloatArray
    noise_shape: FloatArray
    noise_rate: FloatArray
    evidence_by_region: FloatArray
    n_iterations: IntArray
    converged: BoolArray
    explained: FloatArray
    sparsity: float | None
    evidence_by_sparsity: dict[float, float]

    @property
    def evidence(self) -> float:
        """Lower bound of the log evidence of the whole network [nats]."""
        return float(self.evidence_by_region.sum())

    @property
    def noise_precision(self) -> FloatArray:
        """Expected precision of the noise, shape (n_regions,)."""
        precision: FloatArray = self.noise_shape / self.noise_rate
        return precision

    @property
    def expected_coupling(self) -> FloatArray:
        """Connections times the probability that they are there [Hz]."""
        expected: FloatArray = self.coupling * self.coupling_presence
        return expected

    @property
    def coupling_error(self) -> FloatArray:
        """Posterior standard deviation of the connections [Hz], shape of ``coupling``."""
        n = self.network.n_regions
        variances = np.diagonal(self.covariance, axis1=1, axis2=2)[:, :n]
        error: FloatArray = np.sqrt(variances) * (self.coupling_presence > 0)
        return error


def prior(
    network: Network, n_confounds: int, *, confound_precision: float
) -> tuple[FloatArray, FloatArray]:
    """
    Give the prior of the weights: a self-inhibition of half a hertz, all else zero.

    Parameters
    ----------
    network : Network
        The network.
    n_confounds : int
        Number of confounds.
    confound_precision : float
        How sure it is that confounds do nothing.

    Returns
    -------
    mean : ndarray, shape (n_regions, n_weights)
        Prior means.
    precision : ndarray, shape (n_regions, n_weights)
        Prior precisions, those of SPM8 on which TAPAS rests (more regions, tighter).
    """
    n = network.n_regions
    own = np.eye(n, dtype=bool)
    rest = np.zeros((n, network.n_inputs + n_confounds))
    precision = np.where(own, _OWN_PRECISION * n, n / _BETWEEN_VARIANCE)
    others = np.ones_like(rest)
    others[:, network.n_inputs :] = confound_precision
    return np.hstack([own * _OWN_MEAN_HZ, rest]), np.hstack([precision, others])


def allowed(network: Network, n_confounds: int) -> BoolArray:
    """
    Tell which weights the network has.

    Parameters
    ----------
    network : Network
        The network.
    n_confounds : int
        Number of confounds; every region has them all.

    Returns
    -------
    ndarray of bool, shape (n_regions, n_weights)
        Whether the weight is there.
    """
    confounds = np.ones((network.n_regions, n_confounds), bool)
    return np.hstack([network.connections, network.drives, confounds])
