"""``empatune systems``: regions, masks, signals, evidence and the picture."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib.image
import nibabel
import numpy as np
import pytest

from empatune.cli import run

AFFINE = np.array([[-4.0, 0, 0, 90], [0, 4, 0, -126], [0, 0, 4, -72], [0, 0, 0, 1]])


@pytest.fixture
def image(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    values = rng.normal(1, 1, (46, 55, 46)).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(values, AFFINE), tmp_path / "map.nii.gz")
    return tmp_path / "map.nii.gz"


def test_list_names_regions_and_peaks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["systems", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("system\tregion\tsummary")
    assert len(lines) == 1 + 11
    assert run(["systems", "list", "--peaks", "--out", str(tmp_path / "peaks.tsv")]) == 0
    peaks = (tmp_path / "peaks.tsv").read_text().splitlines()
    assert "experience-sharing\tAI\tleft\t-40\t22\t0\tmeta-analysis" in "\n".join(peaks)
    assert capsys.readouterr().out == f"{len(peaks) - 1} rows in {tmp_path / 'peaks.tsv'}.\n"


def test_show_tells_peaks_sources_and_confounds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["systems", "show", "nacc"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("VS: ventral striatum with nucleus accumbens")
    assert "PMID 23887811, Table 3 [meta-analysis]" in told
    assert "nearest peak of reward: 0.0 mm" in told
    assert run(["systems", "show", "mentalizing", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["regions"][1]["name"] == "TPJ"
    assert run(["systems", "show", "precunius"]) == 2
    assert "Did you mean 'precuneus'?" in capsys.readouterr().err


def test_mask_writes_images_and_tables(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "masks"
    call = ["systems", "mask", "--grid", str(image), "--out", str(out), "--by", "hemisphere"]
    assert run([*call, "--shape", "probability", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in told["masks"]][:3] == ["ACC", "AI left", "AI right"]
    mask = nibabel.load(out / "AI_left.nii.gz")
    assert mask.shape == (46, 55, 46)
    np.testing.assert_allclose(mask.affine, AFFINE)
    volume = float(np.asarray(mask.dataobj).sum()) * 64
    assert told["masks"][1]["volume_mm3"] == pytest.approx(volume, rel=1e-5)
    assert (out / "masks.tsv").read_text().startswith("name\tfile\tvolume_mm3\tinside\n")
    assert not list(out.glob(".*"))


def test_extract_prints_a_table_and_warns_of_what_is_missing(
    image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["systems", "extract", str(image), "--by", "region"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("image\tvolume\tname\tmean\tcoverage\n")
    assert len(told.out.splitlines()) == 1 + 11
    assert "warning" not in told.err
    holes = nibabel.load(image)
    values = np.asarray(holes.dataobj).copy()
    values[..., 20:] = 0
    nibabel.save(nibabel.Nifti1Image(values, AFFINE), image)
    assert run(["systems", "extract", str(image), "--json"]) == 0
    told = capsys.readouterr()
    rows = {row["name"]: row for row in json.loads(told.out)["rows"]}
    assert rows["PMC"]["mean"] is None
    assert "warning: 1 of 1 images hold less than 90% of PMC" in told.err


def test_evidence_compares_a_map_with_random_places(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "evidence.tsv"
    assert run(["systems", "evidence", str(image), "--n", "100", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"26 rows in {out}.\n"
    header, first = out.read_text().splitlines()[:2]
    row = dict(zip(header.split("\t"), first.split("\t"), strict=True))
    assert row["name"] == "experience-sharing"
    assert 0 < float(row["p"]) <= 1
    smaller = ["systems", "evidence", str(image), "--n", "100", "--radius-mm", "5", "--json"]
    assert run(smaller) == 0
    found = json.loads(capsys.readouterr().out)["rows"][0]
    assert found["random_sd"] > float(row["random_sd"])  # fewer voxels
    assert run(["systems", "evidence", str(image), "--n", "3"]) == 2
    assert "at least 100" in capsys.readouterr().err


def test_a_map_without_room_names_an_option_that_exists(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = nibabel.load(image)
    values = np.asarray(whole.dataobj).copy()
    values[np.random.default_rng(1).random(values.shape) < 0.6] = 0
    nibabel.save(nibabel.Nifti1Image(values, AFFINE), tmp_path / "holes.nii.gz")
    assert run(["systems", "evidence", str(tmp_path / "holes.nii.gz"), "--n", "100"]) == 2
    assert "smaller spheres (--radius-mm)" in capsys.readouterr().err


def test_an_image_of_another_space_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "native.nii.gz"
    nibabel.save(
        nibabel.Nifti1Image(np.ones((60, 60, 60), np.float32), np.diag([4.0, 4, 4, 1])), path
    )
    for call in (["mask", "--out", str(tmp_path / "m"), "--grid"], ["extract"], ["evidence"]):
        assert run(["systems", *call, str(path)]) == 1
        said = capsys.readouterr().err
        assert "native.nii.gz: The field of view reaches" in said
        assert "--any-space" not in said
    assert not (tmp_path / "m").exists()


def test_figure_draws_one_system_or_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "concern.png"
    assert run(["systems", "figure", "--system", "empathic-concern", "--out", str(path)]) == 0
    assert capsys.readouterr().out.strip() == str(path)
    picture = matplotlib.image.imread(path)[..., :3]
    purple = np.abs(picture - np.array([0x7A, 0x48, 0xB8]) / 255).max(axis=-1) < 0.02
    green = np.abs(picture - np.array([0x2F, 0x8F, 0x4E]) / 255).max(axis=-1) < 0.02
    assert purple.sum() > 1000
    assert green.sum() == 0
    assert run(["systems", "figure", "--system", "AI", "--out", str(path)]) == 2
    assert "allowed: experience-sharing" in capsys.readouterr().err
    assert run(["systems", "figure", "--out", str(tmp_path / "a.gif")]) == 1
    assert "use .png, .svg or .pdf" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["list", "figure", "extract", "evidence"])
def test_a_folder_that_is_not_there_is_a_wrong_call(
    command: str, image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [str(image)] if command in ("extract", "evidence") else []
    out = tmp_path / "nowhere/file.png"
    assert run(["systems", command, *images, "--out", str(out)]) == 2
    assert f"--out names {out}, but the folder {out.parent} is not" in capsys.readouterr().err


def test_numbers_are_short_in_a_terminal_alone(
    image: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    def means() -> list[str]:
        assert run(["systems", "extract", str(image)]) == 0
        header, *rows = (line.split("\t") for line in capsys.readouterr().out.splitlines())
        return [row[header.index("mean")] for row in rows]

    whole = means()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    short = means()
    assert max(map(len, short)) <= 8 < max(map(len, whole))
    assert [float(each) for each in short] == pytest.approx([float(e) for e in whole], rel=1e-4)


def test_help_shows_whole_summaries(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["systems", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.count("...") == 1  # of the usage line
    assert "with random places in its grey matter." in text
