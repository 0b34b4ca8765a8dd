"""Series whose volumes are not all alike."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path

import nibabel
import numpy as np
import pytest
from tests.recorded_session import HeldClock

from empatune.core import Grid, Provenance, Volume
from empatune.errors import ExportError
from empatune.exports import export
from empatune.realtime.messages import VolumeLost
from empatune.realtime.recorder import Recorder

AFFINE = np.diag([-3.0, 3.0, 4.0, 1.0])


def _session(folder: Path, volumes: list[dict], *, lost: tuple[int, ...] = ()) -> Path:
    rng = np.random.default_rng(3)
    participant = {"label": "5", "session": "", "run": "", "task": "rest"}
    with Recorder(folder, HeldClock()) as recorder:
        recorder.state(format=1, study={"participant": participant})
        for made in volumes:
            made = {"affine": AFFINE, "dtype": np.int16, "slope": 1.0, "intercept": 0.0} | made
            grid = Grid(shape=(5, 6, 4), affine=made["affine"])
            volume = Volume(
                stored=rng.integers(1, 500, grid.shape).astype(made["dtype"]),
                grid=grid,
                slope=made["slope"],
                intercept=made["intercept"],
                index=made["index"],
                tr_s=2.0,
                received_ns=0,
                provenance=Provenance(source="replay", kind="nifti", series="s"),
            )
            recorder.write([recorder.receive(volume)], "in")
        recorder.write([VolumeLost(index=index, reason="test") for index in lost], "in")
    return folder


def _series(tmp_path, volumes, **options):
    session = _session(tmp_path / "session", volumes, **options)
    export(session, tmp_path / "bids")
    (file,) = (tmp_path / "bids" / "sub-5" / "func").glob("*_bold.nii.gz")
    return nibabel.load(file), session


def _errors(folder: Path) -> list[str]:
    program = Path(sysconfig.get_path("scripts")) / "bids-validator-deno"
    done = subprocess.run(
        [program, "--format", "json", str(folder)], capture_output=True, text=True, check=False
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    return [issue["code"] for issue in issues if issue["severity"] == "error"]


def test_equal_scaling_stays_in_the_header(tmp_path):
    image, _ = _series(tmp_path, [{"index": i, "slope": 0.5, "intercept": 7.0} for i in range(3)])
    assert image.get_data_dtype() == np.int16
    assert (image.dataobj.slope, image.dataobj.inter) == (0.5, 7.0)


def test_different_scaling_is_applied(tmp_path):
    image, session = _series(tmp_path, [{"index": i, "slope": 0.5 + i} for i in range(3)])
    assert image.get_data_dtype() == np.float32
    for i in range(3):
        stored = nibabel.load(session / "raw" / f"vol-{i:05d}.nii").dataobj.get_unscaled()
        np.testing.assert_allclose(image.dataobj[..., i], (0.5 + i) * stored)


def test_different_types_are_scaled_alike(tmp_path):
    image, session = _series(
        tmp_path,
        [{"index": 0, "slope": 2.0}, {"index": 1, "slope": 2.0, "dtype": np.float32}],
    )
    for i in range(2):
        stored = nibabel.load(session / "raw" / f"vol-{i:05d}.nii").dataobj.get_unscaled()
        np.testing.assert_allclose(image.dataobj[..., i], 2.0 * stored)


def test_a_lost_volume_reads_as_zero_whatever_the_intercept(tmp_path):
    volumes = [{"index": i, "intercept": -9.0} for i in (0, 2)]
    image, _ = _series(tmp_path, volumes, lost=(1,))
    assert not np.asarray(image.dataobj[..., 1]).any()
    assert np.asarray(image.dataobj[..., 2]).any()


def test_volumes_of_two_places_are_no_series(tmp_path):
    other = AFFINE.copy()
    other[0, 3] = 5.0
    session = _session(tmp_path / "s", [{"index": 0}, {"index": 1, "affine": other}])
    with pytest.raises(ExportError, match="Volume 1 lies elsewhere"):
        export(session, tmp_path / "bids")
    assert not (tmp_path / "bids").exists()


@pytest.mark.parametrize("n_volumes", [1, 3])
def test_a_session_that_ended_before_it_was_prepared_is_valid_bids(tmp_path, n_volumes):
    _series(tmp_path, [{"index": i} for i in range(n_volumes)])
    assert _errors(tmp_path / "bids") == []
    assert _errors(tmp_path / "bids" / "derivatives" / "empatune") == []
