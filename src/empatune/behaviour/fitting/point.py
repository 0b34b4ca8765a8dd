"""Each person alone: maximum likelihood, and maximum a posteriori under the model's own priors."""

from __future__ import annotations

from typing import Literal, cast

import numpy as np

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.fitting.screening import constant_cautions, screen
from empatune.behaviour.fitting.search import Found, Prior, search
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import spreads, typical
from empatune.behaviour.trials import Trials
from empatune.behaviour.wording import counted
from empatune.typing import FloatArray

FLAT = 1e-8
"""Curvature below this share of the largest counts as none."""

EXTREME = 8.0
"""Beyond this on the scale of estimation a bounded parameter is at its bound."""


def fit_each(
    model: Model, trials: Trials, *, method: Literal["ml", "map"], n_starts: int = 8, seed: int = 0
) -> Fit:
    """
    Fit each person alone.

    Parameters
    ----------
    model : Model
        The model.
    trials : Trials
        The trials.
    method : {'ml', 'map'}
        Maximum likelihood, or maximum a posteriori.
    n_starts : int
        Starts of the search: the typical person, and people drawn around it.
    seed : int
        Seed of the starts.

    Returns
    -------
    Fit
        What was found.
    """
    kept, unfitted = screen(trials, model, method)
    prior = own_prior(model, kept.n_people, weight=0.0 if method == "ml" else 1.0)
    starts = _starts(model, kept.n_people, n_starts=n_starts, seed=seed)
    found = best_of(model, starts, kept, prior)
    covariance, log_det = inverse_curvature(np.asarray(found.bend))
    evidence = np.full(kept.n_people, np.nan)
    if method == "map":
        evidence = laplace_evidence(found, np.asarray(prior.precision), log_det)
    return Fit(
        model=model,
        method=method,
        trials=kept,
        scaled=np.asarray(found.point),
        covariance=covariance,
        log_likelihood=likelihood_at(found, prior),
        log_evidence=evidence,
        converged=np.asarray(found.arrived),
        unfitted=unfitted,
        cautions=(*constant_cautions(kept), *_cautions(model, found)),
    )


def own_prior(model: Model, n_people: int, *, weight: float = 1.0) -> Prior:
    """
    Give the model's own prior for each of many people.

    Parameters
    ----------
    model : Model
        The model.
    n_people : int
        How many.
    weight : float
        1 for the prior, 0 for none.

    Returns
    -------
    Prior
        The prior.
    """
    precision = np.diag(weight / spreads(model.parameters) ** 2)
    return Prior(
        np.broadcast_to(typical(model.parameters), (n_people, len(precision))),
        np.broadcast_to(precision, (n_people, *precision.shape)),
    )


def best_of(model: Model, starts: FloatArray, trials: Trials, prior: Prior) -> Found:
    """
    Search from several starts and keep the best of each person.

    Starts are taken in pairs: a search is compiled once for all methods and numbers of starts,
    and ends earlier than one that waits for the slowest of many.

    Parameters
    ----------
    model : Model
        The model.
    starts : ndarray, shape (n_starts, n_people, n_parameters)
        Where to start.
    trials : Trials
        The trials.
    prior : Prior
        Where parameters are expected.

    Returns
    -------
    Found
        The best of each person.
    """
    doubled = {name: np.concatenate([column] * 2) for name, column in trials.arrays().items()}
    priors = Prior(*(np.concatenate([part] * 2) for part in prior))
    best: Found | None = None
    for first in range(0, len(starts), 2):
        pair = starts[[first, min(first + 1, len(starts) - 1)]]
        found = search(model, np.concatenate(pair), doubled, priors)
        for half in (slice(None, trials.n_people), slice(trials.n_people, None)):
            best = _better(best, Found(*(np.asarray(part)[half] for part in found)))
    return cast("Found", best)


def _better(one: Found | None, other: Found) -> Found:
    """Keep the better of two searches, person by person."""
    if one is None:
        return other
    wins = np.isfinite(other.value) & ~(other.value >= one.value)
    return Found(
        *(
            np.where(wins.reshape(-1, *[1] * (new.ndim - 1)), new, old)
            for new, old in zip(other, one, strict=True)
        )
    )


def inverse_curvature(bend: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Invert curvature, with what is flat, or beyond numbers, left wide.

    Parameters
    ----------
    bend : ndarray, shape (n_people, n_parameters, n_parameters)
        Second derivatives.

    Returns
    -------
    covariance : ndarray, shape (n_people, n_parameters, n_parameters)
        Inverses, positive definite.
    log_det : ndarray, shape (n_people,)
        Log determinants of the curvature.
    """
    known = np.isfinite(bend).all(axis=(1, 2), keepdims=True)
    lengths, ways = np.linalg.eigh(np.where(known, bend, 0.0))
    lengths = np.maximum(lengths, FLAT * np.maximum(lengths[:, -1:], 1.0))
    covariance = np.einsum("pij,pj,pkj->pik", ways, 1 / lengths, ways)
    return covariance, np.log(lengths).sum(axis=1)


def likelihood_at(found: Found, prior: Prior) -> FloatArray:
    """
    Take the prior out of what was found.

    Parameters
    ----------
    found : Found
        The most probable parameters.
    prior : Prior
        Where they were expected.

    Returns
    -------
    ndarray, shape (n_people,)
        Log likelihood of each person's trials there.
    """
    away = np.asarray(found.point) - np.asarray(prior.mean)
    penalty = np.einsum("pi,pij,pj->p", away, np.asarray(prior.precision), away) / 2
    likelihood: FloatArray = penalty - np.asarray(found.value)
    return likelihood


def laplace_evidence(found: Found, precision: FloatArray, log_det: FloatArray) -> FloatArray:
    """
    Approximate log evidence by Laplace's method.

    Parameters
    ----------
    found : Found
        The most probable parameters.
    precision : ndarray, shape (n_people, n_parameters, n_parameters)
        Precision of the prior.
    log_det : ndarray, shape (n_people,)
        Log determinants of the curvature.

    Returns
    -------
    ndarray, shape (n_people,)
        Log evidence of each person's trials.
    """
    evidence: FloatArray = (
        -np.asarray(found.value) + np.linalg.slogdet(precision)[1] / 2 - log_det / 2
    )
    return evidence


def _starts(model: Model, n_people: int, *, n_starts: int, seed: int) -> FloatArray:
    """Draw starts: the typical person, and others around it, the same for everybody."""
    rng = np.random.default_rng(seed)
    centre, width = typical(model.parameters), np.minimum(spreads(model.parameters), 2.0)
    drawn = centre + width * rng.standard_normal((n_starts, len(centre)))
    drawn[0] = centre
    return np.repeat(drawn[:, None], n_people, axis=1)


def _cautions(model: Model, found: Found) -> tuple[str, ...]:
    """Say in words what speaks against believing the numbers."""
    said = []
    lost = int((~np.asarray(found.arrived)).sum())
    if lost:
        who = counted(lost, "person", "people")
        said.append(f"The search did not arrive for {who}; see the column converged.")
    bounded = [np.isfinite(one.lower) for one in model.parameters]
    extreme = (np.abs(np.asarray(found.point)) > EXTREME) & np.array(bounded)
    ran = [
        f"{parameter.name} ({counted(int(n), 'person', 'people')})"
        for parameter, n in zip(model.parameters, extreme.sum(axis=0), strict=True)
        if n
    ]
    if ran:
        said.append(
            f"At a bound: {', '.join(ran)}. These people's trials do not tell it; a prior (map, eb, "
            f"nuts) keeps it finite."
        )
    return tuple(said)
