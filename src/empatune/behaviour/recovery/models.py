"""Model recovery: simulate with each model, fit all, count which one is found.

Wilson & Collins 2019, doi 10.7554/eLife.49547: the confusion matrix says how probable each finding
is when a model is true; the inversion matrix how probable it is that a model is true when found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from empatune.behaviour.comparison import Comparison, compare, criteria_of
from empatune.behaviour.fitting import FitSettings, fit
from empatune.behaviour.fitting.record import Fit, Method
from empatune.behaviour.model import Model
from empatune.behaviour.population import Population
from empatune.behaviour.recovery.parameters import Progress, check_counts
from empatune.behaviour.recovery.people import draw_people, population_for
from empatune.behaviour.trials import Trials
from empatune.errors import BehaviourError, UsageError
from empatune.typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelRecovery:
    """How often each model was found when each was true.

    Attributes
    ----------
    models : tuple of str
        Names of the models.
    method, criterion : str
        How they were fitted, and by what they were compared.
    counts : ndarray, shape (n_models, n_models)
        Sets of people that a true model (row) simulated and a model (column) was best for.
    people_counts : ndarray, shape (n_models, n_models)
        The same, person by person.
    """

    models: tuple[str, ...]
    method: Method
    criterion: str
    counts: FloatArray
    people_counts: FloatArray

    @property
    def confusion(self) -> FloatArray:
        """p(best | true), shape (n_models, n_models): rows are true models, and sum to 1."""
        return _shares(self.counts)

    @property
    def people_confusion(self) -> FloatArray:
        """The same, person by person."""
        return _shares(self.people_counts)

    @property
    def inversion(self) -> FloatArray:
        """p(true | best), models equally probable beforehand; columns sum to 1, or are NaN."""
        return _inverted(self.confusion)

    @property
    def people_inversion(self) -> FloatArray:
        """The same, person by person."""
        return _inverted(self.people_confusion)

    def table(self) -> pd.DataFrame:
        """
        Give all matrices as a table, a row a pair of models.

        Returns
        -------
        pandas.DataFrame
            True and best model; number of sets, p(best | true), p(true | best); the same of
            people.
        """
        import pandas as pd

        size = len(self.models)
        return pd.DataFrame(
            {
                "true": np.repeat(self.models, size),
                "best": np.tile(self.models, size),
                "n_sets": self.counts.ravel(),
                "confusion": self.confusion.ravel(),
                "inversion": self.inversion.ravel(),
                "n_people": self.people_counts.ravel(),
                "people_confusion": self.people_confusion.ravel(),
                "people_inversion": self.people_inversion.ravel(),
            }
        )


def recover_models(
    models: Sequence[Model],
    sources: Sequence[Trials | Fit],
    *,
    n_people: int | None = None,
    n_sets: int = 10,
    method: Method = "eb",
    criterion: str | None = None,
    settings: FitSettings | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> ModelRecovery:
    """
    Simulate people with each model, fit all models to them, and count which is best.

    Parameters
    ----------
    models : sequence of Model
        The models.
    sources : sequence of Trials or Fit
        Of each model, trials that its people do, who then come from its priors; or a fit, from
        whose group they come. All of one table.
    n_people : int, optional
        People a set; as many as real ones if not given.
    n_sets : int
        Sets that each model simulates.
    method : {'eb', 'ml', 'map', 'nuts'}
        How models are fitted.
    criterion : str, optional
        By what they are compared; the method's first if not given.
    settings : FitSettings, optional
        The rest of fitting.
    seed : int
        Seed of people and responses.
    progress : callable, optional
        Called with the number of sets that are done, and of all.

    Returns
    -------
    ModelRecovery
        Counts, and the matrices that follow.

    Raises
    ------
    UsageError
        If there are fewer than two models, not a source each, or counts that cannot be.
    BehaviourError
        If sources are of different people, or the trials do not tell what the other choice would
        have earned.
    """
    check_counts(n_people, n_sets)
    if len(models) < 2 or len(models) != len(sources):
        raise UsageError(
            f"{len(models)} models and {len(sources)} sources were given; there must be two models "
            f"or more, and a source each."
        )
    pairs = zip(models, sources, strict=True)
    populations = _share([population_for(model, source) for model, source in pairs])
    rng = np.random.default_rng(seed)
    counts, people_counts = np.zeros((2, len(models), len(models)), int)
    for number in range(n_sets):
        for true, people in enumerate(populations):
            trials = draw_people(people, n_people, rng).trials
            fits = [fit(model, trials, method=method, settings=settings) for model in models]
            found = compare(fits, criterion=criterion, seed=int(rng.integers(2**31)))
            _count(found, counts[true], people_counts[true])
            if progress:
                progress(number * len(models) + true + 1, n_sets * len(models))
    return ModelRecovery(
        models=tuple(model.name for model in models),
        method=method,
        criterion=criterion or criteria_of(method)[0].name,
        counts=counts,
        people_counts=people_counts,
    )


def _share(populations: list[Population]) -> list[Population]:
    """Give every population the columns of all, and the people whom all have."""
    everybody = [one.trials.people for one in populations]
    people = [one for one in everybody[0] if all(one in others for others in everybody)]
    if len(people) < 2:
        raise BehaviourError(
            f"The models were given trials of different people ({len(people)} in common). Give "
            f"all the same table of trials."
        )
    chosen = [[others.index(one) for one in people] for others in everybody]
    taken = [one.trials.take(places) for one, places in zip(populations, chosen, strict=True)]
    if any(not np.array_equal(one.answered, taken[0].answered) for one in taken):
        raise BehaviourError("The models were given different trials. Give all the same table.")
    columns = {name: column for one in taken for name, column in one.columns.items()}
    return [
        replace(one, trials=replace(trials, columns=columns), mean=one.mean[places])
        for one, trials, places in zip(populations, taken, chosen, strict=True)
    ]


def _count(found: Comparison, counts: FloatArray, people_counts: FloatArray) -> None:
    """Count a finding, and everybody's own."""
    counts[int(found.total.argmin())] += 1
    people_counts += np.bincount(found.by_person.argmin(axis=1), minlength=len(counts))


def _shares(counts: FloatArray) -> FloatArray:
    """Turn counts into shares of rows."""
    shares: FloatArray = counts / counts.sum(axis=1, keepdims=True)
    return shares


def _inverted(confusion: FloatArray) -> FloatArray:
    """Turn p(best | true) into p(true | best)."""
    total = confusion.sum(axis=0)
    inverted: FloatArray = np.divide(
        confusion, total, out=np.full_like(confusion, np.nan), where=total > 0
    )
    return inverted
