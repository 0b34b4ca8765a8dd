"""A whole brain in MNI space, run by run: what preprocessing leaves of a scan.

All that is smooth in time is a course times a map, and one matrix product gives many volumes at
once. Head motion is what realignment leaves behind: its displacement times the slope of the
brightness.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from empatune.core import Grid
from empatune.numerics.smoothing import FWHM_PER_SIGMA
from empatune.signatures import Signature
from empatune.simulation import head as heads
from empatune.simulation import motion, patterns, physiology
from empatune.simulation.head import Head
from empatune.simulation.motion import MotionSettings
from empatune.simulation.physiology import NoiseSettings
from empatune.systems import masks
from empatune.typing import Array, Float32Array, FloatArray

LEVEL = 1000.0
"""Brightness of grey matter."""

CENTRE_MM = (0.0, -18.0, 14.0)
"""Middle of the brain in MNI [mm]."""

BRAIN_MM = (150.0, 186.0, 156.0)
"""Size of a box around the brain, with some skin [mm]."""

LEFTOVER = 0.2
"""Share of the head's displacement that realignment and interpolation leave in the signal."""

BLOCK = 16
"""Volumes that one matrix product makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrainSettings:
    """The images of a simulated brain.

    Parameters
    ----------
    voxel_mm : tuple of float
        Size of the voxels [mm].
    shape : tuple of int or None
        How many there are along each axis; as many as the brain needs if None.
    state_percent : float
        Signal change of the strongest voxels for care or distress as strong as scales go
        [percent].
    region_percent : float
        Signal change of a region for activity of 1 [percent].
    sight_percent : float
        Signal change of visual cortex while something is shown [percent].
    smooth_fwhm_mm : float
        Smoothness of noise that neighbours share [mm].
    noise : NoiseSettings
        Noise.
    motion : MotionSettings
        Head motion.
    """

    voxel_mm: tuple[float, float, float] = (3.0, 3.0, 3.0)
    shape: tuple[int, int, int] | None = None
    state_percent: float = 1.5
    region_percent: float = 0.5
    sight_percent: float = 1.0
    smooth_fwhm_mm: float = 4.5
    noise: NoiseSettings = field(default_factory=lambda: NoiseSettings(thermal_percent=0.9))
    motion: MotionSettings = field(default_factory=MotionSettings)

    @property
    def grid(self) -> Grid:
        """Where the voxels lie: around the brain, with axes to the right, front and top."""
        sizes = np.array(self.voxel_mm)
        shape = self.shape or tuple(int(n) for n in np.ceil(np.array(BRAIN_MM) / sizes))
        affine = np.diag([*sizes, 1.0])
        affine[:3, 3] = np.array(CENTRE_MM) - sizes * (np.array(shape) - 1) / 2
        return Grid(shape=(shape[0], shape[1], shape[2]), affine=affine)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Activity:
    """What the blood does in one run.

    Parameters
    ----------
    care, distress, sight : ndarray, shape (n_volumes,)
        States, and something to look at; 1 is the plateau of a long block of what is as strong as
        scales go.
    regions : dict of str to ndarray, shape (n_volumes,)
        Activity of regions, without noise [units of a component].
    """

    care: FloatArray
    distress: FloatArray
    sight: FloatArray
    regions: dict[str, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Courses:
    """Everything that is drawn of a run before its images.

    Parameters
    ----------
    loadings : ndarray, shape (n_volumes, n_maps), float32
        The factor of each of the brain's maps.
    places : ndarray, shape (n_volumes, 6)
        Translations of the head [mm], rotations [rad].
    """

    loadings: Float32Array
    places: FloatArray


class Brain:
    """Makes the images of runs: maps once, volumes as often as one likes.

    Parameters
    ----------
    settings : BrainSettings
        The images.
    care, distress : Signature
        Where these states show.
    """

    def __init__(self, settings: BrainSettings, *, care: Signature, distress: Signature) -> None:
        self.settings = settings
        self.head = heads.on(settings.grid)
        maps = patterns.draw(self.head, care, distress)
        drawn = masks(self.head.grid, by="region", shape="probability")
        self._regions = tuple(drawn)
        self._flat = maps.flat
        activity = [(mask * self.head.grey).reshape(-1)[maps.flat] for mask in drawn.values()]
        bright = np.float32(LEVEL) * maps.contrast
        self._maps = np.concatenate(
            [maps.patterns * bright, np.stack(activity) * bright, self._moving()]
        ).astype(np.float32)
        noise, uneven = settings.noise, _uneven(self.head).reshape(-1)[maps.flat]
        self._rest = bright
        self._unrest = np.float32(noise.local_percent / 100) * bright * maps.unrest * uneven
        self._thermal = np.float32(noise.thermal_percent / 100 * LEVEL) * uneven
        sizes = np.array(self.head.grid.voxel_sizes_mm)
        self._sigma = settings.smooth_fwhm_mm / FWHM_PER_SIGMA / sizes
        self._gain = _kept(self._sigma)

    def courses(self, activity: Activity, *, tr_s: float, rng: np.random.Generator) -> Courses:
        """Draw what is smooth in time.

        Parameters
        ----------
        activity : Activity
            What the blood does.
        tr_s : float
            Repetition time [s].
        rng : Generator
            Of physiology and motion.

        Returns
        -------
        Courses
            One row a volume.
        """
        settings, noise, n = self.settings, self.settings.noise, len(activity.care)
        drawn = physiology.draw(n, tr_s, settings=noise, rng=rng)
        places = motion.trajectory(n, tr_s, breath=drawn.breath, settings=settings.motion, rng=rng)
        nothing = np.zeros(n)
        percent = [
            settings.state_percent * activity.care,
            settings.state_percent * activity.distress,
            nothing,  # the model has no effort of regulation apart from its components
            settings.sight_percent * activity.sight,
            noise.breath_percent * drawn.breath,
            noise.heart_percent * drawn.heart,
            *(noise.drift_percent * drawn.drift.T),
            *(noise.network_percent * drawn.networks.T),
            *(settings.region_percent * activity.regions.get(name, nothing) for name in self._regions),
        ]  # fmt: skip
        loadings = np.concatenate([np.stack(percent, axis=1) / 100, places], axis=1)
        return Courses(loadings=loadings.astype(np.float32), places=places)

    def volumes(self, courses: Courses, rng: np.random.Generator) -> Iterator[Array]:
        """Make the images of a run.

        Parameters
        ----------
        courses : Courses
            What is smooth in time.
        rng : Generator
            Of the noise of voxels.

        Yields
        ------
        ndarray, shape (n_i, n_j, n_k), int16
            Intensities; 0 outside the head.
        """
        memory = np.float32(self.settings.noise.local_memory)
        fresh = np.sqrt(1 - memory**2, dtype=np.float32)
        local = self._local(rng)
        for first in range(0, len(courses.loadings), BLOCK):
            smooth = courses.loadings[first : first + BLOCK] @ self._maps
            for values in smooth:
                values += self._rest
                values += self._unrest * local
                values += self._thermal * rng.standard_normal(len(values), dtype=np.float32)
                image = np.zeros(self.head.grid.shape, dtype=np.int16)
                image.reshape(-1)[self._flat] = np.rint(np.maximum(values, 0, out=values))
                yield image
                local = memory * local + fresh * self._local(rng)

    def _local(self, rng: np.random.Generator) -> Float32Array:
        """Draw noise that neighbours share, with variance 1."""
        field = rng.standard_normal(self.head.grid.shape, dtype=np.float32)
        smooth = ndimage.gaussian_filter(field, self._sigma, mode="wrap", truncate=_TRUNCATE)
        drawn: Float32Array = smooth.reshape(-1)[self._flat] * self._gain
        return drawn

    def _moving(self) -> Float32Array:
        """Make the maps of six motions: displacement times slope of the brightness."""
        head = self.head
        slopes = np.gradient(ndimage.gaussian_filter(head.contrast, 1.0))
        slopes = [
            slope / size for slope, size in zip(slopes, head.grid.voxel_sizes_mm, strict=True)
        ]
        x, y, z = head.coordinates()
        a, b, c = slopes
        turned = [c * y - b * z, a * z - c * x, b * x - a * y]
        share = np.float32(-LEFTOVER * LEVEL)
        moved = np.stack([*slopes, *turned]).reshape(6, -1)[:, self._flat]
        return np.asarray(share * moved, dtype=np.float32)


_TRUNCATE = 2.0

UNEVEN = ((40.0, 0.4), (8.0, 0.9))
"""How much noise differs from place to place: smoothness of a field [mm], and its weight in the
logarithm of the noise. With the coils it makes the range of tSNR that real runs have."""

DEEP = 0.8
"""By how much noise is stronger in the brain's middle than at its rim, far from the coils."""


