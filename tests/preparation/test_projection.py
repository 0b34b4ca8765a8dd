"""Moved weights must give the dot products that warped images would give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from empatune.core import Grid
from empatune.preparation.projection import project
from empatune.preparation.transforms import AffineTransform, FieldTransform

MNI = Grid(
    shape=(46, 55, 46),
    affine=np.array([[-4.0, 0, 0, 90], [0, 4, 0, -126], [0, 0, 4, -72], [0, 0, 0, 1]]),
)


def epi(voxel_mm: float) -> Grid:
    """An oblique EPI grid that holds all of the map."""
    turn = 0.2
    rotation = np.array(
        [[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]]
    )
    affine = np.eye(4)
    affine[:3, :3] = rotation * voxel_mm
    n = int(np.ceil(200 / voxel_mm))
    affine[:3, 3] = -affine[:3, :3] @ np.full(3, (n - 1) / 2)
    return Grid(shape=(n, n, n), affine=affine)


def bent() -> FieldTransform:
    """A smooth deformation of a few millimetres with a scale."""
    points = np.indices(MNI.shape).transpose(1, 2, 3, 0) @ MNI.affine[:3, :3].T + MNI.affine[:3, 3]
    waves = 4 * np.sin(points[..., [1, 2, 0]] / 25)
    return FieldTransform(grid=MNI, displacement_mm=(waves - 0.12 * points).astype(np.float32))


def smooth(shape: tuple[int, int, int], seed: int, sigma: float) -> np.ndarray:
    return gaussian_filter(np.random.default_rng(seed).normal(size=shape), sigma)


def warped(
    image: np.ndarray, grid: Grid, transform: FieldTransform | AffineTransform
) -> np.ndarray:
    """The image in MNI space, as an analyst would warp it."""
    points = np.indices(MNI.shape).reshape(3, -1).T @ MNI.affine[:3, :3].T + MNI.affine[:3, 3]
    where = np.linalg.inv(grid.affine)
    moved = transform.to_epi(points) @ where[:3, :3].T + where[:3, 3]
    return map_coordinates(image, moved.T, order=1).reshape(MNI.shape)


def a_map(seed: int = 0) -> np.ndarray:
    weights = smooth(MNI.shape, seed, 1.0)
    inside = np.zeros(MNI.shape, bool)
    inside[12:34, 12:43, 12:34] = True
    return np.where(inside, weights, 0).astype(np.float32)


@pytest.mark.parametrize("voxel_mm", [3.0, 6.0])
@pytest.mark.parametrize("transform", [bent(), AffineTransform(matrix=np.diag([0.9, 1.1, 0.8, 1]))])
def test_moved_weights_answer_as_warped_images_do(
    voxel_mm: float, transform: FieldTransform | AffineTransform
) -> None:
    grid, weights = epi(voxel_mm), a_map()
    (moved,) = project(MNI, grid, transform, voxels=weights != 0).push([weights])
    answers = np.array(
        [
            (
                float((warped(image, grid, transform) * weights).sum()),
                float((image * moved).sum()),
            )
            for image in (smooth(grid.shape, seed, 7.0 / voxel_mm) for seed in range(1, 9))
        ]
    )
    assert np.corrcoef(answers.T)[0, 1] > 0.99
    slope = (answers[:, 0] @ answers[:, 1]) / (answers[:, 0] @ answers[:, 0])
    assert slope == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("voxel_mm", [2.5, 5.0])
def test_nothing_is_lost_inside_the_image(voxel_mm: float) -> None:
    weights = np.abs(a_map())
    projection = project(MNI, epi(voxel_mm), bent(), voxels=weights != 0)
    (moved,) = projection.push([weights])
    assert moved.sum() == pytest.approx(weights.sum(), rel=1e-5)


def test_what_lies_outside_the_image_is_lost_and_counted() -> None:
    weights = np.abs(a_map())
    half = epi(4.0)
    cut = Grid(shape=(half.shape[0] // 2, *half.shape[1:]), affine=half.affine)
    projection = project(MNI, cut, bent(), voxels=weights != 0)
    (moved,) = projection.push([weights])
    inside = projection.inside(np.ones(cut.shape, bool))
    kept = weights[weights != 0][inside].sum() / weights.sum()
    assert 0.3 < kept < 0.7
    assert moved.sum() / weights.sum() == pytest.approx(kept, abs=0.03)


def test_a_constant_map_stays_constant_where_voxels_are_fine() -> None:
    # lattices that do not match must leave neither holes nor moire
    weights = np.zeros(MNI.shape, np.float32)
    weights[18:28, 22:32, 18:28] = 1
    identity = AffineTransform(matrix=np.eye(4))
    grid = epi(1.9)
    (moved,) = project(MNI, grid, identity, voxels=weights != 0).push([weights])
    middle = moved[49:56, 41:48, 60:67]
    assert middle.mean() == pytest.approx(1.9**3 / 4**3, rel=0.01)
    assert middle.std() / middle.mean() < 0.1


def test_several_maps_move_as_each_alone() -> None:
    first, second = a_map(1), a_map(2)
    voxels = (first != 0) | (second != 0)
    projection = project(MNI, epi(5.0), bent(), voxels=voxels)
    together = projection.push([first, second])
    for one, both in zip((first, second), together, strict=True):
        np.testing.assert_array_equal(projection.push([one])[0], both)
