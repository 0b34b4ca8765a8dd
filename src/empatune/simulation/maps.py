"""Simulated maps of people with ratings, to train a signature on and to rehearse with.

States are drawn from conditions and people, and show in patterns that are known. That training
finds them again is a recovery test, and no evidence on people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from empatune.bids import write_image
from empatune.simulation import head as heads
from empatune.simulation.patterns import expression
from empatune.simulation.signatures import synthetic
from empatune.typing import Float32Array, FloatArray

STATES = ("care", "distress", "reward")
"""What shows in the maps, each in a pattern of its own."""

CONDITIONS = {
    "suffering": (0.8, 1.0, 0.0),
    "suffering-mild": (0.4, 0.5, 0.0),
    "neutral": (0.0, 0.0, 0.0),
    "own-reward": (0.1, 0.0, 1.0),
}
"""Mean of each state in each condition."""

NOISE_FWHM_MM = 10.0
"""Smoothness of what is a person's own, and of noise [mm]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMapsSettings:
    """Size and strength of simulated maps.

    Parameters
    ----------
    n_people : int
        People; each has one map of every condition.
    step_mm : float
        Size of the voxels [mm].
    person_sd, trial_sd : float
        Spread of a state over people and over a person's maps.
    noise_sd : float
        Spread of a voxel's noise, in maps whose state of 1 shows with 1 in the strongest voxels.
    seed : int
        Seed of everything.
    """

    n_people: int = 24
    step_mm: float = 4.0
    person_sd: float = 0.4
    trial_sd: float = 0.3
    noise_sd: float = 2.0
    seed: int = 0


def simulate_maps(folder: Path, settings: SimulatedMapsSettings | None = None) -> Path:
    """Write one map a person and condition, and the table that `empatune train` reads.

    Parameters
    ----------
    folder : Path
        Where; made if it is not there.
    settings : SimulatedMapsSettings, optional
        Size and strength.

    Returns
    -------
    Path
        The table, ``maps.csv``: image, participant, condition, ratings of distress and care.
    """
    settings = settings or SimulatedMapsSettings()
    folder.mkdir(parents=True, exist_ok=True)
    head = heads.load(settings.step_mm)
    patterns = np.stack([expression(synthetic(name), head) for name in STATES])
    lines = ["image,participant,condition,distress,care"]
    for person in range(1, settings.n_people + 1):
        rng = np.random.default_rng([settings.seed, person])
        own = settings.person_sd * rng.standard_normal(len(STATES))
        ground = _noise(head, rng)
        for condition, means in CONDITIONS.items():
            states = np.add(means, own) + settings.trial_sd * rng.standard_normal(len(STATES))
            noise = settings.noise_sd * (ground + _noise(head, rng)) / np.sqrt(2)
            values = np.where(head.brain, np.tensordot(states, patterns, axes=1) + noise, 0)
            name = f"sub-{person:02d}_{condition}.nii.gz"
            write_image(folder / name, values.astype(np.float32), head.grid)
            care, distress = _ratings(states, rng)
            lines.append(f"{name},sub-{person:02d},{condition},{distress:.2f},{care:.2f}")
    table = folder / "maps.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table


def _noise(head: heads.Head, rng: np.random.Generator) -> Float32Array:
    field = rng.standard_normal(head.grid.shape).astype(np.float32)
    field = ndimage.gaussian_filter(field, NOISE_FWHM_MM / 2.3548 / head.grid.voxel_sizes_mm[0])
    return np.asarray(field / field[head.brain].std(), dtype=np.float32)


def _ratings(states: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Rate care and distress from 0 to 10, with error."""
    rated = 3 + 5 * states[:2] + 0.7 * rng.standard_normal(2)
    return np.clip(rated, 0, 10)