def _uneven(head: Head) -> Float32Array:
    """Draw how strong noise is from place to place, about 1 in the middle."""
    chance = np.random.default_rng(12)
    fields = [
        np.float32(weight) * patterns.smooth_field(head, chance, fwhm_mm)
        for fwhm_mm, weight in UNEVEN
    ]
    axes = zip(head.coordinates(), CENTRE_MM, BRAIN_MM, strict=True)
    outward = sum(((axis - centre) / (size / 2)) ** 2 for axis, centre, size in axes)
    deep = np.exp(DEEP * (0.4 - np.clip(outward, 0, 1.2)))
    return np.asarray(np.exp(sum(fields)) * deep, dtype=np.float32)


def _kept(sigma: FloatArray) -> np.float32:
    """Tell by what smoothed white noise has to be multiplied to keep its variance."""
    gain = 1.0
    for one in sigma:
        point = np.zeros(41)
        point[20] = 1.0
        kernel = ndimage.gaussian_filter1d(point, one, truncate=_TRUNCATE, mode="constant")
        gain /= np.sqrt((kernel**2).sum())
    return np.float32(gain)


def tissue_means(head: Head, volumes: Iterator[Array], into: list[list[float]]) -> Iterator[Array]:
    """Let volumes pass and note the means of fluid, white matter and brain.

    Parameters
    ----------
    head : Head
        The head.
    volumes : iterator of ndarray, shape (n_i, n_j, n_k)
        Images.
    into : list of list of float
        Where three means a volume are added.

    Yields
    ------
    ndarray, shape (n_i, n_j, n_k)
        The same images.
    """
    white = head.brain & (head.grey < 0.1) & (head.fluid < 0.1)
    fluid = head.brain & (head.fluid > 0.9)
    places = [np.flatnonzero(mask) for mask in (fluid, white, head.brain)]
    for volume in volumes:
        flat = volume.reshape(-1)
        into.append([float(flat[place].mean()) if len(place) else np.nan for place in places])
        yield volume
