"""Gaussian summaries of participants under a group: the free energy and its slope.

Everything about the participants that does not change is computed once; a step is a handful of
stacked products over participants. Precision components are parts of one matrix that do not
overlap, so that traces over pairs of components are sums over blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from empatune.errors import ConnectivityError
from empatune.typing import FloatArray

FLOOR = float(np.exp(-8.0))
"""Share of the prior precision between people that no component can take away (SPM12)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summary:
    """One Gaussian a participant, as precision and pull (precision times mean).

    Attributes
    ----------
    precision : ndarray, shape (n_participants, n_parameters, n_parameters)
        Posterior precisions less those of the prior: what the data alone say.
    pull : ndarray, shape (n_participants, n_parameters)
        Posterior pulls less those of the prior.
    level : ndarray, shape (n_participants,)
        What of the log evidence does not depend on the group.
    names : tuple of str
        Who they are.
    """

    precision: FloatArray
    pull: FloatArray
    level: FloatArray
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hierarchy:
    """A group over participants.

    Attributes
    ----------
    participants : Summary
        The participants.
    design : ndarray, shape (n_participants, n_effects)
        Between-participant effects.
    effect_mean : ndarray, shape (n_effects * n_parameters,)
        Prior means of effects, all parameters of the first effect first.
    effect_precision : ndarray, shape (n_effects * n_parameters, n_effects * n_parameters)
        Prior precision of effects.
    between : ndarray, shape (n_parameters, n_parameters)
        Prior precision between people.
    membership : ndarray, shape (n_parameters, n_components)
        Which parameters each precision component scales (0 or 1); each parameter at most once.
    scale_mean, scale_precision : float
        Prior of the log scales of components.
    """

    participants: Summary
    design: FloatArray
    effect_mean: FloatArray
    effect_precision: FloatArray
    between: FloatArray
    membership: FloatArray
    scale_mean: float
    scale_precision: float

    @property
    def components(self) -> FloatArray:
        """The components together, shape (n_parameters, n_parameters)."""
        together: FloatArray = self.between * (self.membership @ self.membership.T)
        return together


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """The free energy and its derivatives at some effects and scales.

    Attributes
    ----------
    effects : ndarray, shape (n_effects * n_parameters,)
        Effects.
    scales : ndarray, shape (n_components,)
        Log scales of the precision components.
    precision, covariance : ndarray, shape (n_parameters, n_parameters)
        Of the differences between people.
    free_energy, complexity : float
        Free energy [nats], and the group's share of its complexity.
    gradient : ndarray, shape (n_effects * n_parameters + n_components,)
        Slope.
    curvature : ndarray, square
        Second derivatives, expected where they would be wild.
    """

    effects: FloatArray
    scales: FloatArray
    precision: FloatArray
    covariance: FloatArray
    free_energy: float
    complexity: float
    gradient: FloatArray
    curvature: FloatArray

    @property
    def effect_covariance(self) -> FloatArray:
        """Posterior covariance of effects, scales given."""
        n = len(self.effects)
        return _inverse(-self.curvature[:n, :n])

    @property
    def scale_covariance(self) -> FloatArray:
        """Posterior covariance of scales, effects given."""
        n = len(self.effects)
        return _inverse(-self.curvature[n:, n:])


def look(hierarchy: Hierarchy, effects: FloatArray, scales: FloatArray) -> Point:
    """
    Evaluate the free energy of a group and its derivatives.

    Parameters
    ----------
    hierarchy : Hierarchy
        Participants, design and priors.
    effects : ndarray, shape (n_effects * n_parameters,)
        Effects, all parameters of the first effect first.
    scales : ndarray, shape (n_components,)
        Log scales of the precision components.

    Returns
    -------
    Point
        Free energy, slope and curvature.

    Raises
    ------
    ConnectivityError
        If a participant's posterior is wider than the prior allows.
    """
    components, members = hierarchy.components, hierarchy.membership
    strengths = members @ np.exp(scales)
    precision = hierarchy.between
    if members.shape[1]:
        # A component is a block of its own, so that rows may carry its scale.
        precision = FLOOR * hierarchy.between + strengths[:, None] * components
    covariance = _inverse(precision)
    expected = hierarchy.design @ effects.reshape(hierarchy.design.shape[1], -1)
    means, covariances, evidence = _exchange(hierarchy.participants, precision, expected)
    away = means - expected
    gradient, curvature = _slope_of_effects(hierarchy, precision, away, covariances, effects)
    n = len(effects)
    prior_scales = np.full(len(scales), hierarchy.scale_precision)
    gradient = np.r_[gradient, -prior_scales * (scales - hierarchy.scale_mean)]
    curvature = block_diag(curvature, -np.diag(prior_scales))
    by_scale = np.exp(scales)
    pulled = away @ components
    fit = members.T @ _fit_of_components(components, covariance, covariances, away)
    gradient[n:] += by_scale * fit / 2
    curvature[n:, n:] += np.diag(by_scale * fit / 2) - np.outer(by_scale, by_scale) * (
        members.T @ _pairs(components, covariance, covariances, pulled) @ members
    )
    cross = _cross(hierarchy.design, precision, covariances, pulled)
    curvature[:n, n:] = (cross @ members) * by_scale
    curvature[n:, :n] = curvature[:n, n:].T
    complexity = _complexity(hierarchy, effects, scales, curvature)
    return Point(
        effects=effects,
        scales=scales,
        precision=precision,
        covariance=covariance,
        free_energy=float(evidence.sum() - complexity),
        complexity=complexity,
        gradient=gradient,
        curvature=curvature,
    )


