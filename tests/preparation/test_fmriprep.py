"""Transforms that an fMRIPrep run left, found by their names and composed."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from empatune.core import Grid
from empatune.errors import PreparationError
from empatune.preparation import FmriprepTransforms
from empatune.preparation.registration import import_ants
from empatune.preparation.transforms import Reference
from empatune.typing import FloatArray

ants = pytest.importorskip("ants")

GRID = Grid(
    shape=(30, 34, 26),
    affine=np.array([[-6.0, 0, 0, 87], [0, 6, 0, -110], [0, 0, 6, -70], [0, 0, 0, 1]]),
)
TO_T1W = np.array([[0.9, 0.05, 0, 3], [-0.05, 1.1, 0, -6], [0, 0.02, 0.95, 9], [0, 0, 0, 1]])
TO_BOLD = np.array(
    [
        [np.cos(0.1), -np.sin(0.1), 0, -4],
        [np.sin(0.1), np.cos(0.1), 0, 8],
        [0, 0, 1, 15],
        [0, 0, 0, 1],
    ]
)
POINTS = np.array([[0.0, 0, 0], [-8, 8, -6], [40, 22, 4], [-50, -58, 20]])


def head() -> Reference:
    """An ellipsoid with something inside, which only a rigid motion can move."""
    at = np.indices(GRID.shape).transpose(1, 2, 3, 0) @ GRID.affine[:3, :3].T + GRID.affine[:3, 3]
    return Reference(image=_head_at(at), brain=_head_at(at) > 0, grid=GRID)


def _head_at(at: FloatArray) -> np.ndarray:
    inside = ((at - (0, -10, 5)) ** 2 / np.array([60.0, 75, 50]) ** 2).sum(axis=-1) < 1
    texture = 2 + np.sin(at[..., 0] / 11) + np.cos(at[..., 1] / 14 + at[..., 2] / 9)
    return (inside * texture * 100).astype(np.float32)


def write(path: Path, matrix: FloatArray) -> None:
    """Write an affine that maps points in RAS as an ITK file, which speaks LPS."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flip = np.diag([-1.0, -1, 1, 1])
    lps = flip @ matrix @ flip
    transform = import_ants().create_ants_transform(
        transform_type="AffineTransform", dimension=3, matrix=lps[:3, :3], translation=lps[:3, 3]
    )
    ants.write_transform(transform, str(path))


def derivatives(folder: Path, *, space: str = "MNI152NLin2009cAsym") -> Path:
    """A participant's folder; points go from MNI over T1w to the EPI."""
    write(folder / "anat" / f"sub-01_from-T1w_to-{space}_mode-image_xfm.h5", TO_T1W)
    write(
        folder / "func" / "sub-01_task-care_from-boldref_to-T1w_mode-image_desc-coreg_xfm.txt",
        TO_BOLD,
    )
    return folder


def moved(points: FloatArray, *matrices: FloatArray) -> FloatArray:
    for matrix in matrices:
        points = points @ matrix[:3, :3].T + matrix[:3, 3]
    return points


def test_points_go_from_mni_over_t1w_to_the_epi(tmp_path: Path) -> None:
    transform = FmriprepTransforms(folder=derivatives(tmp_path)).align(head())
    np.testing.assert_allclose(transform.to_epi(POINTS), moved(POINTS, TO_T1W, TO_BOLD), atol=1e-3)
    details = transform.describe()
    assert details["space"] == "MNI152NLin2009cAsym"
    assert "few mm" in str(details["note"])
    assert details["aligned_to_run"] is False


def test_the_space_of_the_maps_is_preferred(tmp_path: Path) -> None:
    derivatives(tmp_path)
    write(
        tmp_path / "anat" / "sub-01_from-T1w_to-MNI152NLin6Asym_mode-image_xfm.h5",
        np.eye(4),
    )
    transform = FmriprepTransforms(folder=tmp_path).align(head())
    assert transform.describe()["space"] == "MNI152NLin6Asym"
    assert "note" not in transform.describe()
    np.testing.assert_allclose(transform.to_epi(POINTS), moved(POINTS, TO_BOLD), atol=1e-3)


def test_an_older_fmriprep_s_inverse_is_inverted(tmp_path: Path) -> None:
    (path,) = derivatives(tmp_path).glob("func/*")
    path.unlink()
    write(
        tmp_path / "func" / "sub-01_task-care_from-T1w_to-scanner_mode-image_xfm.txt",
        np.linalg.inv(TO_BOLD),
    )
    transform = FmriprepTransforms(folder=tmp_path).align(head())
    np.testing.assert_allclose(transform.to_epi(POINTS), moved(POINTS, TO_T1W, TO_BOLD), atol=1e-3)


def test_a_head_that_lies_elsewhere_today_is_followed(tmp_path: Path) -> None:
    derivatives(tmp_path)
    today = head()
    # in that run the head lay 9 mm further to the front and 5 mm lower
    back = np.eye(4)
    back[:3, 3] = (0, -9, 5)
    at = np.indices(GRID.shape).transpose(1, 2, 3, 0) @ GRID.affine[:3, :3].T + GRID.affine[:3, 3]
    image = nib.Nifti1Image(_head_at(moved(at, back)), GRID.affine)
    image.to_filename(tmp_path / "func" / "sub-01_task-care_desc-coreg_boldref.nii.gz")
    transform = FmriprepTransforms(folder=tmp_path).align(today)
    assert transform.describe()["aligned_to_run"] is True
    expected = moved(POINTS, TO_T1W, TO_BOLD, back)
    # a third of a voxel: the phantom is coarse, its outline sharp
    np.testing.assert_allclose(transform.to_epi(POINTS), expected, atol=2.0)


def test_several_runs_must_be_told_apart(tmp_path: Path) -> None:
    derivatives(tmp_path)
    write(
        tmp_path / "func" / "sub-01_task-rest_from-boldref_to-T1w_mode-image_desc-coreg_xfm.txt",
        np.eye(4),
    )
    with pytest.raises(PreparationError, match=r"more than one.*task-care.*task-rest"):
        FmriprepTransforms(folder=tmp_path).align(head())
    transform = FmriprepTransforms(folder=tmp_path, run="task-rest").align(head())
    np.testing.assert_allclose(transform.to_epi(POINTS), moved(POINTS, TO_T1W), atol=1e-3)
    with pytest.raises(PreparationError, match="task-pain"):
        FmriprepTransforms(folder=tmp_path, run="task-pain").align(head())


def test_a_folder_without_transforms_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PreparationError, match="from-T1w_to-MNI152NLin6Asym"):
        FmriprepTransforms(folder=tmp_path).align(head())
    write(
        tmp_path / "sub-01_from-T1w_to-MNI152NLin6Asym_mode-image_xfm.h5",
        np.eye(4),
    )
    with pytest.raises(PreparationError, match="from-boldref_to-T1w"):
        FmriprepTransforms(folder=tmp_path).align(head())


def test_a_damaged_transform_is_refused(tmp_path: Path) -> None:
    (path,) = derivatives(tmp_path).glob("func/*")
    path.write_text("no transform", "utf-8")
    with pytest.raises(PreparationError, match="cannot be used"):
        FmriprepTransforms(folder=tmp_path).align(head())
