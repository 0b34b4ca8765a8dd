"""Simulated people who do the trials of a task as a model says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from empatune.behaviour.model import Model, Values, kept, walk
from empatune.behaviour.trials import Trials
from empatune.errors import BehaviourError
from empatune.numerics.differentiable import jax, jnp
from empatune.typing import FloatArray


def play(model: Model, values: Values, trials: Values, key: Any) -> dict[str, Any]:
    """
    Let one simulated person do the trials.

    Parameters
    ----------
    model : Model
        The model.
    values : mapping of str to number
        Parameters.
    trials : mapping of str to array, shape (n_trials,)
        Columns that the model needs, and ``answered``. What depends on the choice (``outcome``) is
        given for either: ``outcome_0`` and ``outcome_1``.
    key : array
        Random key.

    Returns
    -------
    dict of str to array, shape (n_trials,)
        Columns of the responses, with the outcomes that they earned.
    """

    def step(state: Any, given: Any) -> Any:
        trial = {**given}
        response = model.response.draw(trial.pop("key"), model.expect(values, state, trial))
        for name in dependent:
            one, none = trial[f"{name}_1"], trial[f"{name}_0"]
            response[name] = jnp.where(response["choice"] > 0.5, one, none)
        trial = {**trial, **response}
        after, _ = model.learn(values, state, trial)
        return kept(model, trial, after, state), response

    columns = [column.name for column in model.columns]
    dependent = [name for name in columns if f"{name}_1" in trials and f"{name}_0" in trials]
    keys = jax.random.split(key, len(trials["answered"]))
    played: dict[str, Any] = walk(model, values, step, {**trials, "key": keys})
    return played


@partial(jax.jit, static_argnames="model")
def _play_all(model: Model, values: Any, trials: Any, keys: Any) -> Any:
    """Let many people do their trials."""
    return jax.vmap(lambda own, trial, key: play(model, own, trial, key))(values, trials, keys)


def check_schedule(model: Model, trials: Trials) -> None:
    """
    Refuse trials that do not tell what the other choice would have earned.

    Parameters
    ----------
    model : Model
        The model.
    trials : Trials
        The trials.

    Raises
    ------
    BehaviourError
        If a column that follows from the choice is not there for either choice.
    """
    for column in model.columns:
        either = (f"{column.name}_0", f"{column.name}_1")
        if column.earned and not all(name in trials.columns for name in either):
            raise BehaviourError(
                f"Simulated people of {model.name} choose otherwise than real ones did, and the "
                f"trials do not tell what that would have earned. Add columns {either[0]} and "
                f"{either[1]}: {column.name} of each trial, had the choice been 0 or 1; or say which "
                f"of yours they are (--columns {either[0]}=YOURS,{either[1]}=YOURS)."
            )


def simulate(
    model: Model, values: Mapping[str, FloatArray], trials: Trials, *, seed: int
) -> Trials:
    """
    Let simulated people do the trials that real ones did.

    Parameters
    ----------
    model : Model
        The model.
    values : mapping of str to ndarray, shape (n_people,)
        Each person's parameters.
    trials : Trials
        The trials, with ``outcome_0`` and ``outcome_1`` where outcomes depend on choices.
    seed : int
        Seed of the responses.

    Returns
    -------
    Trials
        The same trials with responses of the simulated people; missed where real ones missed.

    Raises
    ------
    BehaviourError
        If what each choice would have earned is not among the trials.
    """
    check_schedule(model, trials)
    keys = jax.random.split(jax.random.key(seed), trials.n_people)
    own = {name: jnp.asarray(values[name], float) for name in model.names}
    played = _play_all(model, own, trials.arrays(), keys)
    made = {
        name: np.where(trials.answered, np.asarray(column), 0.0) for name, column in played.items()
    }
    return replace(trials, columns={**trials.columns, **made})