def _exchange(
    participants: Summary, precision: FloatArray, expected: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Put the group's prior into every participant: means, covariances, log evidence."""
    after = participants.precision + precision
    try:
        np.linalg.cholesky(after)
    except np.linalg.LinAlgError:
        low = np.linalg.eigvalsh(after)[:, 0] <= 0
        names = ", ".join(np.array(participants.names)[low])
        raise ConnectivityError(
            f"The posterior of {names} is wider than its prior allows, so no group prior can be "
            f"put in. Fit again, or leave them out."
        ) from None
    covariances: FloatArray = np.linalg.inv(after).astype(np.float64)
    pulls = participants.pull + expected @ precision
    means: FloatArray = np.einsum("nij,nj->ni", covariances, pulls)
    held = np.einsum("ni,ij,nj->n", expected, precision, expected)
    fitted = np.einsum("ni,ni->n", means, pulls)
    volumes = np.linalg.slogdet(precision)[1] - np.linalg.slogdet(after)[1]
    evidence: FloatArray = participants.level + (volumes - held + fitted) / 2
    return means, covariances, evidence


def _slope_of_effects(
    hierarchy: Hierarchy,
    precision: FloatArray,
    away: FloatArray,
    covariances: FloatArray,
    effects: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Give the slope and curvature of the free energy with respect to effects."""
    design, prior = hierarchy.design, hierarchy.effect_precision
    gradient = (design.T @ (away @ precision)).ravel() - prior @ (effects - hierarchy.effect_mean)
    bends = precision @ covariances @ precision - precision
    n = len(effects)
    curvature = np.einsum("na,nb,nij->aibj", design, design, bends).reshape(n, n) - prior
    return gradient, curvature


def _fit_of_components(
    components: FloatArray, covariance: FloatArray, covariances: FloatArray, away: FloatArray
) -> FloatArray:
    """Tell, a parameter, how much less people differ than supposed; a component is a sum."""
    surplus = len(away) * covariance - covariances.sum(axis=0) - away.T @ away
    fit: FloatArray = np.einsum("ij,ji->i", components, surplus)
    return fit


def _pairs(
    components: FloatArray, covariance: FloatArray, covariances: FloatArray, pulled: FloatArray
) -> FloatArray:
    """Give the curvature of every two parameters' components; pairs of components are sums."""
    supposed, found = covariance @ components, covariances @ components
    pairs: FloatArray = (
        len(covariances) * supposed * supposed.T - np.einsum("nij,nji->ij", found, found)
    ) / 2
    pairs -= np.einsum("ni,nij,nj->ij", pulled, covariances, pulled)
    return pairs


def _cross(
    design: FloatArray, precision: FloatArray, covariances: FloatArray, pulled: FloatArray
) -> FloatArray:
    """Give the curvature between effects and parameters' components."""
    kept = np.eye(len(precision)) - precision @ covariances
    cross: FloatArray = np.einsum("na,nij,nj->aij", design, kept, pulled)
    return cross.reshape(-1, len(precision))


def _complexity(
    hierarchy: Hierarchy, effects: FloatArray, scales: FloatArray, curvature: FloatArray
) -> float:
    """Give what the group itself costs, as SPM counts it (from zero, not from prior means)."""
    log_volume = (
        np.linalg.slogdet(hierarchy.effect_precision)[1]
        + len(scales) * np.log(hierarchy.scale_precision)
        - np.linalg.slogdet(curvature)[1]
    )
    distance = effects @ hierarchy.effect_precision @ effects
    return float((distance + hierarchy.scale_precision * (scales @ scales) - log_volume) / 2)


def _inverse(matrix: FloatArray) -> FloatArray:
    """Invert a symmetric matrix, and keep it symmetric."""
    inverse = np.linalg.inv(matrix)
    symmetric: FloatArray = (inverse + inverse.T) / 2
    return symmetric
