"""One person's run as images to train on: realigned, smoothed, one estimate a block.

The same arithmetic as in the real-time loop: volumes are sampled, unsmoothed, where the head
moved to, and a response is a dot product with weights that carry spline and smoothing. Spline and
smoothing act on space, the model of the run on time, and the two commute: here they are applied
to the few images of the blocks, never to the volumes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from empatune.core import Grid, Volume
from empatune.errors import TrainingError
from empatune.numerics import expression, realignment, rigid
from empatune.numerics.design import convolved_boxcars, drift_columns
from empatune.numerics.sampling import Columns, columns, sample
from empatune.numerics.smoothing import smooth
from empatune.signatures.training.blocks import Block
from empatune.typing import BoolArray, Float32Array, FloatArray, IntArray

ARC = np.array([1, 1, 1, 50, 50, 50])
"""Turns rotations into millimetres on a sphere of the head's size [mm per rad]."""

CHUNK = 20_000
"""Voxels that are combined over time at once."""

N_NOISE = 80
"""Volumes, at most, from whose residuals the noise of a voxel is measured."""

SMALLEST_USABLE = 0.5
"""A run of which a smaller share of the volumes fits the reference is refused."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """A person's brain as it was prepared, and how it is seen.

    Parameters
    ----------
    grid : Grid
        The grid of the preparation.
    reference : ndarray, shape (n_i, n_j, n_k), float32
        Mean EPI.
    brain : ndarray, shape (n_i, n_j, n_k), bool
        The brain in it.
    fwhm_mm : float
        Smoothing, that of the study in which the decoder will run [mm].
    fd_mm : float
        A volume with more framewise displacement is not used, as in the study [mm].
    """

    grid: Grid
    reference: Float32Array
    brain: BoolArray
    fwhm_mm: float = 6.0
    fd_mm: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A run that was brought to a reference.

    Parameters
    ----------
    head : Head
        The reference.
    samples : ndarray, shape (n_volumes, n_samples), float32
        Volumes at the moved places, smoothed by the B-spline kernel alone, as the loop samples
        them [brain mean of the reference = 100].
    where : Columns
        The voxels that were sampled: the brain and as far around it as smoothing reaches.
    motion : ndarray, shape (n_volumes, 6)
        Translations [mm] and rotations [rad].
    usable : ndarray, shape (n_volumes,), bool
        Volumes that fit the reference and did not move.
    positions : ndarray, shape (n_volumes,), int
        Index of each volume in the run: a lost volume leaves a gap.
    tr_s : float
        Repetition time [s].
    """

    head: Head
    samples: Float32Array
    where: Columns
    motion: FloatArray
    usable: BoolArray
    positions: IntArray
    tr_s: float

    @property
    def n_planned(self) -> int:
        """Volumes up to the last one, lost ones included."""
        return int(self.positions[-1]) + 1

    def images(self, rows: FloatArray) -> Float32Array:
        """Combine volumes over time; reslice by cubic splines and smooth what comes out.

        Parameters
        ----------
        rows : ndarray, shape (n_images, n_volumes)
            What each volume contributes to each image.

        Returns
        -------
        ndarray, shape (n_images, n_brain_voxels), float32
            Brain voxels.
        """
        combined = np.empty((len(rows), self.samples.shape[1]))
        for start in range(0, self.samples.shape[1], CHUNK):
            part = slice(start, start + CHUNK)
            combined[:, part] = rows @ self.samples[:, part].astype(np.float64)
        places = tuple(self.where.coordinates().T)
        images = np.empty((len(rows), int(self.head.brain.sum())), dtype=np.float32)
        for number, values in enumerate(combined):
            field = np.zeros(self.head.grid.shape)
            field[places] = values
            sharp = ndimage.spline_filter(field, order=3, mode="mirror")
            smoothed = smooth(sharp, self.head.grid.affine, self.head.fwhm_mm)
            images[number] = smoothed[self.head.brain]
        return images

    def responses(self, maps: Float32Array) -> FloatArray:
        """Score every volume on weight maps, as the real-time loop does.

        Parameters
        ----------
        maps : ndarray, shape (n_maps, n_i, n_j, n_k)
            Weights in the grid of the reference.

        Returns
        -------
        ndarray, shape (n_volumes, n_maps)
            Raw responses [brain mean of the reference = 100].
        """
        carried = expression.prepare_weights(
            maps, self.head.grid.affine, fwhm_mm=self.head.fwhm_mm, mask=self.head.brain
        )
        field = np.zeros((len(maps), *self.head.grid.shape), dtype=np.float32)
        field[:, *carried.where.coordinates().T] = carried.values
        weights = field[:, *self.where.coordinates().T].astype(np.float64)
        return np.array([weights @ each.astype(np.float64) for each in self.samples])


