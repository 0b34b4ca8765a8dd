"""One person's run as images to train on: realigned, smoothed, one estimate a block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from empatune.core import Grid
from empatune.errors import TrainingError
from empatune.numerics import realignment, rigid
from empatune.numerics.design import convolved_boxcars, drift_columns
from empatune.numerics.smoothing import smooth
from empatune.typing import BoolArray, Float32Array, FloatArray

ARC = np.array([1, 1, 1, 50, 50, 50])
"""Turns rotations into millimetres on a sphere of the head's size [mm per rad]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a run.

    Parameters
    ----------
    condition : str
        What was shown.
    onset_s, duration_s : float
        From the start of volume 0 [s].
    """

    condition: str
    onset_s: float
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A run that was brought to a reference.

    Parameters
    ----------
    images : ndarray, shape (n_volumes, n_brain_voxels), float32
        Realigned and smoothed [brain mean of the reference = 100].
    motion : ndarray, shape (n_volumes, 6)
        Translations [mm] and rotations [rad].
    """

    images: Float32Array
    motion: FloatArray


def bring_to_reference(
    volumes: Iterable[Float32Array],
    grid: Grid,
    *,
    reference: Float32Array,
    brain: BoolArray,
    fwhm_mm: float = 6.0,
) -> Run:
    """Realign, reslice by cubic splines, smooth and scale every volume of a run.

    Parameters
    ----------
    volumes : iterable of ndarray, shape (n_i, n_j, n_k), float32
        The run.
    grid : Grid
        Where run and reference lie.
    reference : ndarray, shape (n_i, n_j, n_k), float32
        The person's mean EPI, of this run or of a preparation.
    brain : ndarray, shape (n_i, n_j, n_k), bool
        The brain in it.
    fwhm_mm : float
        Smoothing, that of the study in which the decoder will run [mm].

    Returns
    -------
    Run
        Brain voxels in the place of the reference.
    """
    prepared = realignment.prepare_reference(reference, grid.affine, mask=brain)
    scale = 100.0 / float(reference[brain].mean())
    indices = np.indices(grid.shape).reshape(3, -1)
    images, motions, motion = [], [], np.zeros(6)
    for number, volume in enumerate(volumes):
        motion = realignment.estimate(volume, prepared, motion, coarse=number == 0).parameters
        there = np.linalg.inv(grid.affine) @ rigid.matrix(motion) @ grid.affine
        places = there[:3, :3] @ indices + there[:3, 3:]
        moved = ndimage.map_coordinates(volume.astype(np.float64), places, order=3, mode="mirror")
        smoothed = smooth(moved.reshape(grid.shape), grid.affine, fwhm_mm)
        images.append((smoothed[brain] * scale).astype(np.float32))
        motions.append(motion)
    return Run(images=np.array(images), motion=np.array(motions))


def block_images(run: Run, blocks: Sequence[Block], *, tr_s: float) -> Float32Array:
    """Estimate the response to each block, apart from drift and motion.

    Parameters
    ----------
    run : Run
        The run.
    blocks : sequence of Block
        All blocks of the run.
    tr_s : float
        Repetition time [s].

    Returns
    -------
    ndarray, shape (n_blocks, n_brain_voxels), float32
        One estimate a block, by ordinary least squares with a regressor for each block.

    Raises
    ------
    TrainingError
        If there are too few volumes, or a block lies outside the run.
    """
    n_volumes = len(run.images)
    for block in blocks:
        if block.onset_s < 0 or block.onset_s + 4 > n_volumes * tr_s:
            raise TrainingError(
                f"A block of '{block.condition}' begins at {block.onset_s:g} s; the run lasts from "
                f"0 to {n_volumes * tr_s:g} s. Do events and series belong together?"
            )
    tasks = [
        convolved_boxcars([b.onset_s], [b.duration_s], n_volumes=n_volumes, tr_s=tr_s)
        for b in blocks
    ]
    design = np.column_stack(
        [*tasks, np.ones(n_volumes), drift_columns(n_volumes, tr_s), run.motion * ARC]
    )
    if design.shape[1] >= n_volumes:
        raise TrainingError(
            f"{n_volumes} volumes are too few for {len(blocks)} blocks, drift and motion."
        )
    inverse = np.linalg.pinv(design)[: len(blocks)]
    return (inverse @ run.images).astype(np.float32)
