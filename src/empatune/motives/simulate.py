"""Many people through an experiment at once: expected responses, and noisy ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from empatune.errors import UsageError
from empatune.motives.course import Seen, Trials, run
from empatune.motives.parameters import BY_NAME, to_scale
from empatune.motives.responses import KINDS, LOADINGS
from empatune.numerics.differentiable import jax
from empatune.typing import Array, FloatArray

PEOPLE, TRIALS, TARGETS, CUES = 64, 32, 8, 4
"""Sizes are rounded up to these, so that experiments share what is compiled.

People go in parts of so many, targets and cues up to a multiple, trials up to a power of two.
Compiling takes seconds, running milliseconds.
"""

TRAITS = {
    "empathic concern": "concern",
    "personal distress": "distress",
    "trait empathy": "sharing",
    "perspective taking": "mentalizing",
    "identification": "identification",
    "need to belong": "closeness",
}
"""What questionnaires ask for, and the parameter that a person's answers follow."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Experiment:
    """What happens to every person, as arrays.

    Parameters
    ----------
    situation : ndarray, shape (n_people, n_trials, n_features)
        Context, in the order of ``core.FEATURES``.
    target : ndarray of int, shape (n_people, n_trials)
        Who each trial is about; -1 for somebody of whom nothing is learned.
    outcome : ndarray, shape (n_people, n_trials)
        How kind the target turned out to be; NaN when nothing is seen of that.
    cue : ndarray of int, shape (n_people, n_trials)
        Which cue announces the target's pain; -1 for none.
    training : ndarray, shape (n_people, n_trials, 3)
        Trainings of sharing, concern and mentalizing so far.
    feedback : ndarray, shape (n_people, n_trials)
        1 for feedback of one's own state, -1 for that of another person, 0 for none.
    alike : ndarray, shape (n_targets, n_targets)
        How alike two targets are, 0 to 1.
    """

    situation: FloatArray
    target: Array
    outcome: FloatArray
    cue: Array
    training: FloatArray
    feedback: FloatArray
    alike: FloatArray

    @classmethod
    def of(cls, situation: FloatArray, **given: Array) -> Experiment:
        """Fill an experiment up with nothing to learn, train or feed back.

        Parameters
        ----------
        situation : ndarray, shape (n_people, n_trials, n_features)
            Context.
        **given : ndarray
            Any other field.

        Returns
        -------
        Experiment
            The experiment.
        """
        shape = situation.shape[:2]
        empty: dict[str, Array] = {
            "target": np.full(shape, -1),
            "outcome": np.full(shape, np.nan),
            "cue": np.full(shape, -1),
            "training": np.zeros((*shape, 3)),
            "feedback": np.zeros(shape),
            "alike": np.eye(1),
        }
        return cls(situation=situation, **{**empty, **given})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """What was simulated.

    Parameters
    ----------
    seen : Seen
        All that is true of every person and trial, without noise; arrays are
        (n_people, n_trials).
    responses : dict of str to ndarray, shape (n_people, n_trials)
        Ratings with noise, choices as 0 and 1.
    activity : dict of str to ndarray, shape (n_people, n_trials)
        Response of each region, with noise from trial to trial.
    traits : dict of str to ndarray, shape (n_people,)
        Questionnaires [standard deviations].
    """

    seen: Seen
    responses: dict[str, FloatArray]
    activity: dict[str, FloatArray]
    traits: dict[str, FloatArray]


def simulate(people: Mapping[str, FloatArray], experiment: Experiment, *, seed: int) -> Simulated:
    """Take people through an experiment.

    Parameters
    ----------
    people : mapping of str to ndarray, shape (n_people,)
        Parameters, as ``parameters.population`` draws them.
    experiment : Experiment
        The experiment.
    seed : int
        Seed of all that varies from trial to trial.

    Returns
    -------
    Simulated
        Everything.

    Raises
    ------
    UsageError
        If people and experiment do not have the same number of people.
    """
    n_people, n_trials = experiment.situation.shape[:2]
    if len(people["disposition"]) != n_people:
        raise UsageError(
            f"{len(people['disposition'])} people were given for an experiment with {n_people}."
        )
    rng = np.random.default_rng([seed, 1])
    tried = rng.standard_normal((n_people, n_trials))
    seen = expect(people, experiment, tried=tried, appeal=_appeal(experiment, seed))
    deviations = {name: rng.standard_normal((n_people, n_trials)) for name in (*KINDS, *LOADINGS)}
    return Simulated(
        seen=seen,
        responses={name: _respond(people, seen, name, deviations[name]) for name in KINDS},
        activity={
            name: seen.activity[name] + people["activity_noise"][:, None] * deviations[name]
            for name in LOADINGS
        },
        traits=_traits(people, rng),
    )


