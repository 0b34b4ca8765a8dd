"""Models of behaviour as scikit-learn has its estimators: fit a table, predict another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting.design import design_of
from empatune.behaviour.fitting.methods import FitSettings, fit
from empatune.behaviour.fitting.record import Method
from empatune.behaviour.model import Model
from empatune.behaviour.quantities import trial_table
from empatune.behaviour.trials import Naming, Trials, trials_of
from empatune.behaviour.wording import counted, first_of
from empatune.errors import BehaviourError
from empatune.typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd


class BehaviourEstimator(BaseEstimator):  # type: ignore[misc]
    """A model of behaviour that is fitted to tables of trials.

    Parameters
    ----------
    model : str or Model
        A name of the catalogue, or one's own.
    method : {'eb', 'ml', 'map', 'nuts'}
        Empirical Bayes, maximum likelihood, maximum a posteriori, full sampling.
    naming : Naming, optional
        The table's names, labels and units where they differ from the model's.
    covariates : sequence of str
        Columns of the table of people that bear on parameters (eb, nuts).
    correlated : bool
        Whether parameters may correlate over people (eb, nuts).
    seed : int
        Seed of starts and samples.

    Attributes
    ----------
    fit_ : Fit
        All that was found.
    parameters_ : pandas.DataFrame
        Each person's parameters.
    """

    def __init__(
        self,
        model: str | Model = "learning",
        *,
        method: Method = "eb",
        naming: Naming | None = None,
        covariates: Sequence[str] = (),
        correlated: bool = False,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.method = method
        self.naming = naming
        self.covariates = covariates
        self.correlated = correlated
        self.seed = seed

    def fit(self, table: pd.DataFrame, people: pd.DataFrame | None = None) -> Self:
        """
        Fit the model to a table of trials.

        Parameters
        ----------
        table : pandas.DataFrame
            A row a trial.
        people : pandas.DataFrame, optional
            A row a person, with the covariates.

        Returns
        -------
        BehaviourEstimator
            Itself, fitted.

        Raises
        ------
        BehaviourError
            If the tables do not suit.
        """
        if self.covariates and people is None:
            raise BehaviourError(
                f"Covariates {', '.join(self.covariates)} need a table of people: fit(table, "
                f"people)."
            )
        design = None if people is None else design_of(people, self.covariates)
        settings = FitSettings(
            design=design if self.covariates else None, correlated=self.correlated, seed=self.seed
        )
        self.fit_ = fit(self._model(), self._read(table), method=self.method, settings=settings)
        self.parameters_ = self.fit_.table()
        return self

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """
        Follow the fitted people through trials, those of the fit or others.

        Parameters
        ----------
        table : pandas.DataFrame
            A row a trial.

        Returns
        -------
        pandas.DataFrame
            Log probability of each response, values, prediction errors; a row a trial.

        Raises
        ------
        BehaviourError
            If the table has people who were not fitted.
        """
        trials = self._read(table)
        return trial_table(self._model(), self._values(trials), trials)

    def score(self, table: pd.DataFrame) -> float:
        """
        Say how well responses are predicted.

        Parameters
        ----------
        table : pandas.DataFrame
            A row a trial.

        Returns
        -------
        float
            Mean log probability of a response [nats]; for a choice between two, chance is -0.693.
        """
        return float(np.nanmean(self.predict(table)["log_probability"]))

    def _model(self) -> Model:
        """Give the model itself."""
        return find_model(self.model) if isinstance(self.model, str) else self.model

    def _read(self, table: pd.DataFrame) -> Trials:
        """Read a table of trials."""
        return trials_of(table, self._model(), naming=self.naming)

    def _values(self, trials: Trials) -> dict[str, FloatArray]:
        """Give the parameters of the people of a table."""
        check_is_fitted(self, "fit_")
        places = {person: place for place, person in enumerate(self.fit_.people)}
        absent = [person for person in trials.people if person not in places]
        if absent:
            raise BehaviourError(
                f"{counted(len(absent), 'participant was', 'participants were')} not fitted, so "
                f"nothing can be predicted: {first_of(absent)}. Fit them, or take them out of the "
                f"table."
            )
        chosen = [places[person] for person in trials.people]
        return {name: values[chosen] for name, values in self.fit_.values.items()}
