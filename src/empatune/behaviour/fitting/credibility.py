"""Whether estimates can be believed: what the trials did not tell, in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from empatune.behaviour.fitting.hierarchy import ALIKE
from empatune.behaviour.fitting.record import Fit, Group
from empatune.behaviour.parameters import spreads, to_values
from empatune.behaviour.quantities import quantities_of
from empatune.behaviour.responses import RATING
from empatune.behaviour.wording import first_of, in_a_row
from empatune.typing import FloatArray

MOST_OF_IT = 0.5
"""An interval above this share of a parameter's bounds hardly tells it; without two bounds, a
standard error above this share of the prior's standard deviation."""

BORROWED = 0.8
"""Where more than this share of how people differ is unknown of each of them, estimates of single
people are the group's."""

TRADED = 0.8
"""Correlation of two parameters in one person's posterior above which a normal is too narrow."""

OFTEN = 1 / 3
"""A model that begins anew on more trials than this can hardly learn."""

_REACH = 1.96


def doubts(fit: Fit) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    Say in words what speaks against believing a fit, however it was made.

    Parameters
    ----------
    fit : Fit
        What was found.

    Returns
    -------
    first : tuple of str
        Whether trials are such as the model expects, and responses are predicted at all.
    then : tuple of str
        Which parameters are not told: of the group, of single people.
    """
    return (*_of_columns(fit), *_of_beginnings(fit), *_of_predictions(fit)), (
        *_of_the_group(fit),
        *_of_differences(fit),
        *_of_trade_offs(fit),
    )


def _of_predictions(fit: Fit) -> Iterator[str]:
    """Compare the likelihood with guessing, and with a habit that knows no trial.

    Each side pays for its parameters: 1 nat a parameter (Akaike), as far as trials tell it.
    """
    kind = fit.model.response.names
    if kind not in (("choice",), ("rating",)):
        return
    group = fit.group
    n_learnt = 0 if group is None else group.coefficients.size + len(group.covariance)
    reached = fit.log_likelihood - _n_told(fit)
    everything = float(reached.sum()) - n_learnt
    habit, varied = _habits(fit, kind[0])
    if kind == ("choice",):
        chance = fit.trials.n_answered * math.log(0.5)
        if everything <= chance.sum():
            yield (
                "Choices are predicted no better than by guessing: believe neither the parameters "
                "of this model here nor effects on them."
            )
            return
        yield from _of_guessers([*np.array(fit.people)[reached <= chance]], len(fit.people))
    if varied.any() and float(reached[varied].sum()) - n_learnt < habit[varied].sum() - 1e-6:
        what = "how often each chooses 1" if kind == ("choice",) else "each one's mean and spread"
        yield (
            f"{kind[0].capitalize()}s are predicted no better than by {what}: what the model says "
            f"of single trials is not seen in them."
        )


def _of_beginnings(fit: Fit) -> Iterator[str]:
    """Say where a model begins anew so often that nothing can be learnt."""
    trials, model = fit.trials, fit.model
    if not (model.restart and model.keeps_state):
        return
    real = (trials.rows[:, 1:] >= 0) & (trials.rows[:, :-1] >= 0)
    for name in model.restart:
        column = trials.columns[name]
        changes = (column[:, 1:] != column[:, :-1])[real]
        if changes.size and changes.mean() > OFTEN:
            yield (
                f"{name.capitalize()} changes on {changes.mean():.0%} of trials, and with each change "
                f"{model.name} begins anew: little can be learnt from one trial for another. If "
                f"what was learnt goes on, give it no column {name}, or a model of your own."
            )


def _of_columns(fit: Fit) -> Iterator[str]:
    """Name columns whose numbers are on another scale than the model's."""
    for column in fit.model.columns:
        values = fit.trials.columns[column.name][fit.trials.answered]
        low, high = float(values.min()), float(values.max())
        if low < column.lower or high > column.upper:
            yield (
                f"{column.name.capitalize()} goes from {low:g} to {high:g}, and {fit.model.name} "
                f"expects {column.lower:g} to {column.upper:g}, which is where its values begin: "
                f"bring it there (--scale {column.name}={1 / max(abs(low), abs(high)):.4g})."
            )


def _of_guessers(people: Sequence[str], n_people: int) -> Iterator[str]:
    """Name people who might as well have guessed."""
    if not people:
        return
    yield (
        f"Choices of {len(people)} of {n_people} people ({first_of(people)}) are predicted no better "
        f"than by guessing: do not read their parameters."
    )


