"""Empirical Bayes: people and the group they come from, each learnt from the other.

Each person's parameters are normal around what their covariates predict. Given the group, each
person's posterior is taken as normal at its mode (Laplace); given these, the group follows in
closed form (Huys et al. 2011, doi:10.1371/journal.pcbi.1002028). Between two looks at the trials,
the likelihoods' normal shapes are kept and both steps are repeated until they agree: this ends at
the same point, with far fewer looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from empatune.behaviour.fitting.design import Design
from empatune.behaviour.fitting.point import (
    best_of,
    fit_each,
    inverse_curvature,
    laplace_evidence,
    likelihood_at,
)
from empatune.behaviour.fitting.record import Fit, Group
from empatune.behaviour.fitting.screening import constant_cautions
from empatune.behaviour.fitting.search import Found, Prior
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import spreads
from empatune.behaviour.trials import Trials
from empatune.errors import BehaviourError
from empatune.typing import FloatArray

MOST_LOOKS = 100
"""Looks at the trials before the group is given up."""

SMALL_CHANGE = 1e-3
"""The group has settled when nothing changes by more than this share of a standard deviation."""

SMALL_GAIN = 0.01
"""The group has settled when a step makes all trials no more probable than this [nats]."""

LARGEST_MOVE = 1.0
"""Longest step of a mean, in standard deviations; log variances move by 4 times this at most."""

NARROWEST = 1e-3
"""Smallest standard deviation over people, on the scale of estimation."""

ALIKE = 10 * NARROWEST
"""Below this standard deviation people do not differ."""

CLOSE_TOGETHER = 0.3
"""Standard deviation over people of a second start: where parameters trade off against each other,
a group that starts wide can settle elsewhere than one that starts narrow."""

UNTOLD = 10.0
"""Standard error of what trials do not tell, in standard deviations of the model's prior."""

_State = tuple[FloatArray, FloatArray]
"""Coefficients, shape (n_regressors, n_parameters), and covariance over people."""


def fit_group(
    model: Model,
    trials: Trials,
    *,
    design: Design | None = None,
    correlated: bool = False,
    n_starts: int = 4,
    seed: int = 0,
) -> Fit:
    """
    Fit all people and their group by empirical Bayes.

    Parameters
    ----------
    model : Model
        The model.
    trials : Trials
        The trials.
    design : Design, optional
        Covariates of people; the mean alone if not given.
    correlated : bool
        Whether parameters may correlate over people.
    n_starts : int
        Starts of the first search of people, under the model's own prior.
    seed : int
        Seed of the starts.

    Returns
    -------
    Fit
        What was found; estimates are each person's most probable parameters given the group.

    Raises
    ------
    BehaviourError
        If there are fewer than two people, or not more people than covariates.
    """
    alone = fit_each(model, trials, method="map", n_starts=n_starts, seed=seed)
    rows = (design or Design.mean_of(alone.people)).rows_of(alone.people)
    if len(rows) < max(2, rows.shape[1] + 1):
        raise BehaviourError(
            f"A group of {len(rows)} with {rows.shape[1]} regressors cannot be learnt: it needs "
            f"at least {max(2, rows.shape[1] + 1)} people. Fit each alone (--method map)."
        )
    wide = _group_of(alone.scaled, alone.covariance, rows, correlated=correlated)
    narrow = (wide[0], np.eye(len(wide[1])) * CLOSE_TOGETHER**2)
    ends = [_settle(alone, state, rows, correlated=correlated) for state in (wide, narrow)]
    look, settled = max(ends, key=lambda end: end[0].evidence.sum())
    return _finished(alone, look, rows, design, settled=settled)


class _Look(NamedTuple):
    """A group, and each person's most probable parameters given it."""

    state: _State
    prior: Prior
    found: Found
    covariance: FloatArray
    evidence: FloatArray


def _settle(alone: Fit, state: _State, rows: FloatArray, *, correlated: bool) -> tuple[_Look, bool]:
    """Look at the trials and learn the group in turn, while that makes the trials more probable.

    A long step that makes them less probable is given up for the plain one.
    """
    best = _look(alone, state, rows, alone.scaled)
    for _ in range(MOST_LOOKS):
        plain = _group_of(_means(best), best.covariance, rows, correlated=correlated)
        for state in (_agree(best, plain, rows, correlated=correlated), plain):
            if _change(best.state, state) < SMALL_CHANGE:
                return best, True
            look = _look(alone, state, rows, _means(best))
            gain = look.evidence.sum() - best.evidence.sum()
            if gain > 0:
                best = look
                break
        if gain < SMALL_GAIN:
            return best, True
    return best, False


def _means(look: _Look) -> FloatArray:
    """Give people's most probable parameters."""
    return np.asarray(look.found.point)


def _look(alone: Fit, state: _State, rows: FloatArray, means: FloatArray) -> _Look:
    """Find each person's most probable parameters given a group."""
    prior = _prior(state, rows)
    starts = np.stack([means, np.asarray(prior.mean)])
    found = best_of(alone.model, starts, alone.trials, prior)
    covariance, log_det = inverse_curvature(np.asarray(found.bend))
    evidence = laplace_evidence(found, np.asarray(prior.precision), log_det)
    return _Look(state, prior, found, covariance, evidence)


