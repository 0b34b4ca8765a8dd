"""Parameter recovery: simulate people, fit them, compare what was put in with what comes out.

Wilson & Collins 2019, doi 10.7554/eLife.49547.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from empatune.behaviour.fitting import FitSettings, fit
from empatune.behaviour.fitting.record import Fit, Method
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import to_values
from empatune.behaviour.population import Population
from empatune.behaviour.recovery.people import Simulated, draw_people, population_for, together
from empatune.behaviour.trials import Trials
from empatune.errors import UsageError
from empatune.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

IDENTIFIABLE = 0.85
"""Correlation of true and fitted values above which trials tell a parameter."""

WIDTH = 1.6448536269514722
"""Half a 90 % interval, in standard deviations."""

Progress = Callable[[int, int], object]
"""Called with the number of fits that are done, and of all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recovered:
    """How well one parameter comes back.

    Attributes
    ----------
    parameter : str
        Its name.
    correlation, rank_correlation : float
        Pearson's and Spearman's correlation of true and fitted values.
    slope : float
        Fitted on true values; below 1 where estimates shrink.
    bias : float
        Mean of fitted minus true values, in the parameter's unit.
    coverage : float
        Share of true values within their 90 % intervals.
    """

    parameter: str
    correlation: float
    rank_correlation: float
    slope: float
    bias: float
    coverage: float

    @property
    def identifiable(self) -> bool:
        """Whether trials tell it: a correlation above .85."""
        return self.correlation > IDENTIFIABLE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterRecovery:
    """Simulated people, as they are and as they were fitted.

    Attributes
    ----------
    model : Model
        The model.
    method : str
        How they were fitted.
    sets : ndarray of int, shape (n_simulated,)
        Which set each belongs to.
    true, fitted, sd : ndarray, shape (n_simulated, n_parameters)
        Parameters and uncertainty on the scale of estimation.
    n_unfitted : int
        Simulated people who could not be fitted, and are not among these.
    """

    model: Model
    method: Method
    sets: FloatArray
    true: FloatArray
    fitted: FloatArray
    sd: FloatArray
    n_unfitted: int = 0

    @property
    def true_values(self) -> Mapping[str, FloatArray]:
        """What was put in, in units of the parameters, shape (n_simulated,) each."""
        return _values(self.model, self.true)

    @property
    def fitted_values(self) -> Mapping[str, FloatArray]:
        """What came out, in units of the parameters, shape (n_simulated,) each."""
        return _values(self.model, self.fitted)

    @property
    def parameters(self) -> tuple[Recovered, ...]:
        """How well each parameter comes back."""
        within = np.abs(self.fitted - self.true) <= WIDTH * self.sd
        return tuple(
            _recovered(name, self.true_values[name], self.fitted_values[name], within[:, place])
            for place, name in enumerate(self.model.names)
        )

    def table(self) -> pd.DataFrame:
        """
        Give how well each parameter comes back as a table, a row a parameter.

        Returns
        -------
        pandas.DataFrame
            Parameter, correlations, slope, bias, coverage, whether it is identifiable.
        """
        import pandas as pd

        found = self.parameters
        return pd.DataFrame(
            {
                "parameter": [one.parameter for one in found],
                "correlation": [one.correlation for one in found],
                "rank_correlation": [one.rank_correlation for one in found],
                "slope": [one.slope for one in found],
                "bias": [one.bias for one in found],
                "coverage": [one.coverage for one in found],
                "identifiable": [one.identifiable for one in found],
            }
        )

    def people_table(self) -> pd.DataFrame:
        """
        Give everybody's parameters as a table, a row a person and parameter.

        Returns
        -------
        pandas.DataFrame
            Set, parameter, true and fitted value, 90 % interval.
        """
        import pandas as pd

        low = _values(self.model, self.fitted - WIDTH * self.sd)
        high = _values(self.model, self.fitted + WIDTH * self.sd)
        true, fitted = self.true_values, self.fitted_values
        parts = [
            pd.DataFrame(
                {
                    "set": self.sets,
                    "parameter": name,
                    "true": true[name],
                    "fitted": fitted[name],
                    "lower": low[name],
                    "upper": high[name],
                }
            )
            for name in self.model.names
        ]
        return pd.concat(parts, ignore_index=True)


