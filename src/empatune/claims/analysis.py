"""A contrast over people: each person's own first, then mean, difference or slope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from empatune.errors import ClaimError
from empatune.paradigms import Contrast
from empatune.typing import BoolArray, FloatArray, IntArray

Test = Literal["mean", "groups", "slope"]
"""Against zero, between groups of people, or along a trait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a contrast came to.

    Parameters
    ----------
    test : str
        How it was tested.
    value : float
        Mean of the contrast, difference of group means, or correlation with a trait.
    low, high : float
        Ends of the 95 % interval.
    p : float
        Two-sided p.
    size : float
        Standardized: Cohen's d (of differences within people, pooled between groups), or r.
    n : int
        People with all cells.
    """

    test: Test
    value: float
    low: float
    high: float
    p: float
    size: float
    n: int

    @property
    def sign(self) -> int:
        """Sign of what can be told from zero at .05, else 0."""
        return 0 if not self.p < 0.05 else int(np.sign(self.value))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Trials sorted by what a contrast weighs.

    Parameters
    ----------
    person, session, condition : ndarray of int, shape (n_rows,)
        Codes of each trial.
    n_people : int
        How many people there are.
    sessions, conditions : tuple of str
        Names of the codes.
    """

    person: IntArray
    session: IntArray
    condition: IntArray
    n_people: int
    sessions: tuple[str, ...]
    conditions: tuple[str, ...]


def per_person(cells: Cells, contrast: Contrast, values: FloatArray) -> FloatArray:
    """Compute each person's contrast of cell means.

    Parameters
    ----------
    cells : Cells
        Where each trial belongs.
    contrast : Contrast
        Weights of conditions and sessions.
    values : ndarray, shape (n_rows,)
        One value a trial; NaN for none.

    Returns
    -------
    ndarray, shape (n_people,)
        NaN for a person to whom a cell is missing.

    Raises
    ------
    ClaimError
        If nobody has all cells.
    """
    known = np.isfinite(values)
    shape = (cells.n_people, len(cells.sessions), len(cells.conditions))
    flat = np.ravel_multi_index((cells.person, cells.session, cells.condition), shape)[known]
    count = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
    total = np.bincount(flat, weights=values[known], minlength=int(np.prod(shape))).reshape(shape)
    weights = np.array([contrast.conditions.get(name, 0.0) for name in cells.conditions])
    with np.errstate(invalid="ignore"):
        means = np.where(weights == 0, 0.0, total / count)
    by_session = _one_sided(means, weights) if (weights >= 0).all() else means @ weights
    found: FloatArray = _over_sessions(cells, contrast, by_session)
    if not np.isfinite(found).any():
        raise ClaimError(
            f"Nobody has a value in every cell of {contrast.conditions}: a condition of the "
            "contrast was never measured."
        )
    return found


def slopes(
    cells: Cells, contrast: Contrast, values: FloatArray, modulator: FloatArray
) -> FloatArray:
    """Compute how each person's values follow a modulator from trial to trial.

    Parameters
    ----------
    cells : Cells
        Where each trial belongs.
    contrast : Contrast
        Its conditions tell which trials count.
    values, modulator : ndarray, shape (n_rows,)
        One value a trial each; NaN for none.

    Returns
    -------
    ndarray, shape (n_people,)
        Slope by least squares; NaN for a person whose modulator does not vary.
    """
    weighed = [name in contrast.conditions for name in cells.conditions]
    used = np.isfinite(values) & np.isfinite(modulator) & np.array(weighed)[cells.condition]
    person, y, x = cells.person[used], values[used], modulator[used]

    def total(numbers: FloatArray) -> FloatArray:
        sums = np.bincount(person, weights=numbers, minlength=cells.n_people)
        return sums.astype(np.float64)

    with np.errstate(invalid="ignore", divide="ignore"):
        centre = total(x) / total(np.ones_like(x))
        away = x - centre[person]
        spread = total(away**2)
        return np.where(spread > 1e-12, total(away * y) / spread, np.nan)


def _one_sided(means: FloatArray, weights: FloatArray) -> FloatArray:
    """Weigh the cells that a person has, where conditions differ between groups of people."""
    there = np.isfinite(means) & (weights > 0)
    with np.errstate(invalid="ignore"):
        total: FloatArray = np.where(there, means, 0.0) @ weights
        found: FloatArray = total * weights.sum() / (there @ weights)
    return found


