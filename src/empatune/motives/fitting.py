"""Fit people's parameters to their ratings and choices: the most probable ones, and how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from empatune.errors import UsageError
from empatune.motives.course import Trials, run
from empatune.motives.parameters import (
    BY_NAME,
    PARAMETERS,
    Parameter,
    check,
    to_scale,
    to_value,
)
from empatune.motives.responses import KINDS
from empatune.motives.simulate import Experiment, to_trials
from empatune.numerics.differentiable import jax, jnp
from empatune.typing import Array, FloatArray

FREE = (
    "disposition",
    "positive",
    "group",
    "closeness",
    "similarity",
    "kindness",
    "desirability",
    "incentive",
    "goal",
    "suffering",
    "exhaustion",
    "cost",
    "interference",
    "attention",
    "appraisal",
    "welfare",
    "sharing",
    "mentalizing",
    "concern",
    "distress",
    "buffer",
    "learning",
    "generalization",
    "entry_bias",
    "help_bias",
    "help_concern",
    "help_welfare",
    "help_cost",
    "donation_concern",
    "donation_distress",
    "accuracy",
    "rating_noise",
)
"""Parameters that ratings and choices can tell of; how well is a question of the design."""

IDENTIFIABLE = (
    "disposition",
    "closeness",
    "similarity",
    "kindness",
    "desirability",
    "incentive",
    "goal",
    "suffering",
    "exhaustion",
    "cost",
    "interference",
    "attention",
    "appraisal",
    "welfare",
    "sharing",
    "concern",
    "distress",
    "learning",
    "entry_bias",
    "help_bias",
    "help_cost",
    "donation_concern",
    "rating_noise",
)
"""Of these, the ones that 200 trials of the paradigm ``battery`` recover with r above .8.

