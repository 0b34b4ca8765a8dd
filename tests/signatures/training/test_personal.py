"""A decoder of one person: validated on held-out blocks, right on raw images, honest on noise."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from tests.localizer_run import moving, person

from empatune.errors import TrainingError
from empatune.signatures.training import TrainingSettings, load_card
from empatune.signatures.training.blocks import Block, Contrast, hold_out_together
from empatune.signatures.training.decoder_files import describe_decoder, save_decoder
from empatune.signatures.training.localizer import Run, block_images, block_rows, bring_to_reference
from empatune.signatures.training.personal import (
    Calibration,
    Decoder,
    assess_decoder,
    calibrate,
    train_decoder,
)

BLOCKS = tuple(
    Block(condition="ab"[number % 2], onset_s=6 + 14.0 * number, duration_s=8)
    for number in range(8)
)
SIDES = Contrast(positive=("a",), against=("b",))
FEW = TrainingSettings(method="ridge", n_bootstraps=20, n_permutations=40, n_resamples=100)
STRENGTH = {"a": 30.0, "b": 0.0}


def some_run(seed: int) -> Run:
    amplitudes = tuple(STRENGTH[block.condition] for block in BLOCKS)
    return bring_to_reference(moving(amplitudes, 8.0, BLOCKS, seed), person())


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    trained = train_decoder(some_run(3), BLOCKS, SIDES, settings=FEW)
    return assess_decoder(trained, some_run(4), BLOCKS, n_permutations=500)


def test_an_active_place_is_learned_and_found_again(decoder: Decoder) -> None:
    assert decoder.localizer.results["auc"].value == 1.0
    assert decoder.test is not None
    assert decoder.test.results["auc"].value == 1.0
    assert (decoder.test.results["auc"].p or 1) < 0.05
    assert decoder.test.results["forced_choice"].value == 1.0


def test_weights_are_for_raw_images_not_for_those_that_noise_divided(decoder: Decoder) -> None:
    inside = decoder.trained.data.images.mask[decoder.run.head.brain]
    images = block_images(decoder.run, BLOCKS)[:, inside].astype(np.float64)
    scores = images @ decoder.trained.weights + decoder.trained.intercept
    divided = decoder.trained.data.images.values.astype(np.float64)
    spread = (images / divided)[0]
    expected = divided @ (decoder.trained.weights * spread) + decoder.trained.intercept
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)
    assert scores[0] > scores[1]


def test_volume_scores_and_block_scores_are_one_number(decoder: Decoder) -> None:
    """Scores of blocks are the model's answer to the scores of volumes, as the loop has them."""
    weights = decoder.trained.data.images.volume(decoder.trained.weights)
    volumes = decoder.run.responses(weights[None])[:, 0]
    blocks = block_rows(decoder.run, BLOCKS) @ volumes
    images = block_images(decoder.run, BLOCKS).astype(np.float64)
    inside = decoder.trained.data.images.mask[decoder.run.head.brain]
    np.testing.assert_allclose(blocks, images[:, inside] @ decoder.trained.weights, atol=0.02)


def test_only_voxels_that_answer_are_used_if_asked() -> None:
    chosen = train_decoder(some_run(3), BLOCKS, SIDES, settings=FEW, least_t=4.0)
    n_all = int(chosen.run.head.brain.sum())
    assert 20 <= len(chosen.trained.weights) < n_all / 2
    tested = assess_decoder(chosen, some_run(4), BLOCKS, n_permutations=50)
    assert tested.test is not None
    assert tested.test.results["auc"].value == 1.0
    with pytest.raises(TrainingError, match="Ask for a smaller t"):
        train_decoder(some_run(3), BLOCKS, SIDES, settings=FEW, least_t=1000.0)


def test_a_run_without_the_effect_is_not_above_chance() -> None:
    still = bring_to_reference(moving((0.0,) * 8, 8.0, BLOCKS, 5), person())
    found = train_decoder(still, BLOCKS, SIDES, settings=FEW)
    assert (found.localizer.results["auc"].p or 0) > 0.05


def test_calibration_is_finite_where_sides_separate_and_flat_where_they_do_not() -> None:
    outcome = np.array([1, 1, 1, -1, -1, -1.0])
    apart = calibrate(np.array([5, 6, 7, 1, 2, 3.0]), outcome)
    assert 3 < apart.threshold < 5
    assert 0 < apart.scale < 3
    assert apart.probability(np.array([apart.threshold]))[0] == pytest.approx(0.5)
    probable = apart.probability(np.array([7.0, 1.0]))
    assert 0.7 < probable[0] < 1
    assert 0 < probable[1] < 0.3
    wrong = calibrate(np.array([1, 2, 3, 5, 6, 7.0]), outcome)
    assert wrong.scale == np.inf
    assert wrong.probability(np.array([100.0]))[0] == 0.5


def test_everything_is_on_disk(decoder: Decoder, tmp_path: Path) -> None:
    path = save_decoder(decoder, tmp_path / "a", name="a")
    image = nib.load(path)
    np.testing.assert_allclose(image.affine, decoder.run.head.grid.affine, atol=1e-5)
    kept = np.asarray(image.dataobj)[decoder.trained.data.images.mask]
    np.testing.assert_allclose(kept, decoder.trained.weights, rtol=1e-6)
    assert load_card(path).content["limits"][0].startswith("A decoder of one person")
    facts = json.loads((tmp_path / "a" / "a_decoder.json").read_text())
    assert facts["test"]["measures"]["auc"]["value"] == 1.0
    assert facts["localizer"]["n_volumes"] == 60
    lines = (tmp_path / "a" / "a_blocks.tsv").read_text().splitlines()
    assert len(lines) == 1 + 8 + 8
    with pytest.raises(TrainingError, match="not empty"):
        save_decoder(decoder, tmp_path / "a", name="a")
    save_decoder(decoder, tmp_path / "a", name="a", overwrite=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a"]


def test_a_flat_calibration_is_written_as_none(decoder: Decoder) -> None:
    flat = replace(decoder, calibration=Calibration(threshold=0.0, scale=np.inf), test=None)
    content = describe_decoder(flat)
    assert json.loads(json.dumps(content, allow_nan=False))["calibration"]["scale"] is None


def test_folds_are_those_of_the_contrast(decoder: Decoder) -> None:
    outcome = SIDES.outcome(BLOCKS)
    np.testing.assert_array_equal(decoder.localizer.pairs, hold_out_together(outcome))
    with pytest.raises(TrainingError, match="5 folds are asked for"):
        train_decoder(decoder.run, BLOCKS, SIDES, settings=replace(FEW, n_folds=5))