def _n_told(fit: Fit) -> FloatArray:
    """Count the parameters that each person's own trials tell, shape (n_people,)."""
    size = len(fit.model.parameters)
    if fit.method == "ml":
        return np.full(len(fit.people), float(size))
    precision = np.linalg.inv(_expected(fit))
    borrowed = np.einsum("pij,ji->p", fit.covariance, precision)
    told: FloatArray = np.clip(size - borrowed, 0.0, size)
    return told


def _expected(fit: Fit) -> FloatArray:
    """Give how people differ, by what they were fitted with, shape (n_parameters, n_parameters)."""
    if fit.group is not None:
        return fit.group.covariance
    return np.diag(spreads(fit.model.parameters) ** 2)


def _habits(fit: Fit, name: str) -> tuple[FloatArray, FloatArray]:
    """Score responses by what each person does on average, and tell whose vary at all."""
    counts, given = fit.trials.answered, fit.trials.columns[name]
    scores = fit.model.response.log_probability
    if name == "rating" and scores is not RATING.log_probability:  # some trials may not count
        scored = quantities_of(fit.model, fit.values, fit.trials)["log_probability"]
        counts = np.nan_to_num(scored) != 0
    n = np.maximum(counts.sum(axis=1), 1)
    mean = (given * counts).sum(axis=1) / n
    variance = (((given - mean[:, None]) * counts) ** 2).sum(axis=1) / n
    varied = variance > 0
    if name == "choice":
        share = np.clip(mean, 1e-12, 1 - 1e-12)
        score = n * (share * np.log(share) + (1 - share) * np.log(1 - share)) - 1
    else:
        score = -n / 2 * (1 + np.log(2 * np.pi * np.where(varied, variance, 1.0))) - 2
    return score, varied


def _of_the_group(fit: Fit) -> Iterator[str]:
    """Name parameters of which the group's interval holds almost anything."""
    if fit.group is None:
        return
    ends = [fit.group.coefficients[0] + side * _widths(fit.group) for side in (-1, 1)]
    low, high = (to_values(end, fit.model.parameters) for end in ends)
    vague = []
    for one, error in zip(fit.model.parameters, fit.group.standard_errors[0], strict=True):
        first, last = float(low[one.name]), float(high[one.name])
        bounded = math.isfinite(one.upper)
        share = (last - first) / (one.upper - one.lower) if bounded else error / one.spread
        if share > MOST_OF_IT:
            vague.append(f"{one.name} ({first:.2g} to {last:.2g})")
    if vague:
        yield (
            f"The group's interval covers much of what is possible for {in_a_row(vague)}: these trials "
            f"hardly tell {'them' if len(vague) > 1 else 'it'}."
        )


def _widths(group: Group) -> FloatArray:
    """Give half the group's intervals, short of what cannot be turned into a value."""
    half: FloatArray = np.minimum(_REACH * group.standard_errors[0], 50.0)
    return half


def _of_differences(fit: Fit) -> Iterator[str]:
    """Name parameters in which people were drawn to the group, or to the prior, almost wholly."""
    if fit.method == "ml":
        return
    variance, unknown = np.diag(_expected(fit)), np.diagonal(fit.covariance, axis1=1, axis2=2)
    borrowed = unknown.mean(axis=0) / variance
    differ = variance > ALIKE**2
    names = [*np.array(fit.model.names)[differ & (borrowed > BORROWED)]]
    if names:
        source = "the model's prior" if fit.group is None else "the group"
        yield (
            f"Single people's {in_a_row(names)} {'are' if len(names) > 1 else 'is'} almost wholly drawn "
            f"to {source}: do not use differences between people in "
            f"{'them' if len(names) > 1 else 'it'}."
        )


def _of_trade_offs(fit: Fit) -> Iterator[str]:
    """Name pairs of parameters that make up for each other in most people."""
    if fit.method != "eb":
        return
    sd = np.sqrt(np.diagonal(fit.covariance, axis1=1, axis2=2))
    alike = np.median(fit.covariance / (sd[:, :, None] * sd[:, None, :]), axis=0)
    places = list(np.argwhere(np.triu(np.abs(alike) > TRADED, 1)))
    if places:
        names = fit.model.names
        pairs = [f"{names[one]} and {names[two]} ({alike[one, two]:.2f})" for one, two in places]
        yield (
            f"In single people parameters make up for each other: {'; '.join(pairs)}, correlations. "
            f"Intervals of single people are then too narrow: take --method nuts for them."
        )
