"""``empatune localizer``: from a run and its events to a preparation that a study can use."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from tests.localizer_run import AFFINE, TR_S, moving, person

from empatune.cli import run
from empatune.preparation import Prepared
from empatune.signatures import load
from empatune.signatures.training.blocks import Block

BLOCKS = tuple(
    Block(condition=("warm", "cold")[number % 2], onset_s=6 + 14.0 * number, duration_s=8)
    for number in range(8)
)
FEW = ("--bootstraps", "20", "--permutations", "30")


def write_run(folder: Path, name: str, seed: int) -> None:
    volumes = moving((30.0, 0.0) * 4, 8.0, BLOCKS, seed)
    image = nib.Nifti1Image(np.stack([v.stored for v in volumes], axis=-1), AFFINE)
    image.header.set_zooms((*image.header.get_zooms()[:3], TR_S))
    image.header.set_xyzt_units("mm", "sec")
    image.to_filename(folder / f"{name}.nii.gz")
    rows = [f"{b.onset_s}\t{b.duration_s}\t{b.condition}" for b in BLOCKS]
    rest = [f"{b.onset_s + 8}\t6\trest" for b in BLOCKS]
    text = "\n".join(["onset\tduration\ttrial_type", *rows, *rest])
    (folder / f"{name}.tsv").write_text(text + "\n")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder, "one", 3)
    write_run(folder, "two", 4)
    return folder


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    head = person()
    nothing: dict = {"weights": {}, "systems": {}, "coverage": {}, "method": "affine"}
    brain = {"grid": head.grid, "reference": head.reference.copy(), "brain": head.brain.copy()}
    Prepared(**brain, template=head.reference * head.brain, **nothing).save(tmp_path / "prepared")
    return tmp_path / "prepared"


def words(runs: Path, prepared: Path, *more: str, events: str = "one.tsv") -> list[str]:
    series = [str(runs / "one.nii.gz"), str(runs / events), "--prepared", str(prepared)]
    return ["localizer", *series, "--out", str(prepared.parent / "warmth"), *FEW, *more]


def test_a_decoder_is_trained_tested_written_and_handed_over(
    runs: Path, prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = ("--test", str(runs / "two.nii.gz"), "--test-events", str(runs / "two.tsv"))
    assert run(words(runs, prepared, "--positive", "warm", *test, "--json")) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["positive"] == "warm"
    assert answer["against"] == "cold"
    assert answer["localizer"]["n_blocks"] == answer["test"]["n_blocks"] == 8
    assert answer["test"]["measures"]["auc"]["value"] == 1.0
    map_there = load(answer["map"])
    handed = Prepared.load(prepared)
    np.testing.assert_allclose(handed.weights["warmth"], map_there.weights, rtol=1e-6)
    assert Path(answer["picture"]).read_bytes()[:4] == b"\x89PNG"
    card = Path(answer["map"].replace(".nii.gz", ".html")).read_text()
    assert "warm against cold: 8 blocks" in card
    assert "Another run of the same person (8 blocks)" in card
    assert "regions have no names there" in card
    assert run(words(runs, prepared, "--positive", "warm")) == 1
    assert "is not empty" in capsys.readouterr().err
    assert run(words(runs, prepared, "--positive", "warm", "--overwrite")) == 0
    said = capsys.readouterr().out
    assert 'feedback = ["warmth"]' in said
    assert "area under the ROC curve" in said


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (("--positive", "hot"), 2, "no condition 'hot'; they have cold (4 blocks), warm"),
        (("--positive", "warm", "--against", "warm"), 2, "on both sides"),
        (("--positive", "warm", "--positive", "cold"), 2, "nothing to tell it from"),
        (("--positive", "warm", "--against", "rest"), 2, "--against rest: 'rest' is the baseline"),
        (("--positive", "warm", "--folds", "7"), 1, "7 folds are asked for"),
        (("--positive", "warm", "--column", "what"), 2, "no column 'what'"),
        (("--positive", "warm", "--test", "two.nii.gz"), 2, "--test and --test-events together"),
        (("--positive", "warm", "--name", "a b"), 1, "cannot be the name"),
    ],
)
def test_bad_calls_are_refused_before_any_image_is_read(
    runs: Path,
    prepared: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    assert run(words(runs, prepared, *more)) == code
    captured = capsys.readouterr()
    assert says in " ".join(captured.err.split())
    assert captured.out == ""
    assert not (prepared.parent / "warmth").exists()


def test_bad_series_leave_nothing_behind(
    runs: Path, prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = nib.load(runs / "one.nii.gz")
    data = np.asarray(image.dataobj)
    one = nib.Nifti1Image(data[..., :1], AFFINE)
    one.header.set_zooms((*one.header.get_zooms()[:3], TR_S))
    one.to_filename(tmp_path / "one.nii.gz")
    moved = AFFINE.copy()
    moved[:3, 3] += 4
    elsewhere = nib.Nifti1Image(data[..., :5], moved)
    elsewhere.header.set_zooms((*elsewhere.header.get_zooms()[:3], TR_S))
    elsewhere.to_filename(tmp_path / "elsewhere.nii.gz")
    before = sorted(p.name for p in prepared.rglob("*"))
    for name, says in (("one", "4D image"), ("elsewhere", "lies elsewhere")):
        call = words(runs, prepared, "--positive", "warm")
        call[1] = str(tmp_path / f"{name}.nii.gz")
        assert run(call) == 1
        assert says in " ".join(capsys.readouterr().err.split())
    late = (runs / "one.tsv").read_text().replace("104.0\t8", "400.0\t8")
    (tmp_path / "late.tsv").write_text(late)
    call = words(runs, prepared, "--positive", "warm")
    call[2] = str(tmp_path / "late.tsv")
    assert run(call) == 1
    assert "Do events and series belong together" in " ".join(capsys.readouterr().err.split())
    assert sorted(p.name for p in prepared.rglob("*")) == before
    assert not (prepared.parent / "warmth").exists()


def test_a_map_is_no_series(
    runs: Path, prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(series: Path) -> str:
        call = words(runs, prepared, "--positive", "warm")
        call[1] = str(series)
        assert run(call) == 1
        return " ".join(capsys.readouterr().err.split())

    image = nib.load(runs / "one.nii.gz")
    (tmp_path / "maps").mkdir()
    for number in range(3):
        one = nib.Nifti1Image(np.asarray(image.dataobj)[..., number], AFFINE)
        one.to_filename(tmp_path / f"maps/{number}.nii.gz")
    assert "is a 3D image, not a 4D series" in told(tmp_path / "maps/0.nii.gz")
    message = told(tmp_path / "maps")
    assert "is a folder of 3 3D images, not a 4D series" in message
    assert "--source" not in message
    image.header["pixdim"][4] = 0
    image.to_filename(tmp_path / "silent.nii.gz")
    message = told(tmp_path / "silent.nii.gz")
    assert "RepetitionTime" in message
    assert "--source" not in message


@pytest.mark.parametrize("how", ["same", "copy", "converted"])
def test_the_training_run_is_no_test(
    runs: Path, prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    test = runs / "one.nii.gz"
    if how == "copy":
        test = Path(shutil.copy(test, tmp_path / "two.nii.gz"))
    if how == "converted":  # other bytes, the same volumes
        image = nib.load(test)
        test = tmp_path / "two.nii"
        nib.Nifti1Image(image.get_fdata(), AFFINE, image.header).to_filename(test)
    more = ("--positive", "warm", "--test", str(test), "--test-events", str(runs / "one.tsv"))
    before = sorted(p.name for p in prepared.rglob("*"))
    assert run(words(runs, prepared, *more)) == 2
    captured = capsys.readouterr()
    message = " ".join(captured.err.split())
    assert "this would be no test" in message
    assert ("60 of its volumes are also in" in message) == (how == "converted")
    assert captured.out == ""
    assert sorted(p.name for p in prepared.rglob("*")) == before
    assert not (prepared.parent / "warmth").exists()


def test_a_session_record_is_not_changed(
    runs: Path, prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (prepared.parent / "journal.sqlite").touch()
    assert run(words(runs, prepared, "--positive", "warm")) == 2
    assert "record of a session" in capsys.readouterr().err
