"""What moves the signal without any empathy: breath, heart, drift and the brain's own rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.numerics.memory import autoregress
from empatune.typing import FloatArray

N_NETWORKS = 8
"""Number of large networks that fluctuate by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSettings:
    """How noisy a person and a scanner are. Percentages are of the grey matter's mean.

    Parameters
    ----------
    thermal_percent : float
        Standard deviation of white noise in every voxel [percent].
    local_percent : float
        Standard deviation of noise that neighbours and following volumes share [percent]; more
        in fluid, and uneven. It reaches about as far as the voxels' own sharpness.
    local_memory : float
        Correlation of this noise from one volume to the next.
    network_percent : float
        Standard deviation of each large network's fluctuation at its core [percent].
    network_memory_s : float
        Time after which a network's fluctuation has fallen to 1/e [s].
    breath_hz, heart_hz : float
        Mean rates of breath and heart [Hz]; the repetition time aliases them.
    breath_percent, heart_percent : float
        Amplitudes where they are strongest [percent].
    drift_percent : float
        Typical slow change in ten minutes where it is strongest [percent].
    """

    thermal_percent: float = 0.8
    local_percent: float = 0.6
    local_memory: float = 0.45
    network_percent: float = 0.7
    network_memory_s: float = 8.0
    breath_hz: float = 0.28
    heart_hz: float = 1.1
    breath_percent: float = 0.35
    heart_percent: float = 0.9
    drift_percent: float = 1.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Courses:
    """Time courses of one run, each the factor of a map of the head.

    Parameters
    ----------
    breath, heart : ndarray, shape (n_volumes,)
        Cycles between -1 and 1.
    drift : ndarray, shape (n_volumes, 2)
        Two slow courses, about 1 after ten minutes.
    networks : ndarray, shape (n_volumes, N_NETWORKS)
        Standardised fluctuations.
    """

    breath: FloatArray
    heart: FloatArray
    drift: FloatArray
    networks: FloatArray


def draw(
    n_volumes: int, tr_s: float, *, settings: NoiseSettings, rng: np.random.Generator
) -> Courses:
    """Draw the courses of a run.

    Parameters
    ----------
    n_volumes : int
        Length of the run; a longer run begins with the same courses.
    tr_s : float
        Repetition time [s].
    settings : NoiseSettings
        Rates and memory.
    rng : Generator
        Source of chance.

    Returns
    -------
    Courses
        One value a volume.
    """
    traits = rng.standard_normal(8)
    draws = rng.standard_normal((n_volumes, 4 + N_NETWORKS))
    time_s = np.arange(n_volumes) * tr_s
    slow = time_s / 600.0
    wave = 1 - np.cos(2 * np.pi * time_s / 420.0)
    drift = np.stack([traits[0] * slow + 0.3 * traits[1] * wave, traits[2] * slow], axis=1)
    drift[:, 1] += 0.3 * traits[3] * np.sin(2 * np.pi * time_s / 260.0)
    return Courses(
        breath=_cycle(settings.breath_hz * (1 + 0.1 * traits[4]), 0.25, tr_s, draws[:, 0]),
        heart=_cycle(settings.heart_hz * (1 + 0.08 * traits[5]), 0.35, tr_s, draws[:, 1]),
        drift=drift,
        networks=remember(draws[:, 4:], tr_s, settings.network_memory_s),
    )


def remember(draws: FloatArray, tr_s: float, memory_s: float) -> FloatArray:
    """Turn white noise into noise that forgets slowly, with the same variance.

    Parameters
    ----------
    draws : ndarray, shape (n_volumes, n_courses)
        Standard normal draws.
    tr_s : float
        Repetition time [s].
    memory_s : float
        Time after which the correlation has fallen to 1/e [s].

    Returns
    -------
    ndarray, shape (n_volumes, n_courses)
        A first-order autoregressive process from its stationary start.
    """
    return autoregress(draws, np.exp(-tr_s / memory_s))


def _cycle(rate_hz: float, spread: float, tr_s: float, draws: FloatArray) -> FloatArray:
    """Sample a cycle whose phase wanders: what a slow scanner sees of breath and heart."""
    turns = rate_hz * tr_s * np.arange(len(draws)) + spread * np.sqrt(tr_s / 10) * np.cumsum(draws)
    return np.asarray(np.sin(2 * np.pi * turns))
