r"""When a noisy evidence passes one of two boundaries: Wiener first passage, exactly.

A diffusion with drift :math:`v` and unit noise starts at :math:`w a` between 0 and :math:`a`. The
density of passing 0 at time :math:`t` is

.. math::

    f(t) = \frac{1}{a^2} e^{-v a w - v^2 t / 2} \, g(t / a^2)

with :math:`g` as a series that converges fast for short and one that converges fast for long times
(Navarro & Fuss 2009, doi:10.1016/j.jmp.2009.02.003):

.. math::

    g(u) = \frac{1}{\sqrt{2 \pi u^3}} \sum_k (w + 2k) e^{-(w + 2k)^2 / 2u}
         = \pi \sum_{k \ge 1} k e^{-k^2 \pi^2 u / 2} \sin k \pi w

The terms that are summed here give the density to a relative 1e-10 for starts between 1e-6 and
1 - 1e-6, and to 1e-13 between .001 and .999.
"""

from __future__ import annotations

import math
from typing import Any

from empatune.numerics.differentiable import jnp

SWITCH = 0.3
"""Times in units of the squared boundary from which the series for long times is taken."""

SHORT_TERMS = (0, -1, 1, -2, 2)
"""Terms of the series for short times; at the switch the next is below 1e-17."""

LONG_TERMS = (1, 2, 3, 4)
"""Terms of the series for long times; at the switch the next is below 1e-14."""

SMALLEST = 1e-300
"""A sum below this is taken for rounding."""


def log_passage(time_s: Any, drift: Any, boundary: Any, start: Any) -> Any:
    """
    Give the log density of passing the lower boundary.

    Turn the signs of drift and start (``-drift``, ``1 - start``) for the upper one.

    Parameters
    ----------
    time_s : array
        Time since the start, above 0 [s].
    drift : array
        Drift towards the upper boundary [1/s].
    boundary : array
        Separation of the boundaries, above 0.
    start : array
        Where it starts, as a share of the separation, between 0 and 1.

    Returns
    -------
    array
        Log density [log 1/s].
    """
    scaled = time_s / boundary**2
    long = scaled > SWITCH
    short_log = _short(jnp.where(long, SWITCH, scaled), start)
    long_log = _long(jnp.where(long, scaled, SWITCH), start)
    tilt = -drift * boundary * start - drift**2 * time_s / 2
    return tilt - 2 * jnp.log(boundary) + jnp.where(long, long_log, short_log)


def log_upper_share(drift: Any, boundary: Any, start: Any) -> Any:
    """
    Give the log probability that the upper boundary is passed first.

    Parameters
    ----------
    drift : array
        Drift towards the upper boundary [1/s].
    boundary : array
        Separation of the boundaries.
    start : array
        Where it starts, as a share of the separation.

    Returns
    -------
    array
        Log probability.
    """
    pull = 2 * drift * boundary
    still = jnp.abs(pull) < 1e-6
    safe = jnp.where(still, 1.0, pull)
    share = jnp.expm1(-safe * start) / jnp.expm1(-safe)
    return jnp.log(jnp.where(still, start + pull * start * (1 - start) / 2, share))


def _short(scaled: Any, start: Any) -> Any:
    """Sum the series for short times, relative to its first exponential."""
    total = sum((start + 2 * k) * jnp.exp(-2 * k * (start + k) / scaled) for k in SHORT_TERMS)
    front = -(start**2) / (2 * scaled) - 0.5 * math.log(2 * math.pi) - 1.5 * jnp.log(scaled)
    return front + jnp.log(jnp.maximum(total, SMALLEST))


def _long(scaled: Any, start: Any) -> Any:
    """Sum the series for long times, relative to its first exponential."""
    rate = math.pi**2 / 2
    total = sum(
        k * jnp.exp(-(k**2 - 1) * rate * scaled) * jnp.sin(k * math.pi * start) for k in LONG_TERMS
    )
    return math.log(math.pi) - rate * scaled + jnp.log(jnp.maximum(total, SMALLEST))
