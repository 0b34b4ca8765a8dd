"""How a head moves in a scanner: it wanders, twitches, nods and breathes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import signal

from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSettings:
    """How much a head moves.

    Parameters
    ----------
    wander_mm_per_min, wander_deg_per_min : float
        Standard deviation of a random walk after a minute [mm], [degrees].
    jumps_per_min : float
        Small lasting displacements a minute.
    jump_mm : float
        Typical size of one [mm]; in degrees the same number.
    nods_per_min : float
        Passing pitches a minute.
    nod_deg : float
        Typical height of one [degrees].
    breath_mm : float
        Amplitude of the apparent motion along z with every breath [mm].
    """

    wander_mm_per_min: float = 0.1
    wander_deg_per_min: float = 0.08
    jumps_per_min: float = 0.12
    jump_mm: float = 0.15
    nods_per_min: float = 0.1
    nod_deg: float = 0.4
    breath_mm: float = 0.025


_AXES_MM = np.array([0.5, 1.0, 1.4])  # heads slide along z more than sideways
_AXES_DEG = np.array([1.4, 0.6, 0.6])  # and pitch more than they roll and yaw
_NOD = np.array([0.4, 1.0, 0.7, 0.2])  # a nod lasts four volumes


def trajectory(
    n_volumes: int,
    tr_s: float,
    *,
    breath: FloatArray,
    settings: MotionSettings,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw the head's position in every volume of a run.

    Parameters
    ----------
    n_volumes : int
        Length of the run; a longer run begins with the same positions.
    tr_s : float
        Repetition time [s].
    breath : ndarray, shape (n_volumes,)
        The respiratory cycle at each volume, between -1 and 1.
    settings : MotionSettings
        How much the head moves.
    rng : Generator
        Source of chance.

    Returns
    -------
    ndarray, shape (n_volumes, 6)
        Translations x, y, z [mm], rotations about x, y, z [rad]; all 0 but for the breath in
        the first volume.
    """
    draws = rng.standard_normal((n_volumes, 20))
    chances = 0.5 * (1 + np.tanh(0.8 * draws[:, 18:20]))  # near enough to uniform
    minutes = tr_s / 60.0
    steps = np.zeros((n_volumes, 6))
    steps[:, :3] = draws[:, :3] * settings.wander_mm_per_min * np.sqrt(minutes) * _AXES_MM
    steps[:, 3:] = draws[:, 3:6] * settings.wander_deg_per_min * np.sqrt(minutes) * _AXES_DEG
    jumps = (chances[:, 0] < settings.jumps_per_min * minutes)[:, None]
    steps += jumps * draws[:, 6:12] * settings.jump_mm * np.concatenate([_AXES_MM, _AXES_DEG])
    steps[0] = 0.0
    nods = (chances[:, 1] < settings.nods_per_min * minutes) * (1 + 0.3 * draws[:, 12])
    nods[:2] = 0.0
    position = np.cumsum(steps, axis=0)
    position[:, 3] += settings.nod_deg * signal.lfilter(_NOD, [1.0], nods)
    position[:, 2] += settings.breath_mm * breath
    position[:, 3:] = np.radians(position[:, 3:])
    return position
