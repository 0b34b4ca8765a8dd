"""Posterior predictive checks: what people of the fitted model do, beside what people did.

People are simulated with parameters drawn from their posteriors (samples; a normal around the
estimate for empirical Bayes; the estimate itself for maximum likelihood and MAP).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.parameters import to_values
from empatune.behaviour.simulation import simulate
from empatune.behaviour.trials import Trials
from empatune.errors import UsageError
from empatune.typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

N_BINS = 8
"""Bins of trials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A number that sums responses up.

    Attributes
    ----------
    name : str
        Its name.
    column : str
        Of which column.
    of : callable
        From responses, shape (n_responses,), to the number.
    """

    name: str
    column: str
    of: Callable[[FloatArray], float]


STATISTICS: tuple[Statistic, ...] = (
    Statistic(name="share of choice 1", column="choice", of=np.mean),
    Statistic(name="mean rating", column="rating", of=np.mean),
    Statistic(name="rt, 10 % [s]", column="rt", of=lambda times: float(np.quantile(times, 0.1))),
    Statistic(name="rt, median [s]", column="rt", of=np.median),
    Statistic(name="rt, 90 % [s]", column="rt", of=lambda times: float(np.quantile(times, 0.9))),
    Statistic(name="mean outcome", column="outcome", of=np.mean),
)
"""What is compared, where a model's people make it."""


def check(fit: Fit, *, n_simulated: int = 100, n_bins: int = N_BINS, seed: int) -> pd.DataFrame:
    """
    Compare people with simulated people of the fitted model, on the same trials.

    Parameters
    ----------
    fit : Fit
        A fit.
    n_simulated : int
        How often everybody is simulated.
    n_bins : int
        Bins of trials; where a model begins anew they are counted from there.
    seed : int
        Seed of parameters and responses.

    Returns
    -------
    pandas.DataFrame
        A row a statistic and place: ``statistic``; ``by`` (``all``, ``bin``, a column of labels,
        ``participant``) and ``place``; ``n_trials``; ``observed``; ``predicted``, the mean of the
        simulations, with ``lower`` and ``upper`` ends of their 95 % interval; ``p``, twice the
        smaller share of simulations at or beyond what was observed.

    Raises
    ------
    UsageError
        If there are fewer than 20 simulations, or no bin.
    BehaviourError
        If the trials do not tell what the other choice would have earned.
    """
    import pandas as pd

    if n_simulated < 20 or n_bins < 1:
        raise UsageError(
            f"A check needs 20 simulations and a bin at least, not {n_simulated} and {n_bins}."
        )
    made = list(_simulated(fit, n_simulated, seed))
    rows = []
    for statistic in STATISTICS:
        if statistic.column not in made[0].columns or not _is_made(fit, statistic.column):
            continue
        observed = fit.trials.columns[statistic.column]
        drawn = np.stack([one.columns[statistic.column] for one in made])
        for by, places in _places(fit, n_bins).items():
            for place, where in places.items():
                rows.append(
                    {
                        "statistic": statistic.name,
                        "by": by,
                        "place": place,
                        **_compared(statistic, observed[where], drawn[:, where]),
                    }
                )
    return pd.DataFrame(rows)


def draw_values(fit: Fit, rng: np.random.Generator) -> Mapping[str, FloatArray]:
    """
    Draw everybody's parameters from their posteriors.

    Parameters
    ----------
    fit : Fit
        A fit.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    mapping of str to ndarray, shape (n_people,)
        Parameters in their own units; the estimates themselves for maximum likelihood and MAP.
    """
    scaled = fit.scaled
    if fit.draws is not None:
        sampled = np.asarray(fit.draws.posterior["scaled"])
        scaled = sampled[rng.integers(sampled.shape[0]), rng.integers(sampled.shape[1])]
    elif fit.method == "eb":
        root = np.linalg.cholesky(fit.covariance)
        scaled = scaled + np.einsum("pij,pj->pi", root, rng.standard_normal(scaled.shape))
    return {name: np.asarray(one) for name, one in to_values(scaled, fit.model.parameters).items()}


def _simulated(fit: Fit, n_simulated: int, seed: int) -> Iterator[Trials]:
    """Simulate everybody again and again."""
    rng = np.random.default_rng(seed)
    for _ in range(n_simulated):
        values = draw_values(fit, rng)
        yield simulate(fit.model, values, fit.trials, seed=int(rng.integers(2**31)))


def _is_made(fit: Fit, column: str) -> bool:
    """Tell whether simulated people make a column, rather than being given it."""
    earned = {one.name for one in fit.model.columns if one.earned and one.empty is None}
    return column in fit.model.response.names or column in earned


def _places(fit: Fit, n_bins: int) -> dict[str, dict[str, BoolArray]]:
    """Say which trials belong to which bin, condition and person."""
    counts, trials = fit.trials.answered, fit.trials
    number = _since_start(fit)
    longest = int(number[counts].max()) + 1
    bins = number * min(n_bins, longest) // longest
    everywhere: dict[str, dict[str, BoolArray]] = {
        "all": {"all": counts},
        "bin": {str(one + 1): counts & (bins == one) for one in range(int(bins[counts].max()) + 1)},
    }
    for column in fit.model.columns:
        if column.levels:
            given = trials.columns[column.name]
            everywhere[column.name] = {
                level: counts & (given == place) for place, level in enumerate(column.levels)
            }
    who = np.arange(trials.n_people)[:, None]
    everywhere["participant"] = {
        person: counts & (who == place) for place, person in enumerate(trials.people)
    }
    return {
        by: {place: where for place, where in places.items() if where.any()}
        for by, places in everywhere.items()
    }


def _since_start(fit: Fit) -> IntArray:
    """Count each person's trials from where the model last began anew."""
    shape = fit.trials.answered.shape
    begins = np.zeros(shape, bool)
    begins[:, 0] = True
    for name in fit.model.restart:
        given = fit.trials.columns[name]
        begins[:, 1:] |= given[:, 1:] != given[:, :-1]
    place = np.broadcast_to(np.arange(shape[1]), shape)
    since: IntArray = place - np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    return since


def _compared(
    statistic: Statistic, observed: FloatArray, drawn: FloatArray
) -> dict[str, float | int]:
    """Compare one statistic of people with that of each simulation."""
    seen = float(statistic.of(observed))
    made = np.array([statistic.of(one) for one in drawn])
    lower, upper = np.quantile(made, [0.025, 0.975])
    beyond = min((made >= seen - 1e-12).mean(), (made <= seen + 1e-12).mean())
    return {
        "n_trials": observed.size,
        "observed": seen,
        "predicted": float(made.mean()),
        "lower": float(lower),
        "upper": float(upper),
        "p": float(min(1.0, 2 * beyond)),
    }
