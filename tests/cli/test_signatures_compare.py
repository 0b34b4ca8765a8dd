from __future__ import annotations

import json

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner

from empatune.bids import read_rows
from empatune.cli.signatures import signatures
from empatune.errors import SignatureError


@pytest.fixture
def maps(tmp_path):
    affine = np.diag([-2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (90, -126, -72)
    rng = np.random.default_rng(0)
    paths = []
    for name in ("one", "two"):
        weights = rng.normal(size=(91, 109, 91)).astype(np.float32)
        paths.append(tmp_path / f"{name}.nii")
        nib.save(nib.Nifti1Image(weights, affine), paths[-1])
    return [str(path) for path in paths]


def test_two_maps_are_compared_on_a_page_and_in_tables(maps, tmp_path):
    out = tmp_path / "out"
    done = CliRunner().invoke(
        signatures, ["compare", *maps, "--out", str(out)], catch_exceptions=False
    )
    assert done.exit_code == 0
    line = done.stdout.splitlines()[0].split("\t")
    rows = read_rows(out / "similarities.tsv")
    assert line == ["one", "two", rows[0]["n_voxels"], f"{float(rows[0]['correlation']):.3f}"]
    content = (out / "compare.html").read_text()
    assert "general" not in content
    assert content.count("<svg") == 2
    sidecar = json.loads((out / "shares.json").read_text())
    assert set(sidecar) == set(read_rows(out / "shares.tsv")[0])


def test_json_is_for_programs(maps, tmp_path):
    arguments = ["compare", *maps, "--out", str(tmp_path / "out"), "--json", "--voxels", "union"]
    done = CliRunner().invoke(signatures, arguments, catch_exceptions=False)
    found = json.loads(done.stdout)
    assert found["names"] == ["one", "two"]
    assert found["voxels"] == "union"


def test_an_unknown_map_is_named_and_nothing_is_written(maps, tmp_path):
    done = CliRunner().invoke(
        signatures, ["compare", maps[0], "nobody", "--out", str(tmp_path / "out")]
    )
    assert isinstance(done.exception, SignatureError)
    assert "nobody" in str(done.exception)
    assert not (tmp_path / "out").exists()
