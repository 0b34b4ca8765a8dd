import numpy as np
import pytest

from empatune.numerics import design, quality
from empatune.numerics.resampling import resample
from empatune.numerics.smoothing import smooth
from empatune.numerics.warming import warm_up

AFFINE = np.diag([2.0, 3.0, 4.0, 1.0])


def test_drift_reaches_the_cutoff_and_not_beyond():
    drift = design.drift_columns(200, 2.0, cutoff_s=128.0)
    assert drift.shape == (200, 1 + 6)  # periods 800 / 1 to 800 / 6 s
    assert np.abs(drift).max() <= 1
    assert np.allclose(drift.sum(axis=0), 0, atol=1e-9)


def test_hrf_peaks_at_five_seconds_and_integrates_to_one():
    time = np.arange(0, 60, 0.01)
    response = design.hrf(time)
    assert time[response.argmax()] == pytest.approx(5.0, abs=0.05)
    assert time[response.argmin()] == pytest.approx(15.7, abs=0.5)
    assert response.sum() * 0.01 == pytest.approx(1.0, abs=1e-3)


def test_blocks_equal_a_fine_convolution():
    blocks = design.convolved_boxcars([10, 60], [20, 5], n_volumes=60, tr_s=2.0)
    time = np.arange(0, 120, 0.01)
    box = ((time >= 10) & (time < 30)) | ((time >= 60) & (time < 65))
    fine = np.convolve(box, design.hrf(time))[: len(time)] * 0.01
    assert np.abs(blocks - np.interp(np.arange(60) * 2.0 + 1, time, fine)).max() < 5e-3
    assert blocks.max() > 1  # the plateau is 1, the undershoot has not yet come


def test_running_moments_equal_numpy():
    voxels = (100 + 5 * np.random.default_rng(0).normal(size=(40, 500))).astype(np.float32)
    moments = quality.no_moments(500)
    for volume in voxels:
        moments = quality.accumulate(moments, volume)
    expected = np.median(voxels.mean(axis=0) / voxels.std(axis=0, ddof=1))
    assert moments.tsnr() == pytest.approx(expected, rel=1e-4)
    assert quality.no_moments(5).tsnr() == 0.0


def test_dvars_is_in_percent_of_the_mean():
    before = np.full(5000, 200, dtype=np.float32)
    assert quality.dvars_percent(before + 4, before) == pytest.approx(100 * 4 / 204, rel=1e-5)
    assert quality.dvars_percent(0 * before, before) == 0.0


def test_robust_z_ignores_past_spikes():
    past = np.random.default_rng(1).normal(1.0, 0.1, size=200)
    past[::20] = 50
    assert quality.robust_z(1.5, past) == pytest.approx(5, rel=0.25)
    assert quality.robust_z(9.0, past[:4]) == 0.0


def test_smoothing_is_its_own_adjoint():
    rng = np.random.default_rng(2)
    w, y = rng.normal(size=(2, 14, 12, 9))
    assert (w * smooth(y, AFFINE, 6)).sum() == pytest.approx((smooth(w, AFFINE, 6) * y).sum())


def test_smoothing_has_the_width_it_says():
    point = np.zeros((41, 41, 41))
    point[20, 20, 20] = 1
    spread = smooth(point, AFFINE, 12.0)
    half = spread[20, 20, 20] / 2
    assert spread[23, 20, 20] == pytest.approx(half, rel=0.02)  # 6 mm away along i
    assert spread[20, 22, 20] == pytest.approx(half, rel=0.02)


@pytest.mark.parametrize(("order", "error"), [(1, 1e-9), (3, 1e-6)])
def test_resampling_keeps_places_in_the_world(order, error):
    i, j, k = np.indices((20, 20, 20))
    world = 2.0 * i + 3.0 * j - 4.0 * k
    to = AFFINE.copy()
    to[:3, :3] /= 2
    to[:3, 3] = [10, 15, 20]
    moved = resample(world, AFFINE, to_affine=to, to_shape=(9, 9, 9), order=order)
    a, b, c = np.indices((9, 9, 9))
    assert np.abs(moved - ((a + 10) + (1.5 * b + 15) - (2 * c + 20)))[2:-2].max() < max(error, 0.02)


def test_kernels_can_be_compiled_before_the_session():
    assert warm_up() is None
