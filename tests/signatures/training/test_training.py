"""From images to a validated signature and its card."""

import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from empatune.core import Grid
from empatune.errors import TrainingError, UsageError
from empatune.signatures import load
from empatune.signatures.training import (
    Columns,
    TrainingData,
    TrainingSettings,
    gather,
    load_card,
    read_table,
    save,
    train,
)
from empatune.signatures.training.folds import hold_out, permuted

pytestmark = pytest.mark.filterwarnings("ignore:The images hold")  # no brain is as small

SHAPE = (8, 9, 7)
GRID = Grid(shape=SHAPE, affine=np.diag([2.0, 2.0, 2.0, 1.0]))
QUICK = TrainingSettings(n_bootstraps=60, n_permutations=60, n_resamples=200, n_folds=4)


def volumes(*, effect=0.6, n_people=10, n_each=4, seed=0):
    rng = np.random.default_rng(seed)
    outcome = np.tile(np.linspace(-1.5, 1.5, n_each), n_people)
    groups = np.repeat([f"p{n:02}" for n in range(n_people)], n_each)
    images = rng.normal(size=(n_people * n_each, *SHAPE)).astype(np.float32)
    images[:, 2:4, 3:5, 2:4] += effect * outcome[:, None, None, None].astype(np.float32)
    return images, outcome, groups


def make(**options):
    images, outcome, groups = volumes(**options)
    names = [f"image {n}" for n in range(len(images))]
    return TrainingData(images=gather(images, GRID, names=names), outcome=outcome, groups=groups)


@pytest.fixture(scope="module")
def trained():
    return train(make(), QUICK)


def test_an_effect_is_found_and_its_place_too(trained):
    assert trained.results["r"].value > 0.5
    assert trained.results["r_within"].p == pytest.approx(1 / 61)
    assert trained.results["r"].low < trained.results["r"].value < trained.results["r"].high
    weights = trained.data.images.volume(trained.weights)
    assert weights[2:4, 3:5, 2:4].mean() > 3 * np.abs(weights).mean()
    strongest = trained.data.images.volume(np.abs(trained.statistics.z))
    assert strongest[2:4, 3:5, 2:4].mean() > 2 * strongest.mean()


def test_p_values_of_nothing_are_spread_evenly():
    """Nothing is there in 20 data sets: their p values are uniform, as far as 20 can tell."""
    plain = replace(QUICK, penalty=0.05, n_bootstraps=0, n_permutations=99, n_resamples=1)
    found = [train(make(effect=0.0, seed=seed), plain).results["r"].p for seed in range(20)]
    assert 0.3 < np.mean(found) < 0.7
    assert sum(p < 0.05 for p in found) <= 4


def test_the_number_of_workers_changes_no_bit(trained):
    again = train(make(), replace(QUICK, n_workers=3))
    assert np.array_equal(trained.weights, again.weights)
    assert np.array_equal(trained.predictions, again.predictions)
    assert np.array_equal(trained.statistics.q, again.statistics.q)
    for name, values in trained.null.values.items():
        assert np.array_equal(values, again.null.values[name])
    other = train(make(), replace(QUICK, seed=2))
    assert not np.array_equal(trained.statistics.z, other.statistics.z)


def test_weights_and_intercept_predict_like_the_model(trained):
    data = trained.data
    response = data.images.values @ trained.weights + trained.intercept
    assert np.corrcoef(response, data.outcome)[0, 1] > trained.results["r"].value
    assert response.mean() == pytest.approx(data.outcome.mean(), abs=1e-5)


def test_groups_are_never_on_both_sides(trained):
    for group in np.unique(trained.data.groups):
        assert len(set(trained.folds[trained.data.groups == group])) == 1


def test_off_target_images_are_tested_and_never_trained_on():
    base = make()
    images, _, groups = volumes(effect=0.0, seed=5)
    everything = np.concatenate([base.images.volume(v)[None] for v in base.images.values])
    both = np.concatenate([everything, images])
    data = TrainingData(
        images=gather(both, GRID, names=[str(n) for n in range(len(both))]),
        outcome=np.r_[base.outcome, np.full(len(images), np.nan)],
        groups=np.r_[base.groups, groups],
        off_target=np.r_[np.full(len(everything), ""), np.full(len(images), "noise")],
    )
    plain = replace(QUICK, n_bootstraps=0, n_permutations=0)
    found = train(data, plain)
    np.testing.assert_allclose(found.weights, train(base, plain).weights, rtol=1e-6, atol=1e-9)
    (answer,) = found.off_targets
    assert answer.n_images == 40
    assert answer.results["forced_choice"].value > 0.8
    assert np.isfinite(found.predictions).all()


