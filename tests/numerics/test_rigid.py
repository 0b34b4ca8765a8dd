import numpy as np
import pytest

from empatune.numerics import rigid

MOTION = np.array([1.5, -2.0, 0.7, 0.05, -0.11, 0.2])


def test_parameters_survive_the_matrix():
    rng = np.random.default_rng(0)
    for motion in rng.uniform(-1.4, 1.4, size=(50, 6)):
        assert np.allclose(rigid.parameters(rigid.matrix(motion)), motion, atol=1e-12)


def test_matrix_is_a_rotation_and_a_shift():
    m = rigid.matrix(MOTION)
    assert np.allclose(m[:3, :3] @ m[:3, :3].T, np.eye(3), atol=1e-14)
    assert np.linalg.det(m[:3, :3]) == pytest.approx(1.0)
    assert np.array_equal(m[:3, 3], MOTION[:3])


def test_matrix_equals_spm():
    peer = pytest.importorskip("rtspm")
    assert np.allclose(rigid.matrix(MOTION), peer.spm_matrix(MOTION), atol=1e-14)


def test_parameters_where_two_axes_fall_together():
    m = rigid.matrix([0, 0, 0, 0.3, np.pi / 2, 0.4])
    assert np.allclose(rigid.matrix(rigid.parameters(m)), m, atol=1e-9)


def test_small_motion_turns_about_its_centre_by_the_right_hand():
    centre = np.array([10.0, 20.0, 30.0])
    quarter = rigid.small_motion([0, 0, 0, 0, 0, np.pi / 2], centre)
    assert np.allclose(quarter @ [*centre, 1], [*centre, 1])
    assert np.allclose(quarter @ [11, 20, 30, 1], [10, 21, 30, 1])


def test_displacement_over_a_sphere_equals_that_over_its_points():
    rng = np.random.default_rng(1)
    points = rng.uniform(-80, 80, size=(400_000, 3))
    centre = np.array([5.0, -10.0, 15.0])
    points = points[(points**2).sum(axis=1) <= 80**2] + centre
    a, b = rigid.matrix(MOTION), rigid.matrix(MOTION * 0.8)
    exact = rigid.rms_displacement(a, b, points=points)
    assert rigid.rms_displacement(a, b, centre=centre) == pytest.approx(exact, rel=2e-3)
    assert exact > 1


def test_displacement_of_a_shift_is_its_length():
    assert rigid.rms_displacement(rigid.matrix([3, 4, 0, 0, 0, 0]), np.eye(4)) == pytest.approx(5)


def test_framewise_displacement_after_power():
    now, before = np.array([1, -2, 3, 0.01, -0.02, 0.03]), np.zeros(6)
    assert rigid.framewise_displacement(now, before) == pytest.approx(6 + 50 * 0.06)
