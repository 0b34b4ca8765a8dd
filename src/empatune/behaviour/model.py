"""A model of behaviour: its parameters, what it expects of a trial, and what it learns from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.parameters import Parameter, to_values
from empatune.behaviour.responses import CHOICE, Response
from empatune.errors import UsageError
from empatune.numerics.differentiable import jax, jnp

Values = Mapping[str, Any]
"""Parameters, or a trial's columns, by name; each a number."""

Quantities = dict[str, Any]
"""What a model makes of a trial (values, prediction errors), by name; each a number."""


def keeps_nothing(_: Values, __: Values) -> Any:
    """
    Start a model that keeps nothing from trial to trial.

    Returns
    -------
    tuple
        An empty state.
    """
    return ()


def learns_nothing(_: Values, state: Any, __: Values) -> tuple[Any, Quantities]:
    """
    Learn nothing from a trial.

    Parameters
    ----------
    state : Any
        The state before the trial.

    Returns
    -------
    state : Any
        The same state.
    quantities : dict
        Nothing.
    """
    return state, {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of one person's trials, written with jax.numpy.

    Attributes
    ----------
    name, summary, doi : str
        What it is, and where it comes from.
    parameters : tuple of Parameter
        Its parameters.
    columns : tuple of Column
        What it needs of a trial beside the response.
    expect : callable
        From parameters, state and trial to what the response is scored by: the log odds of
        choice 1, or what the response says that it needs.
    start : callable
        From parameters and the first trial to the state before it, a pytree of arrays; left out,
        trials are independent of each other.
    learn : callable
        From parameters, state and trial with its response to the next state and the quantities of
        the trial. A model without state may give quantities too.
    response : Response
        The kind of response.
    restart : tuple of str
        Columns whose change begins anew, from ``start`` (new cues, another session).
    observes : bool
        Whether a trial without a response is learnt from too: what happens is seen (another's
        pain), not earned by a choice.
    equations : str
        The model in LaTeX, for people.
    """

    name: str
    summary: str
    doi: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    expect: Callable[[Values, Any, Values], Any]
    start: Callable[[Values, Values], Any] = keeps_nothing
    learn: Callable[[Values, Any, Values], tuple[Any, Quantities]] = learns_nothing
    response: Response = CHOICE
    restart: tuple[str, ...] = ()
    observes: bool = False
    equations: str = ""

    def __post_init__(self) -> None:
        """Refuse a model without parameters, or with a name twice."""
        for kind, names in (("parameters", self.names), ("columns", self.needed)):
            if len(set(names)) < len(names):
                raise UsageError(
                    f"Model {self.name} has {kind} of one name twice: {', '.join(names)}."
                )
        if not self.parameters:
            raise UsageError(f"Model {self.name} needs at least one parameter.")
        unknown = set(self.restart) - {column.name for column in self.columns}
        if unknown:
            raise UsageError(
                f"Model {self.name} restarts by {', '.join(sorted(unknown))}, which is not among "
                f"its columns. Add it to columns."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def needed(self) -> tuple[str, ...]:
        """Names of the columns of a trial, those of the response last."""
        return (*(column.name for column in self.columns), *self.response.names)

    @property
    def keeps_state(self) -> bool:
        """Whether a trial depends on those before it."""
        return self.start is not keeps_nothing


def log_likelihood(model: Model, scaled: Any, trials: Values) -> Any:
    """
    Score one person's trials.

    Parameters
    ----------
    model : Model
        The model.
    scaled : array, shape (n_parameters,)
        Parameters on the scale of estimation.
    trials : mapping of str to array, shape (n_trials,)
        Columns, and ``answered``: whether the trial counts.

    Returns
    -------
    array, shape (n_trials,)
        Log probability of each response; 0 where there was none.
    """
    return follow(model, to_values(scaled, model.parameters), trials)[0]


def follow(model: Model, values: Values, trials: Values) -> tuple[Any, Quantities]:
    """
    Follow one person through their trials.

    Parameters
    ----------
    model : Model
        The model.
    values : mapping of str to number
        Parameters.
    trials : mapping of str to array, shape (n_trials,)
        Columns, and ``answered``: whether the trial counts.

    Returns
    -------
    log_probabilities : array, shape (n_trials,)
        Log probability of each response; 0 where there was none.
    quantities : dict of str to array, shape (n_trials,)
        What the model made of each trial, before it learnt from it.
    """

    def step(state: Any, trial: Values) -> Any:
        expected = model.expect(values, state, trial)
        after, quantities = model.learn(values, state, trial)
        return kept(model, trial, after, state), (expected, quantities)

    # Responses are scored after the walk, all trials at once: a step of the walk stays small.
    expected, quantities = walk(model, values, step, dict(trials))
    scored = jax.vmap(model.response.log_probability)(expected, trials)
    return jnp.where(trials["answered"], scored, 0.0), quantities


def kept(model: Model, trial: Values, after: Any, before: Any) -> Any:
    """
    Give the state that a trial leaves.

    Parameters
    ----------
    model : Model
        The model.
    trial : mapping of str to number
        The trial, with ``answered``.
    after : pytree of array
        The state if the trial is learnt from.
    before : pytree of array
        The state before it.

    Returns
    -------
    pytree of array
        The state before it where it is missed and the model learns from choices alone.
    """
    if model.observes:
        return after
    return jax.tree.map(lambda new, old: jnp.where(trial["answered"], new, old), after, before)


def walk(model: Model, values: Values, step: Callable[[Any, Any], Any], trials: Values) -> Any:
    """
    Take a step in each trial, from a fresh start wherever the model begins anew.

    Parameters
    ----------
    model : Model
        The model.
    values : mapping of str to number
        Parameters.
    step : callable
        From a state and a trial to the next state and what the trial gives.
    trials : mapping of str to array, shape (n_trials, ...)
        The trials.

    Returns
    -------
    pytree of array, shape (n_trials, ...)
        What the trials gave.
    """
    if not model.keeps_state:
        return jax.vmap(lambda trial: step((), trial)[1])(trials)

    def begin(trial: Values) -> Any:
        return jax.tree.map(lambda part: jnp.asarray(part, float), model.start(values, trial))

    def step_or_begin(state: Any, trial: Any) -> Any:
        begins = trial["begins"]
        fresh = begin(trial)
        return step(jax.tree.map(lambda new, old: jnp.where(begins, new, old), fresh, state), trial)

    first = begin({name: column[0] for name, column in trials.items()})
    if not model.restart:
        return jax.lax.scan(step, first, trials)[1]
    changed = [trials[name][1:] != trials[name][:-1] for name in model.restart]
    begins = jnp.concatenate([jnp.zeros(1, bool), jnp.stack(changed).any(axis=0)])
    return jax.lax.scan(step_or_begin, first, {**trials, "begins": begins})[1]
