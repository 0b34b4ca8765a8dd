r"""When a noisy evidence passes one of two boundaries: Wiener first passage, exactly.

A diffusion with drift :math:`v` and unit noise starts at :math:`w a` between 0 and :math:`a`. The
density of passing 0 at time :math:`t` is

.. math::

    f(t) = \frac{1}{a^2} e^{-v a w - v^2 t / 2} \, g(t / a^2, w)

with :math:`g` as a series that converges fast for short and one that converges fast for long times
(Navarro & Fuss 2009, doi:10.1016/j.jmp.2009.02.003):

.. math::

    g(u, w) = \frac{1}{\sqrt{2 \pi u^3}} \sum_k (w + 2k) e^{-(w + 2k)^2 / 2u}
            = \pi \sum_{k \ge 1} k e^{-k^2 \pi^2 u / 2} \sin k \pi w

Relative to its first, each term of either series is a product of powers of the same two exponentials
(short) or of one exponential and :math:`\cos \pi w` (long), so that all terms cost two or three
transcendental functions, and so do the first and second derivatives of :math:`\log g`, which are
sums of the same terms with other factors. The density is exact to a relative 1e-12 for starts
between 1e-9 and 1 - 1e-9.
"""

from __future__ import annotations

import math
from typing import Any

from empatune.behaviour.curvature import Curved, carried
from empatune.numerics.differentiable import jnp

SWITCH = 0.35
"""Times in units of the squared boundary from which the series for long times is taken.

Up to here the series for short times leaves out k = 3, below 7 e^-51 of its first exponential; from
here on the one for long times leaves out its fifth term, below 25 e^-41 of its first."""

RATE = math.pi**2 / 2
"""What the first term of the series for long times falls by."""

SMALLEST = 1e-140
"""A sum below this is taken for rounding; the square of its inverse is still a number."""

SINE = tuple((-1) ** n * math.pi ** (2 * n + 1) / math.factorial(2 * n + 1) for n in range(11))
"""Taylor's series of the sine of pi times a number up to one half; the next term is below 1e-17."""


def passage(time_s: Any, drift: Any, boundary: Any, start: Any) -> Curved:
    """
    Give the log density of passing the lower boundary, and its derivatives.

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
    value : array
        Log density [log 1/s].
    slopes : tuple of array
        Its derivatives by time, drift, boundary and start.
    bends : tuple of tuple of array
        Its second derivatives.
    """
    per = 1 / boundary
    scaled = time_s * per * per
    value, (by_u, by_w), ((uu, uw), (_, ww)) = _log_g(scaled, start)
    value += -drift * (boundary * start + drift * time_s / 2) + 2 * jnp.log(per)
    slopes = (
        by_u * per * per - drift * drift / 2,
        -boundary * start - drift * time_s,
        -drift * start - 2 * per * (1 + scaled * by_u),
        by_w - drift * boundary,
    )
    time_boundary = -2 * per**3 * (by_u + scaled * uu)
    time_start = uw * per * per
    boundary_boundary = per * per * (2 + scaled * (6 * by_u + 4 * scaled * uu))
    boundary_start = -drift - 2 * scaled * per * uw
    bends = (
        (uu * per**4, -drift, time_boundary, time_start),
        (-drift, -time_s, -start, -boundary),
        (time_boundary, -start, boundary_boundary, boundary_start),
        (time_start, -boundary, boundary_start, ww),
    )
    return value, slopes, bends


log_passage = carried(passage)
"""From time, drift, boundary and start to the log density of passing the lower boundary [log 1/s].

Turn the signs of drift and start (``-drift``, ``1 - start``) for the upper one."""


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


def _log_g(scaled: Any, start: Any) -> Curved:
    """Take the series that converges, with its derivatives by scaled time and start."""
    long = scaled > SWITCH
    late = _long(jnp.where(long, scaled, SWITCH), start)
    soon = _short(jnp.where(long, SWITCH, scaled), start)
    value, by_u, by_w, uu, uw, ww = (
        jnp.where(long, one, other) for one, other in zip(late, soon, strict=True)
    )
    return value, (by_u, by_w), ((uu, uw), (uw, ww))


