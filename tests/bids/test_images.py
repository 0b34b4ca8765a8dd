from __future__ import annotations

import nibabel
import numpy as np
import pytest

from empatune.bids import SeriesLayout, write_image, write_series
from empatune.core import Grid
from empatune.errors import ExportError

AFFINE = np.array([[-2.0, 0.1, 0, 90], [0.1, 2, 0.2, -120], [0, -0.2, 3, -60], [0, 0, 0, 1]])
GRID = Grid(shape=(4, 5, 3), affine=AFFINE)


def _layout(n, dtype=np.int16):
    return SeriesLayout(
        grid=GRID, n_volumes=n, dtype=np.dtype(dtype), slope=2.5, intercept=-3.0, tr_s=0.8
    )


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.int32, np.float32])
def test_a_series_survives(tmp_path, dtype):
    rng = np.random.default_rng(1)
    volumes = [rng.integers(0, 900, GRID.shape).astype(dtype) for _ in range(4)]
    write_series(tmp_path / "s.nii.gz", _layout(4, dtype), volumes)
    image = nibabel.load(tmp_path / "s.nii.gz")
    assert image.shape == (4, 5, 3, 4)
    assert image.get_data_dtype() == dtype
    np.testing.assert_array_equal(image.dataobj.get_unscaled(), np.stack(volumes, axis=-1))
    np.testing.assert_allclose(image.get_fdata(), 2.5 * np.stack(volumes, axis=-1) - 3)
    np.testing.assert_allclose(image.affine, AFFINE, atol=1e-5)
    assert image.header.get_zooms()[3] == pytest.approx(0.8)
    assert image.header.get_xyzt_units() == ("mm", "sec")


def test_equal_series_are_equal_files(tmp_path):
    volumes = [np.ones(GRID.shape, np.int16)] * 2
    for name in ("a.nii.gz", "b.nii.gz"):
        write_series(tmp_path / name, _layout(2), volumes)
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


@pytest.mark.parametrize("n", [1, 3])
def test_too_few_or_many_volumes_are_refused(tmp_path, n):
    with pytest.raises(ExportError, match="announced"):
        write_series(tmp_path / "s.nii.gz", _layout(2), [np.ones(GRID.shape, np.int16)] * n)


def test_a_volume_of_another_kind_is_refused(tmp_path):
    with pytest.raises(ExportError, match="float32"):
        write_series(tmp_path / "s.nii.gz", _layout(1), [np.ones(GRID.shape, np.float32)])


def test_a_mask_is_written_as_bytes(tmp_path):
    mask = np.random.default_rng(2).random(GRID.shape) > 0.5
    write_image(tmp_path / "m.nii.gz", mask, GRID)
    image = nibabel.load(tmp_path / "m.nii.gz")
    assert image.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(np.asarray(image.dataobj) > 0, mask)
