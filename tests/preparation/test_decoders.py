"""Decoders of the person's own in a preparation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.recorded_session import prepared as some

from empatune.errors import PreparationError
from empatune.preparation import Prepared, decoders_of, hand_over, with_decoder

FACTS = {"positive": "living", "smoothing_fwhm_mm": 6.0}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    some(np.random.default_rng(0)).save(tmp_path / "prepared")
    (tmp_path / "prepared" / "pictures").mkdir()
    (tmp_path / "prepared" / "pictures" / "index.html").write_text("look")
    return tmp_path / "prepared"


def weights(seed: int = 1) -> np.ndarray:
    shape = some(np.random.default_rng(0)).grid.shape
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_a_decoder_is_added_and_nothing_else_changes(folder: Path) -> None:
    before = Prepared.load(folder)
    after = hand_over(folder, "living", weights(), facts=dict(FACTS))
    assert list(after.weights) == [*before.weights, "living"]
    np.testing.assert_array_equal(after.weights["living"], weights() * before.brain)
    for name, image in before.weights.items():
        np.testing.assert_array_equal(after.weights[name], image)
    assert after.coverage["living"].energy_share == 1.0
    assert decoders_of(after)["living"]["positive"] == "living"
    assert (folder / "pictures" / "index.html").read_text() == "look"
    assert [p.name for p in folder.rglob("*") if "new" in p.name] == []


def test_it_survives_a_session_that_keeps_a_copy(folder: Path, tmp_path: Path) -> None:
    hand_over(folder, "living", weights(), facts=dict(FACTS)).save(tmp_path / "copy")
    again = Prepared.load(tmp_path / "copy")
    assert decoders_of(again)["living"]["smoothing_fwhm_mm"] == 6.0
    np.testing.assert_array_equal(again.weights["living"], Prepared.load(folder).weights["living"])


def test_names_that_are_taken(folder: Path) -> None:
    with pytest.raises(PreparationError, match="'care' is a signature or system"):
        hand_over(folder, "care", weights(), facts={}, overwrite=True)
    with pytest.raises(PreparationError, match="'mentalizing' is a signature or system"):
        hand_over(folder, "mentalizing", weights(), facts={})
    hand_over(folder, "living", weights(1), facts={})
    with pytest.raises(PreparationError, match="already holds a decoder 'living'"):
        hand_over(folder, "living", weights(2), facts={})
    again = hand_over(folder, "living", weights(2), facts={}, overwrite=True)
    np.testing.assert_array_equal(again.weights["living"], weights(2) * again.brain)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (weights()[:-1], "another grid"),
        (np.zeros_like(weights()), "empty or not finite"),
        (np.full_like(weights(), np.nan), "empty or not finite"),
    ],
)
def test_maps_that_do_not_fit(wrong: np.ndarray, says: str) -> None:
    with pytest.raises(PreparationError, match=says):
        with_decoder(some(np.random.default_rng(0)), "living", wrong, facts={})


def test_a_refused_map_leaves_the_folder_as_it_was(folder: Path) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(PreparationError):
        hand_over(folder, "living", weights()[1:], facts={})
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
