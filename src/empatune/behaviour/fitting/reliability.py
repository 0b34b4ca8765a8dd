"""Test-retest reliability: how far people keep their parameters from session to session."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from empatune.behaviour.fitting.record import Fit
from empatune.errors import BehaviourError
from empatune.typing import FloatArray

LEVEL = 0.95
"""Of the intervals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How far people keep a parameter from one session to another.

    Attributes
    ----------
    parameter : str
        Its name, without the session.
    correlation : float
        Correlation over people of what they truly have, by the group (eb: its covariance; nuts:
        posterior mean); NaN for people fitted each alone.
    lower, upper : float
        Bounds of its 95 % interval, from samples (nuts); NaN for other methods, which have none
        that would hold.
    pearson : float
        Correlation of people's estimates. Noise lowers it where people are fitted each alone; a
        group that was learnt with them raises it.
    consistency : float
        ICC(C,1) of people's estimates (McGraw and Wong 1996, doi:10.1037/1082-989X.1.1.30).
    """

    parameter: str
    correlation: float
    lower: float
    upper: float
    pearson: float
    consistency: float


def reliability_of(fit: Fit, sessions: tuple[str, str]) -> tuple[Reliability, ...]:
    """
    Tell how far parameters are kept between two sessions.

    Parameters
    ----------
    fit : Fit
        A fit of ``by_session(model, sessions)``, with ``correlated=True`` where it has a group.
    sessions : tuple of str
        The labels of the two sessions.

    Returns
    -------
    tuple of Reliability
        Of each parameter, on the scale of estimation.

    Raises
    ------
    BehaviourError
        If the model has no parameter of both sessions, or a group that may not correlate.
    """
    first, second = (f"_{label}" for label in sessions)
    names = fit.model.names
    bare = [name.removesuffix(first) for name in names if name.endswith(first)]
    pairs = {
        name: (names.index(name + first), names.index(name + second))
        for name in bare
        if name + second in names
    }
    if not pairs:
        raise BehaviourError(
            f"Model {fit.model.name} has no parameter of the sessions {' and '.join(sessions)}. "
            f"Fit by_session(model, sessions). It has: {', '.join(names)}."
        )
    if fit.group is not None and not np.triu(fit.group.covariance, 1).any():
        raise BehaviourError(
            "The group was learnt without correlations between parameters, so it says nothing of "
            "reliability. Fit with correlated=True."
        )
    return tuple(_of_pair(fit, name, pair) for name, pair in pairs.items())


def consistency(scores: FloatArray) -> float:
    """
    Give ICC(C,1): the share of people in the variance of single scores, means of sessions aside.

    Parameters
    ----------
    scores : ndarray, shape (n_people, n_sessions)
        One score a person and session.

    Returns
    -------
    float
        1 if people keep their differences; can fall below 0.
    """
    n_people, n_sessions = scores.shape
    people = scores.mean(axis=1, keepdims=True)
    rest = scores - people - scores.mean(axis=0) + scores.mean()
    between = n_sessions * people.var(ddof=1)
    within = (rest**2).sum() / ((n_people - 1) * (n_sessions - 1))
    return float((between - within) / (between + (n_sessions - 1) * within))


def _of_pair(fit: Fit, name: str, pair: tuple[int, int]) -> Reliability:
    """Compare one parameter between sessions."""
    one, two = pair
    estimates = fit.scaled[:, [one, two]]
    correlation = lower = upper = math.nan
    if fit.draws is not None:
        drawn = fit.draws.posterior["correlation"].values[..., one, two]
        correlation = float(drawn.mean())
        lower, upper = map(float, np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    elif fit.group is not None:
        shared = fit.group.covariance
        correlation = float(shared[one, two] / np.sqrt(shared[one, one] * shared[two, two]))
    return Reliability(
        parameter=name,
        correlation=correlation,
        lower=lower,
        upper=upper,
        pearson=float(np.corrcoef(estimates.T)[0, 1]),
        consistency=consistency(estimates),
    )
