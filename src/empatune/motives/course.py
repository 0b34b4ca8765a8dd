"""The course of an experiment: trial after trial, with mood, beliefs, cues and policy kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from empatune.motives import appraisal
from empatune.motives.components import Components, components
from empatune.motives.responses import activity, quantities
from empatune.numerics.differentiable import jax, jnp

CRITIC = 0.3
"""Share of a surprise that the expectation of feedback takes over."""


class Trials(NamedTuple):
    """The trials of one person as arrays.

    Parameters
    ----------
    situation : array, shape (n_trials, n_features)
        Context, in the order of ``core.FEATURES``.
    target : array of int, shape (n_trials,)
        Who it is about; -1 for somebody of whom nothing is learned.
    outcome : array, shape (n_trials,)
        How kind the target turned out to be, -1 to 1; NaN when nothing is seen of that.
    cue : array of int, shape (n_trials,)
        Which cue announces the target's pain; -1 for none.
    training : array, shape (n_trials, 3)
        Trainings of sharing, concern and mentalizing so far.
    feedback : array, shape (n_trials,)
        1 where the person is shown their own concern minus distress, 0 where not.
    sham : array, shape (n_trials,)
        What else is shown as feedback where it is not their own; NaN for nothing.
    tried : array, shape (n_trials,)
        Standard normal deviates: what is tried under feedback.
    """

    situation: Any
    target: Any
    outcome: Any
    cue: Any
    training: Any
    feedback: Any
    sham: Any
    tried: Any


class Kept(NamedTuple):
    """What a person carries from trial to trial.

    Parameters
    ----------
    mood : array, shape (n_targets + 1,)
        What concern and distress left behind towards each target; the last stands for strangers
        [logits of approaching].
    belief : array, shape (n_targets + 1,)
        Kindness that is expected of each target; the last stands for strangers.
    cue : array, shape (n_cues + 1,)
        Strength of each cue; the last stands for none.
    policy : array
        What was learned to add to the welfare weight.
    expected : array
        Feedback that is expected.
    """

    mood: Any
    belief: Any
    cue: Any
    policy: Any
    expected: Any


class Seen(NamedTuple):
    """What is true of one trial.

    Parameters
    ----------
    motives : dict of str to array
        Strength of each motive [logits of approaching].
    net : array
        Net motive [logits of approaching].
    components : Components
        The components of empathy.
    quantities : dict of str to array
        Expected ratings and probabilities of choices.
    activity : dict of str to array
        Response of each region.
    surprise : array
        Prediction error about kindness.
    belief : array
        Kindness expected of the target, before the outcome.
    policy : array
        What was learned to add to the welfare weight.
    """

    motives: dict[str, Any]
    net: Any
    components: Components
    quantities: dict[str, Any]
    activity: dict[str, Any]
    surprise: Any
    belief: Any
    policy: Any


def run(person: Mapping[str, Any], trials: Trials, alike: Any, *, appeal: Any, n_cues: int) -> Seen:
    """Take one person through all trials.

    Parameters
    ----------
    person : mapping of str to array
        Parameters of the person.
    trials : Trials
        The trials, in order.
    alike : array, shape (n_targets, n_targets)
        How alike two targets are, 0 to 1; 1 on the diagonal.
    appeal : array, shape (n_targets,)
        How each target happens to appeal to the person, whatever the context [standard
        deviations].
    n_cues : int
        How many cues there are.

    Returns
    -------
    Seen
        Everything, with trials along the first axis.
    """
    n_targets = alike.shape[0]
    # the last place is for strangers, who are somebody else in every trial
    appeals = jnp.append(appeal, 0.0)
    start = Kept(
        mood=jnp.zeros(n_targets + 1),
        belief=jnp.zeros(n_targets + 1),
        cue=jnp.zeros(n_cues + 1),
        policy=jnp.zeros(()),
        expected=jnp.zeros(()),
    )

    def step(kept: Kept, trial: Trials) -> tuple[Kept, Seen]:
        return _step(person, alike, kept, trial, appeals[trial.target])

    seen: Seen = jax.lax.scan(step, start, trials)[1]
    return seen


def _step(
    person: Mapping[str, Any], alike: Any, kept: Kept, trial: Trials, appeal: Any
) -> tuple[Kept, Seen]:
    belief = jnp.where(trial.target >= 0, kept.belief[trial.target], 0.0)
    strength = appraisal.motives(person, trial.situation, belief=belief, appeal=appeal)
    motive = appraisal.net(person, strength, kept.mood[trial.target])
    shown = jnp.where(trial.feedback > 0, 1.0, jnp.where(jnp.isnan(trial.sham), 0.0, 1.0))
    tried = shown * person["exploration"] * trial.tried
    found = components(
        person,
        trial.situation,
        motive,
        policy=kept.policy + tried,
        training=trial.training,
    )
    surprise = jnp.where(jnp.isnan(trial.outcome), 0.0, trial.outcome - belief)
    seen = Seen(
        motives=strength,
        net=motive,
        components=found,
        quantities=quantities(
            person,
            trial.situation,
            found,
            motive=motive,
            affiliation=person["coupling"] * strength["affiliation"],
            cue=kept.cue[trial.cue],
        ),
        activity=activity(person, found, surprise),
        surprise=surprise,
        belief=belief,
        policy=kept.policy,
    )
    return _keep(person, alike, kept, trial, (found, surprise, tried, shown)), seen


def _keep(
    person: Mapping[str, Any],
    alike: Any,
    kept: Kept,
    trial: Trials,
    happened: tuple[Components, Any, Any, Any],
) -> Kept:
    found, surprise, tried, shown = happened
    mood = person["persistence"] * kept.mood[trial.target]
    mood += person["warmth"] * found.concern - person["aversion"] * found.distress
    value = jnp.where(trial.feedback > 0, found.concern - found.distress, trial.sham)
    better = jnp.where(shown > 0, jnp.nan_to_num(value) - kept.expected, 0.0)
    return Kept(
        mood=kept.mood.at[trial.target].set(mood),
        belief=_believe(person, alike, kept.belief, trial.target, surprise),
        cue=_condition(person, kept.cue, trial.cue, trial.situation, found),
        policy=kept.policy + person["feedback"] * better * tried,
        expected=kept.expected + CRITIC * better,
    )


def _believe(person: Mapping[str, Any], alike: Any, belief: Any, target: Any, surprise: Any) -> Any:
    known = target >= 0
    others = alike[jnp.maximum(target, 0)]
    itself = jnp.arange(alike.shape[0]) == target
    share = jnp.where(itself, 1.0, person["generalization"] * others)
    change = jnp.where(known, person["learning"] * surprise, 0.0) * share
    return belief.at[:-1].add(change)


def _condition(
    person: Mapping[str, Any], strength: Any, cue: Any, situation: Any, found: Components
) -> Any:
    seen_pain = jnp.maximum(-appraisal.feature(situation, "affect"), 0)
    felt = person["resonance"] * found.shared_pain + (1 - person["resonance"]) * seen_pain
    change = jnp.where(cue >= 0, person["observation"] * (felt - strength[cue]), 0.0)
    updated = strength.at[cue].add(change)
    return updated.at[-1].set(0.0)
