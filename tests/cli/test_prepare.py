"""``empatune prepare`` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from empatune.cli import run
from empatune.preparation import Prepared
from empatune.preparation.template import load_template


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head in MNI space at 4 mm, a signature, and the affine between them."""
    folder = tmp_path_factory.mktemp("prepare")
    mni = load_template()
    rng = np.random.default_rng(4)
    affine = mni.grid.affine @ np.diag([2.0, 2, 2, 1])
    head = 1000 * mni.image[::2, ::2, ::2, None] * (1 + 0.1 * np.arange(6))
    head = (head + rng.normal(20, 4, head.shape)).astype(np.float32)
    series = nib.Nifti1Image(head, affine)
    series.header.set_zooms((4, 4, 4, 2.0))
    series.header.set_xyzt_units("mm", "sec")
    series.to_filename(folder / "localizer.nii.gz")
    weights = (mni.brain * rng.normal(size=mni.brain.shape)).astype(np.float32)
    nib.Nifti1Image(weights, mni.grid.affine).to_filename(folder / "kindness.nii.gz")
    np.savetxt(folder / "mni_to_epi.txt", np.eye(4))
    return folder


def call(place: Path, out: Path, *more: str) -> int:
    words = [str(place / "localizer.nii.gz"), "--out", str(out)]
    words += ["--signature", str(place / "kindness.nii.gz")]
    words += ["--affine", str(place / "mni_to_epi.txt"), *more]
    return run(["prepare", *words])


def test_prints_coverage_and_where_the_pictures_are(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "prepared"
    assert call(place, out) == 0
    said = capsys.readouterr().out
    assert str(out / "pictures" / "index.html") in said
    lines = {line.split()[0]: line for line in said.splitlines()}
    for name in ("kindness", "experience-sharing", "mentalizing", "empathic-concern"):
        assert lines[name].count("%") == 2
    names = {path.name for path in (out / "pictures").iterdir()}
    assert names == {
        "alignment.png",
        "template.png",
        "coverage.png",
        "systems.png",
        "signature-kindness.png",
        "index.html",
    }
    page = (out / "pictures" / "index.html").read_text("utf-8")
    assert all(f'src="{name}"' in page for name in names if name.endswith(".png"))
    prepared = Prepared.load(out)
    assert prepared.method == "affine"
    # three dummies are left out: the mean of 1.3, 1.4, 1.5
    assert prepared.details["n_volumes"] == 3
    bright = load_template().image[::2, ::2, ::2] > 0.9
    assert prepared.reference[bright].mean() == pytest.approx(1000 * 1.4 * 0.935, rel=0.06)


def test_json_is_one_object_with_warnings_inside(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shifted = np.eye(4)
    shifted[1, 3] = 22
    np.savetxt(tmp_path / "shifted.txt", shifted)
    out = tmp_path / "prepared"
    more = ["--affine", str(tmp_path / "shifted.txt"), "--json", "--dummies", "1", "--volumes", "2"]
    assert call(place, out, *more) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["folder"] == str(out)
    assert said["method"] == "affine"
    assert said["details"]["n_volumes"] == 2
    assert set(said["coverage"]["kindness"]) == {"voxel_share", "energy_share"}
    assert any("doubtfully" in warning for warning in said["warnings"])


def test_a_preparation_is_not_overwritten_unasked(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "prepared"
    out.mkdir()
    (out / "notes.txt").write_text("mine", "utf-8")
    assert call(place, out) == 1
    assert "not empty" in capsys.readouterr().err
    assert (out / "notes.txt").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (["--fmriprep", "."], 2, "not both"),
        (["--bold", "run-1"], 2, "--fmriprep"),
        (["--dummies", "6"], 1, "none is left"),
        (["--signature", "nobody"], 1, "nobody"),
        (["--quality", "superb"], 2, "superb"),
        (["--affine", "missing.txt"], 2, "missing.txt"),
    ],
)
def test_wrong_calls_say_what_is_wrong(
    place: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    code: int,
    words: str,
) -> None:
    assert call(place, tmp_path / "prepared", *more) == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "prepared").exists()


def test_a_source_that_is_none_is_refused(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    map_ = str(place / "kindness.nii.gz")
    words = ["prepare", "nowhere/", "--out", str(tmp_path / "p"), "--signature", map_]
    assert run(words) == 2
    assert "nowhere/" in capsys.readouterr().err


def test_a_preparation_without_signatures_waits_for_a_decoder(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["prepare", str(place / "localizer.nii.gz"), "--affine", str(place / "mni_to_epi.txt")]
    words += ["--out", str(tmp_path / "prepared"), "--no-signatures"]
    assert run(words) == 0
    assert "mentalizing" in capsys.readouterr().out
    made = Prepared.load(tmp_path / "prepared")
    assert made.weights == {}
    assert len(made.systems) == 3
    assert run([*words, "--signature", "care", "--overwrite"]) == 2
    assert "not both" in capsys.readouterr().err
