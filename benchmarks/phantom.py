"""Series of EPI-like volumes whose motion is known, made from the MNI template.

No interpolation of a voxel grid enters: each volume evaluates one continuous head, three times
finer than the voxels, at the moved places of its voxels. So no method of realignment finds its own
interpolation in the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nibabel as nib
import nilearn.datasets
import numpy as np
from scipy import ndimage

from empatune.numerics import rigid

BREATH = 0.006
GRIDS = {
    "64x64x36": ((64, 64, 36), (3.4, 3.4, 3.6)),
    "80x80x50": ((80, 80, 50), (2.75, 2.75, 2.8)),
    "104x104x72": ((104, 104, 72), (2.1, 2.1, 2.0)),
}
"""Shapes and voxel sizes [mm] of the benchmark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phantom:
    """A head in a grid, before noise.

    Parameters
    ----------
    shape : tuple of int
        Voxels along i, j, k.
    affine : ndarray, shape (4, 4)
        Voxel to world [mm].
    head : ndarray
        Spline coefficients of the continuous head, 1 mm.
    to_head : ndarray, shape (4, 4)
        World to voxels of the head.
    brain : ndarray, shape shape, bool
        Brain voxels of the unmoved grid.
    """

    shape: tuple[int, int, int]
    affine: np.ndarray
    head: np.ndarray
    to_head: np.ndarray
    brain: np.ndarray

    @property
    def brain_points(self) -> np.ndarray:
        """World points of the brain, shape (n, 3) [mm]."""
        return np.argwhere(self.brain) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def volume(self, parameters: np.ndarray) -> np.ndarray:
        """Evaluate the moved head at every voxel; brain mean about 1000."""
        back = self.to_head @ np.linalg.inv(rigid.matrix(parameters)) @ self.affine
        voxels = np.indices(self.shape, dtype=np.float32).reshape(3, -1)
        places = back[:3, :3].astype(np.float32) @ voxels + back[:3, 3:].astype(np.float32)
        values = ndimage.map_coordinates(self.head, places, order=3, prefilter=False)
        return values.reshape(self.shape)


@cache
def _template() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    folder = Path(nilearn.datasets.__file__).parent / "data"
    name = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"
    images = [nib.load(folder / name.format(kind)) for kind in ("gm", "wm", "t1")]
    grey, white, t1 = (np.asarray(image.dataobj, dtype=np.float32) / 255 for image in images)
    brain = ndimage.binary_fill_holes(ndimage.gaussian_filter(t1, 2) > 0.1)
    fluid = np.clip(brain - grey - white, 0, 1)
    head = 1.0 * grey + 0.8 * white + 1.4 * fluid
    outside = ndimage.distance_transform_edt(~brain)
    head += 0.35 * np.exp(-(((outside - 9) / 2.5) ** 2) / 2)
    return head.astype(np.float32), brain, images[0].affine


@cache
def phantom(name: str) -> Phantom:
    """Make the head of one of the `GRIDS`, tilted as a scanner operator would."""
    shape, sizes = GRIDS[name]
    head, brain, world = _template()
    x, y, z = np.meshgrid(*[np.linspace(-1, 1, n) for n in head.shape], indexing="ij", sparse=True)
    head = head * (1 + 0.25 * y - 0.2 * z + 0.1 * x * y)
    dropout = np.exp(-((x / 0.25) ** 2 + ((y - 0.55) / 0.2) ** 2 + ((z + 0.55) / 0.2) ** 2))
    head = head * (1 - 0.8 * dropout)
    # in the plane an EPI holds no detail beyond k-space: T2* and filters blur to about 1.4 voxels
    head = ndimage.gaussian_filter(head, np.array(sizes) * [1.4, 1.4, 1.1] / 2.355)
    head *= 1000 / head[brain].mean()
    tilt = rigid.matrix([0, -18, 8, np.deg2rad(14), np.deg2rad(1.5), np.deg2rad(-2)])
    affine = tilt @ np.diag([-sizes[0], sizes[1], sizes[2], 1.0])
    affine[:3, 3] -= affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    to_head = np.linalg.inv(world)
    places = (to_head @ affine)[:3, :3] @ np.indices(shape).reshape(3, -1)
    places += (to_head @ affine)[:3, 3:]
    inside = ndimage.map_coordinates(brain.astype(np.float32), places, order=1) > 0.5
    return Phantom(
        shape=shape,
        affine=affine,
        head=ndimage.spline_filter(head, 3, output=np.float32),
        to_head=to_head,
        brain=inside.reshape(shape),
    )


def motion(n_volumes: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a random walk with a 1.4 mm jump and a nod of 3 mm at the front of the brain."""
    steps = rng.normal(size=(n_volumes, 6)) * [0.03, 0.03, 0.04, 5e-4, 3e-4, 3e-4]
    steps[0] = 0
    track = np.cumsum(steps, axis=0)
    track[n_volumes // 3 :, :3] += [0.6, -0.8, 0.98]
    nod = slice(n_volumes * 6 // 10, n_volumes * 8 // 10)
    n_nod = nod.stop - nod.start
    track[nod, 3] += 3.0 / 80 * np.sin(np.pi * (np.arange(n_nod) + 1) / (n_nod + 1))
    return track


def noisy(volume: np.ndarray, rng: np.random.Generator, *, percent: float = 1.5) -> np.ndarray:
    """Add thermal noise, smooth physiological noise and a drift of the gain."""
    coarse = rng.normal(size=[n // 6 + 2 for n in volume.shape])
    zoom = [n / m for n, m in zip(volume.shape, coarse.shape, strict=True)]
    breathing = BREATH * ndimage.zoom(coarse, zoom, order=1)
    gain = 1 + 0.004 * rng.normal()
    result = gain * volume * (1 + breathing) + 10 * percent * rng.normal(size=volume.shape)
    return np.clip(np.rint(result), 0, 4095).astype(np.float32)
