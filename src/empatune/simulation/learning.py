"""How the simulated person learns from what is shown.

A policy-gradient learner with a critic (Williams 1992, doi 10.1007/BF00992696): the person
tries strategies around a habit, sees a value some seconds later, and moves the habit towards
what was tried when the value was better than expected. The rule knows nothing of signatures,
scores or arms: where the value does not depend on what was tried, as with a yoked sham, the
habit only wanders by chance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from empatune.typing import FloatArray

RESTING = frozenset(
    {"", "waiting", "rest", "baseline", "fixation", "feedback", "paused", "finished"}
)
"""Conditions in which the person does nothing."""

VIEWING = frozenset({"view", "watch", "passive"})
"""Conditions in which the person looks and lets it be. In all others they regulate."""

N_BINS = 6
"""Parts of a block for which the critic keeps expectations of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the participant page shows, as a person takes it in.

    Parameters
    ----------
    phase : str
        The protocol's condition, known from the instruction.
    elapsed : float
        Share of the block that has passed, 0 to 1.
    value : float or None
        The feedback, -1 to 1; None when none is shown.
    """

    phase: str = ""
    elapsed: float = 0.0
    value: float | None = None

    @property
    def regulating(self) -> bool:
        """True while the person is asked to regulate."""
        return self.phase not in RESTING and self.phase not in VIEWING


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSettings:
    """How a person explores and learns.

    Parameters
    ----------
    n_strategies : int
        Strategies that a person can use more or less of.
    exploration : float
        Standard deviation of what is tried around the habit [units of a strategy].
    exploration_s : float
        Time for which a trial lasts before another takes over [s].
    rate_per_s : float
        Change of the habit a second, for a value that is better than expected by 1 after a
        try of size 1 [units of a strategy].
    critic_rate : float
        Share of a surprise that the expectation takes over.
    most : float
        The habit cannot grow beyond this [units of a strategy].
    """

    n_strategies: int = 4
    exploration: float = 0.7
    exploration_s: float = 8.0
    rate_per_s: float = 0.1
    critic_rate: float = 0.12
    most: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learner:
    """What a person has learned so far.

    Parameters
    ----------
    habit : ndarray, shape (n_strategies,)
        How much of each strategy is used when nothing is tried.
    expected : ndarray, shape (N_BINS,)
        The value that is expected in each part of a block; NaN before the first.
    owed : ndarray, shape (n_strategies,)
        What was tried since feedback was last shown, for feedback that comes after the block.
    owed_volumes : int
        Volumes that ``owed`` sums.
    """

    habit: FloatArray
    expected: FloatArray
    owed: FloatArray
    owed_volumes: int = 0


def begin(settings: LearningSettings) -> Learner:
    """Return a person who has no habits yet.

    Parameters
    ----------
    settings : LearningSettings
        How they learn.

    Returns
    -------
    Learner
        Nothing tried, nothing expected.
    """
    nothing = np.zeros(settings.n_strategies)
    return Learner(habit=nothing, expected=np.full(N_BINS, np.nan), owed=nothing)


def learn(
    learner: Learner, seen: Seen, *, tried: FloatArray, tr_s: float, settings: LearningSettings
) -> Learner:
    """Take in what is shown now.

    Parameters
    ----------
    learner : Learner
        What was learned before.
    seen : Seen
        What the page shows.
    tried : ndarray, shape (n_strategies,)
        Exploration of the last seconds, each moment weighed by how much the brain's delayed
        response lets it show now: the person's sense that effects come late.
    tr_s : float
        Repetition time [s].
    settings : LearningSettings
        How they learn.

    Returns
    -------
    Learner
        What is learned now.
    """
    if seen.value is None:
        if not seen.regulating:
            return learner
        owed = learner.owed + tried
        return replace(learner, owed=owed, owed_volumes=learner.owed_volumes + 1)
    if seen.regulating:
        credit, seconds, part = tried, tr_s, min(int(seen.elapsed * N_BINS), N_BINS - 1)
    elif learner.owed_volumes:  # shown after the block, for all of it
        credit, seconds = learner.owed / learner.owed_volumes, learner.owed_volumes * tr_s
        part = N_BINS - 1
    else:
        return learner
    before = learner.expected[part]
    expected = learner.expected.copy()
    surprise = 0.0 if np.isnan(before) else seen.value - float(before)
    expected[part] = seen.value if np.isnan(before) else before + settings.critic_rate * surprise
    habit = learner.habit + settings.rate_per_s * seconds * surprise * credit
    return Learner(
        habit=np.clip(habit, -settings.most, settings.most),
        expected=expected,
        owed=np.zeros_like(learner.owed),
    )
