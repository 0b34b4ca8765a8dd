"""Functions that know their own slopes and curvature.

A search asks for second derivatives in the directions of a model's parameters, one hundred and more.
A formula of a few numbers (a density of time, drift, boundary, start) has ten of its own. Taken once
and carried into every direction, they cost little; left to JAX, the formula is walked once for each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from empatune.numerics.differentiable import jax

Curved = tuple[Any, tuple[Any, ...], tuple[tuple[Any, ...], ...]]
"""A value, its slopes, and its second derivatives, a row a number that it is a function of."""


def carried(derive: Callable[..., Curved]) -> Callable[..., Any]:
    """
    Make a differentiable function of one that gives value, slopes and second derivatives.

    Parameters
    ----------
    derive : callable
        From some numbers to the value, its slope in each, and its second derivatives. What is not
        asked for is not computed.

    Returns
    -------
    callable
        From the same numbers to the value.
    """
    value_of = jax.custom_jvp(lambda *at: derive(*at)[0])
    slopes_of = jax.custom_jvp(lambda *at: derive(*at)[:2])

    def along_value(at: tuple[Any, ...], way: tuple[Any, ...]) -> tuple[Any, Any]:
        value, slopes = slopes_of(*at)
        return value, _dot(slopes, way)

    def along_slopes(at: tuple[Any, ...], way: tuple[Any, ...]) -> tuple[Any, Any]:
        value, slopes, bends = derive(*at)
        return (value, slopes), (_dot(slopes, way), tuple(_dot(row, way) for row in bends))

    value_of.defjvp(along_value)
    slopes_of.defjvp(along_slopes)
    made: Callable[..., Any] = value_of
    return made


def _dot(row: tuple[Any, ...], way: tuple[Any, ...]) -> Any:
    """Sum what each number's change does."""
    return sum(one * change for one, change in zip(row, way, strict=True))
