import numpy as np
import pytest

from empatune.errors import SignatureError
from empatune.numerics import rigid
from empatune.numerics.expression import express, prepare_weights
from empatune.numerics.smoothing import smooth

AFFINE = np.diag([3.0, 3.0, 3.5, 1.0])
SHAPE = (22, 24, 18)


@pytest.fixture
def maps():
    return np.random.default_rng(0).normal(size=(3, *SHAPE))


@pytest.fixture
def volume():
    return (100 * np.random.default_rng(1).random(SHAPE)).astype(np.float32)


def test_a_still_head_gives_the_dot_product_with_the_smoothed_volume(maps, volume):
    weights = prepare_weights(maps, AFFINE, fwhm_mm=7)
    responses, sampled, inside = express(volume, weights, np.eye(4))
    expected = [(one * smooth(volume, AFFINE, 7)).sum() for one in maps]
    assert responses == pytest.approx(expected, rel=1e-4)
    assert inside == 1.0
    assert sampled.shape == (weights.where.n_voxels,)


def test_whole_voxel_motion_moves_the_volume_under_the_weights(maps, volume):
    maps[:, :8] = maps[:, -8:] = 0
    weights = prepare_weights(maps, AFFINE, fwhm_mm=6)
    moved, _, _ = express(volume, weights, rigid.matrix([3.0, 0, 0, 0, 0, 0]))
    shifted = smooth(np.roll(volume, -1, axis=0), AFFINE, 6)
    assert moved == pytest.approx([(one * shifted).sum() for one in maps], rel=1e-3)


def test_voxels_beyond_the_field_of_view_count_as_zero_and_are_counted(maps, volume):
    weights = prepare_weights(maps, AFFINE, fwhm_mm=6)
    responses, _, inside = express(volume, weights, rigid.matrix([0, 0, 3.5 * 9, 0, 0, 0]))
    assert inside == pytest.approx(0.5, abs=0.01)
    assert np.isfinite(responses).all()
    away, _, none = express(volume, weights, rigid.matrix([1000, 0, 0, 0, 0, 0]))
    assert none == 0.0
    assert not away.any()


def test_a_mask_silences_weights_outside_it(maps, volume):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[5:15, 5:15, 5:12] = True
    masked = prepare_weights(maps, AFFINE, fwhm_mm=6, mask=mask)
    direct = prepare_weights(maps * mask, AFFINE, fwhm_mm=6)
    assert np.array_equal(
        express(volume, masked, np.eye(4))[0], express(volume, direct, np.eye(4))[0]
    )


@pytest.mark.parametrize("bad", [0.0, np.nan])
def test_empty_and_broken_maps_are_refused(maps, bad):
    maps[1] = bad
    with pytest.raises(SignatureError, match="map 1"):
        prepare_weights(maps, AFFINE, fwhm_mm=6)
