"""What a comparison of models found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import softmax

from empatune.behaviour.comparison.criteria import Criterion
from empatune.behaviour.fitting.record import Unfitted
from empatune.numerics.model_selection import RandomEffects
from empatune.typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Models compared on the same trials of the same people.

    Attributes
    ----------
    criterion : Criterion
        By what.
    models : tuple of str
        Names of the models.
    n_parameters : tuple of int
        Parameters of each a person.
    people : tuple of str
        Who.
    by_person : ndarray, shape (n_people, n_models)
        The criterion of each person, in units of deviance; lower is better.
    total : ndarray, shape (n_models,)
        That of all together, with what the group's parameters cost.
    random_effects : RandomEffects
        How frequent each model is among the people whom these stand for, if people may differ in
        their model. Log evidence is minus half of the criterion of each person.
    left_out : tuple of Unfitted
        Who could not be fitted by one model or more, and is left out of all.
    cautions : tuple of str
        What speaks against believing the numbers.
    """

    criterion: Criterion
    models: tuple[str, ...]
    n_parameters: tuple[int, ...]
    people: tuple[str, ...]
    by_person: FloatArray
    total: FloatArray
    random_effects: RandomEffects
    left_out: tuple[Unfitted, ...] = ()
    cautions: tuple[str, ...] = ()

    @property
    def best(self) -> str:
        """The model of the lowest total."""
        return self.models[int(self.total.argmin())]

    @property
    def winners(self) -> tuple[str, ...]:
        """The best model of each person."""
        return tuple(self.models[place] for place in self.by_person.argmin(axis=1))

    @property
    def difference(self) -> FloatArray:
        """Totals above the lowest, shape (n_models,)."""
        above: FloatArray = self.total - self.total.min()
        return above

    @property
    def difference_error(self) -> FloatArray:
        """Standard error of these over people, shape (n_models,); 0 for the best."""
        away = self.by_person - self.by_person[:, [int(self.total.argmin())]]
        if len(away) < 2:
            return np.full(len(self.models), np.nan)
        error: FloatArray = np.sqrt(len(away)) * away.std(axis=0, ddof=1)
        return error

    @property
    def weights(self) -> FloatArray:
        """Probability of each model if it is everybody's, shape (n_models,)."""
        weights: FloatArray = softmax(-self.total / 2)
        return weights

    def table(self) -> pd.DataFrame:
        """
        Give the comparison as a table, a row a model, in the order of the models.

        Returns
        -------
        pandas.DataFrame
            Model, number of parameters, criterion, difference from the best and its standard
            error, weight, number of people whose best it is, frequency, exceedance and protected
            exceedance probability.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "model": self.models,
                "n_parameters": self.n_parameters,
                "criterion": self.criterion.name,
                "total": self.total,
                "difference": self.difference,
                "difference_error": self.difference_error,
                "weight": self.weights,
                "n_best": [self.winners.count(model) for model in self.models],
                "frequency": self.random_effects.frequency,
                "exceedance": self.random_effects.exceedance,
                "protected_exceedance": self.random_effects.protected,
            }
        )

    def people_table(self) -> pd.DataFrame:
        """
        Give each person's criteria as a table, a row a person.

        Returns
        -------
        pandas.DataFrame
            Participant, a column a model, the best model.
        """
        import pandas as pd

        columns = dict(zip(self.models, self.by_person.T, strict=True))
        return pd.DataFrame({"participant": self.people, **columns, "best": self.winners})