def _over_sessions(cells: Cells, contrast: Contrast, values: FloatArray) -> FloatArray:
    if not contrast.sessions:
        has_all = np.isfinite(values)
        with np.errstate(invalid="ignore"):
            mean: FloatArray = np.where(has_all, values, 0.0).sum(axis=1) / has_all.sum(axis=1)
        return mean
    weights = np.array([contrast.sessions.get(name, 0.0) for name in cells.sessions])
    used = weights != 0
    whole: FloatArray = values[:, used] @ weights[used]
    return whole


def estimate(
    values: FloatArray,
    contrast: Contrast,
    *,
    groups: dict[str, BoolArray],
    trait: FloatArray | None = None,
) -> Estimate:
    """Test a contrast over people.

    Parameters
    ----------
    values : ndarray, shape (n_people,)
        Each person's contrast; NaN for those without.
    contrast : Contrast
        Whether groups are compared or a slope is asked for.
    groups : dict of str to ndarray of bool, shape (n_people,)
        Who is in which group.
    trait : ndarray, shape (n_people,), optional
        What the slope is along.

    Returns
    -------
    Estimate
        The result.

    Raises
    ------
    ClaimError
        If there are too few people.
    """
    kept = np.isfinite(values)
    if trait is not None:
        kept &= np.isfinite(trait)
        _enough(kept.sum(), 4)
        return _slope(values[kept], trait[kept])
    plus = [name for name, weight in contrast.groups.items() if weight > 0]
    minus = [name for name, weight in contrast.groups.items() if weight < 0]
    if plus and minus:
        one, other = (
            values[kept & np.any([groups[name] for name in names], axis=0)]
            for names in (plus, minus)
        )
        _enough(min(len(one), len(other)), 2)
        return _difference(one, other)
    if plus:
        kept &= np.any([groups[name] for name in plus], axis=0)
    _enough(kept.sum(), 2)
    return against_zero(values[kept])


def _enough(n: int, least: int) -> None:
    if n < least:
        raise ClaimError(f"{n} people have all cells of the contrast; at least {least} are needed.")


def against_zero(values: FloatArray) -> Estimate:
    """Test a mean against zero.

    Parameters
    ----------
    values : ndarray, shape (n_people,)
        One value a person, of at least two.

    Returns
    -------
    Estimate
        The result, by Student's t.
    """
    n = len(values)
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    if spread == 0:
        return Estimate(test="mean", value=mean, low=mean, high=mean, p=1.0, size=0.0, n=n)
    error = spread / np.sqrt(n)
    reach = float(stats.t.ppf(0.975, n - 1)) * error
    p = float(2 * stats.t.sf(abs(mean) / error, n - 1))
    return Estimate(
        test="mean", value=mean, low=mean - reach, high=mean + reach, p=p, size=mean / spread, n=n
    )


def _difference(one: FloatArray, other: FloatArray) -> Estimate:
    value = float(one.mean() - other.mean())
    n = len(one) + len(other)
    if one.std() == 0 and other.std() == 0:
        return Estimate(test="groups", value=value, low=value, high=value, p=1.0, size=0.0, n=n)
    found = stats.ttest_ind(one, other, equal_var=False)
    interval = found.confidence_interval(0.95)
    pooled = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
    return Estimate(
        test="groups",
        value=value,
        low=float(interval.low),
        high=float(interval.high),
        p=float(found.pvalue),
        size=float(value / pooled),
        n=n,
    )


def _slope(values: FloatArray, trait: FloatArray) -> Estimate:
    n = len(values)
    if values.std() < 1e-12 or trait.std() < 1e-12:
        return Estimate(test="slope", value=0.0, low=-1.0, high=1.0, p=1.0, size=0.0, n=n)
    found = stats.pearsonr(trait, values)
    interval = found.confidence_interval(0.95)
    r = float(found.statistic)
    return Estimate(
        test="slope",
        value=r,
        low=float(interval.low),
        high=float(interval.high),
        p=float(found.pvalue),
        size=r,
        n=n,
    )
