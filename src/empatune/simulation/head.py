"""A head that can be scanned: tissue, contrast and the places where things happen.

Made from the T1 and tissue templates that ship inside nilearn (ICBM 152, Fonov et al. 2011,
doi 10.1016/j.neuroimage.2010.07.033); nothing is downloaded. Everything lies on a lattice in
MNI space; a participant's own head is this one, seen through an affine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage

from empatune.core import Grid
from empatune.typing import BoolArray, Float32Array, FloatArray

GREY, WHITE, FLUID, SCALP, EYES = 1.0, 0.84, 1.55, 0.22, 0.9
"""Brightness of tissues in a T2*-weighted echo-planar image, relative to grey matter: what
three real runs look like, not a physical model."""

FOLDS = 0.13
"""Standard deviation of the cortex's brightness that folds make [grey matter's mean]."""

SINUSES_MM = (
    ((0.0, 36.0, -28.0), 15.0, 0.75),
    ((-46.0, 2.0, -44.0), 13.0, 0.5),
    ((46.0, 2.0, -44.0), 13.0, 0.5),
)
"""Air beside the brain takes signal away: centre in MNI [mm], reach [mm], greatest share lost."""

EYES_MM = ((-32.0, 68.0, -38.0), (32.0, 68.0, -38.0))
"""Centres of the eyeballs, roughly [mm]."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """Tissue and contrast on a lattice in MNI space.

    Parameters
    ----------
    grid : Grid
        The lattice.
    contrast : ndarray, shape (n_i, n_j, n_k), float32
        Brightness at rest, grey matter = 1.
    grey, fluid : ndarray, shape (n_i, n_j, n_k), float32
        Shares of tissue.
    brain : ndarray, shape (n_i, n_j, n_k), bool
        Grey, white and what lies between.
    """

    grid: Grid
    contrast: Float32Array
    grey: Float32Array
    fluid: Float32Array
    brain: BoolArray

    def sphere(self, centre_mm: tuple[float, float, float], fwhm_mm: float) -> Float32Array:
        """Return a Gaussian hill.

        Parameters
        ----------
        centre_mm : tuple of float
            Its top, in MNI [mm].
        fwhm_mm : float
            Its width [mm].

        Returns
        -------
        ndarray, shape (n_i, n_j, n_k), float32
            Height 1 at the top.
        """
        hill = np.float32(1.0)
        for axis, (count, centre) in enumerate(zip(self.grid.shape, centre_mm, strict=True)):
            world = self.grid.affine[axis, axis] * np.arange(count) + self.grid.affine[axis, 3]
            profile = np.exp(-4 * np.log(2) * ((world - centre) / fwhm_mm) ** 2)
            shape = [1, 1, 1]
            shape[axis] = count
            hill = hill * profile.astype(np.float32).reshape(shape)
        return np.asarray(hill, dtype=np.float32)

    def coordinates(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return MNI coordinates along each axis, ready to broadcast.

        Returns
        -------
        tuple of ndarray
            Shapes (n_i, 1, 1), (1, n_j, 1) and (1, 1, n_k) [mm].
        """
        axes = [
            self.grid.affine[axis, axis] * np.arange(count) + self.grid.affine[axis, 3]
            for axis, count in enumerate(self.grid.shape)
        ]
        return axes[0][:, None, None], axes[1][None, :, None], axes[2][None, None, :]


@lru_cache(maxsize=4)
def load(step_mm: float) -> Head:
    """Make the head on a lattice.

    Parameters
    ----------
    step_mm : float
        Distance between neighbours on the lattice [mm].

    Returns
    -------
    Head
        The head; kept, because all participants share it.
    """
    from nilearn import datasets  # loads scikit-learn, which only a simulation needs

    grey_image = datasets.load_mni152_gm_template(resolution=1)
    white_image = datasets.load_mni152_wm_template(resolution=1)
    brain_image = datasets.load_mni152_brain_mask(resolution=1)
    grid = _lattice(grey_image.shape, grey_image.affine, step_mm)
    grey, white, brain = (
        _to_lattice(np.asarray(image.dataobj, dtype=np.float32), step_mm, grid.shape)
        for image in (grey_image, white_image, brain_image)
    )
    fluid = np.clip(brain - grey - white, 0, 1)
    head = Head(grid=grid, contrast=grey, grey=grey, fluid=fluid, brain=brain > 0.5)
    tissue = _folded(
        np.float32(GREY) * grey + np.float32(WHITE) * white + np.float32(FLUID) * fluid, head
    )
    contrast = np.maximum(tissue * _kept_signal(head), _skin(head))
    return Head(grid=grid, contrast=contrast, grey=grey, fluid=fluid, brain=brain > 0.5)


