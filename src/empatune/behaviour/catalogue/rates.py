"""At which rate an error is learnt: one for all, or one for what is better than expected."""

from __future__ import annotations

from typing import Any

from empatune.behaviour.model import Values
from empatune.numerics.differentiable import jnp


def one_rate(values: Values, _: Any) -> Any:
    """
    Learn from all errors at one rate.

    Parameters
    ----------
    values : mapping of str to number
        Parameters, with ``rate``.

    Returns
    -------
    array
        The rate.
    """
    return values["rate"]


def two_rates(values: Values, error: Any) -> Any:
    """
    Learn from errors above 0 at another rate.

    Parameters
    ----------
    values : mapping of str to number
        Parameters, with ``rate_better`` and ``rate_worse``.
    error : array
        The error.

    Returns
    -------
    array
        The rate.
    """
    return jnp.where(error > 0, values["rate_better"], values["rate_worse"])
