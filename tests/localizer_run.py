"""A small head that moves, drifts and has one active place, for tests of localizers."""

from __future__ import annotations

from functools import cache

import numpy as np

from empatune.core import Grid, Provenance, Volume
from empatune.numerics import rigid
from empatune.numerics.design import convolved_boxcars
from empatune.signatures.training.blocks import Block
from empatune.signatures.training.localizer import Head

SHAPE, TR_S, N = (32, 36, 24), 2.0, 60
AFFINE = rigid.matrix([0, 0, 0, 0.15, 0, -0.05]) @ np.diag([-5.0, 5.0, 5.0, 1.0])
AFFINE[:3, 3] = AFFINE[:3, :3] @ -((np.array(SHAPE) - 1) / 2)
GRID = Grid(shape=SHAPE, affine=AFFINE)
BLOBS = np.random.default_rng(7).normal(size=(16, 3)) * [25, 30, 20]
HEIGHTS = np.random.default_rng(8).uniform(-1, 1, size=16)
BLOCKS = tuple(Block(condition="a", onset_s=8 + 28.0 * n, duration_s=12) for n in range(4))
EFFECTS = (12.0, 6.0, -6.0, 0.0)
ACTIVE = np.array([30.0, 0.0, 10.0])


def anatomy(motion, activity: float = 0.0):
    """A smooth head with blobs and one active place, evaluated exactly at the moved voxels."""
    world = AFFINE[:3, :3] @ np.indices(SHAPE).reshape(3, -1) + AFFINE[:3, 3:]
    back = np.linalg.inv(rigid.matrix(motion))
    places = back[:3, :3] @ world + back[:3, 3:]
    radius = np.sqrt((places**2 / np.array([[60], [72], [50]]) ** 2).sum(axis=0))
    values = 600 / (1 + np.exp((radius - 1) * 14))
    for centre, height in zip(BLOBS, HEIGHTS, strict=True):
        near = ((places - centre[:, None]) ** 2).sum(axis=0)
        values += 300 * height * np.exp(-near / (2 * 8.0**2))
    near = ((places - ACTIVE[:, None]) ** 2).sum(axis=0)
    values = np.clip(values, 0, None) + activity * np.exp(-near / (2 * 12.0**2))
    return values.reshape(SHAPE).astype(np.float32)


def volume(image, index: int, grid: Grid = GRID) -> Volume:
    return Volume(
        stored=image,
        grid=grid,
        index=index,
        tr_s=TR_S,
        received_ns=0,
        provenance=Provenance(source="replay", kind="nifti", series="s"),
    )


def person(fwhm_mm: float = 8.0) -> Head:
    reference = anatomy(np.zeros(6))
    return Head(grid=GRID, reference=reference, brain=reference > 300, fwhm_mm=fwhm_mm)


@cache
def moving(
    amplitudes: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0),
    noise_sd: float = 0.0,
    blocks: tuple[Block, ...] = BLOCKS,
    seed: int = 3,
) -> list[Volume]:
    """A run in which the active place answers to each block with its amplitude."""
    rng = np.random.default_rng(seed)
    drift = np.cumsum(rng.normal(size=(N, 6)) * [0.05, 0.05, 0.05, 5e-4, 5e-4, 5e-4], axis=0)
    activity = np.zeros(N)
    for amplitude, block in zip(amplitudes, blocks, strict=True):
        times = [block.onset_s], [block.duration_s]
        activity += amplitude * convolved_boxcars(*times, n_volumes=N, tr_s=TR_S)
    images = [anatomy(where, size) for where, size in zip(drift, activity, strict=True)]
    return [
        volume((image + noise_sd * rng.normal(size=SHAPE)).astype(np.float32), index)
        for index, image in enumerate(images)
    ]
