"""Fit dynamic causal models to recordings: one, or many with several starts each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from empatune.connectivity.dcm.fit import Ascent, Failure, Fit, Stop
from empatune.connectivity.dcm.integrators import INTEGRATORS
from empatune.connectivity.dcm.inversion import (
    CONVERGED,
    LIMIT,
    MOST_ITERATIONS,
    Model,
    Problem,
    State,
    invert,
)
from empatune.connectivity.dcm.parameters import Prior, names_of, prior_of, sizes_of
from empatune.connectivity.dcm.scoring import SCHEMES, Noise
from empatune.connectivity.network import Network
from empatune.connectivity.posterior import Posterior
from empatune.connectivity.series import Series, scaled
from empatune.errors import ConnectivityError
from empatune.numerics.differentiable import jax
from empatune.typing import FloatArray

ROUND_PLACES = 8
"""Numbers of free parameters are rounded up to this: networks alike share a compiled program."""

START_SPREAD = 0.5
"""Later starts are drawn from the prior with its standard deviation times this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """How to fit.

    Attributes
    ----------
    n_starts : int
        Starts: the prior mean, as SPM, and draws around it.
    seed : int
        Seed of the draws.
    integrator : str
        Name in INTEGRATORS.
    scheme : str
        Name in SCHEMES.
    noise : Noise
        Prior of the log precision of each region's noise; SPM12's where left out.
    """

    n_starts: int = 1
    seed: int = 0
    integrator: str = "bilinear"
    scheme: str = "converged"
    noise: Noise = field(default_factory=Noise)

    def __post_init__(self) -> None:
        """Refuse what is not offered."""
        if self.n_starts < 1:
            raise ConnectivityError(f"n_starts must be at least 1; given: {self.n_starts}.")
        for kind, name, offered in (
            ("integrator", self.integrator, INTEGRATORS),
            ("scheme", self.scheme, SCHEMES),
        ):
            if name not in offered:
                raise ConnectivityError(
                    f"There is no {kind} '{name}'. {kind.capitalize()}s: {', '.join(offered)}."
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A recording, a network to fit it with, and other priors where wanted."""

    series: Series
    network: Network
    prior: Prior | None = field(default=None)


def fit(
    series: Series,
    network: Network,
    *,
    prior: Prior | None = None,
    settings: FitSettings | None = None,
) -> Fit:
    """
    Fit a network to a recording.

    Parameters
    ----------
    series : Series
        The recording.
    network : Network
        The network.
    prior : Prior, optional
        Priors; SPM12's where left out.
    settings : FitSettings, optional
        Starts and integrator.

    Returns
    -------
    Fit
        The best of the starts, with a record of each.

    Raises
    ------
    ConnectivityError
        If the recording does not fit the network, or no start was stable.
    """
    settings = settings or FitSettings()
    prior = prior or prior_of(network)
    _check(series, network, prior)
    if network.nonlinear and not INTEGRATORS[settings.integrator].gates:
        raise ConnectivityError(
            f"The integrator '{settings.integrator}' leaves gates out. Fit this network with "
            f"integrator='local-linear'."
        )
    signals, scale = scaled(series)
    model = Model(sizes_of(network), series.bin_s, settings.integrator, settings.scheme)
    plan = INTEGRATORS[settings.integrator].plan(series.timing)
    problem = _problem(series, signals, plan, prior)._replace(noise=settings.noise)
    ended = [
        jax.block_until_ready(invert(problem._replace(start=start), model))
        for start in _starts(prior, settings, len(problem.places))
    ]
    ascents = tuple(_ascent(state) for state in ended)
    chosen = int(np.argmax([ascent.free_energy for ascent in ascents]))
    if not np.isfinite(ascents[chosen].free_energy):
        raise ConnectivityError(
            f"The model of {series.name or 'this recording'} is unstable from each of "
            f"{len(ascents)} starts: its predictions grow without limit. Check the priors (self-"
            f"connections must inhibit) and the scale and duration of the inputs."
        )
    state = ended[chosen]
    posterior = _posterior(state, prior, series.name)
    course = np.asarray(state.predicted).T
    weigh = np.linalg.pinv(series.confounds)
    return Fit(
        name=series.name,
        network=network,
        posterior=posterior,
        log_precisions=np.asarray(state.best.precisions),
        signals=signals,
        predicted=course + series.confounds @ (weigh @ (signals - course)),
        cleaned=signals - series.confounds @ (weigh @ signals),
        scale=scale,
        tr_s=series.tr_s,
        ascents=ascents,
        chosen=chosen,
    )


def fit_all(
    tasks: Sequence[Task],
    *,
    settings: FitSettings | None = None,
    n_threads: int = 2,
    told: Callable[[Fit | Failure], None] | None = None,
) -> list[Fit | Failure]:
    """
    Fit many recordings or networks side by side; one's failure does not end the others.

    Parameters
    ----------
    tasks : sequence of Task
        What to fit.
    settings : FitSettings, optional
        Starts and integrator; every task draws its starts from a seed of its own.
    n_threads : int
        Fits at a time.
    told : callable, optional
        Told of every outcome as it comes, for a progress bar.

    Returns
    -------
    list of Fit or Failure
        Outcomes in the order of the tasks.
    """
    settings = settings or FitSettings()

    def one(task: Task) -> Fit | Failure:
        try:
            outcome: Fit | Failure = fit(
                task.series, task.network, prior=task.prior, settings=settings
            )
        except ConnectivityError as error:
            outcome = Failure(name=task.series.name, reason=str(error))
        if told is not None:
            told(outcome)
        return outcome

    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(one, tasks))


def fits_of(outcomes: Iterable[Fit | Failure]) -> list[Fit]:
    """
    Keep the fits among outcomes.

    Parameters
    ----------
    outcomes : iterable of Fit or Failure
        Outcomes.

    Returns
    -------
    list of Fit
        Those that are fits.
    """
    return [outcome for outcome in outcomes if isinstance(outcome, Fit)]


def _check(series: Series, network: Network, prior: Prior) -> None:
    """Refuse a recording that is not of the network."""
    whose = series.name or "the recording"
    if (series.n_regions, series.n_inputs) != (network.n_regions, network.n_inputs):
        raise ConnectivityError(
            f"{whose} has {series.n_regions} regions and {series.n_inputs} inputs; the network "
            f"has {network.n_regions} ({', '.join(network.regions)}) and {network.n_inputs} "
            f"({', '.join(network.inputs)})."
        )
    if prior.names != names_of(network) or not np.all(prior.variance >= 0):
        raise ConnectivityError(
            "The prior must name the network's parameters in their order, with variances of at "
            "least 0. Begin from prior_of(network)."
        )
    n_weights = int(prior.free.sum()) + series.n_regions * series.confounds.shape[1]
    n_values = series.n_scans * series.n_regions
    if n_values <= n_weights:
        raise ConnectivityError(
            f"{whose} has too few scans: {series.n_scans} of {series.n_regions} regions give "
            f"{n_values} values for {n_weights} parameters. Record more, or free fewer parameters."
        )


def _starts(prior: Prior, settings: FitSettings, n_places: int) -> list[FloatArray]:
    """Start from the prior mean, then from draws around it (differences from the mean)."""
    rng = np.random.default_rng(settings.seed)
    free = prior.variance[prior.free]
    spread = START_SPREAD * np.sqrt(np.pad(free, (0, n_places - len(free))))
    draws = [spread * rng.standard_normal(spread.size) for _ in range(settings.n_starts - 1)]
    return [np.zeros(spread.size), *draws]


def _problem(series: Series, signals: FloatArray, plan: object, prior: Prior) -> Problem:
    """Put data and priors together, filled up to a round number of free parameters."""
    places = np.flatnonzero(prior.free)
    more = -len(places) % ROUND_PLACES
    return Problem(
        signals=signals.T,
        confounds=series.confounds,
        plan=plan,
        mean=prior.mean,
        places=np.concatenate([places, np.full(more, len(prior.mean))]),
        variance=np.concatenate([prior.variance[places], np.ones(more)]),
        start=np.zeros(len(places) + more),
    )


def _ascent(state: State) -> Ascent:
    """Keep the record of a start."""
    status, iterations = int(state.status), int(state.iteration)
    stops: dict[int, Stop] = {CONVERGED: "converged", LIMIT: "iteration limit"}
    return Ascent(
        stop=stops.get(status, "unstable"),
        iterations=iterations,
        rejected=int(state.rejected),
        free_energies=np.asarray(state.trace)[: min(iterations, MOST_ITERATIONS)],
        free_energy=float(state.best.free_energy),
    )


def _posterior(state: State, prior: Prior, name: str) -> Posterior:
    """Give the estimate in the full vector of parameters."""
    places = np.flatnonzero(prior.free)
    mean, covariance = prior.mean.copy(), np.zeros((len(prior.mean), len(prior.mean)))
    mean[places] += np.asarray(state.accepted)[: len(places)]
    block = np.asarray(state.best.covariance)[: len(places), : len(places)]
    covariance[np.ix_(places, places)] = (block + block.T) / 2
    return Posterior(
        names=prior.names,
        mean=mean,
        covariance=covariance,
        prior_mean=prior.mean,
        prior_covariance=np.diag(prior.variance),
        free_energy=float(state.best.free_energy),
        name=name,
    )
