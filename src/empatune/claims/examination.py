"""What a table of real people says on a contrast: each person's own, models, permutation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from empatune import paradigms
from empatune.claims.analysis import Estimate, estimate, per_person
from empatune.claims.checking import EVEN, contrast_of
from empatune.claims.data import Columns, Trials, arrange
from empatune.claims.records import Claim
from empatune.decoding.group import effects, models
from empatune.decoding.group.effects import Interval
from empatune.decoding.group.models import ModelFit
from empatune.errors import ClaimError
from empatune.numerics import multilevel
from empatune.numerics.mixed_logistic import LogisticEstimates, fit_logistic
from empatune.paradigms import Contrast
from empatune.typing import FloatArray

Verdict = Literal["agrees", "contradicts", "cannot be told"]
"""What real data say on a predicted sign."""

KIND = "real data"
"""Kind of evidence, in contrast to a recovery test in a simulation."""

N_PERMUTATIONS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CellMean:
    """The mean of people's means in one cell of a contrast.

    Parameters
    ----------
    session, condition, group : str
        Which cell; empty where the contrast does not name any.
    n_people : int
        People who have it.
    mean : Interval
        The mean with its 95 % interval over people.
    """

    session: str
    condition: str
    group: str
    n_people: int
    mean: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """A contrast of choices by a multilevel logistic model.

    Parameters
    ----------
    value, low, high : float
        The contrast with its 95 % interval [logit].
    p : float
        Wald test, two-sided.
    random_sd : tuple of float
        Standard deviation between people of the intercept and, where it varies, the contrast.
    converged : bool
        Whether the search came to rest.
    """

    value: float
    low: float
    high: float
    p: float
    random_sd: tuple[float, ...]
    converged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What a table says on a contrast.

    Parameters
    ----------
    estimate : Estimate
        Each person's own contrast, then over people: the test by which claims are judged.
    size : Interval
        Standardized, with its interval: d_z within people, d_s between groups, or r.
    cells : tuple of CellMean
        Means of the cells.
    model : ModelFit or None
        Linear multilevel model of the trials; None for the slope of a trait.
    odds : Odds or None
        Logistic multilevel model where the measure is 0 and 1 and people have several trials.
    p_permutation : float
        Two-sided, by flipping signs or exchanging people.
    n_permutations : int
        How many arrangements, the data among them.
    n_trials : int
        Rows that were used.
    n_missing : int
        Rows of the contrast without a value.
    n_incomplete : int
        People of the table who lack a cell of the contrast.
    sign : int
        What was predicted; 0 for no effect.
    """

    estimate: Estimate
    size: Interval
    cells: tuple[CellMean, ...]
    model: ModelFit | None
    odds: Odds | None
    p_permutation: float
    n_permutations: int
    n_trials: int
    n_missing: int
    n_incomplete: int
    sign: int

    @property
    def verdict(self) -> Verdict:
        """What the data say on the predicted sign, at .05 two-sided.

        Where no effect was predicted an effect contradicts; that none is found does not prove
        that there is none, and cannot be told from too few people.
        """
        if self.estimate.sign == 0:
            return "cannot be told"
        return "agrees" if self.estimate.sign == self.sign else "contradicts"


def examine_claim(
    claim: Claim,
    table: pd.DataFrame,
    columns: Columns,
    *,
    against: float | None = None,
    n_permutations: int = N_PERMUTATIONS,
    seed: int = 0,
) -> Examination:
    """Test a claim on a table.

    Parameters
    ----------
    claim : Claim
        The claim.
    table : DataFrame
        A row a trial.
    columns : Columns
        Which columns hold what, in the words of the claim's contrast.
    against : float, optional
        What a mean is compared with where the contrast has no second side; .5 for choices and 0
        otherwise if not given [unit of the measure].
    n_permutations : int
        At most so many arrangements.
    seed : int
        Seed of the permutations.

    Returns
    -------
    Examination
        What the table says.

    Raises
    ------
    ClaimError
        If the claim is about trial-by-trial prediction errors, or a cell is empty.
    UsageError
        If the table does not have what is needed.
    """
    if claim.by_surprise:
        raise ClaimError(
            f"'{claim.name}' is about how a measure follows prediction errors from trial to "
            "trial, which a table of conditions does not hold: it can be checked by simulation "
            "only."
        )
    contrast = contrast_of(claim, paradigms.load(claim.paradigm))
    return examine(
        table,
        contrast,
        columns,
        sign=claim.sign,
        against=against,
        n_permutations=n_permutations,
        seed=seed,
    )


