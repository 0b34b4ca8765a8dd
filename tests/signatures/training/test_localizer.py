"""From a run to one image a block: the head back in its place, blocks apart from nuisance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from tests.localizer_run import (
    ACTIVE,
    AFFINE,
    BLOCKS,
    EFFECTS,
    SHAPE,
    N,
    anatomy,
    moving,
    person,
    volume,
)

from empatune.core import Grid
from empatune.errors import ImageError, TrainingError
from empatune.numerics import rigid
from empatune.numerics.smoothing import smooth
from empatune.signatures.training.blocks import Block
from empatune.signatures.training.localizer import (
    Head,
    block_images,
    block_rows,
    bring_to_reference,
    noise,
    responsive,
)


@pytest.fixture(scope="module")
def head() -> Head:
    return person()


def test_a_known_displacement_is_undone(head: Head) -> None:
    truth = np.array([1.5, -1.0, 0.8, 0.02, -0.03, 0.01])
    run = bring_to_reference([volume(anatomy(truth), n) for n in range(2)], head)
    assert run.usable.all()
    np.testing.assert_allclose(run.motion[1, :3], truth[:3], atol=0.1)
    np.testing.assert_allclose(run.motion[1, 3:], truth[3:], atol=0.003)
    still = (
        smooth(head.reference, AFFINE, 8.0)[head.brain] * 100 / head.reference[head.brain].mean()
    )
    moved = (
        smooth(anatomy(truth), AFFINE, 8.0)[head.brain] * 100 / head.reference[head.brain].mean()
    )
    (found,) = run.images(np.array([[0.0, 1.0]]))
    assert np.abs(found - still).mean() < 0.1 * np.abs(moved - still).mean()


def test_images_are_what_spline_reslicing_and_smoothing_give(head: Head) -> None:
    """The long way: map_coordinates with cubic splines, then a Gaussian, volume by volume."""
    run = bring_to_reference(moving()[:6], head)
    rows = np.eye(6)
    for number, found in enumerate(run.images(rows)):
        there = np.linalg.inv(AFFINE) @ rigid.matrix(run.motion[number]) @ AFFINE
        places = there[:3, :3] @ np.indices(SHAPE).reshape(3, -1) + there[:3, 3:]
        image = moving()[number].intensities().astype(np.float64)
        resliced = ndimage.map_coordinates(image, places, order=3, mode="mirror").reshape(SHAPE)
        expected = smooth(resliced, AFFINE, 8.0)[head.brain]
        expected *= 100 / head.reference[head.brain].mean()
        np.testing.assert_allclose(found, expected, atol=0.02)


def test_responses_are_dot_products_with_the_images(head: Head) -> None:
    run = bring_to_reference(moving()[:5], head)
    weights = np.random.default_rng(0).normal(size=(2, *SHAPE)).astype(np.float32) * head.brain
    images = run.images(np.eye(5)).astype(np.float64)
    expected = images @ weights[:, head.brain].T
    np.testing.assert_allclose(run.responses(weights), expected, rtol=1e-3, atol=0.05)


def test_blocks_are_estimated_apart_from_drift_and_motion(head: Head) -> None:
    truth = np.array(EFFECTS)
    volumes = moving(EFFECTS)
    ramp = [
        replace(v, stored=(v.stored * (1 + 0.02 * n / N)).astype(np.float32))
        for n, v in enumerate(volumes)
    ]
    for run in (bring_to_reference(volumes, head), bring_to_reference(ramp, head)):
        images = block_images(run, BLOCKS)
        where = np.argmax(np.abs(images[0]))
        x, y, z = AFFINE[:3, :3] @ np.argwhere(head.brain)[where] + AFFINE[:3, 3]
        assert np.linalg.norm(np.array([x, y, z]) - ACTIVE) < 9
        size = images[:, where] / images[0, where]
        np.testing.assert_allclose(size, truth / truth[0], atol=0.08)


def test_unusable_volumes_tell_nothing(head: Head) -> None:
    volumes = moving(EFFECTS)
    clean = block_images(bring_to_reference(volumes, head), BLOCKS)
    spoilt = list(volumes)
    spoilt[10] = replace(volumes[10], stored=np.full(SHAPE, np.nan, np.float32))
    spoilt[30] = replace(volumes[30], stored=np.full(SHAPE, 500, np.float32))
    shifted = anatomy([0, 4.0, 0, 0, 0, 0])
    spoilt[40] = replace(volumes[40], stored=shifted)
    run = bring_to_reference(spoilt, head)
    assert {10, 40} <= set(np.flatnonzero(~run.usable))
    assert not block_rows(run, BLOCKS)[:, ~run.usable].any()
    found = block_images(run, BLOCKS)
    assert np.isfinite(found).all()
    assert np.corrcoef(found[0], clean[0])[0, 1] > 0.98


def test_lost_volumes_cost_their_time_only(head: Head) -> None:
    volumes = moving(EFFECTS)
    whole = block_images(bring_to_reference(volumes, head), BLOCKS)
    rest = [v for v in volumes if v.index not in (5, 6, 33)]
    found = block_images(bring_to_reference(rest, head), BLOCKS)
    assert np.corrcoef(found[0], whole[0])[0, 1] > 0.98


def test_noise_is_measured_after_smoothing(head: Head) -> None:
    volumes = moving(EFFECTS, noise_sd=20.0)
    run = bring_to_reference(volumes, head)
    rng = np.random.default_rng(1)
    white = [smooth(20 * rng.normal(size=SHAPE), AFFINE, 8.0)[head.brain] for _ in range(40)]
    expected = np.std(white, axis=0) * 100 / head.reference[head.brain].mean()
    assert np.median(noise(run, BLOCKS)) == pytest.approx(np.median(expected), rel=0.15)


def test_a_run_without_change_is_refused(head: Head) -> None:
    run = bring_to_reference([volume(head.reference, n) for n in range(N)], head)
    with pytest.raises(TrainingError, match="does not change"):
        noise(replace(run, samples=np.full_like(run.samples, 7.0), motion=run.motion * 0), BLOCKS)


def test_a_constant_run_is_no_head(head: Head) -> None:
    with pytest.raises(TrainingError, match="do not fit the preparation"):
        bring_to_reference([volume(np.full(SHAPE, np.nan, np.float32), n) for n in range(4)], head)
    empty = replace(head, reference=np.zeros(SHAPE, np.float32))
    with pytest.raises(ImageError, match="must be finite and hold a brain"):
        bring_to_reference(moving()[:3], empty)


def test_another_grid_and_a_single_volume_are_refused(head: Head) -> None:
    shifted = AFFINE.copy()
    shifted[:3, 3] += 3
    elsewhere = Grid(shape=SHAPE, affine=shifted)
    with pytest.raises(TrainingError, match="lies elsewhere than the preparation"):
        bring_to_reference([volume(head.reference, n, elsewhere) for n in range(3)], head)
    with pytest.raises(TrainingError, match="4D image"):
        bring_to_reference([volume(head.reference, 0)], head)


def test_events_of_another_run_are_refused(head: Head) -> None:
    run = bring_to_reference(moving(), head)
    late = [*BLOCKS, Block(condition="late", onset_s=400, duration_s=10)]
    with pytest.raises(TrainingError, match="Do events and series belong together"):
        block_images(run, late)
    many = [Block(condition="a", onset_s=2.0 * n, duration_s=1) for n in range(52)]
    with pytest.raises(TrainingError, match="too few for 52 blocks"):
        block_images(run, many)
    usable = run.usable.copy()
    usable[15:34] = False
    with pytest.raises(TrainingError, match="lost or unusable"):
        block_images(replace(run, usable=usable), BLOCKS)


def test_voxels_that_answer_to_blocks_are_found_without_labels(head: Head) -> None:
    run = bring_to_reference(moving((12.0, 12.0, 12.0, 12.0), noise_sd=4.0), head)
    found = responsive(run, BLOCKS, spread=noise(run, BLOCKS))
    best = np.argwhere(head.brain)[np.argmax(found)]
    assert np.linalg.norm(AFFINE[:3, :3] @ best + AFFINE[:3, 3] - ACTIVE) < 9
    assert found.max() > 5
    assert np.median(np.abs(found)) < 1.5