def bring_to_reference(
    volumes: Sequence[Volume],
    head: Head,
    *,
    progress: Callable[[float], None] = lambda _share: None,
) -> Run:
    """Realign every volume of a run to a person's reference and sample it there.

    Parameters
    ----------
    volumes : sequence of Volume
        The run.
    head : Head
        The reference.
    progress : callable
        Told which share of the volumes is done.

    Returns
    -------
    Run
        The run in the place of the reference. Volumes that are not finite, moved or do not fit
        are kept and marked.

    Raises
    ------
    TrainingError
        If it is no run, lies in another grid, or hardly any volume fits the reference.
    """
    _check(volumes, head.grid)
    affine = head.grid.affine
    from_world = np.linalg.inv(affine)
    prepared = realignment.prepare_reference(head.reference, affine, mask=head.brain)
    where = columns(_reached(head))
    scale = np.float32(100.0 / float(head.reference[head.brain].mean()))
    samples = np.zeros((len(volumes), where.n_voxels), dtype=np.float32)
    motion, usable = np.zeros((len(volumes), 6)), np.zeros(len(volumes), dtype=bool)
    last, first = np.zeros(6), True
    for number, volume in enumerate(volumes):
        image = volume.intensities()
        progress((number + 1) / len(volumes))
        motion[number] = last
        if not np.isfinite(image).all():
            continue
        found = realignment.estimate(image, prepared, last, coarse=first)
        motion[number] = found.parameters
        moved = 0.0 if first else rigid.framewise_displacement(found.parameters, last)
        usable[number] = found.converged and moved <= head.fd_mm
        to_volume = from_world @ rigid.matrix(found.parameters) @ affine
        samples[number] = sample(image, where, to_volume)[0] * scale
        last, first = (found.parameters if found.converged else last), False
    if usable.mean() < SMALLEST_USABLE:
        raise TrainingError(
            f"{int((~usable).sum())} of {len(volumes)} volumes do not fit the preparation or moved "
            f"by more than {head.fd_mm:g} mm. Is it the preparation of this person and day? If "
            "so, allow more motion."
        )
    return Run(
        head=head,
        samples=samples,
        where=where,
        motion=motion,
        usable=usable,
        positions=np.array([volume.index for volume in volumes], dtype=np.int64),
        tr_s=volumes[-1].tr_s,
    )


def block_rows(run: Run, blocks: Sequence[Block]) -> FloatArray:
    """Solve the model of a run once: what each volume contributes to each block's estimate.

    Parameters
    ----------
    run : Run
        The run.
    blocks : sequence of Block
        All blocks of the run.

    Returns
    -------
    ndarray, shape (n_blocks, n_volumes)
        Least squares with a regressor for each block beside constant, drift and motion; volumes
        that are not usable contribute nothing.

    Raises
    ------
    TrainingError
        If there are too few volumes, or a block lies outside the run or on unusable volumes.
    """
    tasks = _tasks(run, blocks)
    design = np.column_stack([*tasks, *_nuisance(run).T])[run.usable]
    if design.shape[1] >= len(design):
        raise TrainingError(
            f"{len(design)} usable volumes are too few for {len(blocks)} blocks, drift and motion."
        )
    rows = np.zeros((len(blocks), len(run.usable)))
    rows[:, run.usable] = np.linalg.pinv(design)[: len(blocks)]
    return rows


def block_images(run: Run, blocks: Sequence[Block]) -> Float32Array:
    """Estimate the response to each block, apart from drift and motion.

    Parameters
    ----------
    run : Run
        The run.
    blocks : sequence of Block
        All blocks of the run.

    Returns
    -------
    ndarray, shape (n_blocks, n_brain_voxels), float32
        One estimate a block [brain mean of the reference = 100].

    Raises
    ------
    TrainingError
        If there are too few volumes, or a block lies outside the run or on unusable volumes.
    """
    return run.images(block_rows(run, blocks))