def test_the_map_comes_back_with_its_card(trained, tmp_path):
    path = save(trained, tmp_path / "out", name="effect", intended_use="a test")
    signature = load(path)
    np.testing.assert_allclose(
        signature.weights[trained.data.images.mask], trained.weights, rtol=1e-6
    )
    card = load_card(path)
    assert card.content["intended_use"] == "a test"
    assert card.content["data"]["n_groups"] == 10
    assert card.content["measures"]["r"]["value"] == trained.results["r"].value
    table = pd.read_csv(tmp_path / "out" / "effect_predictions.tsv", sep="\t")
    np.testing.assert_array_equal(table["prediction"], trained.predictions)
    with pytest.raises(TrainingError, match="not empty"):
        save(trained, tmp_path / "out", name="effect")
    image = nib.load(path)
    nib.Nifti1Image(image.get_fdata() * 2, image.affine).to_filename(path)
    with pytest.raises(TrainingError, match="altered"):
        load_card(path)


def test_what_is_exchanged_follows_the_design():
    rng = np.random.default_rng(0)
    groups = np.repeat(["a", "b", "c"], 4)
    within = np.tile([0.0, 1.0, 2.0, 3.0], 3)
    moved = permuted(within, groups, rng)
    assert all(sorted(moved[groups == g]) == [0, 1, 2, 3] for g in "abc")
    between = np.repeat([0.0, 1.0, 2.0], 4)
    moved = permuted(between, groups, rng)
    assert all(len(set(moved[groups == g])) == 1 for g in "abc")


def write_table(tmp_path, outcome, *, change=lambda frame: frame):
    images, _, groups = volumes(n_people=5, n_each=2)
    names = []
    for number, image in enumerate(images):
        names.append(f"map{number}.nii.gz")
        nib.Nifti1Image(image, GRID.affine).to_filename(tmp_path / names[-1])
    frame = pd.DataFrame({"image": names, "outcome": outcome, "participant": groups})
    change(frame).to_csv(tmp_path / "maps.csv", index=False)
    return tmp_path / "maps.csv"


COLUMNS = Columns(image="image", outcome="outcome", group="participant")
CLASSES = ["seen", "felt"] * 5


def test_names_of_classes_become_signs(tmp_path):
    data = read_table(write_table(tmp_path, CLASSES), replace(COLUMNS, positive="felt"))
    assert data.classes == ("seen", "felt")
    assert data.outcome.tolist() == [-1, 1] * 5


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (["seen"] * 10, "one class only"),
        ([3.0] * 10, "same outcome"),
        ([1.0, np.nan, *range(8)], "missing in 1 of 10"),
        (["a", "b", "c", "d", "e"] * 2, "5 classes"),
    ],
)
def test_outcomes_that_cannot_be_learned(tmp_path, outcome, words):
    with pytest.raises(TrainingError, match=words):
        read_table(write_table(tmp_path, outcome), COLUMNS)


def test_unknown_columns_and_too_many_folds(tmp_path):
    table = write_table(tmp_path, CLASSES)
    with pytest.raises(UsageError, match="has no column rating"):
        read_table(table, replace(COLUMNS, outcome="rating"))
    with pytest.raises(TrainingError, match="7 folds are asked for, and there are 5 groups"):
        train(read_table(table, COLUMNS), replace(QUICK, n_folds=7))
    with pytest.raises(TrainingError, match="holds out whole groups"):
        hold_out(np.array(["one"] * 4), n_folds=None, rng=np.random.default_rng(0))
    with pytest.raises(TrainingError, match="tells two classes apart"):
        train(make(), replace(QUICK, method="svm"))


def test_a_card_says_when_nothing_was_found():
    found = train(make(effect=0.0, seed=1), replace(QUICK, penalty=0.05))
    from empatune.signatures.training.card import describe

    text = json.dumps(describe(found, name="nothing"))
    assert "No measure is better than chance" in text
