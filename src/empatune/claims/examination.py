"""What a table of real people says on a contrast: each person's own, models, permutation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from empatune import paradigms
from empatune.claims.analysis import Estimate, against_zero, estimate, per_person
from empatune.claims.chance import permute
from empatune.claims.data import Columns, Trials, arrange
from empatune.claims.records import Claim
from empatune.claims.study import EVEN, contrast_of
from empatune.claims.trial_models import Odds, fit_linear, fit_odds
from empatune.decoding.group import effects
from empatune.decoding.group.effects import Interval
from empatune.decoding.group.models import ModelFit
from empatune.errors import ClaimError
from empatune.paradigms import Contrast
from empatune.typing import FloatArray

Verdict = Literal["agrees", "contradicts", "cannot be told"]
"""What real data say on a predicted sign."""

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
    design = paradigms.load(claim.paradigm)
    contrast = contrast_of(claim, design)
    is_choice = claim.kind == "response" and design.responses[claim.measure].kind == "choice"
    return examine(
        table,
        contrast,
        columns,
        sign=claim.sign,
        against=against,
        n_permutations=n_permutations,
        seed=seed,
        is_choice=is_choice,
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
    is_choice: bool = False,
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
    is_choice : bool
        Whether the measure is a choice: 0, 1, or a share between them.

    Returns
    -------
    Examination
        What the table says.

    Raises
    ------
    UsageError
        If the table does not have what is needed.
    ClaimError
        If a cell is empty, there are too few people, or a choice is none.
    """
    trials = arrange(table, contrast, columns)
    if is_choice:
        _check_choices(trials.values)
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
    p, n = permute(
        own[used],
        found.test,
        side=side[used],
        trait=trials.trait[used],
        n_most=n_permutations,
        rng=rng,
    )
    rows = used[trials.cells.person]
    return Examination(
        estimate=found,
        size=_size(found, own[used], side[used]),
        cells=_cell_means(trials),
        model=None if trait is not None else fit_linear(trials, values, rows=rows, side=side),
        odds=None if trait is not None else fit_odds(trials, rows=rows, side=side, against=against),
        p_permutation=p,
        n_permutations=n,
        n_trials=int(rows.sum()),
        n_missing=trials.n_missing,
        n_incomplete=int((~used).sum()),
        sign=sign,
    )


def _check_choices(values: FloatArray) -> None:
    """Refuse what is neither a choice nor a share of choices."""
    given = values[np.isfinite(values)]
    odd = given[(given < 0) | (given > 1)]
    if len(odd):
        raise ClaimError(
            f"The measure is a choice: 0, 1, or a share between them; the table holds also "
            f"{', '.join(f'{value:g}' for value in np.unique(odd)[:5])}. Recode the column, or say "
            f"which value counts 1 (--yes)."
        )


def _reference(trials: Trials, against: float | None) -> float:
    """Return what is taken off where a contrast has no second side."""
    contrast = trials.contrast
    compared = min([*contrast.conditions.values(), *contrast.sessions.values()]) < 0
    if compared or (contrast.groups and min(contrast.groups.values()) < 0) or contrast.by:
        return 0.0
    if against is not None:
        return against
    return EVEN if trials.of_choices else 0.0


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
    if len(values) < 2:
        return Interval(value=float(values.mean()), low=np.nan, high=np.nan)
    found = against_zero(values)
    return Interval(value=found.value, low=found.low, high=found.high)
