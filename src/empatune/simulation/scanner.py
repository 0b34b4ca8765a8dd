"""The simulated scanner: images of a head that moves, with the noise of both."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from empatune.core import Grid
from empatune.numerics import rigid
from empatune.numerics.sampling import columns, sample
from empatune.signatures.signature import Signature
from empatune.simulation import head, patterns
from empatune.simulation.physiology import NoiseSettings
from empatune.typing import Array, Float32Array, FloatArray

BRIGHTNESS = 900.0
"""Intensity of grey matter in the images, as scanners scale it."""

_LAGS = 4  # noise older than this is forgotten, so that any volume can be made on its own
_SAMPLED_VARIANCE = 0.48**3  # what the B-spline that samples white noise leaves of its variance


class Scanner:
    """Makes images: the head's maps moved through a grid, coil, noise.

    Parameters
    ----------
    grid : Grid
        The images' voxels.
    mni_to_world : ndarray, shape (4, 4)
        Where the head lies at rest [mm].
    care, distress : Signature
        Where these states show.
    noise : NoiseSettings
        Noise of scanner and brain.
    seed : int
        Of the coil and of the noise.
    occasion : int
        Which run of this person: another one has other noise.
    """

    def __init__(
        self,
        grid: Grid,
        mni_to_world: FloatArray,
        *,
        care: Signature,
        distress: Signature,
        noise: NoiseSettings,
        seed: int,
        occasion: int = 0,
    ) -> None:
        self._grid = grid
        self._thermal = np.float32(noise.thermal_percent / 100 * BRIGHTNESS)
        self._noise = noise
        self._seed = seed
        self._occasion = [occasion] if occasion else []
        step_mm = float(np.clip(min(grid.voxel_sizes_mm) * 2 / 3, 1.5, 4.0))
        self._maps = patterns.maps(step_mm, care, distress)
        lattice = head.load(step_mm).grid
        self._head = np.zeros(lattice.shape, dtype=np.float32)
        self._to_lattice = np.linalg.inv(mni_to_world @ lattice.affine)
        at_rest = self._at_rest()
        self._where = columns(ndimage.binary_dilation(at_rest > 0.01, iterations=2))
        at = self._where.coordinates()
        self._flat = np.ravel_multi_index((at[:, 0], at[:, 1], at[:, 2]), grid.shape)
        self._coil = _coil(grid, seed).reshape(-1)[self._flat]
        self._fields: dict[int, Float32Array] = {}

    def image(self, index: int, position: FloatArray, *, loadings: Float32Array) -> Array:
        """Make the image of one volume.

        Parameters
        ----------
        index : int
            Which volume: noise depends on it.
        position : ndarray, shape (6,)
            Where the head is: translations [mm], rotations [rad].
        loadings : ndarray, shape (n_courses,), float32
            The factor of each of the head's patterns.

        Returns
        -------
        ndarray, shape (n_i, n_j, n_k), int16
            Intensities.
        """
        rng = np.random.Generator(np.random.SFC64([self._seed, 7, index, *self._occasion]))
        image = rng.standard_normal(self._grid.shape, dtype=np.float32)
        image *= self._thermal
        image.reshape(-1)[self._flat] += self._signal(index, position, loadings)
        return np.asarray(np.rint(np.abs(image)), dtype=np.int16)

    def _signal(self, index: int, position: FloatArray, loadings: Float32Array) -> Float32Array:
        maps = self._maps
        change = loadings @ maps.patterns
        change += self._local_noise(index)
        change += 1
        self._head.reshape(-1)[maps.flat] = change * maps.contrast
        moved = np.linalg.inv(rigid.matrix(position))
        values, _ = sample(self._head, self._where, self._to_lattice @ moved @ self._grid.affine)
        return values * self._coil

    def _local_noise(self, n: int) -> Float32Array:
        """Noise that volumes share with those before and, through sampling, with neighbours."""
        noise = self._noise
        lags = [lag for lag in range(_LAGS) if lag <= n]
        self._fields = {n - lag: self._field(n - lag) for lag in lags}
        mixed = sum(np.float32(noise.local_memory**lag) * self._fields[n - lag] for lag in lags)
        kept = sum(noise.local_memory ** (2 * lag) for lag in range(_LAGS))
        scale = noise.local_percent / 100 / np.sqrt(kept * _SAMPLED_VARIANCE / 12)
        return np.float32(scale) * mixed * self._maps.unrest

    def _field(self, n: int) -> Float32Array:
        if n in self._fields:
            return self._fields[n]
        rng = np.random.Generator(np.random.SFC64([self._seed, 6, n, *self._occasion]))
        return rng.random(len(self._maps.flat), dtype=np.float32) - np.float32(0.5)

    def _at_rest(self) -> Float32Array:
        everywhere = columns(np.ones(self._grid.shape, dtype=bool))
        self._head.reshape(-1)[self._maps.flat] = self._maps.contrast
        values, _ = sample(self._head, everywhere, self._to_lattice @ self._grid.affine)
        return values.reshape(self._grid.shape)


def _coil(grid: Grid, seed: int) -> Float32Array:
    """Receive coils are brighter at the rim and uneven."""
    a, b, c = (
        np.linspace(-1, 1, count)[:, None, None].swapaxes(0, axis)
        for axis, count in enumerate(grid.shape)
    )
    lean = np.random.default_rng([seed, 8]).normal(0, 0.06, 3)
    uneven = 1 + 0.35 * (a**2 + b**2 - 0.5) + 0.1 * c**2 + lean[0] * a + lean[1] * b + lean[2] * c
    return np.asarray(BRIGHTNESS * uneven, dtype=np.float32)
