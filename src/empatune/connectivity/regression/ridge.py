"""Regression DCM of a network whose connections are given: ridge regression with its evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.connectivity.constants import DRIVE_SCALE
from empatune.connectivity.network import Network
from empatune.connectivity.regression.evidence import (
    NOISE_RATE,
    NOISE_SHAPE,
    Weights,
    evidence,
    shape_of,
)
from empatune.connectivity.regression.fit import RegressionFit, allowed, prior
from empatune.connectivity.regression.spectra import Spectra, transform
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError
from empatune.numerics.threads import one_thread
from empatune.typing import Array, BoolArray, FloatArray

STILL = 1e-5
"""The evidence stands still when it changes by less than this [nats]."""

MOST_ITERATIONS = 501
"""Updates after which a fit is given up as not converged."""

AT_ONCE = 2**22
"""Numbers of a stack of matrices that are worked on at once."""

_CONFOUND_PRECISION = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """Regressions of some regions: products, priors, and which weights they have."""

    gram: FloatArray
    cross: FloatArray
    power: FloatArray
    n_data: Array
    mean: FloatArray
    precision: FloatArray


def fit_ridge(series: Series, network: Network) -> RegressionFit:
    """
    Fit a linear network with given connections to a recording.

    Parameters
    ----------
    series : Series
        The recording, in percent signal change or standardised: the priors know a scale.
    network : Network
        Its connections and drives; it must have no modulations.

    Returns
    -------
    RegressionFit
        Connections, drives and evidence: the numbers of TAPAS rDCM ("original rDCM").

    Raises
    ------
    ConnectivityError
        If recording and network do not fit, or a region has more weights than data.
    """
    spectra = transform(series, network)
    n_confounds = series.confounds.shape[1]
    free = allowed(network, n_confounds)
    _check_size(spectra, free, network)
    mean, precision = prior(network, n_confounds, confound_precision=_CONFOUND_PRECISION)
    together = max(1, AT_ONCE // spectra.n_columns**2)
    with one_thread():
        parts = [
            _solve(_part(spectra, slice(start, start + together), free, mean, precision))
            for start in range(0, network.n_regions, together)
        ]
    weights, covariance, misfit, bound, steps, left = map(np.concatenate, zip(*parts, strict=True))
    n, ends = network.n_regions, network.n_regions + network.n_inputs
    return RegressionFit(
        network=network,
        method="ridge",
        coupling=weights[:, :n],
        drives=weights[:, n:ends] * DRIVE_SCALE,
        baseline=weights[:, ends:],
        coupling_presence=network.connections.astype(float),
        drive_presence=network.drives.astype(float),
        offered=free[:, :ends].astype(float),
        covariance=covariance * (free[:, :, None] & free[:, None, :]),
        noise_shape=shape_of(spectra.n_data),
        noise_rate=NOISE_RATE + misfit,
        evidence_by_region=bound,
        n_iterations=steps,
        converged=steps < MOST_ITERATIONS,
        explained=1 - 2 * left / spectra.power,
        sparsity=None,
        evidence_by_sparsity={},
    )


def _part(
    spectra: Spectra, regions: slice, free: BoolArray, mean: FloatArray, precision: FloatArray
) -> _Part:
    """Cut out some regions. A weight that is not there has no data: it rests at its prior.

    Resting weights add nothing to the evidence, so that all regions have matrices of one size.
    """
    there = free[regions]
    return _Part(
        gram=spectra.grams[spectra.cut[regions]] * (there[:, :, None] & there[:, None, :]),
        cross=spectra.cross[regions] * there,
        power=spectra.power[regions],
        n_data=spectra.n_data[regions],
        mean=mean[regions] * there,
        precision=np.where(there, precision[regions], 1.0),
    )


def _solve(part: _Part) -> tuple[Array, ...]:
    """Update weights and noise in turn until the evidence of every region stands still."""
    n, size = part.mean.shape
    kept = Weights(
        mean=np.zeros((n, size)),
        covariance=np.zeros((n, size, size)),
        log_determinant=np.zeros(n),
    )
    misfit, error, bound = np.zeros(n), np.zeros(n), np.full(n, -np.inf)
    steps, going = np.zeros(n, int), np.arange(n)
    noise = np.full(n, NOISE_SHAPE / NOISE_RATE)
    for _ in range(MOST_ITERATIONS):
        weights = _weights(part, going, noise[going])
        gram = part.gram[going]
        kept.mean[going], kept.covariance[going] = weights.mean, weights.covariance
        error[going] = _error(part, going, weights.mean)
        misfit[going] = error[going] + (gram * weights.covariance).sum(axis=(1, 2)) / 2
        noise[going] = shape_of(part.n_data[going]) / (NOISE_RATE + misfit[going])
        reached = evidence(
            weights,
            misfit[going],
            n_data=part.n_data[going],
            prior_mean=part.mean[going],
            prior_precision=part.precision[going],
        )
        steps[going] += 1
        moved = np.abs(reached - bound[going]) >= STILL
        bound[going] = reached
        going = going[moved]
        if not going.size:
            break
    return kept.mean, kept.covariance, misfit, bound, steps, error


def _weights(part: _Part, rows: Array, noise: FloatArray) -> Weights:
    """Give the posterior of the weights under a noise precision."""
    inverse = part.gram[rows] * noise[:, None, None]
    size = inverse.shape[1]
    inverse[:, np.arange(size), np.arange(size)] += part.precision[rows]
    covariance = np.asarray(np.linalg.inv(inverse), dtype=np.float64)
    pulled = noise[:, None] * part.cross[rows] + part.precision[rows] * part.mean[rows]
    return Weights(
        mean=np.einsum("kij,kj->ki", covariance, pulled),
        covariance=covariance,
        log_determinant=-np.linalg.slogdet(inverse)[1],
    )


def _error(part: _Part, rows: Array, mean: FloatArray) -> FloatArray:
    """Give half the squared error of the expected weights."""
    explained = np.einsum("ki,kij,kj->k", mean, part.gram[rows], mean)
    error: FloatArray = (
        part.power[rows] - 2 * (mean * part.cross[rows]).sum(axis=1) + explained
    ) / 2
    return error


def _check_size(spectra: Spectra, free: BoolArray, network: Network) -> None:
    """Refuse regressions with more weights than data."""
    n_weights = free.sum(axis=1)
    over = np.flatnonzero(n_weights > spectra.n_data)
    if over.size:
        worst = over[0]
        raise ConnectivityError(
            f"Too few scans: region {network.regions[worst]} has {n_weights[worst]} weights "
            f"but {spectra.n_data[worst]} numbers to explain. Give more scans or fewer "
            "connections, or fit a sparse network."
        )
