"""What a fit of a network to a recording is, with the record of how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from empatune.connectivity.network import Network
from empatune.connectivity.posterior import Posterior
from empatune.typing import FloatArray

Stop = Literal["converged", "iteration limit", "unstable"]
"""Why an inversion ended."""

FLAT = 0.1
"""Explaining less than this share of the variance is flat: a start may have been unlucky."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ascent:
    """How one start went: the record of its convergence.

    Attributes
    ----------
    stop : str
        Converged, at the limit of iterations, or unstable.
    iterations, rejected : int
        Points tried, and how many of them were worse than the best before.
    free_energies : ndarray, shape (iterations,)
        Free energy of every point tried [nats].
    free_energy : float
        The best; minus infinity where the start itself was unstable [nats].
    """

    stop: Stop
    iterations: int
    rejected: int
    free_energies: FloatArray
    free_energy: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A model fitted to a recording.

    Attributes
    ----------
    name : str
        Whose recording.
    network : Network
        The network.
    posterior : Posterior
        What is believed of the parameters, with the free energy.
    log_precisions : ndarray, shape (n_regions,)
        Log precision of each region's noise.
    signals, predicted : ndarray, shape (n_scans, n_regions)
        Scaled signals, and the model's with confounds [percent].
    cleaned : ndarray, shape (n_scans, n_regions)
        Scaled signals without what confounds alone explain [percent].
    scale : float
        By what the signals were multiplied.
    tr_s : float
        Time from scan to scan [s].
    ascents : tuple of Ascent
        A record per start.
    chosen : int
        Which start gave this fit.
    """

    name: str
    network: Network
    posterior: Posterior
    log_precisions: FloatArray
    signals: FloatArray
    predicted: FloatArray
    cleaned: FloatArray
    scale: float
    tr_s: float
    ascents: tuple[Ascent, ...]
    chosen: int

    @property
    def free_energy(self) -> float:
        """Bound on the log evidence of the model [nats]."""
        return self.posterior.free_energy

    @property
    def ascent(self) -> Ascent:
        """The record of the start that gave this fit."""
        return self.ascents[self.chosen]

    @property
    def residuals(self) -> FloatArray:
        """What the model leaves, shape (n_scans, n_regions) [percent]."""
        return self.signals - self.predicted

    @property
    def explained(self) -> FloatArray:
        """Share of each region's variance that the model explains, shape (n_regions,).

        What confounds alone explain does not count.
        """
        share: FloatArray = 1 - self.residuals.var(axis=0) / self.cleaned.var(axis=0)
        return share

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know before believing the fit, in plain words."""
        said = []
        if self.ascent.stop != "converged":
            said.append(f"not converged ({self.ascent.stop} after {self.ascent.iterations} steps)")
        if self.explained.max() < FLAT:
            said.append(
                f"explains at most {self.explained.max():.0%} of any region's variance: the "
                f"inversion may have stopped early (try more starts), or the inputs do not move "
                f"these regions"
            )
        return tuple(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A recording that could not be fitted, and why."""

    name: str
    reason: str