def examine(
    table: pd.DataFrame,
    contrast: Contrast,
    columns: Columns,
    *,
    sign: int = 1,
    against: float | None = None,
    n_permutations: int = N_PERMUTATIONS,
    seed: int = 0,
) -> Examination:
    """Test a contrast on a table.

    Parameters
    ----------
    table : DataFrame
        A row a trial.
    contrast : Contrast
        The contrast.
    columns : Columns
        Which columns hold what.
    sign : int
        Predicted sign: -1, 0 or 1.
    against : float, optional
        What a mean is compared with where the contrast has no second side.
    n_permutations : int
        At most so many arrangements.
    seed : int
        Seed of the permutations.

    Returns
    -------
    Examination
        What the table says.

    Raises
    ------
    UsageError
        If the table does not have what is needed.
    ClaimError
        If a cell is empty, or there are too few people.
    """
    trials = arrange(table, contrast, columns)
    contrast = trials.contrast
    values = trials.values - _reference(trials, against)
    own = per_person(trials.cells, contrast, values)
    groups = {name: np.array([each == name for each in trials.group]) for name in contrast.groups}
    if set(trials.group) == {""}:  # no column of groups: everybody is of the only one
        groups = {name: np.ones(len(own), dtype=bool) for name in groups}
    trait = trials.trait if contrast.by else None
    found = estimate(own, contrast, groups=groups, trait=trait)
    side = _side(contrast, groups, len(own))
    used = np.isfinite(own) & (side != 0) & (np.isfinite(trials.trait) | (trait is None))
    rng = np.random.default_rng(seed)
    p, n = _permute(own[used], side[used], trials.trait[used], found.test, n_permutations, rng)
    rows = used[trials.cells.person]
    return Examination(
        estimate=found,
        size=_size(found, own[used], side[used]),
        cells=_cell_means(trials),
        model=None if trait is not None else _linear(trials, values, rows, side),
        odds=None if trait is not None else _odds(trials, rows, side, against),
        p_permutation=p,
        n_permutations=n,
        n_trials=int(rows.sum()),
        n_missing=trials.n_missing,
        n_incomplete=int((~used).sum()),
        sign=sign,
    )


def _reference(trials: Trials, against: float | None) -> float:
    """Return what is taken off where a contrast has no second side."""
    contrast = trials.contrast
    compared = min([*contrast.conditions.values(), *contrast.sessions.values()]) < 0
    if compared or (contrast.groups and min(contrast.groups.values()) < 0) or contrast.by:
        return 0.0
    if against is not None:
        return against
    return EVEN if _is_choice(trials.values) else 0.0


def _is_choice(values: FloatArray) -> bool:
    return bool(np.isin(values, (0.0, 1.0)).all())


def _side(contrast: Contrast, groups: Mapping[str, np.ndarray], n_people: int) -> FloatArray:
    """Tell on which side of a contrast of groups each person is: 1, -1, or 0 for neither."""
    if not contrast.groups:
        return np.ones(n_people)
    side = np.zeros(n_people)
    for name, weight in contrast.groups.items():
        side[groups[name]] = np.sign(weight)
    return side


def _size(found: Estimate, own: FloatArray, side: FloatArray) -> Interval:
    if found.test == "mean":
        return effects.within(own)
    if found.test == "groups":
        return effects.between(own[side > 0], own[side < 0])
    return Interval(value=found.value, low=found.low, high=found.high)


def _permute(
    own: FloatArray,
    side: FloatArray,
    trait: FloatArray,
    test: str,
    n_most: int,
    rng: np.random.Generator,
) -> tuple[float, int]:
    """Flip signs, exchange people between groups, or traits between people."""
    n = len(own)
    if test == "mean":
        signs = rng.choice(np.array([-1.0, 1.0]), size=(n_most - 1, n))
        return _extreme(np.abs(own.mean()), np.abs(signs @ own / n))
    label = side if test == "groups" else trait
    order = rng.permuted(np.tile(np.arange(n), (n_most - 1, 1)), axis=1)
    if test == "groups":
        return _extreme(
            _welch(side[None], own)[0],
            np.concatenate([_welch(side[block], own) for block in np.array_split(order, 20)]),
        )
    label = (label - label.mean()) / max(float(label.std()), 1e-300)
    away = own - own.mean()
    return _extreme(np.abs(label @ away), np.abs(label[order] @ away))