def recover_parameters(
    model: Model,
    source: Trials | Fit,
    *,
    n_people: int | None = None,
    n_sets: int = 5,
    method: Method = "eb",
    settings: FitSettings | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> ParameterRecovery:
    """
    Simulate people with known parameters on real trials, fit them, and compare.

    Parameters
    ----------
    model : Model
        The model.
    source : Trials or Fit
        Trials that people do, who then come from the model's priors; or a fit, from whose group
        they come.
    n_people : int, optional
        People a set; as many as real ones if not given.
    n_sets : int
        Sets, each a group of its own.
    method : {'eb', 'ml', 'map', 'nuts'}
        How they are fitted.
    settings : FitSettings, optional
        The rest of fitting.
    seed : int
        Seed of people and responses.
    progress : callable, optional
        Called with the number of fits that are done, and of all.

    Returns
    -------
    ParameterRecovery
        True and fitted values.

    Raises
    ------
    UsageError
        If there is no set, or a set has fewer than two people.
    BehaviourError
        If the trials do not tell what the other choice would have earned.
    """
    check_counts(n_people, n_sets)
    people, rng = population_for(model, source), np.random.default_rng(seed)
    groups = _groups(people, n_people, n_sets, method, rng)
    found = []
    for done, group in enumerate(groups):
        found.append(fit(model, group.trials, method=method, settings=settings))
        if progress:
            progress(done + 1, len(groups))
    return _put_together(model, method, groups, found)


def check_counts(n_people: int | None, n_sets: int) -> None:
    """
    Refuse counts that cannot be.

    Parameters
    ----------
    n_people : int or None
        People a set.
    n_sets : int
        Sets.

    Raises
    ------
    UsageError
        If there is no set, or a set has fewer than two people.
    """
    if n_sets < 1:
        raise UsageError(f"n_sets must be at least 1, not {n_sets}.")
    if n_people is not None and n_people < 2:
        raise UsageError(f"n_people must be at least 2, not {n_people}.")


def _groups(
    people: Population, n_people: int | None, n_sets: int, method: Method, rng: np.random.Generator
) -> list[Simulated]:
    """Draw sets; who is fitted alone can be fitted with everybody at once."""
    sets = [draw_people(people, n_people, rng, label=f"{one}/") for one in range(n_sets)]
    return [together(sets)] if method in ("ml", "map") else sets


def _put_together(
    model: Model, method: Method, groups: list[Simulated], found: list[Fit]
) -> ParameterRecovery:
    """Put true values beside fitted ones."""
    true, sets = [], []
    for group, one in zip(groups, found, strict=True):
        places = {person: place for place, person in enumerate(group.trials.people)}
        true.append(group.scaled[[places[person] for person in one.people]])
        sets += [int(person.split("/")[0]) for person in one.people]
    return ParameterRecovery(
        model=model,
        method=method,
        sets=np.array(sets),
        true=np.concatenate(true),
        fitted=np.concatenate([one.scaled for one in found]),
        sd=np.concatenate([np.sqrt(np.diagonal(one.covariance, 0, 1, 2)) for one in found]),
        n_unfitted=sum(len(one.unfitted) for one in found),
    )


def _values(model: Model, scaled: FloatArray) -> dict[str, FloatArray]:
    """Give parameters in their own units."""
    return {name: np.asarray(one) for name, one in to_values(scaled, model.parameters).items()}


def _recovered(name: str, true: FloatArray, fitted: FloatArray, within: BoolArray) -> Recovered:
    """Compare true and fitted values of a parameter."""
    return Recovered(
        parameter=name,
        correlation=float(np.corrcoef(true, fitted)[0, 1]),
        rank_correlation=float(np.corrcoef(rankdata(true), rankdata(fitted))[0, 1]),
        slope=float(np.polyfit(true, fitted, 1)[0]),
        bias=float((fitted - true).mean()),
        coverage=float(within.mean()),
    )
