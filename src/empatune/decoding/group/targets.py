"""Every signature beside every other: nothing is specific absolutely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from empatune.decoding.group.sides import Sides
from empatune.decoding.group.table import words
from empatune.typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class OffTarget:
    """One signature's effect beside that of another signature or system.

    Parameters
    ----------
    contrast : str
        The contrast.
    target : str
        The signature that is asked about.
    other : str
        The signature or system beside it.
    other_kind : str
        ``signature`` or ``system``.
    d_target, d_other : float
        Their standardised effects.
    d_difference, low, high : float
        Size of the target's effect minus size of the other's (both without sign), with its
        bootstrap interval over people.
    r_people : float
        Correlation of both effects over people; within people only.
    r_trials : float
        Mean correlation of both scores over a person's trials of one condition.
    """

    contrast: str
    target: str
    other: str
    other_kind: str
    d_target: float
    d_other: float
    d_difference: float
    low: float
    high: float
    r_people: float
    r_trials: float


def off_targets(
    found: Sides,
    kinds: dict[str, str],
    coupling: FloatArray,
    *,
    n_bootstraps: int,
    confidence: float,
    rng: np.random.Generator,
) -> tuple[OffTarget, ...]:
    """Set every signature beside every other signature and system.

    Parameters
    ----------
    found : Sides
        People's means of one contrast.
    kinds : dict of str to str
        Kind of every name.
    coupling : ndarray, shape (n_names, n_names)
        Correlations over trials, as `couple` gives them.
    n_bootstraps : int
        Samples of people.
    confidence : float
        Confidence of the interval, between 0 and 1.
    rng : Generator
        Where randomness comes from.

    Returns
    -------
    tuple of OffTarget
        Target by target.
    """
    observed = _sizes(found, [np.ones((1, n)) for n in _group_sizes(found)])[0]
    draws = [rng.multinomial(n, np.full(n, 1 / n), size=n_bootstraps) for n in _group_sizes(found)]
    sampled = np.abs(_sizes(found, [draw.astype(np.float64) for draw in draws]))
    people = _people_correlation(found)
    tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    rows = []
    for i, target in enumerate(found.names):
        if kinds[target] != "signature":
            continue
        for j, other in enumerate(found.names):
            if i == j:
                continue
            low, high = np.nanquantile(sampled[:, i] - sampled[:, j], tails)
            rows.append(
                OffTarget(
                    contrast=found.contrast.name,
                    target=target,
                    other=other,
                    other_kind=kinds[other],
                    d_target=float(observed[i]),
                    d_other=float(observed[j]),
                    d_difference=float(abs(observed[i]) - abs(observed[j])),
                    low=float(low),
                    high=float(high),
                    r_people=float(people[i, j]),
                    r_trials=float(coupling[i, j]),
                )
            )
    return tuple(rows)


def couple(rows: pd.DataFrame, found: Sides) -> FloatArray:
    """Correlate the scores of all signatures over a person's trials of one condition.

    Parameters
    ----------
    rows : DataFrame
        A checked table.
    found : Sides
        The contrast and its people.

    Returns
    -------
    ndarray, shape (n_names, n_names)
        Averaged over people by Fisher's z; NaN if nobody has more than three trials.
    """
    column = "_level"
    placed = rows.assign(_level=words(rows, found.contrast.column))
    chosen = placed[
        placed["participant"].astype(str).isin(found.people)
        & placed[column].isin(found.contrast.levels)
    ]
    keys = ["participant", "session", "task", "run", "trial", column]
    # sessions may be empty, and an empty key would drop its trials
    filled = chosen.assign(**{key: chosen[key].astype(str) for key in keys})
    wide = filled.pivot(index=keys, columns="signature", values="score")[list(found.names)]
    centred = wide - wide.groupby(level=["participant", column]).transform("mean")
    total, n = np.zeros((len(found.names),) * 2), np.zeros((len(found.names),) * 2)
    for _, values in centred.groupby(level="participant"):
        if len(values) <= 3:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            r = np.atleast_2d(np.corrcoef(values.to_numpy(dtype=np.float64), rowvar=False))
        known = np.isfinite(r)  # a score that never varies has no correlation
        total[known] += np.arctanh(np.clip(r[known], -0.999999, 0.999999))
        n += known
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: FloatArray = np.tanh(total / n)
    return mean


def _group_sizes(found: Sides) -> list[int]:
    if found.design == "within":
        return [len(found.people)]
    n_plus = int(np.isfinite(found.plus[:, 0]).sum())
    return [n_plus, len(found.people) - n_plus]


def _sizes(found: Sides, weights: list[FloatArray]) -> FloatArray:
    """Return the standardised effect of every name for every set of weights of people."""
    if found.design == "within":
        mean, variance = _moments(weights[0], found.plus - found.minus)
        return _over(mean, variance)
    first = np.isfinite(found.plus[:, 0])
    (one, variance_one), (other, variance_other) = (
        _moments(weights[0], found.plus[first]),
        _moments(weights[1], found.minus[~first]),
    )
    n, m = weights[0].shape[1], weights[1].shape[1]
    pooled = ((n - 1) * variance_one + (m - 1) * variance_other) / (n + m - 2)
    return _over(one - other, pooled)


def _moments(weights: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    n = values.shape[0]
    origin = values.mean(axis=0)
    mean = weights @ (values - origin) / n
    square = weights @ (values - origin) ** 2 / n
    return mean + origin, np.clip(square - mean**2, 0, None) * n / (n - 1)


def _over(mean: FloatArray, variance: FloatArray) -> FloatArray:
    # a sample that drew the same few people has hardly any variance: it tells nothing
    floor = 1e-9 * np.nanmax(variance, axis=0, keepdims=True)
    spread = np.sqrt(np.where(variance > floor, variance, np.nan))
    ratio: FloatArray = mean / spread
    return ratio


def _people_correlation(found: Sides) -> FloatArray:
    m = len(found.names)
    if found.design == "between" or len(found.people) < 4:
        return np.full((m, m), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        r: FloatArray = np.atleast_2d(np.corrcoef(found.plus - found.minus, rowvar=False))
    return r
