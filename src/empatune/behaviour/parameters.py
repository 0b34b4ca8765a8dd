"""Parameters of behaviour models: name, unit, bounds, and where most people are expected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from empatune.errors import UsageError
from empatune.numerics.differentiable import jax, jnp
from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter that differs from person to person.

    A parameter with two bounds is estimated on a logistic scale, one with a lower bound on a
    logarithmic scale, one without bounds as it is. On that scale it is normal over people.

    Attributes
    ----------
    name : str
        Its name in equations and tables.
    summary : str
        What it does, in a few words.
    unit : str
        Its unit; empty if it has none.
    lower, upper : float
        Bounds; infinite where there is none.
    typical : float
        A value that a typical person may have: the prior mean of the group.
    spread : float
        Standard deviation of the prior around it, on the scale of estimation.
    """

    name: str
    summary: str
    unit: str = ""
    lower: float = -math.inf
    upper: float = math.inf
    typical: float
    spread: float = 1.5

    def __post_init__(self) -> None:
        """Refuse bounds in the wrong order and a typical value outside them."""
        if not self.lower < self.typical < self.upper:
            raise UsageError(
                f"Parameter {self.name}: typical {self.typical} must lie between lower "
                f"{self.lower} and upper {self.upper}."
            )
        if math.isinf(self.lower) and not math.isinf(self.upper):
            raise UsageError(
                f"Parameter {self.name} has an upper bound alone. Give it a lower one too, or "
                f"turn its sign."
            )
        if self.spread <= 0:
            raise UsageError(f"Parameter {self.name}: spread {self.spread} must be above 0.")


def to_values(scaled: Any, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """
    Turn numbers on the scale of estimation into values.

    Parameters
    ----------
    scaled : array, shape (..., n_parameters)
        Numbers without bounds.
    parameters : sequence of Parameter
        What they are.

    Returns
    -------
    dict of str to array, shape (...)
        Values within bounds.
    """
    return {
        parameter.name: _value(scaled[..., place], parameter)
        for place, parameter in enumerate(parameters)
    }


def to_scaled(
    values: Mapping[str, FloatArray | float], parameters: Sequence[Parameter]
) -> FloatArray:
    """
    Turn values into numbers on the scale of estimation.

    Parameters
    ----------
    values : mapping of str to array, shape (...)
        Values, strictly within bounds.
    parameters : sequence of Parameter
        What they are.

    Returns
    -------
    ndarray, shape (..., n_parameters)
        Numbers without bounds.

    Raises
    ------
    UsageError
        If a value is missing or not within its bounds.
    """
    return np.stack([_scaled(values, parameter) for parameter in parameters], axis=-1)


def typical(parameters: Sequence[Parameter]) -> FloatArray:
    """
    Give the prior mean of each parameter on the scale of estimation.

    Parameters
    ----------
    parameters : sequence of Parameter
        The parameters.

    Returns
    -------
    ndarray, shape (n_parameters,)
        Prior means.
    """
    return to_scaled({one.name: one.typical for one in parameters}, parameters)


def spreads(parameters: Sequence[Parameter]) -> FloatArray:
    """
    Give the prior standard deviation of each parameter on the scale of estimation.

    Parameters
    ----------
    parameters : sequence of Parameter
        The parameters.

    Returns
    -------
    ndarray, shape (n_parameters,)
        Prior standard deviations.
    """
    return np.array([one.spread for one in parameters])


def _value(scaled: Any, parameter: Parameter) -> Any:
    """Bring one parameter within its bounds; what is no part of a program stays with NumPy."""
    share, grown = (expit, _grown) if isinstance(scaled, np.ndarray) else (jax.nn.sigmoid, jnp.exp)
    if math.isfinite(parameter.upper):
        return parameter.lower + (parameter.upper - parameter.lower) * share(scaled)
    if math.isfinite(parameter.lower):
        return parameter.lower + grown(scaled)
    return scaled


def _grown(scaled: FloatArray) -> FloatArray:
    """Take the exponential, of what has run away too."""
    with np.errstate(over="ignore"):
        grown: FloatArray = np.exp(scaled)
    return grown


def _scaled(values: Mapping[str, FloatArray | float], parameter: Parameter) -> FloatArray:
    """Free one parameter of its bounds."""
    if parameter.name not in values:
        raise UsageError(f"A value of {parameter.name} is missing. Given: {', '.join(values)}.")
    value = np.asarray(values[parameter.name], float)
    if not ((value > parameter.lower) & (value < parameter.upper)).all():
        raise UsageError(
            f"{parameter.name} must lie between {parameter.lower} and {parameter.upper}; given: "
            f"{value.min():g} to {value.max():g}."
        )
    if math.isfinite(parameter.upper):
        share = (value - parameter.lower) / (parameter.upper - parameter.lower)
        value = np.log(share) - np.log1p(-share)
    elif math.isfinite(parameter.lower):
        value = np.log(value - parameter.lower)
    return value
