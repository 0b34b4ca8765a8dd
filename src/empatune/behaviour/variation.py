"""Parameters that differ between conditions, recipients or sessions: one model made from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.errors import UsageError
from empatune.numerics.differentiable import jnp


def vary(
    model: Model,
    parameters: Sequence[str],
    by: Column,
    *,
    alike: Mapping[str, str] | None = None,
    name: str | None = None,
    summary: str | None = None,
) -> Model:
    """
    Make a model in which some parameters have a value for each level of a column.

    A learning rate for oneself and another for others, a drift for each motive, everything for
    each of two sessions (whose correlation over people is then test-retest reliability).

    Parameters
    ----------
    model : Model
        The model.
    parameters : sequence of str
        Names of its parameters that vary.
    by : Column
        A column of labels. Where it does not name a column of the model, it becomes one.
    alike : mapping of str to str, optional
        Levels that share a value, by the name of what they share (other and none: others).
    name, summary : str, optional
        Those of the new model; made from the old ones if not given.

    Returns
    -------
    Model
        The model with parameters named ``parameter_level`` in place of each that varies.

    Raises
    ------
    UsageError
        If a parameter is not the model's, or the column has no levels.
    """
    absent = [given for given in parameters if given not in model.names]
    if absent or not parameters:
        raise UsageError(
            f"Model {model.name} has no parameter {', '.join(absent) or '(none given)'} that "
            f"could vary. It has: {', '.join(model.names)}."
        )
    if not by.levels:
        raise UsageError(f"Column {by.name} needs levels by which parameters vary.")
    levels = [(alike or {}).get(level, level) for level in by.levels]

    def chosen(values: Values, trial: Values) -> Values:
        place = trial[by.name]
        here = {
            one: _at([values[f"{one}_{level}"] for level in levels], place) for one in parameters
        }
        return {**values, **here}

    def start(values: Values, trial: Values) -> Any:
        return model.start(chosen(values, trial), trial)

    def expect(values: Values, state: Any, trial: Values) -> Any:
        return model.expect(chosen(values, trial), state, trial)

    def learn(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
        return model.learn(chosen(values, trial), state, trial)

    return replace(
        model,
        name=name or f"{model.name}-by-{by.name}",
        summary=summary or f"{model.summary}; {', '.join(parameters)} by {by.name}",
        parameters=tuple(
            made
            for one in model.parameters
            for made in _versions(one, parameters, tuple(dict.fromkeys(levels)))
        ),
        columns=(*(one for one in model.columns if one.name != by.name), by),
        expect=expect,
        start=start if model.keeps_state else model.start,
        learn=learn,
    )


def by_session(model: Model, sessions: Sequence[str]) -> Model:
    """
    Make a model whose parameters are each session's own, and which begins anew in each.

    Parameters
    ----------
    model : Model
        The model.
    sessions : sequence of str
        Labels of the column ``session``.

    Returns
    -------
    Model
        The model with each parameter once a session.
    """
    column = Column(name="session", summary="which session", levels=tuple(sessions))
    varied = vary(model, model.names, column, name=f"{model.name}-by-session")
    return replace(varied, restart=(*model.restart, "session") if model.keeps_state else ())


def hold(
    model: Model, held: Mapping[str, float], *, name: str | None = None, summary: str | None = None
) -> Model:
    """
    Make a model in which some parameters have the same known value for everybody.

    Parameters
    ----------
    model : Model
        The model.
    held : mapping of str to float
        Their values, by name.
    name, summary : str, optional
        Those of the new model; made from the old ones if not given.

    Returns
    -------
    Model
        The model without these parameters.

    Raises
    ------
    UsageError
        If a parameter is not the model's.
    """
    absent = [given for given in held if given not in model.names]
    if absent or not held:
        raise UsageError(
            f"Model {model.name} has no parameter {', '.join(absent) or '(none given)'} that "
            f"could be held. It has: {', '.join(model.names)}."
        )

    def start(values: Values, trial: Values) -> Any:
        return model.start({**values, **held}, trial)

    def expect(values: Values, state: Any, trial: Values) -> Any:
        return model.expect({**values, **held}, state, trial)

    def learn(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
        return model.learn({**values, **held}, state, trial)

    said = ", ".join(f"{one} {value:g}" for one, value in held.items())
    return replace(
        model,
        name=name or f"{model.name}-held",
        summary=summary or f"{model.summary}; {said} for everybody",
        parameters=tuple(one for one in model.parameters if one.name not in held),
        expect=expect,
        start=start if model.keeps_state else model.start,
        learn=learn,
    )


def _versions(
    parameter: Parameter, varied: Sequence[str], levels: Sequence[str]
) -> tuple[Parameter, ...]:
    """Make the versions of a parameter: one, or one a level."""
    if parameter.name not in varied:
        return (parameter,)
    return tuple(
        replace(
            parameter, name=f"{parameter.name}_{level}", summary=f"{parameter.summary}, {level}"
        )
        for level in levels
    )


def _at(versions: Sequence[Any], place: Any) -> Any:
    """Choose a version by its place, without a gather (which is slow inside a walk)."""
    return sum(jnp.where(place == number, one, 0.0) for number, one in enumerate(versions))
