"""``empatune train``."""

import json

import nibabel as nib
import numpy as np
import pytest

from empatune.cli import run
from empatune.signatures import load

AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    lines = ["map,state,person"]
    for person in range(6):
        for state in ("neutral", "care"):
            image = rng.normal(size=(6, 6, 6)).astype(np.float32)
            image[2:4, 2:4, 2:4] += 2 * (state == "care")
            name = f"{person}-{state}.nii.gz"
            nib.Nifti1Image(image, AFFINE).to_filename(tmp_path / name)
            lines.append(f"{name},{state},{person}")
    (tmp_path / "maps.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "maps.csv"


def arguments(table, *more):
    columns = ["--image-column", "map", "--outcome", "state", "--group", "person"]
    few = ["--bootstraps", "50", "--permutations", "20", "--positive", "care"]
    out = ["--out", str(table.parent / "care-map")]
    return ["train", str(table), *columns, *few, *out, *more]


def test_a_table_becomes_a_signature_with_a_card(table, capsys):
    assert run(arguments(table, "--method", "svm", "--json")) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["data"]["outcome"]["classes"] == {"neutral": 6, "care": 6}
    assert card["measures"]["forced_choice"]["value"] == 1.0
    weights = load(table.parent / "care-map" / "care-map.nii.gz").weights
    assert weights[2:4, 2:4, 2:4].mean() > 3 * np.abs(weights).mean()


def test_text_names_measures_and_files(table, capsys):
    assert run(arguments(table)) == 0
    out = capsys.readouterr().out
    assert "forced-choice accuracy (2AFC)" in out
    assert "weights at a false discovery rate of .05" in out
    assert "care-map.html" in out
    page = (table.parent / "care-map" / "care-map.html").read_text()
    assert "tells care from neutral" in page


def test_a_wrong_column_is_a_wrong_call(table, capsys):
    assert run(arguments(table, "--outcome", "mood")) == 2
    assert "has no column mood; it has map, state, person" in capsys.readouterr().err


def test_more_folds_than_groups_is_a_failure_and_leaves_nothing(table, capsys):
    assert run(arguments(table, "--folds", "9")) == 1
    assert "9 folds are asked for, and there are 6 groups" in capsys.readouterr().err
    assert not (table.parent / "care-map").exists()


def write_table(table, **changed):
    """Write the table with ratings; change values of lines, counted as editors do."""
    lines = [line.split(",") for line in table.read_text().splitlines()]
    for number, row in enumerate(lines[1:]):
        row[1] = str(number + 0.5)
    for line, value in changed.items():
        lines[int(line.removeprefix("line"))][1] = value
    table.write_text("\n".join(map(",".join, lines)) + "\n")


def refused(table, capsys, *more):
    code = run(arguments(table, *more))
    assert not (table.parent / "care-map").exists()
    return code, " ".join(capsys.readouterr().err.split())


def test_a_positive_class_of_numbers_is_a_wrong_call(table, capsys):
    write_table(table)
    code, said = refused(table, capsys)
    assert code == 2
    assert "--positive 'care' names a class, and column 'state' holds numbers" in said


def test_a_word_among_numbers_is_shown_with_its_line(table, capsys):
    write_table(table, line3="high", line5="?")
    code, said = refused(table, capsys)
    assert code == 1
    assert "column 'state' holds numbers, and 'high' in line 4, '?' in line 6." in said


def test_an_image_that_stands_there_twice_is_named_with_its_lines(table, capsys):
    lines = table.read_text().splitlines()
    again = lines[2].replace("0-care", "./0-care")
    table.write_text("\n".join([*lines, again]) + "\n")
    code, said = refused(table, capsys)
    assert code == 1
    assert "names 1 image more than once: 0-care.nii.gz in lines 3, 14." in said


def test_the_way_out_of_a_refused_place_is_named(table, capsys):
    values = np.ones((60, 60, 60), np.float32)
    nib.Nifti1Image(values, np.diag([4.0, 4, 4, 1])).to_filename(table.parent / "0-care.nii.gz")
    code, said = refused(table, capsys)
    assert code == 1
    assert "0-care.nii.gz: The field of view reaches" in said
    assert said.endswith("If you know better: --any-space.")