def noise(run: Run, blocks: Sequence[Block]) -> FloatArray:
    """Measure each voxel's noise: what blocks, drift and motion do not explain.

    Parameters
    ----------
    run : Run
        The run.
    blocks : sequence of Block
        All blocks of the run.

    Returns
    -------
    ndarray, shape (n_brain_voxels,)
        Standard deviation, at least half of that of the middle voxel, so that quiet voxels at
        the edge do not dominate [brain mean of the reference = 100].

    Raises
    ------
    TrainingError
        If the run does not change.
    """
    design = np.column_stack([*_tasks(run, blocks), *_nuisance(run).T])[run.usable]
    n = len(design)
    left = np.zeros((n, len(run.usable)))
    left[:, run.usable] = np.eye(n) - design @ np.linalg.pinv(design)
    chosen = np.linspace(0, n - 1, min(N_NOISE, n)).astype(int)
    residuals = run.images(left[chosen]).astype(np.float64)
    share = 1 - np.linalg.matrix_rank(design) / n
    found = np.sqrt((residuals**2).mean(axis=0) / share)
    middle = float(np.median(found))
    if middle < 1e-4:  # of a brain of 100: less than rounding makes
        raise TrainingError("The run does not change from volume to volume: it holds no signal.")
    return np.asarray(np.maximum(found, middle / 2))


def responsive(run: Run, blocks: Sequence[Block], *, spread: FloatArray) -> FloatArray:
    """Measure how surely each voxel answers to blocks of any kind, against rest.

    The labels of the blocks play no part, so that voxels may be selected by it before labels are
    learned or exchanged.

    Parameters
    ----------
    run : Run
        The run.
    blocks : sequence of Block
        All blocks of the run.
    spread : ndarray, shape (n_brain_voxels,)
        The voxels' noise, from `noise`.

    Returns
    -------
    ndarray, shape (n_brain_voxels,)
        t of one regressor for all blocks.
    """
    design = np.column_stack([np.sum(_tasks(run, blocks), axis=0), _nuisance(run)])[run.usable]
    row = np.zeros((1, len(run.usable)))
    row[0, run.usable] = np.linalg.pinv(design)[0]
    (effect,) = run.images(row).astype(np.float64)
    return np.asarray(effect / (spread * np.sqrt((row**2).sum())))


def _check(volumes: Sequence[Volume], grid: Grid) -> None:
    if len(volumes) < 2:
        raise TrainingError(
            f"A run has many volumes, and {len(volumes)} is given: give the folder of a series, or "
            "a 4D image."
        )
    for volume in volumes:
        if not volume.grid.matches(grid):
            raise TrainingError(
                f"Volume {volume.index} has {volume.grid.shape} voxels and lies elsewhere than the "
                f"preparation, which has {grid.shape}: shape or position differ. Prepare on this "
                "series: empatune prepare SERIES --out DIR."
            )


def _reached(head: Head) -> BoolArray:
    """Voxels that weights inside the brain can reach by smoothing and spline."""
    far = smooth(head.brain, head.grid.affine, head.fwhm_mm) > 0
    return np.asarray(ndimage.binary_dilation(far, iterations=2), dtype=bool)


def _tasks(run: Run, blocks: Sequence[Block]) -> list[FloatArray]:
    length_s = run.n_planned * run.tr_s
    tasks = []
    for block in blocks:
        if block.onset_s < 0 or block.onset_s + 4 > length_s:
            raise TrainingError(
                f"A block of '{block.condition}' begins at {block.onset_s:g} s; the run lasts from "
                f"0 to {length_s:g} s. Do events and series belong together?"
            )
        whole = convolved_boxcars(
            [block.onset_s], [block.duration_s], n_volumes=run.n_planned, tr_s=run.tr_s
        )
        task = whole[run.positions]
        if np.abs(task[run.usable]).sum() < 0.5 * np.abs(whole).sum():
            raise TrainingError(
                f"Most volumes of the block of '{block.condition}' at {block.onset_s:g} s are lost "
                "or unusable. Leave it out of the events, or allow more motion."
            )
        tasks.append(task)
    return tasks


def _nuisance(run: Run) -> FloatArray:
    drift = drift_columns(run.n_planned, run.tr_s)[run.positions]
    return np.column_stack([np.ones(len(drift)), drift, run.motion * ARC])
