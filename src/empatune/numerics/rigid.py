"""Rigid motion of a head: six parameters, their matrix, and how far it moves a brain.

A matrix maps world points of the reference to world points of the moved volume [mm]: the
volume, resliced to the reference, is ``volume(matrix @ x)``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from empatune.typing import FloatArray

HEAD_RADIUS_MM = 50.0
"""Radius of the sphere that stands for a head in framewise displacement, Power et al. 2012,
doi 10.1016/j.neuroimage.2011.10.018 [mm]."""

BRAIN_RADIUS_MM = 80.0
"""Radius of the sphere that stands for a brain in Jenkinson's displacement, as in FSL [mm]."""


def matrix(parameters: ArrayLike) -> FloatArray:
    """Turn six parameters into a matrix, in SPM's order: translation, pitch, roll, yaw.

    Parameters
    ----------
    parameters : array_like, shape (6,)
        Translations x, y, z [mm], rotations about x, y, z [rad].

    Returns
    -------
    ndarray, shape (4, 4)
        Reference world to volume world [mm].
    """
    x, y, z, pitch, roll, yaw = np.asarray(parameters, dtype=np.float64)
    cx, sx, cy, sy, cz, sz = (
        np.cos(pitch),
        np.sin(pitch),
        np.cos(roll),
        np.sin(roll),
        np.cos(yaw),
        np.sin(yaw),
    )
    about_x = np.array([[1, 0, 0], [0, cx, sx], [0, -sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, sz, 0], [-sz, cz, 0], [0, 0, 1]])
    result = np.eye(4)
    result[:3, :3] = about_x @ about_y @ about_z
    result[:3, 3] = x, y, z
    return result


def parameters(matrix: ArrayLike) -> FloatArray:
    """Read the six parameters of a rigid matrix: the inverse of `matrix`.

    Parameters
    ----------
    matrix : array_like, shape (4, 4)
        A rigid motion [mm].

    Returns
    -------
    ndarray, shape (6,)
        Translations x, y, z [mm], rotations about x, y, z [rad], roll within +-pi/2.
    """
    m = np.asarray(matrix, dtype=np.float64)
    roll = np.arcsin(np.clip(m[0, 2], -1.0, 1.0))
    if abs(np.cos(roll)) < 1e-9:  # pitch and yaw turn about the same axis: all of it is yaw
        pitch, yaw = 0.0, np.arctan2(-m[1, 0], m[1, 1])
    else:
        pitch, yaw = np.arctan2(m[1, 2], m[2, 2]), np.arctan2(m[0, 1], m[0, 0])
    return np.array([*m[:3, 3], pitch, roll, yaw])


def small_motion(twist: ArrayLike, centre: ArrayLike) -> FloatArray:
    """Turn a translation and a rotation vector about a point into a matrix.

    Parameters
    ----------
    twist : array_like, shape (6,)
        Translation [mm], rotation vector by the right hand rule [rad].
    centre : array_like, shape (3,)
        The point about which to rotate [mm].

    Returns
    -------
    ndarray, shape (4, 4)
        The motion [mm].
    """
    vector = np.asarray(twist, dtype=np.float64)
    middle = np.asarray(centre, dtype=np.float64)
    a, b, c = vector[3:]
    angle = float(np.sqrt(a * a + b * b + c * c))
    cross = np.array([[0, -c, b], [c, 0, -a], [-b, a, 0]])
    first, second = (np.sinc(angle / np.pi), 0.5 * np.sinc(angle / (2 * np.pi)) ** 2)
    result = np.eye(4)
    result[:3, :3] += first * cross + second * cross @ cross
    result[:3, 3] = vector[:3] + middle - result[:3, :3] @ middle
    return result


def rms_displacement(
    matrix_a: ArrayLike,
    matrix_b: ArrayLike,
    *,
    points: ArrayLike | None = None,
    centre: ArrayLike = (0.0, 0.0, 0.0),
    radius_mm: float = BRAIN_RADIUS_MM,
) -> float:
    """Measure how far apart two motions put a brain, as root mean square over the brain.

    Exact over given points; otherwise over a solid sphere, after Jenkinson 1999 (FMRIB
    technical report TR99MJ1).

    Parameters
    ----------
    matrix_a, matrix_b : array_like, shape (4, 4)
        Two motions [mm].
    points : array_like, shape (n_points, 3), optional
        World points of the brain in the reference [mm].
    centre : array_like, shape (3,)
        Centre of the sphere [mm]; not used with points.
    radius_mm : float
        Radius of the sphere [mm]; not used with points.

    Returns
    -------
    float
        Root mean square distance [mm].
    """
    difference = np.asarray(matrix_a, dtype=np.float64) - np.asarray(matrix_b, dtype=np.float64)
    turn, shift = difference[:3, :3], difference[:3, 3]
    if points is not None:
        moved = np.asarray(points, dtype=np.float64) @ turn.T + shift
        return float(np.sqrt((moved**2).sum(axis=1).mean()))
    shift = shift + turn @ np.asarray(centre, dtype=np.float64)
    return float(np.sqrt(radius_mm**2 / 5 * (turn**2).sum() + shift @ shift))


def framewise_displacement(
    now: ArrayLike, before: ArrayLike, *, radius_mm: float = HEAD_RADIUS_MM
) -> float:
    """Sum the absolute changes of the six parameters, rotations as arcs on a sphere.

    Parameters
    ----------
    now, before : array_like, shape (6,)
        Parameters of a volume and of the one before: x, y, z [mm], rotations [rad].
    radius_mm : float
        Radius of the sphere [mm].

    Returns
    -------
    float
        Framewise displacement after Power et al. 2012 [mm].
    """
    change = np.abs(np.asarray(now, dtype=np.float64) - np.asarray(before, dtype=np.float64))
    return float(change[:3].sum() + radius_mm * change[3:].sum())