def on(grid: Grid) -> Head:
    """Make the head on any grid of MNI space whose axes are those of MNI.

    Parameters
    ----------
    grid : Grid
        The grid; voxels need not be cubes.

    Returns
    -------
    Head
        The head, blurred as far as the voxels ask.
    """
    fine = load(float(np.clip(min(grid.voxel_sizes_mm) * 2 / 3, 1.0, 4.0)))
    step = fine.grid.voxel_sizes_mm[0]
    to_fine = np.linalg.inv(fine.grid.affine) @ grid.affine
    sigma = [0.4 * np.sqrt(max(size**2 - step**2, 0.0)) / step for size in grid.voxel_sizes_mm]

    def sampled(image: Float32Array) -> Float32Array:
        moved = ndimage.affine_transform(
            ndimage.gaussian_filter(image, sigma, mode="constant"),
            to_fine[:3, :3],
            offset=to_fine[:3, 3],
            output_shape=grid.shape,
            order=1,
            mode="constant",
        )
        return np.asarray(moved, dtype=np.float32)

    return Head(
        grid=grid,
        contrast=sampled(fine.contrast),
        grey=sampled(fine.grey),
        fluid=sampled(fine.fluid),
        brain=sampled(fine.brain.astype(np.float32)) > 0.5,
    )


def _lattice(shape: tuple[int, ...], affine: FloatArray, step_mm: float) -> Grid:
    counts = [int(np.ceil(count / step_mm)) + 2 * _MARGIN for count in shape]
    placed = np.diag([step_mm, step_mm, step_mm, 1.0])
    placed[:3, 3] = affine[:3, 3] - _MARGIN * step_mm
    return Grid(shape=(counts[0], counts[1], counts[2]), affine=placed)


_MARGIN = 4  # lattice points around the template, for the skin and for the kernel's reach


def _to_lattice(image: Float32Array, step_mm: float, shape: tuple[int, int, int]) -> Float32Array:
    """Smooth a 1 mm image so that it survives the coarser lattice, then take every nth point."""
    smooth = ndimage.gaussian_filter(image, 0.4 * step_mm, mode="constant")
    return np.asarray(
        ndimage.affine_transform(
            smooth,
            np.diag(np.full(3, step_mm)),
            offset=-_MARGIN * step_mm,
            output_shape=shape,
            order=1,
            mode="constant",
        ),
        dtype=np.float32,
    )


def _folded(tissue: Float32Array, head: Head) -> Float32Array:
    """Give the average brain edges and folds again, as every single brain has them."""
    step = float(head.grid.affine[0, 0])
    sharp = tissue + 0.8 * (tissue - ndimage.gaussian_filter(tissue, 3.0 / step))
    folds = np.random.default_rng(1).standard_normal(head.grid.shape).astype(np.float32)
    folds = ndimage.gaussian_filter(folds, 2.2 / step)
    rough = sharp + FOLDS / folds.std() * folds * head.grey
    return np.asarray(np.clip(rough, 0, 1.8) * (head.brain | (tissue > 0.2)), dtype=np.float32)


def _kept_signal(head: Head) -> Float32Array:
    kept = np.ones(head.grid.shape, dtype=np.float32)
    for centre, reach, lost in SINUSES_MM:
        kept *= 1 - np.float32(lost) * head.sphere(centre, 2 * reach)
    return kept


def _skin(head: Head) -> Float32Array:
    """Make the faint, patchy ring of scalp and the eyeballs that echo-planar images show."""
    step = float(head.grid.affine[0, 0])
    away = ndimage.distance_transform_edt(~head.brain) * step
    patches = np.random.default_rng(0).standard_normal(head.grid.shape).astype(np.float32)
    patches = ndimage.gaussian_filter(patches, 6 / step)
    patches = np.clip(0.6 + 0.5 * patches / patches.std(), 0.05, 1.6)
    ring = SCALP * patches * np.exp(-(((away - 11.0) / 3.0) ** 2))
    eyes = sum(head.sphere(centre, 20.0) for centre in EYES_MM)
    skin = ring + EYES * np.clip(2.5 * np.asarray(eyes) - 0.8, 0, 1) * (away > 2)
    return np.asarray(np.where(away > 0, skin, 0), dtype=np.float32)
