"""Regression DCM that finds out which connections are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from empatune.connectivity.constants import DRIVE_SCALE
from empatune.connectivity.network import Network
from empatune.connectivity.regression.blocks import Regressions
from empatune.connectivity.regression.evidence import NOISE_RATE, shape_of
from empatune.connectivity.regression.fit import RegressionFit, prior
from empatune.connectivity.regression.indicators import Found, join, search
from empatune.connectivity.regression.ridge import AT_ONCE, MOST_ITERATIONS
from empatune.connectivity.regression.spectra import Spectra, transform
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError
from empatune.numerics.threads import one_thread
from empatune.typing import FloatArray

_CONFOUND_PRECISION = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SparseSettings:
    """How a sparse network is sought.

    Attributes
    ----------
    sparsity : tuple of float
        Prior probabilities of a connection that are tried; the one with most evidence is kept.
    n_starts : int
        Starts of every region, each with orders of its own; the best is kept.
    seed : int
        Where the orders come from.
    within_network : bool
        Whether only the network's connections may be there, instead of all.
    seek_drives : bool
        Whether drives are sought like connections, instead of taken as the network has them.
    """

    sparsity: tuple[float, ...] = (0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
    n_starts: int = 20
    seed: int = 0
    within_network: bool = False
    seek_drives: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be tried."""
        if not self.sparsity or not all(0 < value < 1 for value in self.sparsity):
            raise ConnectivityError(
                f"sparsity needs probabilities between 0 and 1; given: {self.sparsity}."
            )
        if self.n_starts < 1:
            raise ConnectivityError(f"n_starts must be at least 1; given: {self.n_starts}.")


def fit_sparse(
    series: Series,
    network: Network,
    settings: SparseSettings | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> RegressionFit:
    """
    Fit a linear network to a recording and find out which connections it has.

    Parameters
    ----------
    series : Series
        The recording, in percent signal change or standardised: the priors know a scale.
    network : Network
        Regions, inputs and drives; its connections matter only with ``within_network``.
    settings : SparseSettings, optional
        How to seek.
    progress : callable, optional
        Told how many steps are done, of how many.

    Returns
    -------
    RegressionFit
        Connections, the probabilities that they are there, and evidence.

    Raises
    ------
    ConnectivityError
        If recording and network do not fit.
    """
    how = settings or SparseSettings()
    spectra = transform(series, network)
    together = max(1, AT_ONCE // (how.n_starts * spectra.n_columns**2))
    everyone = np.arange(network.n_regions)
    chunks = [everyone[start : start + together] for start in everyone[::together]]
    n_steps = len(how.sparsity) * len(chunks)
    tried: dict[float, Found] = {}
    for number, sparsity in enumerate(how.sparsity):
        believed = _regressions(spectra, network, how, sparsity)
        found = []
        for regions in chunks:
            rngs = [np.random.default_rng([how.seed, number, int(region)]) for region in regions]
            some = believed.take(regions)
            with one_thread():
                found.append(search(some, rngs, n_starts=how.n_starts))
            if progress:
                progress(number * len(chunks) + len(found), n_steps)
        tried[sparsity] = join(found)
    return _result(tried, spectra, network, how)


def _regressions(
    spectra: Spectra, network: Network, how: SparseSettings, sparsity: float
) -> Regressions:
    """Put products and beliefs of every region together."""
    n, ends = network.n_regions, network.n_regions + network.n_inputs
    n_confounds = spectra.n_columns - ends
    mean, precision = prior(network, n_confounds, confound_precision=_CONFOUND_PRECISION)
    there = np.hstack([_offered(network, how, sparsity), np.ones((n, n_confounds))])
    return Regressions(
        grams=spectra.grams,
        cut=spectra.cut,
        cross=spectra.cross,
        power=spectra.power,
        n_data=spectra.n_data,
        mean=mean,
        precision=precision,
        there=there,
    )


def _offered(network: Network, how: SparseSettings, sparsity: float) -> FloatArray:
    """Tell how probable connections and drives are before the data; self-inhibition is there."""
    n = network.n_regions
    connections = np.full((n, n), sparsity)
    if how.within_network:
        connections *= network.connections
    np.fill_diagonal(connections, 1.0)
    sought = how.seek_drives
    drives = np.full(network.drives.shape, sparsity) if sought else network.drives.astype(float)
    return np.hstack([connections, drives])


def _result(
    tried: dict[float, Found], spectra: Spectra, network: Network, how: SparseSettings
) -> RegressionFit:
    """Keep the prior probability with most evidence."""
    evidences = {sparsity: float(found.evidence.sum()) for sparsity, found in tried.items()}
    chosen = max(evidences, key=evidences.__getitem__)
    best = tried[chosen]
    n, ends = network.n_regions, network.n_regions + network.n_inputs
    return RegressionFit(
        network=network,
        method="sparse",
        coupling=best.mean[:, :n],
        drives=best.mean[:, n:ends] * DRIVE_SCALE,
        baseline=best.mean[:, ends:],
        coupling_presence=best.presence[:, :n],
        drive_presence=best.presence[:, n:ends],
        offered=_offered(network, how, chosen),
        covariance=best.covariance,
        noise_shape=shape_of(spectra.n_data),
        noise_rate=NOISE_RATE + best.misfit,
        evidence_by_region=best.evidence,
        n_iterations=best.n_iterations,
        converged=best.n_iterations < MOST_ITERATIONS,
        explained=_explained(spectra, best.mean * best.presence),
        sparsity=chosen,
        evidence_by_sparsity=evidences,
    )


def _explained(spectra: Spectra, expected: FloatArray) -> FloatArray:
    """Give the share of the power of each region's change that expected weights explain."""
    shares = [
        (2 * weights @ cross - weights @ spectra.grams[cut] @ weights) / power
        for weights, cross, cut, power in zip(
            expected, spectra.cross, spectra.cut, spectra.power, strict=True
        )
    ]
    return np.array(shares)
