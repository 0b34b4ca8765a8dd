"""Where people's parameters come from: the group that a fit learnt, or the priors of a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.behaviour.fitting.record import Fit, Group
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import spreads, typical
from empatune.behaviour.trials import Trials
from empatune.errors import BehaviourError
from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """People whom a model describes, and the trials that real ones did.

    Attributes
    ----------
    model : Model
        The model.
    trials : Trials
        Trials of real people.
    mean : ndarray, shape (n_people, n_parameters)
        What is expected of each of them, on the scale of estimation.
    covariance : ndarray, shape (n_parameters, n_parameters)
        How people differ from that.
    n_learnt : int
        Numbers of the group that were learnt from these trials: means, effects of covariates, and
        covariances, but not variances, as scripts of the field count them; 0 for priors.
    """

    model: Model
    trials: Trials
    mean: FloatArray
    covariance: FloatArray
    n_learnt: int = 0


def population_of(fit: Fit) -> Population:
    """
    Give the people of whom a fit speaks.

    Parameters
    ----------
    fit : Fit
        A fit; one that learnt no group stands for the model's priors.

    Returns
    -------
    Population
        The people.

    Raises
    ------
    BehaviourError
        If the fit has covariates and does not know those of its people.
    """
    if fit.group is None:
        return prior_population(fit.model, fit.trials)
    return Population(
        model=fit.model,
        trials=fit.trials,
        mean=_rows(fit.group, fit.trials.n_people) @ fit.group.coefficients,
        covariance=fit.group.covariance,
        n_learnt=_n_learnt(fit.group),
    )


def prior_population(model: Model, trials: Trials) -> Population:
    """
    Give the people whom a model expects before it has seen any.

    Parameters
    ----------
    model : Model
        The model.
    trials : Trials
        Trials that they do.

    Returns
    -------
    Population
        The people.
    """
    centre = typical(model.parameters)
    return Population(
        model=model,
        trials=trials,
        mean=np.broadcast_to(centre, (trials.n_people, len(centre))),
        covariance=np.diag(spreads(model.parameters) ** 2),
    )


def _rows(group: Group, n_people: int) -> FloatArray:
    """Give people's regressors."""
    if group.rows is not None:
        return group.rows
    if len(group.regressors) == 1:
        return np.ones((n_people, 1))
    raise BehaviourError(
        f"The fit has covariates ({', '.join(group.regressors[1:])}) and does not keep those of "
        f"its people. Fit the model without covariates to compare or simulate it."
    )


def _n_learnt(group: Group) -> int:
    """Count the numbers of a group: coefficients, and covariances that are not 0."""
    return int(group.coefficients.size + np.count_nonzero(np.triu(group.covariance, 1)))
