"""Signals of systems and regions, from files of any grid."""

from __future__ import annotations

import warnings
from pathlib import Path

import nibabel
import numpy as np
import pytest

from empatune.core import Grid
from empatune.errors import CoverageWarning, ImageError, UsageError
from empatune.signatures.extraction import ExtractionSettings, extract
from empatune.systems import masks
from empatune.typing import Array

GRID = Grid(
    shape=(61, 73, 61),
    affine=np.array([[-3.0, 0, 0, 90], [0, 3, 0, -126], [0, 0, 3, -72], [0, 0, 0, 1]]),
)


def _write(path: Path, values: Array, affine: Array = GRID.affine) -> Path:
    nibabel.save(nibabel.Nifti1Image(values, affine), path)
    return path


@pytest.fixture
def values() -> Array:
    return np.random.default_rng(0).normal(10, 2, GRID.shape).astype(np.float32)


@pytest.mark.parametrize("shape", ["sphere", "probability"])
def test_signals_are_weighted_means_over_masks(tmp_path: Path, values: Array, shape: str) -> None:
    settings = ExtractionSettings(by=("system", "region", "hemisphere"), shape=shape)  # type: ignore[arg-type]
    (found,) = extract([_write(tmp_path / "a.nii.gz", values)], settings=settings)
    assert found.image.endswith("a.nii.gz")
    assert found.means.shape == (1, len(found.names))
    for by in settings.by:
        for name, mask in masks(GRID, by=by, shape=shape).items():  # type: ignore[arg-type]
            expected = np.average(values.astype(float), weights=mask.astype(float))
            assert found.means[0, found.names.index(name)] == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(found.coverage, 1.0, rtol=1e-6)


def test_a_sphere_has_the_signal_that_nilearn_finds(tmp_path: Path, values: Array) -> None:
    from nilearn.maskers import NiftiSpheresMasker

    path = _write(tmp_path / "a.nii.gz", values)
    settings = ExtractionSettings(by=("hemisphere",), radius_mm=7.0)
    (found,) = extract([path], settings=settings)
    peaks = {"PMC right": (48, 8, 36), "IPL right": (59, -25, 38)}  # one leading peak each
    masker = NiftiSpheresMasker(list(peaks.values()), radius=7.0, standardize=None)
    theirs = np.asarray(masker.fit_transform(str(path))).ravel()
    ours = [found.means[0, found.names.index(name)] for name in peaks]
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_smooth_gradient_reads_the_same_at_every_voxel_size(tmp_path: Path) -> None:
    means = []
    for step in (2.0, 3.0, 4.0):
        shape = tuple(round(n / step) for n in (182, 218, 182))
        affine = np.diag([step, step, step, 1.0])
        affine[:3, 3] = (-90, -126, -72)
        x, y, z = (affine[a, a] * np.indices(shape)[a] + affine[a, 3] for a in range(3))
        path = _write(tmp_path / f"{step:g}.nii", (x + 2 * y - z + 500).astype(np.float32), affine)
        (found,) = extract([path], settings=ExtractionSettings(shape="probability"))
        means.append(found.means[0])
    np.testing.assert_allclose(means[1], means[0], atol=1.0)
    np.testing.assert_allclose(means[2], means[0], atol=3.0)


def test_scaled_integers_and_images_in_memory_give_the_same(tmp_path: Path, values: Array) -> None:
    image = nibabel.Nifti1Image(values, GRID.affine)
    stored = nibabel.Nifti1Image(values, GRID.affine)
    stored.set_data_dtype(np.int16)
    nibabel.save(stored, tmp_path / "scaled.nii.gz")
    plain, scaled = extract([image, tmp_path / "scaled.nii.gz"])
    assert plain.image == "0"
    np.testing.assert_allclose(scaled.means, plain.means, rtol=1e-4)


def test_missing_voxels_take_no_part_and_are_told(tmp_path: Path, values: Array) -> None:
    acc = masks(GRID, by="region")["ACC"] > 0
    holes = values.copy()
    first = np.argwhere(acc)[: int(acc.sum()) // 2]
    holes[tuple(first.T)] = np.nan
    left = acc & np.isfinite(holes)
    path = _write(tmp_path / "holes.nii.gz", holes)
    with pytest.warns(CoverageWarning, match="less than 90% of ACC"):
        (found,) = extract([path], settings=ExtractionSettings(by=("region",)))
    place = found.names.index("ACC")
    assert found.means[0, place] == pytest.approx(float(values[left].mean()), rel=1e-6)
    assert found.coverage[0, place] == pytest.approx(left.sum() / acc.sum())


def test_zeros_are_values_of_a_map_whose_negative_half_was_cut(
    tmp_path: Path, values: Array
) -> None:
    cut = np.maximum(values - 10, 0)
    settings = ExtractionSettings(by=("region",), zeros_count=True)
    (found,) = extract([_write(tmp_path / "cut.nii.gz", cut)], settings=settings)
    acc = masks(GRID, by="region")["ACC"] > 0
    assert (cut[acc] == 0).any()
    place = found.names.index("ACC")
    assert found.means[0, place] == pytest.approx(float(cut[acc].mean()), rel=1e-6)
    assert found.coverage[0, place] == pytest.approx(1.0)


def test_a_region_outside_the_field_of_view_is_nan(tmp_path: Path, values: Array) -> None:
    path = _write(tmp_path / "slab.nii.gz", values[..., :26])  # up to z = 3 mm
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoverageWarning)
        (found,) = extract([path], settings=ExtractionSettings(by=("region",)))
    shares = dict(zip(found.names, found.coverage[0], strict=True))
    assert shares["PMC"] == 0
    assert np.isnan(found.means[0, found.names.index("PMC")])
    assert 0.3 < shares["AI"] < 1


def test_volumes_of_a_series_have_a_row_each(tmp_path: Path, values: Array) -> None:
    series = np.stack([values, 2 * values, 3 * values], axis=-1)
    path = _write(tmp_path / "series.nii.gz", series)
    with pytest.raises(ImageError, match="series of 3 volumes"):
        list(extract([path]))
    (found,) = extract([path], volumes=True)
    np.testing.assert_allclose(found.means[2], 3 * found.means[0], rtol=1e-6)
    rows = list(found.rows())
    assert len(rows) == 3 * len(found.names)
    assert rows[-1]["volume"] == 2
    assert set(rows[0]) == {"image", "volume", "name", "mean", "coverage"}


def test_images_elsewhere_and_settings_not_allowed_are_refused(
    tmp_path: Path, values: Array
) -> None:
    path = _write(tmp_path / "native.nii.gz", values, np.diag([3.0, 3, 3, 1]))
    with pytest.raises(ImageError, match=r"native\.nii\.gz.*MNI"):
        list(extract([path]))
    (tmp_path / "no.nii.gz").write_bytes(b"nothing")
    with pytest.raises(ImageError, match=r"no\.nii\.gz"):
        list(extract([tmp_path / "no.nii.gz"]))
    with pytest.raises(UsageError, match="Say what to extract"):
        ExtractionSettings(by=())
    with pytest.raises(UsageError, match="min_coverage"):
        ExtractionSettings(min_coverage=2)
