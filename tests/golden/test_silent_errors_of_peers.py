"""What other software gets wrong without a word, and that we do not.

nilearn is run here. nltools 0.5.1 needs numpy < 1.24 and cannot be installed beside us: its errors
are shown by `benchmarks/nltools_errors.py`, and tested here by what we make of the same images.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import nibabel
import numpy as np
import pytest
from nilearn.image import resample_img
from nilearn.maskers import NiftiMasker

from empatune.core import Grid
from empatune.errors import CoverageWarning
from empatune.signatures import CATALOGUE, Signature, express, load, prepare_expression
from empatune.signatures.lattice import align

BRAIN_BOX = Grid(
    shape=(73, 92, 74),
    affine=[[-2, 0, 0, 74], [0, 2, 0, -108], [0, 0, 2, -64], [0, 0, 0, 1]],
)
"""FSL's brain mask of 2 mm with a rim of one voxel: to this, maskers cut images."""


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, Signature]:
    names = ("care", "distress", "siips1", "general-vicarious-pain")
    return {name: load(shared / "signatures" / CATALOGUE[name].file) for name in names}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "off_mm"),
    [("care", 4), ("distress", 4), ("siips1", 4), ("general-vicarious-pain", 12)],
)
def test_nilearn_misplaces_maps_unless_resampling_is_forced(
    published: dict[str, Signature], name: str, off_mm: float
) -> None:
    """One lattice, another box: the map moves if it starts before that box."""
    signature = published[name]
    target = published["care"].grid if name == "general-vicarious-pain" else BRAIN_BOX
    peer, forced = (_by_nilearn(signature, target, force=force) for force in (False, True))
    alignment = align(signature.grid, target)
    assert alignment is not None
    ours = alignment.place(signature.weights, target.shape)
    np.testing.assert_array_equal(ours, forced)
    assert np.linalg.norm(_shift(peer, ours) * target.voxel_sizes_mm) == off_mm
    assert np.corrcoef(peer.ravel(), ours.ravel())[0, 1] < 0.9


@pytest.mark.shared
def test_a_misplaced_map_scores_an_image_of_itself_lower(
    published: dict[str, Signature],
) -> None:
    care = published["care"]
    image = _by_nilearn(care, BRAIN_BOX, force=True)
    peer = _by_nilearn(care, BRAIN_BOX, force=False)
    theirs = np.vdot(peer, image) / np.linalg.norm(peer) / np.linalg.norm(image)
    ours = prepare_expression([care], BRAIN_BOX).row(image)[1, 0]
    assert ours == pytest.approx(1)
    assert theirs < 0.85


@pytest.mark.shared
def test_masks_of_equal_size_are_not_the_same_mask(published: dict[str, Signature]) -> None:
    """nltools takes masks for one that hold as many voxels, and pairs voxels by their number."""
    care = published["care"]
    middle = care.grid.shape[0] // 2
    both = (care.weights != 0) & (care.weights[::-1] != 0)
    left, right = both.copy(), both.copy()
    left[middle:] = right[: middle + 1] = False
    assert left.sum() == right.sum()
    half = Signature(name="left", weights=np.where(left, care.weights, 0), grid=care.grid)
    image = np.where(right, care.weights, 0)
    by_number = half.weights[left] @ image[right]
    assert np.isfinite(by_number)
    assert by_number != 0
    dot, cosine, correlation, *coverage = prepare_expression([half], care.grid).row(image)[:, 0]
    assert np.isnan([dot, cosine, correlation]).all()
    assert coverage == [0, 0]


@pytest.mark.shared
def test_nilearn_says_nothing_of_a_missing_part_that_turns_the_sign(
    published: dict[str, Signature],
) -> None:
    """Without what lies below z = -16 mm, a fifth of care's voxels, its score changes sign."""
    care = published["care"]
    affine = care.grid.affine
    low = np.broadcast_to(
        (np.arange(care.grid.shape[2]) * affine[2, 2] + affine[2, 3] < -16), care.grid.shape
    )
    whole = np.where(low, 1.0, -0.15) * np.sign(care.weights)
    images = [nibabel.Nifti1Image(each, affine) for each in (whole, np.where(low, 0, whole))]
    mask = nibabel.Nifti1Image((care.weights != 0).astype(np.int8), affine)
    weights = nibabel.Nifti1Image(care.weights, affine)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        masker = NiftiMasker(mask_img=mask, standardize=None).fit()
        w = masker.transform(weights).ravel()
        theirs = [float(masker.transform(each).ravel() @ w) for each in images]
    assert theirs[0] > 0 > theirs[1]
    with pytest.warns(
        CoverageWarning, match="1 of 2 images hold less than 90% of signature 'Ashar"
    ):
        scored = list(express(images, [care]))
    np.testing.assert_allclose([each.scores.dot[0, 0] for each in scored], theirs, rtol=1e-5)
    assert scored[1].scores.coverage_voxels[0, 0] == pytest.approx(0.8, abs=0.05)


def _by_nilearn(signature: Signature, target: Grid, *, force: bool) -> np.ndarray:
    moved = resample_img(
        nibabel.Nifti1Image(signature.weights, signature.grid.affine),
        target.affine,
        target.shape,
        interpolation="nearest",
        force_resample=force,
        copy_header=True,
    )
    return moved.get_fdata()


def _shift(moved: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Voxels by which an image is moved: the peak of its correlation with the other."""
    together = np.fft.ifftn(np.fft.fftn(moved) * np.conj(np.fft.fftn(image))).real
    peak = np.array(np.unravel_index(together.argmax(), together.shape))
    return np.where(peak > np.array(image.shape) // 2, peak - image.shape, peak)
