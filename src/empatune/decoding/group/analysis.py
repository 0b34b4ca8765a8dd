"""The group level: contrasts of every signature and system over people."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from empatune import __version__
from empatune.decoding.group import effects, models, permutation, targets
from empatune.decoding.group.contrast import Contrast, pairs
from empatune.decoding.group.coverage import cover
from empatune.decoding.group.effects import Choice, Interval
from empatune.decoding.group.result import Effect, Failure, GroupResult, PersonScore
from empatune.decoding.group.settings import GroupSettings
from empatune.decoding.group.sides import Sides, sides, trials
from empatune.decoding.group.table import Exclusion, check, levels
from empatune.errors import DecodingError
from empatune.typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int], None]
"""Is called with what is done and what there is to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    effects: tuple[Effect, ...]
    people: tuple[PersonScore, ...]
    off_targets: tuple[targets.OffTarget, ...]


def analyse(
    table: pd.DataFrame,
    settings: GroupSettings | None = None,
    *,
    failures: Sequence[Failure] = (),
    progress: Progress | None = None,
) -> GroupResult:
    """Compare conditions and motives over people, in every signature and component system.

    Parameters
    ----------
    table : DataFrame
        The trial tables of all people: one row a trial, signature and measure, with the columns
        of `empatune.decoding.group.table.COLUMNS` and those of the events files.
    settings : GroupSettings, optional
        How; all pairs of ``trial_type`` if not given.
    failures : sequence of Failure
        Runs that could not be decoded: they are part of the result.
    progress : callable, optional
        Is called with the number of effects done and to do.

    Returns
    -------
    GroupResult
        Effects, people, off-target effects, coverage, and what was left out.

    Raises
    ------
    DecodingError
        If the table cannot be used, or no contrast has two people.
    UsageError
        If a contrast names a column or level that does not exist.
    """
    settings = settings or GroupSettings()
    rows, exclusions = check(table, settings.measure, missing=settings.missing)
    contrasts = settings.contrasts or pairs("trial_type", levels(rows, "trial_type"))
    found, left_out = _all_sides(rows, contrasts)
    total = sum(len(entry.names) for entry in found)
    done = _Counter(total=total, progress=progress)
    compared = [_compare(rows, entry, settings, place, done) for place, entry in enumerate(found)]
    return GroupResult(
        settings=settings,
        contrasts=tuple(entry.contrast for entry in found),
        n_people=int(rows["participant"].nunique()),
        n_runs=len(rows[["participant", "session", "task", "run"]].drop_duplicates()),
        n_trials=len(rows[["participant", "session", "task", "run", "trial"]].drop_duplicates()),
        tasks=tuple(sorted(map(str, rows["task"].dropna().unique()))),
        effects=tuple(effect for entry in compared for effect in entry.effects),
        people=tuple(score for entry in compared for score in entry.people),
        off_targets=tuple(row for entry in compared for row in entry.off_targets),
        coverage=cover(rows, settings.coverage_threshold),
        exclusions=(*exclusions, *left_out),
        failures=tuple(failures),
        software=_software(),
    )


