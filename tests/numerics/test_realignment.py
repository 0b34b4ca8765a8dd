import numpy as np
import pytest

from empatune.errors import ImageError
from empatune.numerics import rigid
from empatune.numerics.realignment import RealignmentSettings, estimate, prepare_reference

SHAPE = (40, 44, 30)
AFFINE = rigid.matrix([0, 0, 0, 0.2, 0.05, -0.1]) @ np.diag([-4.0, 4.0, 4.5, 1.0])
AFFINE[:3, 3] = AFFINE[:3, :3] @ -((np.array(SHAPE) - 1) / 2)
BLOBS = np.random.default_rng(7).normal(size=(40, 3)) * [25, 30, 20]
HEIGHTS = np.random.default_rng(8).uniform(-1, 1, size=40)


def head(motion):
    """A smooth head with blobs inside, evaluated exactly at the moved voxels."""
    voxels = np.indices(SHAPE).reshape(3, -1)
    world = AFFINE[:3, :3] @ voxels + AFFINE[:3, 3:]
    back = np.linalg.inv(rigid.matrix(motion))
    x, y, z = back[:3, :3] @ world + back[:3, 3:]
    radius = np.sqrt((x / 60) ** 2 + (y / 72) ** 2 + (z / 52) ** 2)
    values = 600 / (1 + np.exp((radius - 1) * 14))
    for (a, b, c), height in zip(BLOBS, HEIGHTS, strict=True):
        near = (x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2
        values += 300 * height * np.exp(-near / (2 * 8.0**2))
    return np.clip(values, 0, None).reshape(SHAPE).astype(np.float32)


def noisy(volume, seed):
    noise = np.random.default_rng(seed).normal(size=SHAPE)
    return (volume + 10 * noise).astype(np.float32)


@pytest.fixture(scope="module")
def reference():
    return prepare_reference(noisy(head(np.zeros(6)), 0), AFFINE)


def error_mm(found, truth):
    return rigid.rms_displacement(rigid.matrix(found.parameters), rigid.matrix(truth))


@pytest.mark.parametrize(
    "truth",
    [
        [0, 0, 0, 0, 0, 0],
        [0.4, -0.3, 0.8, 0, 0, 0],
        [0, 0, 0, 0.03, 0, 0],
        [-1.0, 0.8, 1.2, 0.02, -0.03, 0.025],
    ],
)
def test_motion_is_found(reference, truth):
    found = estimate(noisy(head(truth), 1), reference, np.zeros(6))
    assert found.converged
    assert error_mm(found, truth) < 0.1
    assert found.residual_percent < 5


@pytest.mark.parametrize(
    "truth", [[7, -6, 5, 0, 0, 0], [0, 0, 0, 0.14, -0.05, 0.04], [-6, 5, 6, -0.1, 0.08, 0.1]]
)
def test_a_first_volume_may_lie_far_away(reference, truth):
    found = estimate(noisy(head(truth), 2), reference, np.zeros(6), coarse=True)
    assert found.converged
    assert error_mm(found, truth) < 0.1


def test_a_sudden_far_motion_is_found_without_being_told(reference):
    truth = [8, 7, -6, 0.1, 0.05, 0.05]
    found = estimate(noisy(head(truth), 3), reference, np.zeros(6))
    assert error_mm(found, truth) < 0.1


def test_gain_is_told_apart_from_motion(reference):
    truth = [0.5, 0.2, -0.4, 0.01, 0, 0]
    found = estimate(1.2 * noisy(head(truth), 4), reference, np.zeros(6))
    assert found.gain == pytest.approx(1.2, abs=0.01)
    assert error_mm(found, truth) < 0.1


def test_smooth_changes_of_brightness_are_not_taken_for_motion():
    image = head(np.zeros(6))
    ramp = 1 + 0.03 * np.linspace(-1, 1, SHAPE[1])[:, None]
    changed = (image * ramp).astype(np.float32)
    still = [
        np.abs(
            estimate(changed, prepare_reference(image, AFFINE, settings=s), np.zeros(6)).parameters
        ).max()
        for s in (RealignmentSettings(), RealignmentSettings(local_gain_mm=0.0))
    ]
    assert still[0] < 0.8 * still[1]


def test_a_volume_from_another_grid_is_placed_by_its_affine(reference):
    truth = np.array([1.0, -0.5, 0.7, 0.02, 0.01, -0.01])
    cut = head(truth)[3:, 2:-1, 1:]
    shifted = AFFINE.copy()
    shifted[:3, 3] += AFFINE[:3, :3] @ [3, 2, 1]
    found = estimate(np.ascontiguousarray(cut), reference, np.zeros(6), affine=shifted)
    assert error_mm(found, truth) < 0.1


def test_what_is_no_head_is_told_by_the_numbers(reference):
    noise = np.random.default_rng(5).uniform(0, 1000, size=SHAPE).astype(np.float32)
    found = estimate(noise, reference, np.zeros(6))
    assert not found.converged or found.residual_percent > 20
    empty = estimate(np.zeros(SHAPE, dtype=np.float32), reference, np.zeros(6))
    assert not empty.converged


def test_estimates_are_equal_to_the_bit_when_repeated(reference):
    volume = noisy(head([0.5, 0.2, -0.4, 0.01, 0, 0]), 6)
    again = prepare_reference(noisy(head(np.zeros(6)), 0), AFFINE)
    first, second = (estimate(volume, r, np.zeros(6)) for r in (reference, again))
    assert first.parameters.tobytes() == second.parameters.tobytes()
    assert first.residual_percent == second.residual_percent


def test_a_brain_mask_limits_where_to_look():
    image = noisy(head(np.zeros(6)), 0)
    mask = image > 300
    mask[:, :, 20:] = False
    limited = prepare_reference(image, AFFINE, mask=mask)
    assert limited.levels[-1].where.coordinates()[:, 2].max() <= 22
    truth = [0.5, 0.2, -0.4, 0.01, 0, 0]
    assert error_mm(estimate(noisy(head(truth), 1), limited, np.zeros(6)), truth) < 0.15


def test_fewer_voxels_are_the_informative_ones():
    image = head(np.zeros(6))
    few = prepare_reference(image, AFFINE, settings=RealignmentSettings(n_voxels=3000))
    assert 2500 < few.levels[-1].where.n_voxels < 4500


@pytest.mark.parametrize("image", [np.zeros(SHAPE), np.full(SHAPE, np.nan)])
def test_an_empty_reference_is_refused(image):
    with pytest.raises(ImageError, match="reference image"):
        prepare_reference(image, AFFINE)


def test_an_empty_mask_is_refused():
    with pytest.raises(ImageError, match="mask"):
        prepare_reference(head(np.zeros(6)), AFFINE, mask=np.zeros(SHAPE, dtype=bool))