def expect(
    people: Mapping[str, FloatArray],
    experiment: Experiment,
    *,
    tried: FloatArray | None = None,
    appeal: FloatArray | None = None,
) -> Seen:
    """Compute the model without noise.

    Parameters
    ----------
    people : mapping of str to ndarray, shape (n_people,)
        Parameters.
    experiment : Experiment
        The experiment.
    tried : ndarray, shape (n_people, n_trials), optional
        Standard normal deviates: what is tried under feedback; nothing if not given.
    appeal : ndarray, shape (n_people, n_targets), optional
        How each target happens to appeal to each person, alike to all if not given [standard
        deviations].

    Returns
    -------
    Seen
        Arrays of shape (n_people, n_trials).
    """
    deviates = np.zeros(experiment.target.shape) if tried is None else tried
    n_targets = len(experiment.alike)
    likings = np.zeros((len(deviates), n_targets)) if appeal is None else appeal
    nothing = np.full(experiment.target.shape, np.nan)
    own = _played(people, to_trials(experiment, deviates, nothing), experiment.alike, likings)
    if np.any(experiment.feedback < 0):
        shown = own.components.concern - own.components.distress
        yoked = np.where(experiment.feedback < 0, np.roll(shown, 1, axis=0), np.nan)
        own = _played(people, to_trials(experiment, deviates, yoked), experiment.alike, likings)
    return own


def to_trials(experiment: Experiment, tried: FloatArray, sham: FloatArray) -> Trials:
    """Make an experiment what the course of the model takes.

    Parameters
    ----------
    experiment : Experiment
        The experiment.
    tried : ndarray, shape (n_people, n_trials)
        Standard normal deviates.
    sham : ndarray, shape (n_people, n_trials)
        Feedback of others; NaN where there is none.

    Returns
    -------
    Trials
        Arrays with people along the first axis.
    """
    return Trials(
        situation=experiment.situation,
        target=experiment.target,
        outcome=experiment.outcome,
        cue=experiment.cue,
        training=experiment.training,
        feedback=experiment.feedback,
        sham=sham,
        tried=tried,
    )


def _played(
    people: Mapping[str, FloatArray], trials: Trials, alike: FloatArray, appeal: FloatArray
) -> Seen:
    """Run the course in sizes that many experiments share, and cut the results back."""
    n_people, n_trials = trials.target.shape
    course = _course(_up(int(trials.cue.max(initial=-1)) + 1, CUES))
    longer = max(TRIALS, 1 << (n_trials - 1).bit_length())
    more = _up(len(alike), TARGETS) - len(alike)
    padded = np.pad(alike, (0, more))
    parts = []
    for start in range(0, n_people, PEOPLE):
        rows = np.minimum(np.arange(start, start + PEOPLE), n_people - 1)
        values = {name: np.asarray(value, dtype=float)[rows] for name, value in people.items()}
        own = (np.pad(x[rows], _after(x.ndim, longer - n_trials)) for x in trials)
        seen = course(values, Trials(*own), padded, np.pad(appeal[rows], ((0, 0), (0, more))))
        n = min(PEOPLE, n_people - start)
        parts.append(jax.tree_util.tree_map(lambda x, n=n: np.asarray(x)[:n, :n_trials], seen))
    found: Seen = jax.tree_util.tree_map(lambda *x: np.concatenate(x), *parts)
    return found


def _up(size: int, step: int) -> int:
    return -(-max(size, 1) // step) * step


def _after(n_axes: int, n: int) -> list[tuple[int, int]]:
    return [(0, n) if axis == 1 else (0, 0) for axis in range(n_axes)]


@lru_cache(maxsize=8)
def _course(n_cues: int) -> Any:
    def one(person: dict[str, Any], trials: Trials, alike: Any, appeal: Any) -> Seen:
        return run(person, trials, alike, appeal=appeal, n_cues=n_cues)

    return jax.jit(jax.vmap(one, in_axes=(0, 0, None, 0)))


def _appeal(experiment: Experiment, seed: int) -> FloatArray:
    """Draw how each target happens to appeal to each person, from a stream of its own."""
    shape = (len(experiment.target), len(experiment.alike))
    return np.random.default_rng([seed, 2]).standard_normal(shape)


def _respond(
    people: Mapping[str, FloatArray], seen: Seen, name: str, deviations: FloatArray
) -> FloatArray:
    expected = seen.quantities[name]
    if KINDS[name] == "rating":
        noisy: FloatArray = expected + people["rating_noise"][:, None] * deviations
        return noisy
    from scipy.special import ndtr

    chosen: FloatArray = (ndtr(deviations) < expected).astype(float)
    return chosen


def _traits(people: Mapping[str, FloatArray], rng: np.random.Generator) -> dict[str, FloatArray]:
    found = {}
    for trait, name in TRAITS.items():
        parameter = BY_NAME[name]
        ends = {"real": (-np.inf, np.inf), "positive": (1e-9, np.inf), "unit": (1e-9, 1 - 1e-9)}
        values = np.clip(people[name], *ends[parameter.link])
        scale = np.array([to_scale(parameter, value) for value in values])
        spread = parameter.spread or 1.0
        standard = (scale - to_scale(parameter, parameter.default)) / spread
        error = people["trait_noise"] * rng.standard_normal(len(values))
        found[trait] = standard + error
    return found
