"""What a fit found: of each person, of the group, and who could not be fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from empatune.behaviour.model import Model
from empatune.behaviour.trials import Trials
from empatune.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["ml", "map", "eb", "nuts"]
"""Maximum likelihood, maximum a posteriori, empirical Bayes, full sampling (NUTS)."""

Progress = Callable[[str], object]
"""Takes in a few words what begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfitted:
    """Somebody who could not be fitted.

    Attributes
    ----------
    participant : str
        Who.
    reason : str
        Why, and what can be done.
    """

    participant: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """What is known of all people, on the scale of estimation.

    Attributes
    ----------
    regressors : tuple of str
        ``mean`` and covariates.
    coefficients : ndarray, shape (n_regressors, n_parameters)
        Effects on parameters.
    standard_errors : ndarray, shape (n_regressors, n_parameters)
        Standard errors (posterior standard deviations where sampled).
    covariance : ndarray, shape (n_parameters, n_parameters)
        How people differ beyond that.
    rows : ndarray, shape (n_people, n_regressors), or None
        Regressors of the people who were fitted; None where there is the mean alone.
    centres, widths : ndarray, shape (n_regressors,), or None
        In its own unit a covariate is ``centres + widths * rows``; a label's is 1 or 0.
    against : tuple of str
        Of each regressor of a label, the label that it is compared with; empty for others.
    """

    regressors: tuple[str, ...]
    coefficients: FloatArray
    standard_errors: FloatArray
    covariance: FloatArray
    rows: FloatArray | None = None
    centres: FloatArray | None = None
    widths: FloatArray | None = None
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """What a fit of one model found.

    Attributes
    ----------
    model : Model
        The model.
    method : str
        How it was fitted.
    trials : Trials
        The trials of the people who were fitted.
    scaled : ndarray, shape (n_people, n_parameters)
        Estimates on the scale of estimation.
    covariance : ndarray, shape (n_people, n_parameters, n_parameters)
        Their uncertainty on that scale, from the curvature there or from samples.
    log_likelihood : ndarray, shape (n_people,)
        Log likelihood at the estimates.
    log_evidence : ndarray, shape (n_people,)
        Laplace's approximation under the prior (of the group where it was learnt); NaN for
        maximum likelihood.
    converged : ndarray of bool, shape (n_people,)
        Whether the search arrived.
    group : Group or None
        What is known of all, where it was learnt.
    unfitted : tuple of Unfitted
        Who could not be fitted.
    cautions : tuple of str
        What to know before the numbers are believed.
    draws : Any
        Posterior samples (ArviZ InferenceData) where sampled, else None.
    alone : ndarray, shape (n_people, n_parameters), or None
        What was estimated of each person alone under the model's own prior, before people were
        fitted with their group; None if they were not.
    """

    model: Model
    method: Method
    trials: Trials
    scaled: FloatArray
    covariance: FloatArray
    log_likelihood: FloatArray
    log_evidence: FloatArray
    converged: BoolArray
    group: Group | None = None
    unfitted: tuple[Unfitted, ...] = ()
    cautions: tuple[str, ...] = ()
    draws: Any = None
    alone: FloatArray | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """Who was fitted."""
        return self.trials.people

    @property
    def values(self) -> Mapping[str, FloatArray]:
        """Each person's parameters in their own units, shape (n_people,) each."""
        import numpy as np

        from empatune.behaviour.parameters import to_values

        values = to_values(self.scaled, self.model.parameters)
        return {name: np.asarray(one) for name, one in values.items()}

    def table(self) -> pd.DataFrame:
        """
        Give the estimates as a table, a row a person.

        Returns
        -------
        pandas.DataFrame
            Participant, number of trials, each parameter, log likelihood, convergence.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "participant": self.people,
                "n_trials": self.trials.n_answered,
                "n_missed": self.trials.n_missed,
                **self.values,
                "log_likelihood": self.log_likelihood,
                "converged": self.converged,
            }
        )
