"""How well trials can tell each parameter, before any estimate is compared with the truth.

Of people from a known population, each one's posterior given their trials is drawn. The share of
people's variance that lies in posterior means is the reliability of the trials; its root is the
correlation of true values with posterior means, and no other estimate correlates higher with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.behaviour.comparison.integration import draw_posteriors
from empatune.behaviour.fitting.point import (
    best_of,
    inverse_curvature,
    laplace_evidence,
    likelihood_at,
)
from empatune.behaviour.fitting.record import Fit, Group
from empatune.behaviour.fitting.search import Prior
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import to_values
from empatune.behaviour.population import Population
from empatune.behaviour.recovery.people import draw_people, population_for
from empatune.behaviour.trials import Trials
from empatune.numerics.differentiable import jnp
from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ceiling:
    """How well trials can tell a model's parameters.

    Attributes
    ----------
    parameters : tuple of str
        Their names.
    correlation : ndarray, shape (n_parameters,)
        Highest correlation of true values and estimates, in units of the parameters.
    n_effective : ndarray, shape (n_simulated,)
        Equally weighted draws that each person's posterior rests on.
    """

    parameters: tuple[str, ...]
    correlation: FloatArray
    n_effective: FloatArray


def find_ceiling(
    model: Model, source: Trials | Fit, *, n_sets: int = 1, n_draws: int = 500, seed: int = 0
) -> Ceiling:
    """
    Find how well trials can tell parameters, whatever the way of fitting.

    Parameters
    ----------
    model : Model
        The model.
    source : Trials or Fit
        Trials that people do, who then come from the model's priors; or a fit, from whose group
        they come.
    n_sets : int
        Sets of as many people as real ones.
    n_draws : int
        Draws of each person's posterior.
    seed : int
        Seed of people, responses and draws.

    Returns
    -------
    Ceiling
        The highest correlations.

    Raises
    ------
    UsageError
        If the fit is one of another model.
    BehaviourError
        If the trials do not tell what the other choice would have earned.
    """
    people, rng = population_for(model, source), np.random.default_rng(seed)
    means, variances, effective = [], [], []
    for _ in range(n_sets):
        known = _posteriors(people, draw_people(people, None, rng).trials, rng)
        points, log_weight = draw_posteriors(known, n_draws=n_draws, seed=int(rng.integers(2**31)))
        weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        values = np.stack([*to_values(points, model.parameters).values()], axis=-1)
        mean = np.einsum("pd,pdk->pk", weight, values)
        means.append(mean)
        variances.append(np.einsum("pd,pdk->pk", weight, (values - mean[:, None]) ** 2))
        effective.append(1 / (weight**2).sum(axis=1))
    told, untold = np.concatenate(means).var(axis=0), np.concatenate(variances).mean(axis=0)
    return Ceiling(
        parameters=model.names,
        correlation=np.sqrt(told / (told + untold)),
        n_effective=np.concatenate(effective),
    )


def _posteriors(people: Population, trials: Trials, rng: np.random.Generator) -> Fit:
    """Fit people under the population that they come from, from its mean and from anybody."""
    precision = np.linalg.inv(people.covariance)
    prior = Prior(
        jnp.asarray(people.mean),
        jnp.broadcast_to(precision, (trials.n_people, *precision.shape)),
    )
    spreads = np.sqrt(np.diag(people.covariance))
    anybody = people.mean + spreads * rng.standard_normal(people.mean.shape)
    found = best_of(people.model, np.stack([people.mean, anybody]), trials, prior)
    covariance, log_det = inverse_curvature(np.asarray(found.bend))
    return Fit(
        model=people.model,
        method="eb",
        trials=trials,
        scaled=np.asarray(found.point),
        covariance=covariance,
        log_likelihood=likelihood_at(found, prior),
        log_evidence=laplace_evidence(found, np.asarray(prior.precision), log_det),
        converged=np.asarray(found.arrived),
        group=Group(
            regressors=trials.people,
            coefficients=people.mean,
            standard_errors=np.zeros_like(people.mean),
            covariance=people.covariance,
            rows=np.eye(trials.n_people),
        ),
    )
