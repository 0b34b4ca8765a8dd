"""Series read in blocks against nibabel's whole array."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from empatune.decoding.series import Series
from empatune.errors import ImageError

AFFINE = np.diag([2.0, 2, 2, 1])
SHAPE = (5, 6, 7, 11)


def save(path: Path, values: np.ndarray, *, slope: float | None = None) -> Path:
    image = nibabel.Nifti1Image(values, AFFINE)
    image.header.set_xyzt_units("mm", "msec")
    image.header["pixdim"][4] = 1500
    if slope is not None:
        image.header.set_slope_inter(slope, 3.0)
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("kind", [np.int16, np.float32, np.float64])
@pytest.mark.parametrize("n_volumes", [1, 4, 64])
def test_blocks_equal_the_array_to_the_bit(tmp_path: Path, ending, kind, n_volumes) -> None:
    rng = np.random.default_rng(0)
    path = save(tmp_path / f"run{ending}", (1000 * rng.standard_normal(SHAPE)).astype(kind))
    mask = rng.random(SHAPE[:3]) > 0.5
    series = Series.open(path)
    blocks = list(series.blocks(mask, n_volumes=n_volumes))
    assert (series.n_volumes, series.tr_s) == (11, 1.5)
    assert [len(block) for block in blocks][:-1] == [n_volumes] * (len(blocks) - 1)
    np.testing.assert_array_equal(np.vstack(blocks).T, nibabel.load(path).get_fdata()[mask])


def test_scaled_values_are_brought_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = save(tmp_path / "run.nii.gz", rng.integers(0, 99, SHAPE).astype(np.int16), slope=0.1)
    mask = np.ones(SHAPE[:3], dtype=bool)
    (block,) = Series.open(path).blocks(mask, n_volumes=20)
    np.testing.assert_allclose(block.T, nibabel.load(path).get_fdata()[mask], rtol=1e-15)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    flat = save(tmp_path / "flat.nii.gz", np.ones(SHAPE[:3], dtype=np.int16))
    with pytest.raises(ImageError, match="one image of shape"):
        Series.open(flat)
    with pytest.raises(ImageError, match="cannot be opened"):
        Series.open(tmp_path / "absent.nii.gz")
    text = tmp_path / "text.nii.gz"
    text.write_text("no image at all")
    with pytest.raises(ImageError, match=r"text\.nii\.gz"):
        Series.open(text)


def test_a_flipped_header_is_refused(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.ones(SHAPE, dtype=np.int16), AFFINE)
    image.header.set_sform(AFFINE, code=4)
    image.header.set_qform(np.diag([-2.0, 2, 2, 1]), code=4)
    nibabel.save(image, tmp_path / "run.nii.gz")
    with pytest.raises(ImageError, match="which side is left"):
        Series.open(tmp_path / "run.nii.gz")


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_a_cut_file_is_named(tmp_path: Path, ending: str) -> None:
    rng = np.random.default_rng(0)
    path = save(tmp_path / f"run{ending}", rng.integers(0, 9999, SHAPE).astype(np.int16))
    path.write_bytes(path.read_bytes()[:-900])
    mask = np.ones(SHAPE[:3], dtype=bool)
    with pytest.raises(ImageError, match="damaged"):
        list(Series.open(path).blocks(mask, n_volumes=3))