class _Counter:
    def __init__(self, *, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def step(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def _all_sides(
    rows: pd.DataFrame, contrasts: Sequence[Contrast]
) -> tuple[list[Sides], list[Exclusion]]:
    """Average both sides of every contrast; one with too few people does not stop the others."""
    found, left_out, problems = [], [], []
    for contrast in contrasts:
        try:
            entry = sides(rows, contrast)
        except DecodingError as problem:
            problems.append(problem)
            left_out.append(Exclusion(contrast=contrast.name, participant="", why=str(problem)))
            continue
        found.append(entry)
        left_out += entry.exclusions
    if not found:
        raise problems[0]
    return found, left_out


def _compare(
    rows: pd.DataFrame, found: Sides, settings: GroupSettings, place: int, done: _Counter
) -> _Compared:
    pairs_of = rows[["signature", "kind"]].drop_duplicates().itertuples(index=False)
    kinds = {str(name): str(kind) for name, kind in pairs_of}
    families = [kinds[name] for name in found.names]
    rng = np.random.default_rng([settings.seed, place])
    permuted = permutation.permute(found, families, n_permutations=settings.n_permutations, rng=rng)
    fits = []
    for name in found.names:
        fits.append(_fit(rows, found, name, settings))
        done.step()
    p_fdr = permutation.false_discovery(np.array([fit.p for fit, _ in fits]), families)
    found_effects = tuple(
        _effect(found, column, kinds, settings, fits[column], permuted, float(p_fdr[column]))
        for column in range(len(found.names))
    )
    return _Compared(
        effects=found_effects,
        people=_people(found, kinds),
        off_targets=targets.off_targets(
            found,
            kinds,
            targets.couple(rows, found),
            n_bootstraps=settings.n_bootstraps,
            confidence=settings.confidence,
            rng=rng,
        ),
    )


def _fit(
    rows: pd.DataFrame, found: Sides, name: str, settings: GroupSettings
) -> tuple[models.ModelFit, int]:
    score, code, people, words = trials(rows, found, name)
    if found.mixed:
        column = found.names.index(name)
        one, other = _known(found.plus[:, column]), _known(found.minus[:, column])
        return models.compare(one, other, confidence=settings.confidence), len(score)
    fit = models.fit(
        score,
        code,
        people,
        design=found.design,
        levels=words,
        confidence=settings.confidence,
    )
    return fit, len(score)


def _effect(
    found: Sides,
    column: int,
    kinds: dict[str, str],
    settings: GroupSettings,
    fitted: tuple[models.ModelFit, int],
    permuted: permutation.Permuted,
    p_fdr: float,
) -> Effect:
    name = found.names[column]
    one, other = _known(found.plus[:, column]), _known(found.minus[:, column])
    d, choice = _sizes(found, one, other, settings.confidence)
    return Effect(
        contrast=found.contrast.name,
        name=name,
        kind=kinds[name],
        measure="mean" if kinds[name] == "system" else settings.measure,
        design=found.design,
        n_people=len(found.people),
        n_plus=len(one),
        n_minus=len(other),
        n_trials=fitted[1],
        mean_plus=float(one.mean()),
        mean_minus=float(other.mean()),
        fit=fitted[0],
        d=d,
        choice=choice,
        p_permutation=float(permuted.p[column]),
        p_max_t=float(permuted.p_max_t[column]),
        p_fdr=p_fdr,
        n_permutations=permuted.n,
        exact=permuted.exact,
    )


def _sizes(
    found: Sides, one: FloatArray, other: FloatArray, confidence: float
) -> tuple[Interval, Choice]:
    if found.design == "within":
        difference = one - other
        return (
            effects.within(difference, confidence=confidence),
            effects.forced_choice(difference, confidence=confidence),
        )
    return (
        effects.between(one, other, confidence=confidence),
        effects.pairwise_choice(one, other, confidence=confidence),
    )


def _people(found: Sides, kinds: dict[str, str]) -> tuple[PersonScore, ...]:
    return tuple(
        PersonScore(
            contrast=found.contrast.name,
            participant=person,
            name=name,
            kind=kinds[name],
            plus=float(found.plus[i, j]),
            minus=float(found.minus[i, j]),
            difference=float(found.plus[i, j] - found.minus[i, j]),
            n_plus=int(found.n_plus[i]),
            n_minus=int(found.n_minus[i]),
        )
        for j, name in enumerate(found.names)
        for i, person in enumerate(found.people)
    )


def _known(values: FloatArray) -> FloatArray:
    known: FloatArray = values[np.isfinite(values)]
    return known


def _software() -> dict[str, str]:
    packages = ("numpy", "scipy", "pandas")
    versions = {name: importlib.metadata.version(name) for name in packages}
    return {"empatune": __version__, "python": platform.python_version(), **versions}
