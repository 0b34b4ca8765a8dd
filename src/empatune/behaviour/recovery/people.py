"""Simulated people: parameters drawn from a population, on trials that real people did."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import to_values
from empatune.behaviour.population import Population, population_of, prior_population
from empatune.behaviour.simulation import check_schedule, simulate
from empatune.behaviour.trials import Trials
from empatune.errors import UsageError
from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """People whose parameters are known.

    Attributes
    ----------
    scaled : ndarray, shape (n_people, n_parameters)
        Their parameters on the scale of estimation.
    trials : Trials
        What they did.
    """

    scaled: FloatArray
    trials: Trials


def population_for(model: Model, source: Trials | Fit) -> Population:
    """
    Take the group of a fit, or a model's priors on given trials.

    Parameters
    ----------
    model : Model
        The model.
    source : Trials or Fit
        Trials that people do, or a fit of the model.

    Returns
    -------
    Population
        Whom simulated people are drawn from.

    Raises
    ------
    UsageError
        If the fit is one of another model.
    BehaviourError
        If the trials do not tell what the other choice would have earned.
    """
    if isinstance(source, Fit) and source.model.name != model.name:
        raise UsageError(f"The fit is one of {source.model.name}, not of {model.name}.")
    people = population_of(source) if isinstance(source, Fit) else prior_population(model, source)
    check_schedule(model, people.trials)
    return people


def draw_people(
    people: Population, n_people: int | None, rng: np.random.Generator, *, label: str = "s"
) -> Simulated:
    """
    Draw people and let them do trials.

    Parameters
    ----------
    people : Population
        Whom they are drawn from.
    n_people : int or None
        How many; as many as real ones if None. Trials are those of real people in turn.
    rng : numpy.random.Generator
        Source of chance.
    label : str
        What their names begin with.

    Returns
    -------
    Simulated
        Their parameters and trials.
    """
    n_real = people.trials.n_people
    wanted = n_people or n_real
    chosen = np.concatenate([rng.permutation(n_real) for _ in range(-(-wanted // n_real))])
    chosen = np.sort(chosen[:wanted]) if wanted == n_real else chosen[:wanted]
    root = np.linalg.cholesky(people.covariance)
    scaled = people.mean[chosen] + rng.standard_normal((wanted, len(root))) @ root.T
    names = tuple(f"{label}{number + 1}" for number in range(wanted))
    trials = replace(people.trials.take(chosen), people=names)
    values = to_values(scaled, people.model.parameters)
    own = {name: np.asarray(one) for name, one in values.items()}
    seed = int(rng.integers(2**31))
    return Simulated(scaled=scaled, trials=simulate(people.model, own, trials, seed=seed))


def together(sets: list[Simulated]) -> Simulated:
    """
    Put sets of people into one.

    Parameters
    ----------
    sets : list of Simulated
        Sets with trials of one length and people of different names.

    Returns
    -------
    Simulated
        Everybody.
    """
    trials = [one.trials for one in sets]
    return Simulated(
        scaled=np.concatenate([one.scaled for one in sets]),
        trials=Trials(
            people=tuple(person for one in trials for person in one.people),
            columns={
                name: np.concatenate([one.columns[name] for one in trials])
                for name in trials[0].columns
            },
            answered=np.concatenate([one.answered for one in trials]),
            rows=np.concatenate([one.rows for one in trials]),
        ),
    )