def _welch(side: FloatArray, own: FloatArray) -> FloatArray:
    """Return the size of Welch's t for each arrangement of sides, shape (n_arrangements, n)."""
    squares = (own - own.mean()) ** 2
    parts, error = [], np.zeros(len(side))
    for chosen in (side > 0, side < 0):
        n = chosen.sum(axis=1)
        mean = chosen @ (own - own.mean()) / n
        parts.append(mean)
        error += np.clip(chosen @ squares / n - mean**2, 0, None) / (n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t: FloatArray = np.nan_to_num(np.abs(parts[0] - parts[1]) / np.sqrt(error), posinf=np.inf)
    return t


def _extreme(observed: float, drawn: FloatArray) -> tuple[float, int]:
    reached = int((drawn >= observed * (1 - 1e-9)).sum())
    return (reached + 1) / (len(drawn) + 1), len(drawn) + 1


def _cell_means(trials: Trials) -> tuple[CellMean, ...]:
    cells = trials.cells
    frame = pd.DataFrame(
        {
            "session": np.array(cells.sessions, dtype=object)[cells.session],
            "condition": np.array(cells.conditions, dtype=object)[cells.condition],
            "group": np.array(trials.group, dtype=object)[cells.person],
            "person": cells.person,
            "value": trials.values,
        }
    )
    names = ["session", "condition", "group"]
    people = frame.groupby([*names, "person"], sort=False)["value"].mean()
    found = []
    for name, values in people.groupby(level=names, sort=False):
        session, condition, group = name
        mean = _mean(values.to_numpy(dtype=np.float64))
        found.append(
            CellMean(
                session=session, condition=condition, group=group, n_people=len(values), mean=mean
            )
        )
    order = {condition: place for place, condition in enumerate(cells.conditions)}
    return tuple(sorted(found, key=lambda each: (each.group, each.session, order[each.condition])))


def _mean(values: FloatArray) -> Interval:
    mean, n = float(values.mean()), len(values)
    if n < 2:
        return Interval(value=mean, low=np.nan, high=np.nan)
    reach = float(stats.t.ppf(0.975, n - 1)) * float(values.std(ddof=1)) / np.sqrt(n)
    return Interval(value=mean, low=mean - reach, high=mean + reach)


def _codes(trials: Trials, side: FloatArray) -> tuple[FloatArray, str]:
    """Return each row's weight of the contrast, and what is compared: within, between or mean."""
    contrast, cells = trials.contrast, trials.cells
    condition = np.array([contrast.conditions[name] for name in cells.conditions])
    session = np.array([contrast.sessions.get(name, 1.0) for name in cells.sessions])
    weight: FloatArray = condition[cells.condition] * session[cells.session]
    if min(condition.min(), session.min()) < 0:
        return weight, "interaction" if side.min() < 0 else "within"
    return side[cells.person], "between" if side.min() < 0 else "mean"


def _linear(
    trials: Trials, values: FloatArray, rows: np.ndarray, side: FloatArray
) -> ModelFit | None:
    """Fit the trials by REML, on the scale of the contrast."""
    weight, what = _codes(trials, side)
    people = trials.cells.person[rows]
    weight, score = weight[rows], values[rows]
    cells = trials.cells.session[rows] * len(trials.cells.conditions) + trials.cells.condition[rows]
    if what == "interaction":
        return None
    if what == "mean":
        return _against_reference(score, people)
    if what == "between":
        levels = cells.astype(str).astype(object)
        return models.fit(score, weight / 2, people, design="between", levels=levels)
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
    if scale == 1:
        return found
    return ModelFit(
        model=found.model,
        status=found.status,
        estimate=found.estimate * scale,
        standard_error=found.standard_error * scale,
        df=found.df,
        low=found.low * scale,
        high=found.high * scale,
        t=found.t,
        p=found.p,
        sd_intercept=found.sd_intercept,
        sd_slope=found.sd_slope * scale,
        sd_residual=found.sd_residual,
    )


def _against_reference(score: FloatArray, people: np.ndarray) -> ModelFit | None:
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


def _odds(trials: Trials, rows: np.ndarray, side: FloatArray, against: float | None) -> Odds | None:
    """Fit choices by a multilevel logistic model, on the scale of the contrast."""
    outcomes = trials.values[rows]
    people = trials.cells.person[rows]
    several = len(outcomes) > 3 * len(np.unique(people))
    weight, what = _codes(trials, side)
    if not several or not _is_choice(outcomes) or what == "interaction" or outcomes.std() == 0:
        return None
    constant = np.ones((len(outcomes), 1))
    if what == "mean":
        found = fit_logistic(outcomes, constant, constant, people)
        even = EVEN if against is None else against
        if not 0 < even < 1:
            return None
        return _tested(float(found.fixed[0] - np.log(even / (1 - even))), found, 0)
    fixed, random = _designs(trials, rows, weight[rows], what, constant)
    return _tested(None, fit_logistic(outcomes, fixed, random, people), 1)


def _designs(
    trials: Trials, rows: np.ndarray, weight: FloatArray, what: str, constant: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return constant, contrast and what else differs between cells; and what varies by person."""
    cells = trials.cells.session * len(trials.cells.conditions) + trials.cells.condition
    names, cell = np.unique(cells[rows], return_inverse=True)
    if what == "between":
        others = np.eye(len(names))[cell][:, 1:] - 1 / len(names)
        return np.hstack([constant, weight[:, None] / 2, others]), constant
    own = np.array([weight[cell == place][0] for place in range(len(names))])
    code = own / (own @ own)
    both = np.column_stack([np.ones(len(names)), own])
    rest = np.linalg.svd(both, full_matrices=True)[0][:, np.linalg.matrix_rank(both) :]
    fixed = np.column_stack([np.ones(len(names)), code, rest])[cell]
    return fixed, fixed[:, :2]


def _tested(value: float | None, found: LogisticEstimates, place: int) -> Odds:
    own = float(found.fixed[place]) if value is None else value
    error = float(np.sqrt(max(found.fixed_covariance[place, place], 0.0)))
    reach = 1.959964 * error
    return Odds(
        value=own,
        low=own - reach,
        high=own + reach,
        p=float(2 * stats.norm.sf(abs(own) / error)) if error > 0 else float("nan"),
        random_sd=tuple(float(each) for each in np.sqrt(np.diag(found.random_covariance))),
        converged=found.converged,
    )
