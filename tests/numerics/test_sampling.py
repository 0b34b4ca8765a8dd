import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from empatune.numerics import rigid
from empatune.numerics.sampling import EDGE, FULL, OUTSIDE, columns, sample

SHAPE = (21, 19, 17)
CENTRE = np.array([10.0, 9.0, 8.0])


def turned(motion):
    to_centre = np.eye(4)
    to_centre[:3, 3] = CENTRE
    return to_centre @ rigid.matrix(motion) @ np.linalg.inv(to_centre)


@pytest.fixture
def volume():
    return np.random.default_rng(0).random(SHAPE).astype(np.float32)


@pytest.mark.parametrize(
    "motion",
    [
        [0, 0, 0, 0, 0, 0],
        [0.3, -0.4, 0.7, 0.01, 0.02, -0.03],
        [3, -4, 7, 0.1, 0.2, -0.3],
        [0.2, 0, 0, 1.6, 0, 0],
        [0, 0, 0.4, 0.02, -3.1, 0.5],
    ],
)
def test_samples_equal_scipy_wherever_there_is_a_volume(volume, motion):
    where = columns(np.ones(SHAPE, dtype=bool))
    to_volume = turned(motion)
    values, support = sample(volume, where, to_volume)
    places = to_volume[:3, :3] @ where.coordinates().T + to_volume[:3, 3:]
    expected = map_coordinates(
        volume.astype(float), places, order=3, prefilter=False, mode="mirror"
    )
    inside = ((places >= -0.5) & (places <= np.array(SHAPE)[:, None] - 0.5)).all(axis=0)
    assert np.abs(values - expected)[inside].max() < 1e-6
    assert np.array_equal(support != OUTSIDE, inside)
    assert not values[~inside].any()


def test_support_tells_samples_that_rest_on_measured_voxels_alone(volume):
    where = columns(np.ones(SHAPE, dtype=bool))
    _, support = sample(volume, where, turned([0.5, 0, 0, 0, 0, 0]))
    by_column = support.reshape(SHAPE)
    assert set(by_column[0].ravel()) == {EDGE}
    assert (by_column[5, 5, 1:-3] == FULL).all()
    assert set(by_column[-1].ravel()) <= {EDGE}
    shifted_out = sample(volume, where, turned([0.6, 0, 0, 0, 0, 0]))[1].reshape(SHAPE)
    assert set(shifted_out[-1].ravel()) == {OUTSIDE}


def test_any_mask_is_covered_once_and_gaps_are_filled():
    mask = np.random.default_rng(1).random(SHAPE) > 0.8
    where = columns(mask, largest_gap=2)
    places = where.coordinates()
    covered = np.zeros(SHAPE, dtype=int)
    np.add.at(covered, tuple(places.T), 1)
    assert covered.max() == 1
    assert covered[mask].all()
    assert where.n_voxels == covered.sum()
    assert columns(mask, largest_gap=0).n_voxels == mask.sum()


def test_samples_of_a_part_equal_those_of_the_whole(volume):
    mask = np.random.default_rng(2).random(SHAPE) > 0.5
    to_volume = turned([0.3, -0.4, 0.7, 0.04, 0.02, -0.03])
    whole = sample(volume, columns(np.ones(SHAPE, dtype=bool)), to_volume)[0].reshape(SHAPE)
    where = columns(mask, largest_gap=0)
    part, _ = sample(volume, where, to_volume)
    assert np.allclose(part, whole[tuple(where.coordinates().T)], atol=2e-6)


def test_samples_are_equal_to_the_bit_when_repeated(volume):
    where = columns(np.ones(SHAPE, dtype=bool))
    to_volume = turned([0.3, -0.4, 0.7, 0.04, 0.02, -0.03])
    first, _ = sample(volume, where, to_volume)
    again, _ = sample(volume.copy(), where, to_volume)
    assert first.tobytes() == again.tobytes()


def test_an_empty_mask_gives_nothing(volume):
    where = columns(np.zeros(SHAPE, dtype=bool))
    values, support = sample(volume, where, np.eye(4))
    assert values.size == support.size == 0
