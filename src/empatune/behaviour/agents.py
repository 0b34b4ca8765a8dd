"""A simulated person who is met trial by trial: by a task that runs, or another simulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from empatune.behaviour.model import Model, Quantities, Values, kept
from empatune.behaviour.parameters import to_scaled
from empatune.errors import UsageError
from empatune.numerics.differentiable import jax, jnp

_AHEAD = 256
"""Random keys are made so many at once."""


class Agent:
    """Somebody who responds and learns as a model says, one trial after another.

    Stepped through the trials of ``simulation.play`` with the same key, an agent makes the same
    choices, and gives the same numbers to rounding. Nothing need be known of later trials, so what happens next may depend on what the
    agent did.

    Parameters
    ----------
    model : Model
        The model.
    values : mapping of str to float
        The agent's parameters.
    seed : int
        Seed of its responses.

    Raises
    ------
    UsageError
        If a parameter is missing or beyond its bounds.
    """

    def __init__(self, model: Model, values: Mapping[str, float], *, seed: int = 0) -> None:
        to_scaled(values, model.parameters)  # refuses what is missing or out of bounds
        self.model = model
        self.values = {name: jnp.asarray(values[name], float) for name in model.names}
        self._key = jax.random.key(seed)
        self._keys: Any = ()
        self._state: Any = None
        self._before: Mapping[str, float] = {}
        self._n_done = 0

    @property
    def state(self) -> Any:
        """What the agent keeps from trial to trial; None before the first."""
        return self._state

    def respond(self, trial: Mapping[str, float]) -> dict[str, float]:
        """
        Respond to a trial.

        Parameters
        ----------
        trial : mapping of str to float
            What the model needs of the trial before the response; labels as their places in the
            column's levels.

        Returns
        -------
        dict of str to float
            The response.
        """
        given = self._complete(trial)
        self._begin(given)
        respond, _ = _compiled(self.model)
        drawn = respond(self.values, self._state, given, self._next_key())
        return {name: float(one) for name, one in drawn.items()}

    def learn(self, trial: Mapping[str, float]) -> Quantities:
        """
        Learn from a trial that is over.

        Parameters
        ----------
        trial : mapping of str to float
            The trial with response and what came of it; ``answered`` 0 if it was missed.

        Returns
        -------
        dict of str to float
            What the model made of it before it learnt: values, prediction errors.
        """
        given = self._complete(trial)
        absent = [name for name in self.model.needed if name not in {*trial, *_free(self.model)}]
        if absent and given["answered"]:
            raise UsageError(f"The agent cannot learn without {', '.join(absent)} of the trial.")
        self._begin(given)
        _, learn = _compiled(self.model)
        self._state, quantities = learn(self.values, self._state, given)
        self._before = given
        self._n_done += 1
        return {name: float(one) for name, one in quantities.items()}

    def _complete(self, trial: Mapping[str, float]) -> dict[str, Any]:
        """Give a trial every column, those that it lacks as 0."""
        names = (*self.model.needed, "answered")
        empty = {**dict.fromkeys(names, 0.0), "answered": 1.0}
        whole = {name: np.float64(trial.get(name, empty[name])) for name in names}
        return {**whole, "answered": whole["answered"] > 0.5}

    def _begin(self, trial: Values) -> None:
        """Begin with the first trial, and anew where the model does."""
        anew = self._state is not None and any(
            float(trial[name]) != float(self._before[name]) for name in self.model.restart
        )
        if self._state is None or (anew and self._before):
            start = self.model.start(self.values, trial)
            self._state = jax.tree.map(lambda part: jnp.asarray(part, float), start)
            self._before = trial

    def _next_key(self) -> Any:
        """Take the key of this trial."""
        if self._n_done >= len(self._keys):
            self._keys = jax.random.split(self._key, 2 * self._n_done + _AHEAD)
        return self._keys[self._n_done]


def _free(model: Model) -> set[str]:
    """Tell which columns a trial may lack."""
    return {column.name for column in model.columns if column.optional}


@lru_cache(maxsize=64)
def _compiled(model: Model) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Compile a model's steps once."""

    def respond(values: Values, state: Any, trial: Values, key: Any) -> dict[str, Any]:
        drawn: dict[str, Any] = model.response.draw(key, model.expect(values, state, trial))
        return drawn

    def learn(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
        after, quantities = model.learn(values, state, trial)
        return kept(model, trial, after, state), quantities

    return jax.jit(respond), jax.jit(learn)