def _short(scaled: Any, start: Any) -> tuple[Any, ...]:
    """Sum the series for short times, relative to its first exponential.

    Terms nearly cancel by pairs: k and -k for starts near 0, k and -1 - k for starts near 1. The
    first pair is taken so that what remains is exact.
    """
    speed, rest = 1 / scaled, 1 - start
    fall, gap = jnp.expm1(-2 * rest * speed), jnp.expm1(-4 * start * speed)
    less = 1 + fall
    more = less * (1 + gap)
    both = less * more
    terms = {1: more, -1: less, 2: both * more**2, -2: both * less**2, -3: both**3 * less**3}
    near = start * (1 + less + more) + 2 * less * gap
    far = (start + 2) * more - 2 * rest - (1 + rest) * fall
    total = jnp.where(start < 0.5, near, far)
    total += sum((start + 2 * k) * terms[k] for k in (-2, 2, -3))
    by_r = by_w = rr = rw = ww = 0.0
    for k, term in terms.items():
        place, power, pace = start + 2 * k, 2 * k * (start + k), 2 * k * speed
        turn = 1 - pace * place
        by_r -= place * power * term
        by_w += turn * term
        rr += place * power**2 * term
        rw -= (power * turn + 2 * k * place) * term
        ww -= pace * (1 + turn) * term
    value, by_r, by_w, rr, rw, ww = _log_of(total, by_r, 1 + by_w, rr, rw, ww)
    value += 1.5 * jnp.log(speed) - start**2 * speed / 2 - 0.5 * math.log(2 * math.pi)
    by_r += 1.5 * scaled - start**2 / 2
    rr -= 1.5 * scaled**2
    by_w -= start * speed
    return (
        value,
        -(speed**2) * by_r,
        by_w,
        speed**3 * (speed * rr + 2 * by_r),
        -(speed**2) * (rw - start),
        ww - speed,
    )


def _long(scaled: Any, start: Any) -> tuple[Any, ...]:
    """Sum the series for long times, relative to its first exponential and sine."""
    sine, cosine = _sine(jnp.minimum(start, 1 - start)), _sine(0.5 - start)
    fall = jnp.exp(-RATE * scaled)
    third = fall**3
    eighth = third**2 * fall**2
    second, fourth = 4 * third, 4 * eighth * third**2 * fall
    terms = (
        (3, second * cosine),
        (8, 3 * eighth * (4 * cosine**2 - 1)),
        (15, fourth * (8 * cosine**2 - 4) * cosine),
    )
    waves = ((3, second), (8, 24 * eighth * cosine), (15, fourth * (24 * cosine**2 - 4)))
    bow = 24 * eighth + 48 * fourth * cosine
    swing = -math.pi * sine
    wave = sum(one for _, one in waves)
    value, by_u, by_w, uu, uw, ww = _log_of(
        1 + sum(term for _, term in terms),
        -RATE * sum(n * term for n, term in terms),
        swing * wave,
        RATE**2 * sum(n**2 * term for n, term in terms),
        -RATE * swing * sum(n * one for n, one in waves),
        swing**2 * bow - math.pi**2 * cosine * wave,
    )
    log_sine, _, by_sine, _, _, bend = _log_of(
        sine, 0.0, math.pi * cosine, 0.0, 0.0, -(math.pi**2) * sine
    )
    value += math.log(math.pi) - RATE * scaled + log_sine
    return value, by_u - RATE, by_w + by_sine, uu, uw, ww + bend


def _log_of(total: Any, by_u: Any, by_w: Any, uu: Any, uw: Any, ww: Any) -> tuple[Any, ...]:
    """Turn a sum and its derivatives into those of its log; constant where it is but rounding."""
    there = total > SMALLEST
    safe = jnp.where(there, total, SMALLEST)
    per = jnp.where(there, 1 / safe, 0.0)
    by_u, by_w = by_u * per, by_w * per
    return (
        jnp.log(safe),
        by_u,
        by_w,
        uu * per - by_u**2,
        uw * per - by_u * by_w,
        ww * per - by_w**2,
    )


def _sine(share: Any) -> Any:
    """Give the sine of pi times a number between -1/2 and 1/2.

    XLA writes a polynomial into every sum that needs it, and calls a library for its own sine.
    """
    square, total = share**2, 0.0
    for factor in reversed(SINE):
        total = total * square + factor
    return share * total
