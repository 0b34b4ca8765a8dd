"""The record of a preparation: on disk and in another grid."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from empatune.core import Grid
from empatune.errors import PreparationError
from empatune.preparation import Coverage, Prepared
from empatune.preparation.coverage import measure

GRID = Grid(
    shape=(16, 18, 14),
    affine=np.array([[-4.0, 0.2, 0, 30], [0.2, 4, 0, -36], [0, 0, 4, -28], [0, 0, 0, 1]]),
)


def some(seed: int = 0, **changes: object) -> Prepared:
    rng = np.random.default_rng(seed)
    brain = np.zeros(GRID.shape, bool)
    brain[3:13, 3:15, 3:11] = True
    image = gaussian_filter(rng.normal(100, 30, GRID.shape), 1.5).astype(np.float32)
    weights = gaussian_filter(rng.normal(size=GRID.shape), 1.5).astype(np.float32) * brain
    fields: dict = {
        "grid": GRID,
        "reference": image,
        "brain": brain,
        "template": (image * brain).astype(np.float32),
        "weights": {"care": weights, "kind-ness": -2 * weights},
        "systems": {"mentalizing": (np.abs(weights) > 0.05).astype(np.float32)},
        "coverage": {
            "care": Coverage(voxel_share=0.9, energy_share=0.8),
            "kind-ness": Coverage(voxel_share=1.0, energy_share=1.0),
            "mentalizing": Coverage(voxel_share=0.5, energy_share=0.5),
        },
        "method": "affine",
        "details": {"note": "é", "alignment": {"brain_dice": 0.93}},
    }
    return Prepared(**{**fields, **changes})


def assert_same(first: Prepared, second: Prepared) -> None:
    for name in ("reference", "brain", "template"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
        assert getattr(first, name).dtype == getattr(second, name).dtype
    for name in ("weights", "systems"):
        one, other = getattr(first, name), getattr(second, name)
        assert list(one) == list(other)
        for key in one:
            np.testing.assert_array_equal(one[key], other[key])
            assert one[key].dtype == other[key].dtype == np.float32
    np.testing.assert_array_equal(first.grid.affine, second.grid.affine)
    assert first.coverage == second.coverage
    assert first.method == second.method
    assert first.details == second.details


def test_what_is_saved_comes_back_to_the_bit(tmp_path: Path) -> None:
    prepared = some()
    prepared.save(tmp_path / "sub-01" / "preparation")
    assert_same(Prepared.load(tmp_path / "sub-01" / "preparation"), prepared)
    assert [path.name for path in (tmp_path / "sub-01").iterdir()] == ["preparation"]


def test_a_preparation_is_replaced_only_when_asked(tmp_path: Path) -> None:
    some(0).save(tmp_path / "p")
    with pytest.raises(PreparationError, match="not empty"):
        some(1).save(tmp_path / "p")
    assert_same(Prepared.load(tmp_path / "p"), some(0))
    some(1).save(tmp_path / "p", overwrite=True)
    assert_same(Prepared.load(tmp_path / "p"), some(1))
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_a_folder_of_other_things_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(PreparationError, match="no preparation"):
        some().save(tmp_path, overwrite=True)
    assert (tmp_path / "thesis.txt").exists()


def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(0).save(tmp_path / "p")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nibabel.Nifti1Image.to_filename", full_disk)
    with pytest.raises(PreparationError, match="No space left"):
        some(1).save(tmp_path / "p", overwrite=True)
    monkeypatch.undo()
    assert_same(Prepared.load(tmp_path / "p"), some(0))
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_no_preparation_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(PreparationError, match="empatune prepare"):
        Prepared.load(tmp_path)


def test_every_missing_or_spoilt_piece_is_noticed(tmp_path: Path) -> None:
    some().save(tmp_path / "p")
    files = [path for path in (tmp_path / "p").rglob("*") if path.is_file()]
    assert len(files) == 7
    for path in files:
        content = path.read_bytes()
        for spoilt in (None, content[: len(content) // 2], b"{}"):
            path.unlink() if spoilt is None else path.write_bytes(spoilt)
            with pytest.raises(PreparationError):
                Prepared.load(tmp_path / "p")
            path.write_bytes(content)
    assert_same(Prepared.load(tmp_path / "p"), some())


def test_another_format_is_refused(tmp_path: Path) -> None:
    some().save(tmp_path / "p")
    path = tmp_path / "p" / "preparation.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "format": 99}), "utf-8")
    with pytest.raises(PreparationError, match="format 99"):
        Prepared.load(tmp_path / "p")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reference": np.ones((4, 4, 4), np.float32)}, "shape"),
        ({"weights": {"care": np.full(GRID.shape, np.nan, np.float32)}}, "not finite"),
        ({"brain": np.zeros(GRID.shape, bool)}, "empty"),
        ({"coverage": {}}, "care, kind-ness, mentalizing is missing"),
    ],
)
def test_a_preparation_that_cannot_be_is_refused(changes: dict, words: str) -> None:
    with pytest.raises(PreparationError, match=words):
        some(**changes)


def test_images_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        some().weights["care"][0, 0, 0] = 1


def test_the_same_grid_gives_the_same_preparation() -> None:
    prepared = some()
    assert prepared.on(Grid(shape=GRID.shape, affine=GRID.affine + 1e-4)) is prepared


def test_responses_survive_a_finer_grid() -> None:
    # the same field of view with half the voxel size: a smooth image is to answer alike
    prepared = some()
    affine = GRID.affine.copy()
    affine[:3, :3] /= 2
    fine = Grid(shape=tuple(2 * n for n in GRID.shape), affine=affine)
    moved = prepared.on(fine)
    assert moved.grid is fine
    assert moved.brain.sum() == pytest.approx(8 * prepared.brain.sum(), rel=0.15)

    def answer(each: Prepared, seed: int) -> float:
        waves = np.random.default_rng(seed).normal(size=(6, 3)) / 14
        world = np.indices(each.grid.shape).transpose(1, 2, 3, 0) @ each.grid.affine[:3, :3].T
        image = np.sin((world + each.grid.affine[:3, 3]) @ waves.T).sum(axis=-1)
        return float((image * each.weights["care"]).sum())

    answers = np.array([[answer(prepared, n), answer(moved, n)] for n in range(20)])
    assert np.corrcoef(answers.T)[0, 1] > 0.99
    assert moved.coverage["care"].energy_share == pytest.approx(0.8)


def test_a_smaller_field_of_view_covers_less() -> None:
    prepared = some()
    half = Grid(shape=(8, *GRID.shape[1:]), affine=GRID.affine)
    cut = prepared.on(half)
    kept = float((prepared.weights["care"][:8] ** 2).sum() / (prepared.weights["care"] ** 2).sum())
    assert cut.coverage["care"].energy_share == pytest.approx(0.8 * kept, abs=0.01)
    np.testing.assert_allclose(
        cut.weights["care"], prepared.weights["care"][:8], rtol=1e-4, atol=1e-6
    )


def test_an_image_elsewhere_is_refused() -> None:
    affine = GRID.affine.copy()
    affine[:3, 3] += 500
    with pytest.raises(PreparationError, match="does not overlap"):
        some().on(Grid(shape=GRID.shape, affine=affine))


def test_coverage_counts_voxels_and_energy() -> None:
    weights = np.array([0.0, 1.0, -2.0, 3.0, 0.0])
    inside = np.array([True, True, False, True, False])
    coverage = measure(weights, inside)
    assert coverage.voxel_share == pytest.approx(2 / 3)
    assert coverage.energy_share == pytest.approx(10 / 14)
    assert measure(np.zeros(3), np.ones(3, bool)) == Coverage(voxel_share=0, energy_share=0)
    with pytest.raises(PreparationError, match="between 0 and 1"):
        Coverage(voxel_share=1.2, energy_share=0)
