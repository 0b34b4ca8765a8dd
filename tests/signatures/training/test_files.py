"""Maps in files: what is the same however it is stored, and what is refused."""

import nibabel as nib
import numpy as np
import pytest

from empatune.core import Grid
from empatune.errors import CoverageWarning, TrainingError
from empatune.signatures.training.files import brain_share, read_images

SHAPE = (24, 28, 22)
AFFINE = np.diag([8.0, 8.0, 8.0, 1.0])
AFFINE[:3, 3] = (-92, -130, -76)
N = 4


@pytest.fixture
def paths(tmp_path):
    """Write four maps of a ball that is about as large as a brain."""
    rng = np.random.default_rng(0)
    world = np.moveaxis(np.indices(SHAPE), 0, -1) @ AFFINE[:3, :3] + AFFINE[:3, 3]
    ball = (((world - (0, -18, 8)) / (74, 90, 76)) ** 2).sum(axis=-1) < 1
    found = []
    for number in range(N):
        values = (rng.normal(size=SHAPE) * ball).astype(np.float32)
        found.append(tmp_path / f"map{number}.nii.gz")
        nib.Nifti1Image(values, AFFINE).to_filename(found[-1])
    return found


def values(path):
    return np.asarray(nib.load(path).dataobj)


def write(path, data, affine):
    nib.Nifti1Image(data.astype(np.float32), affine).to_filename(path)


def test_axes_may_run_either_way_and_in_any_order(paths):
    straight = read_images(paths)
    flipped = AFFINE.copy()
    flipped[0, 0], flipped[0, 3] = -8.0, AFFINE[0, 3] + 8.0 * (SHAPE[0] - 1)
    assert np.linalg.det(flipped) < 0
    write(paths[0], values(paths[0])[::-1], flipped)
    write(paths[2], values(paths[2]).transpose(1, 0, 2), AFFINE[:, [1, 0, 2, 3]])
    turned = read_images(paths)
    assert np.array_equal(straight.values, turned.values)
    assert straight.grid.matches(turned.grid)


def test_a_flip_of_the_values_alone_is_another_image(paths):
    straight = read_images(paths)
    write(paths[0], values(paths[0])[::-1], AFFINE)
    assert not np.array_equal(straight.values[0], read_images(paths).values[0])


def test_the_odd_one_is_named_wherever_it_stands(paths):
    for number in (0, 2):
        original = values(paths[number])
        moved = AFFINE.copy()
        moved[2, 3] += 4
        write(paths[number], original, moved)
        with pytest.raises(TrainingError, match=rf"1 of 4 images .* others: .*map{number}") as bad:
            read_images(paths)
        assert "from (-92, -130, -72) mm; the others" in str(bad.value)
        assert "--resample" in str(bad.value)
        write(paths[number], original, AFFINE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v, a: nib.Nifti1Image(np.stack([v] * 2, axis=-1), a), "must be one 3D map"),
        (lambda v, a: nib.Nifti1Image(np.full_like(v, np.nan), a), "is empty"),
        (lambda v, a: nib.Nifti1Image(v * (v > 1.5), a), "lacks .* of the voxels"),
        (
            lambda v, a: nib.Nifti1Image(v, a + 60 * (np.indices((4, 4))[1] == 3)),
            "should lie within",
        ),
        (lambda v, a: nib.Nifti1Image(v.astype(np.complex64), a), "complex64"),
    ],
)
def test_images_that_cannot_be_used(paths, change, words):
    change(values(paths[1]), AFFINE.copy()).to_filename(paths[1])
    with pytest.raises(TrainingError, match=words) as problem:
        read_images(paths)
    assert "map1.nii.gz" in str(problem.value)


def test_headers_that_contradict_themselves(paths):
    image = nib.Nifti1Image(values(paths[1]), AFFINE)
    image.set_sform(AFFINE, 4)
    image.set_qform(AFFINE * [[-1], [1], [1], [1]], 4)
    image.to_filename(paths[1])
    with pytest.raises(TrainingError, match=r"map1.*disagree on which side is left"):
        read_images(paths)
    image.header["sform_code"] = image.header["qform_code"] = 0
    nib.Nifti1Image(image.dataobj, None, image.header).to_filename(paths[1])
    with pytest.raises(TrainingError, match=r"map1.*does not say where the voxels lie"):
        read_images(paths)
    flat = nib.Nifti1Image(values(paths[1]), np.eye(4))
    flat.set_sform(AFFINE * [[1], [1], [0], [1]], 4)
    flat.to_filename(paths[1])
    with pytest.raises(TrainingError, match=r"map1.*singular"):
        read_images(paths)


def test_a_damaged_or_missing_file_is_named(paths):
    paths[3].write_bytes(paths[3].read_bytes()[:3000])
    with pytest.raises(TrainingError, match=r"map3.*is damaged"):
        read_images(paths)
    paths[3].unlink()
    with pytest.raises(TrainingError, match=r"1 of 4 images are not there: .*map3"):
        read_images(paths)


def test_voxels_that_one_image_takes_from_all_are_told(paths):
    whole = read_images(paths)
    values_ = values(paths[1])
    values_[8:14] = np.nan
    write(paths[1], values_, AFFINE)
    with pytest.warns(CoverageWarning) as caught:
        found = read_images(paths)
    words = str(caught[0].message)
    assert f"{found.mask.sum() / whole.mask.sum():.0%} of those" in words
    assert "map1.nii.gz lacks" in words
    assert "map0" not in words


def test_swapped_axes_of_all_images_are_doubted(paths):
    for path in paths:
        write(path, values(path), AFFINE[[0, 2, 1, 3]])
    with pytest.warns(CoverageWarning, match=r"of the brain in MNI space.*axes are swapped"):
        read_images(paths)


def test_any_space_asks_nothing_of_the_place(paths):
    astray = AFFINE.copy()
    astray[0, 3] += 300
    for path in paths:
        write(path, values(path), astray)
    assert read_images(paths, check_space=False).values.shape[0] == N


def test_the_brains_share_of_a_mask():
    grid = Grid(shape=SHAPE, affine=AFFINE)
    assert brain_share(np.ones(SHAPE, dtype=bool), grid) > 0.98
    half = np.ones(SHAPE, dtype=bool)
    half[:12] = False
    assert brain_share(half, grid) == pytest.approx(0.5, abs=0.03)
