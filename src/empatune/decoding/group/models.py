"""Multilevel models of one contrast, and what happens where the data do not carry them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

from empatune.decoding.group.sides import Design
from empatune.numerics import multilevel
from empatune.typing import FloatArray

Model = Literal["random slope", "uncorrelated random slope", "random intercept", "person means"]
"""From the richest to the simplest."""

AS_PLANNED = "as planned"
"""The status of a fit of the richest model."""

TIED = 0.995
"""People's means and effects that correlate as strongly as this are not two things."""

IMMATERIAL = 0.01
"""A random slope that adds less than this share to the variance of a person's effect is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFit:
    """The effect of a contrast by the richest model that the data carry.

    Parameters
    ----------
    model : Model
        ``random slope``: every person has a mean and an effect; ``uncorrelated random slope``:
        both vary without regard to each other; ``random intercept``: a mean alone;
        ``person means``: a t test of the people's means.
    status : str
        ``as planned``, or why a richer model was left.
    estimate : float
        Positive minus negative side [score].
    standard_error : float
        Its standard error [score].
    df : float
        Degrees of freedom of its t: people minus one within people, minus two between.
    low, high : float
        Ends of the confidence interval [score].
    t, p : float
        The test against zero, two-sided.
    sd_intercept, sd_slope, sd_residual : float
        Standard deviations between people and of trials [score]; NaN where the model has none.
    """

    model: Model
    status: str
    estimate: float
    standard_error: float
    df: float
    low: float
    high: float
    t: float
    p: float
    sd_intercept: float
    sd_slope: float
    sd_residual: float


def fit(
    score: FloatArray,
    code: FloatArray,
    people: Any,
    *,
    design: Design,
    levels: Any = None,
    confidence: float = 0.95,
) -> ModelFit:
    """Estimate the effect of a contrast from trials nested in people, by REML.

    Parameters
    ----------
    score : ndarray, shape (n_trials,)
        Scores.
    code : ndarray, shape (n_trials,)
        0.5 on the positive side, -0.5 on the negative.
    people : ndarray, shape (n_trials,)
        Whose trials they are.
    design : Design
        Whether people have both sides or one.
    levels : ndarray, optional
        The condition of every trial; where a side has several, each counts the same.
    confidence : float
        Confidence of the interval, between 0 and 1.

    Returns
    -------
    ModelFit
        The effect. A model that does not converge, or that has a random slope without variance,
        gives way to a simpler one, and the status says so.
    """
    centre, spread = float(score.mean()), float(score.std()) or 1.0
    scaled = (score - centre) / spread
    fixed = _fixed(code, levels)
    chosen, model, status = _ladder(scaled, fixed, code, people, design)
    if chosen is None:
        estimate, error, df = _person_means(scaled, code, people, levels, design)
        sds = (np.nan, np.nan, np.nan)
    else:
        n_people = len(set(people))
        estimate = float(chosen.fixed[1])
        error = float(np.sqrt(chosen.fixed_covariance[1, 1]))
        df = float(n_people - (1 if design == "within" else 2))
        sds = _deviations(chosen)
    tested = _Tested(estimate=estimate * spread, error=error * spread, df=df)
    deviations = tuple(sd * spread for sd in sds)
    return tested.fit(model, status, confidence, deviations)


def compare(one: FloatArray, other: FloatArray, *, confidence: float = 0.95) -> ModelFit:
    """Compare the effects of people of two groups: the interaction of effect and group.

    Parameters
    ----------
    one, other : ndarray
        People's effects in both groups.
    confidence : float
        Confidence of the interval, between 0 and 1.

    Returns
    -------
    ModelFit
        By Welch's t test.
    """
    estimate, error, df = _welch(one, other)
    tested = _Tested(estimate=estimate, error=error, df=df)
    status = "people's effects are compared between groups"
    return tested.fit("person means", status, confidence, (np.nan, np.nan, np.nan))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    estimate: float
    error: float
    df: float

    def fit(
        self, model: Model, status: str, confidence: float, deviations: tuple[float, ...]
    ) -> ModelFit:
        with np.errstate(divide="ignore", invalid="ignore"):
            t = float(np.divide(self.estimate, self.error))
        reach = float(stats.t.ppf((1 + confidence) / 2, self.df)) * self.error
        return ModelFit(
            model=model,
            status=status,
            estimate=self.estimate,
            standard_error=self.error,
            df=self.df,
            low=self.estimate - reach,
            high=self.estimate + reach,
            t=t,
            p=float(2 * stats.t.sf(abs(t), self.df)),
            sd_intercept=deviations[0],
            sd_slope=deviations[1],
            sd_residual=deviations[2],
        )


def _ladder(
    score: FloatArray, fixed: FloatArray, code: FloatArray, people: Any, design: Design
) -> tuple[multilevel.Estimates | None, Model, str]:
    """Climb down from the richest model until one stands."""
    n_each = len(score) / len(set(people))
    if n_each <= 2:
        return None, "person means", "one trial a person and side"
    status = AS_PLANNED
    constant = np.ones((len(code), 1))
    if design == "within":
        random = np.column_stack([constant, code])
        found = multilevel.fit(score, fixed, random, people)
        if _tied(found) and not _immaterial(found, n_each):
            status = "people's means and effects are tied: their correlation was left out"
            found = multilevel.fit(score, fixed, random, people, correlated=False)
        if not _immaterial(found, n_each):
            if not found.converged:
                # without a trustworthy variance of the effect only people's means are safe
                return None, "person means", "the model with a random slope did not converge"
            tied = status != AS_PLANNED
            return found, "uncorrelated random slope" if tied else "random slope", status
        status = "the effect does not vary over people: no random slope"
    found = multilevel.fit(score, fixed, constant, people)
    if found.converged:
        return found, "random intercept", status
    return None, "person means", "no multilevel model converged"


def _tied(found: multilevel.Estimates) -> bool:
    covariance = found.random_covariance
    root = np.sqrt(covariance[0, 0] * covariance[1, 1])
    return bool(abs(covariance[0, 1]) >= TIED * root)


def _immaterial(found: multilevel.Estimates, n_trials: float) -> bool:
    """Tell whether the effect varies so little over people that it does not count."""
    noise = 4 * found.residual_variance / n_trials
    return bool(found.random_covariance[1, 1] < IMMATERIAL * noise)


def _deviations(found: multilevel.Estimates) -> tuple[float, float, float]:
    sds = np.sqrt(np.diag(found.random_covariance))
    slope = float(sds[1]) if len(sds) > 1 else float("nan")
    return float(sds[0]), slope, float(np.sqrt(found.residual_variance))


def _fixed(code: FloatArray, levels: Any) -> FloatArray:
    """Return constant, contrast, and how levels of one side differ from their unweighted mean."""
    columns = [np.ones(len(code)), code]
    if levels is not None:
        for side in (0.5, -0.5):
            words = sorted(set(levels[code == side]))
            for word in words[1:]:
                first = (levels == words[0]).astype(np.float64)
                columns.append((levels == word).astype(np.float64) - first)
    return np.column_stack(columns)


def _person_means(
    score: FloatArray, code: FloatArray, people: Any, levels: Any, design: Design
) -> tuple[float, float, float]:
    """Return estimate, standard error and degrees of freedom of a t test of people's means."""
    plus = _means(score, code > 0, people, levels)
    minus = _means(score, code < 0, people, levels)
    if design == "within":
        both = sorted(set(plus) & set(minus))
        d = np.array([plus[person] - minus[person] for person in both])
        return float(d.mean()), float(d.std(ddof=1) / np.sqrt(len(d))), float(len(d) - 1)
    return _welch(np.array(list(plus.values())), np.array(list(minus.values())))


def _welch(one: FloatArray, other: FloatArray) -> tuple[float, float, float]:
    parts = np.array([one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)])
    error = float(np.sqrt(parts.sum()))
    freedom = parts.sum() ** 2 / (parts**2 / [len(one) - 1, len(other) - 1]).sum()
    return float(one.mean() - other.mean()), error, float(freedom)


def _means(score: FloatArray, side: Any, people: Any, levels: Any) -> dict[Any, float]:
    found = {}
    for person in dict.fromkeys(people[side]):
        mine = side & (people == person)
        words = levels[mine] if levels is not None else np.zeros(int(mine.sum()))
        values = score[mine]
        found[person] = float(np.mean([values[words == word].mean() for word in set(words)]))
    return found
