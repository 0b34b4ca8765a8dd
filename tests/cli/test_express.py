"""``empatune express`` and ``empatune signatures`` from the outside."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from empatune.cli import run
from empatune.signatures import CATALOGUE

AFFINE = np.array([[-3.0, 0, 0, 90], [0, 3, 0, -126], [0, 0, 3, -72], [0, 0, 0, 1]])
SHAPE = (61, 73, 61)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    rng = np.random.default_rng(11)
    paths = {}
    for name, shape in {"own": SHAPE, "one": SHAPE, "two": SHAPE, "run": (*SHAPE, 2)}.items():
        paths[name] = str(tmp_path / f"{name}.nii.gz")
        values = rng.normal(size=shape).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(values, AFFINE), paths[name])
    return paths


def test_writes_a_table_with_a_row_an_image(files, tmp_path, capsys):
    out = tmp_path / "scores.tsv"
    asked = ["express", "-s", files["own"], files["own"], files["one"], "--out", str(out)]
    assert run(asked) == 0
    assert "2 scores of 2 images" in capsys.readouterr().out
    assert run(["express", "-s", files["own"], files["one"], "--out", str(tmp_path / "1.tsv")]) == 0
    assert "1 score of 1 image in" in capsys.readouterr().out
    with out.open() as file:
        first, second = csv.DictReader(file, delimiter="\t")
    assert first["signature"] == "own"
    assert float(first["cosine"]) == pytest.approx(1)
    assert float(second["correlation"]) == pytest.approx(0, abs=0.02)
    assert float(second["coverage_weight"]) == 1


def test_prints_chosen_measures(files, capsys):
    assert run(["express", "-s", files["own"], files["one"], "-m", "cosine"]) == 0
    header = capsys.readouterr().out.splitlines()[0].split("\t")
    assert header == [
        "image",
        "volume",
        "signature",
        "cosine",
        "coverage_voxels",
        "coverage_weight",
    ]


def test_a_series_is_scored_only_when_asked(files, tmp_path, capsys):
    out = tmp_path / "scores.tsv"
    asked = ["express", "-s", files["own"], files["run"], "--out", str(out)]
    assert run(asked) == 1
    assert "--volumes" in capsys.readouterr().err
    assert not out.exists()
    assert run([*asked, "--volumes", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["volume"] for row in rows] == [0, 1]


def test_the_way_out_of_a_refused_place_is_named(files, tmp_path, capsys):
    path = str(tmp_path / "native.nii.gz")
    image = nibabel.Nifti1Image(np.ones((60, 60, 60), np.float32), np.diag([4.0, 4, 4, 1]))
    nibabel.save(image, path)
    assert run(["express", "-s", files["own"], path]) == 1
    assert "If you know better: --any-space." in capsys.readouterr().err


def test_wrong_calls_are_usage_errors(files, tmp_path, capsys):
    assert run(["express", files["one"]]) == 2
    assert run(["express", "-s", files["own"], str(tmp_path / "none.nii")]) == 2
    nowhere = str(tmp_path / "none" / "scores.tsv")
    assert run(["express", "-s", files["own"], files["one"], "--out", nowhere]) == 2
    assert "is not there" in capsys.readouterr().err


def test_a_coverage_warning_is_one_line_on_stderr(files, tmp_path, capsys):
    image = nibabel.load(files["one"])
    values = np.asarray(image.dataobj).copy()
    values[:, :, :30] = np.nan
    half = tmp_path / "half.nii.gz"
    nibabel.save(nibabel.Nifti1Image(values, AFFINE), half)
    assert run(["express", "-s", files["own"], str(half), "--json"]) == 0
    said = capsys.readouterr()
    assert "warning: 1 of 1 images hold less than 90%" in said.err
    assert json.loads(said.out)["warnings"]


def test_a_page_shows_scores_and_is_written_whole(files, tmp_path, capsys):
    page = tmp_path / "scores.html"
    assert run(["express", "-s", files["own"], files["one"], "--page", str(page)]) == 0
    assert capsys.readouterr().out.startswith("image\tvolume")
    assert "Scores on signatures" in page.read_text("utf-8")
    nowhere = str(tmp_path / "nowhere" / "scores.html")
    assert run(["express", "-s", files["own"], files["one"], "--page", nowhere]) == 2
    assert "--page names" in capsys.readouterr().err


@pytest.mark.shared
def test_a_map_is_shown_with_its_grid_or_called_altered(shared, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EMPATUNE_DATA", str(shared))
    assert run(["signatures", "show", "care"]) == 0
    assert "79 x 95 x 68 voxels of 2 x 2 x 2 mm, 206,777 carry weight" in capsys.readouterr().out
    file = CATALOGUE["care"].file
    (tmp_path / file).write_bytes((shared / "signatures" / file).read_bytes()[:-1])
    monkeypatch.setenv("EMPATUNE_DATA", str(tmp_path))
    assert run(["signatures", "show", "care"]) == 0
    shown = capsys.readouterr().out
    assert "checksum differs" in shown
    assert "206,777" not in shown


def test_the_catalogue_is_listed_and_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EMPATUNE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert run(["signatures", "list"]) == 0
    assert "care" in capsys.readouterr().out
    assert run(["signatures", "show", "vps", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["doi"] == "10.7554/eLife.15166"
    assert shown["path"] == ""
    assert shown["grid"] is None
    assert run(["signatures", "show", "vps"]) == 0
    shown = capsys.readouterr().out
    for part in ("Krishnan et al. 2016", "30 adults", "64 %", "empatune signatures fetch vps"):
        assert part in shown
    assert run(["signatures", "show", "kindness"]) == 2
    assert run(["signatures", "fetch", "care", "--from", "http://127.0.0.1:9"]) == 1
    assert "Offline, copy" in capsys.readouterr().err
