"""Multilevel models of a contrast's trials: linear, and logistic for choices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from empatune.claims.data import Trials
from empatune.claims.study import EVEN
from empatune.decoding.group import models
from empatune.decoding.group.models import ModelFit
from empatune.numerics import multilevel
from empatune.numerics.mixed_logistic import LogisticEstimates, fit_logistic
from empatune.typing import BoolArray, FloatArray, IntArray

MOST_CELLS = 4
"""Up to so many cells a logistic model is fitted in which all vary between people."""

WALD = 1.959964
"""Half the width of a 95 % interval [standard errors]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """A contrast of choices by a multilevel logistic model.

    Parameters
    ----------
    value, low, high : float
        The contrast with its 95 % interval [logit].
    p : float
        Wald test, two-sided.
    sd : float
        Standard deviation between people of the contrast; of their level where groups are
        compared [logit].
    converged : bool
        Whether the search came to rest.
    """

    value: float
    low: float
    high: float
    p: float
    sd: float
    converged: bool


def _codes(trials: Trials, side: FloatArray) -> tuple[FloatArray, str]:
    """Return each row's weight of the contrast, and what is compared: within, between or mean."""
    contrast, cells = trials.contrast, trials.cells
    condition = np.array([contrast.conditions[name] for name in cells.conditions])
    session = np.array([contrast.sessions.get(name, 1.0) for name in cells.sessions])
    weight: FloatArray = condition[cells.condition] * session[cells.session]
    if min(condition.min(), session.min()) < 0:
        return weight, "interaction" if side.min() < 0 else "within"
    return side[cells.person], "between" if side.min() < 0 else "mean"


def fit_linear(
    trials: Trials, values: FloatArray, *, rows: BoolArray, side: FloatArray
) -> ModelFit | None:
    """Fit the trials by REML, on the scale of the contrast.

    Parameters
    ----------
    trials : Trials
        The trials.
    values : ndarray, shape (n_rows,)
        What was measured, minus what it is compared with.
    rows : ndarray of bool, shape (n_rows,)
        Trials of people who have all cells.
    side : ndarray, shape (n_people,)
        1 and -1 for people of groups that are compared, else 1.

    Returns
    -------
    ModelFit or None
        None where groups are compared in a contrast of conditions.
    """
    weight, what = _codes(trials, side)
    people = trials.cells.person[rows]
    weight, score = weight[rows], values[rows]
    cells = trials.cells.session[rows] * len(trials.cells.conditions) + trials.cells.condition[rows]
    if what == "interaction":
        return None
    if what == "mean":
        return _against_reference(score, people)
    if what == "between":
        levels = (2 * cells + (weight > 0)).astype(str).astype(object)  # each group has its own
        found = models.fit(score, weight / 2, people, design="between", levels=levels)
        return _scaled(found, sum(trials.contrast.conditions.values()))
    weights = {cell: weight[cells == cell][0] for cell in np.unique(cells)}
    equal = len({abs(each) for each in weights.values()}) == 1
    scale = sum(each for each in weights.values() if each > 0)
    if equal and scale > 0:
        levels = cells.astype(str).astype(object)
        found = models.fit(score, np.sign(weight) / 2, people, design="within", levels=levels)
        return _scaled(found, scale)
    code = weight / sum(each**2 for each in weights.values())
    return models.fit(score, code, people, design="within")


def _scaled(found: ModelFit, scale: float) -> ModelFit:
    return replace(
        found,
        estimate=found.estimate * scale,
        standard_error=found.standard_error * scale,
        low=found.low * scale,
        high=found.high * scale,
        sd_slope=found.sd_slope * scale,
    )


def _against_reference(score: FloatArray, people: IntArray) -> ModelFit | None:
    n = len(np.unique(people))
    if len(score) <= n or score.std() == 0:
        return None
    constant = np.ones((len(score), 1))
    found = multilevel.fit(score, constant, constant, people)
    value, error = float(found.fixed[0]), float(np.sqrt(found.fixed_covariance[0, 0]))
    reach = float(stats.t.ppf(0.975, n - 1)) * error
    return ModelFit(
        model="random intercept",
        status=models.AS_PLANNED if found.converged else "did not converge",
        estimate=value,
        standard_error=error,
        df=float(n - 1),
        low=value - reach,
        high=value + reach,
        t=value / error,
        p=float(2 * stats.t.sf(abs(value) / error, n - 1)),
        sd_intercept=float(np.sqrt(found.random_covariance[0, 0])),
        sd_slope=float("nan"),
        sd_residual=float(np.sqrt(found.residual_variance)),
    )


def fit_odds(
    trials: Trials, *, rows: BoolArray, side: FloatArray, against: float | None
) -> Odds | None:
    """Fit choices by a multilevel logistic model, on the scale of the contrast.

    Every cell's logit varies between people, with any covariance, or else contrasts of some cells
    would take up what varies in others; with more than four cells that is too much to fit.

    Parameters
    ----------
    trials : Trials
        The trials.
    rows : ndarray of bool, shape (n_rows,)
        Trials of people who have all cells.
    side : ndarray, shape (n_people,)
        1 and -1 for people of groups that are compared, else 1.
    against : float, optional
        The share with which a mean is compared.

    Returns
    -------
    Odds or None
        None where the measure is no choice, people have few trials, or there are more cells.
    """
    outcomes, people = trials.values[rows], trials.cells.person[rows]
    several = len(outcomes) > 3 * len(np.unique(people))
    weight, what = _codes(trials, side)
    if not (several and trials.of_choices) or outcomes.std() == 0 or what == "interaction":
        return None
    contrast, cells = trials.contrast, trials.cells
    place = cells.session[rows] * len(cells.conditions) + cells.condition[rows]
    place = 2 * place + (side[cells.person[rows]] > 0)
    names, first, cell = np.unique(place, return_index=True, return_inverse=True)
    if len(names) > MOST_CELLS:
        return None
    aim = weight[rows][first]
    if what != "within":
        share = np.array(list(contrast.conditions.values()))[cells.condition[rows][first]]
        total = sum(contrast.conditions.values())
        for sign in (-1, 1):  # each side is a weighted mean of the conditions that it has
            mine = aim == sign
            aim[mine] = sign * total * share[mine] / share[mine].sum()
    fixed = np.eye(len(names))[cell]
    random = np.ones((len(cell), 1)) if what == "between" else fixed
    reference = 0.0
    if what == "mean":
        even = EVEN if against is None else against
        if not 0 < even < 1:
            return None
        reference = float(np.log(even / (1 - even)) * aim.sum())
    return _tested(fit_logistic(outcomes, fixed, random, people), aim, reference)


def _tested(found: LogisticEstimates, aim: FloatArray, reference: float) -> Odds:
    value = float(aim @ found.fixed) - reference
    error = float(np.sqrt(max(float(aim @ found.fixed_covariance @ aim), 0.0)))
    varies = found.random_covariance
    own = float(aim @ varies @ aim) if len(varies) == len(aim) else float(varies[0, 0])
    return Odds(
        value=value,
        low=value - WALD * error,
        high=value + WALD * error,
        p=float(2 * stats.norm.sf(abs(value) / error)) if error > 0 else float("nan"),
        sd=float(np.sqrt(own)),
        converged=found.converged,
    )
