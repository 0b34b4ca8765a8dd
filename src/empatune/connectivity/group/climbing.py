"""The climb of a group's free energy: regularised Newton steps, as SPM12 takes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, expm

from empatune.connectivity.group.hierarchy import Hierarchy, Point, look
from empatune.typing import FloatArray

_LIGHTEST, _HEAVIEST = 2.0, -4.0
"""Bounds of the log step of the climb: 2 is nearly Newton's, -4 nearly the plain gradient."""

_LEAPING = 8.0
"""From a step this long (sum of absolute changes) the blocks are climbed apart (SPM12)."""

_SETTLED = 0.25
"""Where no step rises, the climb is at its end if the slope promises less than this [nats]; it
promises something even at the top, as it leaves out the volume of the posterior (SPM12)."""

_FEWEST = 4
"""Iterations before the climb may end."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Climb:
    """Where a climb ended.

    Attributes
    ----------
    point : Point
        The last point at which the free energy was known.
    effects, scales : ndarray
        Where the last step led from there.
    n_iterations : int
        Points that were looked at.
    status : str
        Why it ended: ``converged``, ``no step rises`` or ``too many iterations``.
    """

    point: Point
    effects: FloatArray
    scales: FloatArray
    n_iterations: int
    status: str


@dataclass(slots=True, kw_only=True, eq=False)
class _Course:
    """What the climb remembers from step to step."""

    effects: FloatArray
    scales: FloatArray
    log_step: float = _HEAVIEST
    best: float = -np.inf
    gain: float = 0.0


def climb(hierarchy: Hierarchy, *, most_iterations: int, tolerance: float) -> Climb:
    """
    Climb to the group that explains the participants best.

    Regularised Newton steps, lengthened while the free energy rises, shortened when it falls, as
    spm_dcm_peb of SPM12 r7771 takes them. After a fall the next step leaves from the best point,
    along the slope that was found where it fell, and the step that follows the last look is
    taken on trust: both as in SPM, so that results agree to the last digits.

    Parameters
    ----------
    hierarchy : Hierarchy
        Participants, design and priors.
    most_iterations : int
        Greatest number of points to look at.
    tolerance : float
        The climb ends when the last rise was smaller [nats].

    Returns
    -------
    Climb
        The end of the climb.
    """
    course = _Course(
        effects=hierarchy.effect_mean.copy(),
        scales=np.full(hierarchy.membership.shape[1], hierarchy.scale_mean),
    )
    best = course.effects, course.scales
    status = "too many iterations"
    for n_iterations in range(1, most_iterations + 1):
        point = look(hierarchy, course.effects, course.scales)
        if point.free_energy >= course.best:
            rise = point.free_energy - course.best
            course.gain = rise if np.isfinite(rise) else 0.0
            course.best, best = point.free_energy, (course.effects, course.scales)
            course.log_step = min(course.log_step + 0.25, _LIGHTEST)
        else:
            course.log_step = max(course.log_step - 1.0, _HEAVIEST)
        by_effects, by_scales = _step(point, course.log_step)
        course.effects, course.scales = best[0] + by_effects, best[1] + np.tanh(by_scales)
        if n_iterations <= _FEWEST:
            continue
        if course.gain < tolerance:
            status = "converged"
            break
        if course.log_step <= _HEAVIEST:
            status = "converged" if _promise(point) < _SETTLED else "no step rises"
            break
    return Climb(
        point=point,
        effects=course.effects,
        scales=course.scales,
        n_iterations=n_iterations,
        status=status,
    )


def _promise(point: Point) -> float:
    """Give the rise that a full Newton step would promise."""
    return float(point.gradient @ np.linalg.solve(-point.curvature, point.gradient) / 2)


def _step(point: Point, log_step: float) -> tuple[FloatArray, FloatArray]:
    """Step along the slope; a leap is taken again with effects and scales apart."""
    n = len(point.effects)
    step = _flow(point.curvature, point.gradient, log_step)
    if np.abs(step).sum() >= _LEAPING:
        apart = block_diag(point.curvature[:n, :n], point.curvature[n:, n:])
        step = _flow(apart, point.gradient, log_step)
    return step[:n], step[n:]


def _flow(curvature: FloatArray, gradient: FloatArray, log_step: float) -> FloatArray:
    """Follow the gradient on a locally quadratic surface for a time (Ozaki's linearisation)."""
    n = len(gradient)
    duration = np.exp(log_step - np.linalg.slogdet(curvature)[1] / n)
    system = np.zeros((n + 1, n + 1))
    system[1:, 0], system[1:, 1:] = duration * gradient, duration * curvature
    step: FloatArray = expm(system)[1:, 0]
    return step