def _group_of(
    means: FloatArray, covariance: FloatArray, rows: FloatArray, *, correlated: bool
) -> _State:
    """Learn the group from each person's posterior."""
    coefficients = np.asarray(np.linalg.lstsq(rows, means, rcond=None)[0], float)
    away = means - rows @ coefficients
    spread = np.einsum("pi,pj->ij", away, away) / len(rows) + covariance.mean(axis=0)
    if not correlated:
        spread *= np.eye(len(spread))
    return coefficients, spread + NARROWEST**2 * np.eye(len(spread))


def _prior(state: _State, rows: FloatArray) -> Prior:
    """Make each person's prior from the group."""
    coefficients, spread = state
    precision = np.linalg.inv(spread)
    return Prior(
        rows @ coefficients,
        np.broadcast_to(precision, (len(rows), *precision.shape)),
    )


def _agree(
    look: _Look, plain: _State, rows: FloatArray, *, correlated: bool, most: int = 500
) -> _State:
    """Let group and people agree while the likelihoods keep their normal shapes.

    Far from where they were taken the shapes mean nothing, so a step has a largest length.
    """
    bend, old = np.asarray(look.found.bend), np.asarray(look.prior.precision)
    pull = np.einsum("pij,pj->pi", bend, _means(look))
    pull -= np.einsum("pij,pj->pi", old, np.asarray(look.prior.mean))
    state = plain
    for _ in range(most):
        coefficients, spread = state
        precision = np.linalg.inv(spread)
        covariance = inverse_curvature(bend - old + precision)[0]
        means = np.einsum("pij,pj->pi", covariance, pull + rows @ coefficients @ precision)
        after = _group_of(means, covariance, rows, correlated=correlated)
        if _far(plain, after):
            break
        change, state = _change(state, after), after
        if change < SMALL_CHANGE / 100:
            break
    return state


def _far(before: _State, after: _State) -> bool:
    """Tell whether a step of the group is too long to believe."""
    variance = np.diag(before[1])
    moved = np.abs(after[0] - before[0]) / np.sqrt(variance)
    grown = np.abs(np.log(np.diag(after[1]) / variance))
    return bool(moved.max() > LARGEST_MOVE or grown.max() > 4 * LARGEST_MOVE)


def _change(before: _State, after: _State) -> float:
    """Give the largest change of the group, in standard deviations over people."""
    sd = np.sqrt(np.diag(after[1]))
    moved = np.abs(after[0] - before[0]) / sd
    spread = np.abs(after[1] - before[1]) / np.outer(sd, sd)
    return float(max(moved.max(), spread.max()))


def _finished(
    alone: Fit, look: _Look, rows: FloatArray, design: Design | None, *, settled: bool
) -> Fit:
    """Put together what was found."""
    found, precision = look.found, np.asarray(look.prior.precision)
    coefficients, spread = look.state
    return replace(
        alone,
        method="eb",
        alone=alone.scaled,
        scaled=np.asarray(found.point),
        covariance=look.covariance,
        log_likelihood=likelihood_at(found, look.prior),
        log_evidence=look.evidence,
        converged=np.asarray(found.arrived),
        group=Group(
            regressors=design.regressors if design else ("mean",),
            coefficients=coefficients,
            standard_errors=_standard_errors(alone.model, rows, look, precision),
            covariance=spread,
            rows=rows,
            centres=design.centres if design else None,
            widths=design.widths if design else None,
            against=design.against if design else (),
        ),
        cautions=(
            *constant_cautions(alone.trials),
            *_cautions(alone.model, spread, settled=settled),
        ),
    )


def _cautions(model: Model, spread: FloatArray, *, settled: bool) -> Iterator[str]:
    """Say in words what speaks against believing the numbers."""
    if not settled:
        yield (
            f"The group did not settle in {MOST_LOOKS} rounds: some parameter is hardly told by "
            f"these trials."
        )
    for place, name in enumerate(model.names):
        if spread[place, place] < ALIKE**2:
            yield f"People do not differ in {name} as far as these trials tell."


def _standard_errors(
    model: Model, rows: FloatArray, look: _Look, precision: FloatArray
) -> FloatArray:
    """Give standard errors of coefficients, people's uncertainty included.

    What trials do not tell at all is known to `UNTOLD` standard deviations of the model's prior.
    """
    spread = look.state[1]
    seen = np.linalg.inv(look.covariance) - precision
    size = rows.shape[1] * len(spread)
    total: Any = np.zeros((size, size))
    for row, own in zip(rows, seen, strict=True):
        weight = own @ np.linalg.inv(np.eye(len(spread)) + spread @ own)
        total += np.kron(np.outer(row, row), (weight + weight.T) / 2)
    lengths, ways = np.linalg.eigh(total)
    least = (UNTOLD * spreads(model.parameters).max()) ** -2
    errors: FloatArray = np.sqrt((ways**2 / np.maximum(lengths, least)).sum(axis=1))
    return errors.reshape(rows.shape[1], len(spread))