``group`` does too once ``identification`` is known and given as fixed: the two act only as a
product. All figures: ``docs/benchmarks.md``, "Recovery of the framework"."""

MOST_STEPS = 60
"""Newton steps at most."""

TOLERANCE = 1e-6
"""A fit has converged when a step promises less than this [nats]."""

_CERTAIN = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """What was fitted.

    Parameters
    ----------
    free : tuple of str
        The parameters that were.
    values : dict of str to ndarray, shape (n_people,)
        All parameters of every person; those not free at their defaults [their units].
    z : ndarray, shape (n_people, n_free)
        Free parameters in standard deviations from the middle of the population.
    sd : ndarray, shape (n_people, n_free)
        How sure: standard deviation of ``z`` after the data; 1 when they told nothing.
    appeal : ndarray, shape (n_people, n_targets)
        How each target happens to appeal to each person [standard deviations].
    log_likelihood : ndarray, shape (n_people,)
        Of the data at the fit [nats].
    evidence : ndarray, shape (n_people,)
        Laplace's approximation to the log probability of the data [nats].
    converged : ndarray of bool, shape (n_people,)
        Whether the search ended by itself.
    """

    free: tuple[str, ...]
    values: dict[str, FloatArray]
    z: FloatArray
    sd: FloatArray
    appeal: FloatArray
    log_likelihood: FloatArray
    evidence: FloatArray
    converged: Array


def fit(
    experiment: Experiment,
    responses: Mapping[str, FloatArray],
    *,
    free: Sequence[str] = FREE,
    fixed: Mapping[str, float | FloatArray] | None = None,
) -> Fit:
    """Find the most probable parameters of every person.

    Parameters
    ----------
    experiment : Experiment
        What happened to everyone.
    responses : mapping of str to ndarray, shape (n_people, n_trials)
        What they answered, by ``QUANTITIES``; NaN where they were not asked.
    free : sequence of str
        Parameters to fit.
    fixed : mapping of str to float or ndarray, optional
        Values of others in place of defaults, one for all or one a person, such as an
        identification that was measured [their units].

    Returns
    -------
    Fit
        The fits.

    Raises
    ------
    UsageError
        If a response or parameter is unknown, does not differ between people, or nothing was
        answered.
    """
    chosen = tuple(_free(name) for name in free)
    observed = _observed(experiment, responses)
    n_people = experiment.target.shape[0]
    constants = _constants(fixed or {}, n_people)
    nothing = np.full(experiment.target.shape, np.nan)
    trials = to_trials(experiment, np.zeros_like(nothing), nothing)
    n_cues = int(experiment.cue.max(initial=-1)) + 1
    data = (trials, observed, constants, experiment.alike)
    search = _Search(_compiled(tuple(each.name for each in chosen), n_cues), data)
    # how each target happens to appeal is as unknown as the parameters, and found with them
    start = np.zeros((n_people, len(chosen) + len(experiment.alike)))
    whole, value, converged = search.descend(start)
    curvature = search.bend(whole)[1]
    covariance = np.linalg.inv(curvature)
    z, appeal = np.split(whole, [len(chosen)], axis=1)
    scales = {each.name: _scale(each, z[:, place]) for place, each in enumerate(chosen)}
    log_prior = -0.5 * (whole**2).sum(axis=1)
    return Fit(
        free=tuple(each.name for each in chosen),
        values=constants | {name: to_value(BY_NAME[name], scales[name]) for name in scales},
        z=z,
        sd=np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))[:, : len(chosen)],
        appeal=appeal,
        log_likelihood=-value - log_prior,
        evidence=-value - 0.5 * np.linalg.slogdet(curvature)[1],
        converged=converged,
    )


@lru_cache(maxsize=8)
def _compiled(free: tuple[str, ...], n_cues: int) -> tuple[Any, Any]:
    """Return what tells the loss, and what tells its slope and curvature, of many people.

    Compiling takes far longer than a fit, so that it is done once for the same parameters.
    """
    chosen = [BY_NAME[name] for name in free]

    def loss(
        z: Any, trial: Trials, answers: dict[str, Any], own: dict[str, Any], alike: Any
    ) -> Any:
        person = _person(z, chosen, own)
        seen = run(person, trial, alike, appeal=z[len(chosen) :], n_cues=n_cues)
        return 0.5 * (z**2).sum() - _log_likelihood(person, seen.quantities, answers)

    def bend(z: Any, *data: Any) -> Any:
        def slope(at: Any) -> Any:
            found = jax.grad(loss)(at, *data)
            return found, found

        curvature, found = jax.jacfwd(slope, has_aux=True)(z)
        return found, curvature

    axes = (0, 0, 0, 0, None)
    return jax.jit(jax.vmap(loss, in_axes=axes)), jax.jit(jax.vmap(bend, in_axes=axes))


class _Search:
    """Newton's method for many people at once, damped person by person."""

    def __init__(self, functions: tuple[Any, Any], data: tuple[Any, ...]) -> None:
        self._data = data
        self._value, self._bend = functions

    def bend(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return slope and curvature of everybody's loss."""
        slope, curvature = self._bend(z, *self._data)
        return np.asarray(slope), np.asarray(curvature)

    def descend(self, z: FloatArray) -> tuple[FloatArray, FloatArray, Array]:
        """Go downhill from ``z`` until nobody's loss falls any more."""
        n_people = len(z)
        damping = np.full(n_people, 1e-2)
        done = np.zeros(n_people, dtype=bool)
        value = np.asarray(self._value(z, *self._data))
        for _ in range(MOST_STEPS):
            slope, bend = self.bend(z)
            step = _damped(bend, slope, damping)
            done |= np.abs((slope * step).sum(axis=1)) < TOLERANCE
            if done.all():
                break
            tried = np.asarray(self._value(z + step, *self._data))
            better = (tried < value) & ~done
            z = np.where(better[:, None], z + step, z)
            value = np.where(better, tried, value)
            damping = np.clip(np.where(better, damping / 5, damping * 5), 1e-8, 1e8)
        return z, value, done


def _damped(bend: FloatArray, slope: FloatArray, damping: FloatArray) -> FloatArray:
    sizes, axes = np.linalg.eigh(bend)
    inverse = 1.0 / (np.maximum(np.abs(sizes), 0.1) + damping[:, None])
    along = np.einsum("pij,pi->pj", axes, slope)
    step: FloatArray = -np.einsum("pij,pj->pi", axes, inverse * along)
    return step


def _constants(fixed: Mapping[str, float | FloatArray], n_people: int) -> dict[str, FloatArray]:
    found = {each.name: np.full(n_people, each.default) for each in PARAMETERS}
    for name, value in fixed.items():
        given = np.asarray(value, dtype=float)
        if given.shape not in ((), (n_people,)):
            raise UsageError(
                f"'{name}' is fixed at values of shape {given.shape}; give one number, or one for "
                f"each of the {n_people} people."
            )
        for each in np.unique(given):
            check({name: float(each)}, where="fixed")
        found[name] = np.broadcast_to(given, (n_people,)).copy()
    return found


def _free(name: str) -> Parameter:
    if name not in BY_NAME:
        raise UsageError(
            f"There is no parameter '{name}' to fit. Those that can be fitted: {', '.join(FREE)}."
        )
    parameter = BY_NAME[name]
    if parameter.spread == 0:
        raise UsageError(
            f"'{name}' does not differ between people in this model and has no prior to fit it "
            "with. Give it as fixed."
        )
    return parameter


def _scale(parameter: Parameter, z: Any) -> Any:
    return to_scale(parameter, parameter.default) + parameter.spread * z


def _person(z: Any, chosen: Sequence[Parameter], constants: Mapping[str, float]) -> dict[str, Any]:
    links = {"real": lambda x: x, "positive": jnp.exp, "unit": jax.nn.sigmoid}
    free = {
        each.name: links[each.link](_scale(each, z[place])) for place, each in enumerate(chosen)
    }
    return {**constants, **free}


def _log_likelihood(
    person: Mapping[str, Any], expected: Mapping[str, Any], answers: Mapping[str, Any]
) -> Any:
    total = 0.0
    for name, answer in answers.items():
        asked = ~jnp.isnan(answer)
        given, tells = jnp.where(asked, answer, 0.0), expected[name]
        if KINDS[name] == "rating":
            noise = person["rating_noise"]
            each = -0.5 * ((given - tells) / noise) ** 2 - jnp.log(noise * jnp.sqrt(2 * jnp.pi))
        else:
            p = jnp.clip(tells, _CERTAIN, 1 - _CERTAIN)
            each = given * jnp.log(p) + (1 - given) * jnp.log1p(-p)
        total = total + jnp.where(asked, each, 0.0).sum()
    return total


def _observed(experiment: Experiment, responses: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    shape = experiment.target.shape
    for name, values in responses.items():
        if name not in KINDS:
            raise UsageError(f"There is no response '{name}'. The model knows {', '.join(KINDS)}.")
        if np.shape(values) != shape:
            raise UsageError(
                f"Responses '{name}' have shape {np.shape(values)}; the experiment has {shape[0]} "
                f"people x {shape[1]} trials."
            )
        _check_choices(name, np.asarray(values))
    if not responses or all(np.isnan(values).all() for values in responses.values()):
        raise UsageError("No answers were given; a fit needs ratings or choices.")
    return {name: np.asarray(values, dtype=float) for name, values in responses.items()}


def _check_choices(name: str, values: FloatArray) -> None:
    if KINDS[name] == "choice" and not np.isin(values[~np.isnan(values)], (0, 1)).all():
        raise UsageError(
            f"'{name}' is a choice: allowed are 0, 1 and a missing value; "
            f"{np.nanmin(values):g} to {np.nanmax(values):g} was given."
        )
