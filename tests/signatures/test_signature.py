"""Finding, checking and loading weight maps."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from empatune.core import Grid
from empatune.errors import SignatureError
from empatune.signatures import CATALOGUE, Signature, data_folders, find, load

AFFINE = np.array([[-2.0, 0, 0, 20], [0, 2, 0, -20], [0, 0, 2, -20], [0, 0, 0, 1]])


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No published map is found."""
    monkeypatch.setenv("EMPATUNE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def published(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published maps are found."""
    monkeypatch.setenv("EMPATUNE_DATA", str(shared))
    return shared / "signatures"


def write(path: Path, weights: np.ndarray) -> Path:
    nib.Nifti1Image(weights.astype(np.float32), AFFINE).to_filename(path)
    return path


def some_weights() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(6, 7, 8)).astype(np.float32)


@pytest.mark.shared
@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_published_map_loads(published: Path, name: str) -> None:
    signature = load(name)
    assert signature.name == name
    assert signature.entry is CATALOGUE[name]
    assert signature.weights.dtype == np.float32
    assert signature.grid.voxel_sizes_mm == (2, 2, 2)
    assert 50_000 < np.count_nonzero(signature.weights) < 330_000


@pytest.mark.shared
def test_published_maps_keep_their_published_relations(published: Path) -> None:
    # Zhou et al. 2020, doi 10.7554/eLife.56929: general with noxious stimulation .587, with faces
    # .702; the maps lie in one grid
    general, limbs, faces = (
        load(name).weights.ravel()
        for name in ("general-vicarious-pain", "ns-vicarious-pain", "fe-vicarious-pain")
    )
    both = (general != 0) & (limbs != 0)
    assert np.corrcoef(general[both], limbs[both])[0, 1] == pytest.approx(0.587, abs=0.002)
    assert np.corrcoef(general[both], faces[both])[0, 1] == pytest.approx(0.702, abs=0.002)


@pytest.mark.shared
def test_an_altered_published_map_is_refused(published: Path, nowhere: Path) -> None:
    content = bytearray((published / CATALOGUE["care"].file).read_bytes())
    content[-9] ^= 1
    (nowhere / CATALOGUE["care"].file).write_bytes(content)
    with pytest.raises(SignatureError, match="checksum differs"):
        load("care")


def test_a_missing_map_says_what_to_do(nowhere: Path) -> None:
    assert find(CATALOGUE["care"]) is None
    with pytest.raises(SignatureError, match="EMPATUNE_DATA") as problem:
        load("care")
    assert str(nowhere) in str(problem.value)


def test_an_unknown_name_lists_the_known_ones(nowhere: Path) -> None:
    with pytest.raises(SignatureError, match="care, distress, vps"):
        load("kindness")


def test_maps_are_looked_for_in_the_named_folder_first(nowhere: Path) -> None:
    folders = data_folders()
    assert folders[0] == nowhere / "signatures"
    assert folders[1] == nowhere
    assert folders[2] == nowhere / "cache" / "empatune" / "signatures"
    (nowhere / "signatures").mkdir()
    for folder in folders[:2]:
        (folder / CATALOGUE["vps"].file).touch()
    assert find(CATALOGUE["vps"]) == folders[0] / CATALOGUE["vps"].file


def test_a_map_of_one_s_own_is_as_good(tmp_path: Path) -> None:
    weights = some_weights()
    signature = load(write(tmp_path / "kindness.nii.gz", weights[..., None]))
    assert signature.name == "kindness"
    assert signature.entry is None
    np.testing.assert_array_equal(signature.weights, weights)
    np.testing.assert_array_equal(signature.grid.affine, AFFINE)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda w: np.where(w > 1, np.nan, w), "not finite"),
        (lambda w: np.where(w > 1, np.inf, w), "not finite"),
        (np.zeros_like, "every weight is 0"),
        (lambda w: np.stack([w, w], axis=-1), "one 3D volume"),
        (lambda w: w[0], "one 3D volume"),
    ],
)
def test_an_unusable_map_is_refused(tmp_path: Path, spoil: object, words: str) -> None:
    path = write(tmp_path / "map.nii", spoil(some_weights()))
    with pytest.raises(SignatureError, match=words):
        load(path)


def test_a_file_that_is_no_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.nii.gz"
    path.write_bytes(b"not an image")
    with pytest.raises(SignatureError, match="cannot be read"):
        load(path)


def test_weights_must_fit_their_grid_and_stay_as_they_are() -> None:
    weights = some_weights()
    with pytest.raises(SignatureError, match="shape"):
        Signature(name="x", weights=weights, grid=Grid(shape=(6, 7, 9), affine=AFFINE))
    signature = Signature(name="x", weights=weights, grid=Grid(shape=(6, 7, 8), affine=AFFINE))
    with pytest.raises(ValueError, match="read-only"):
        signature.weights[0, 0, 0] = 1
