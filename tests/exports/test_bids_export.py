from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import nibabel
import numpy as np
import pytest
from tests import recorded_session as recorded
from tests.recorded_session import Options, record

from empatune.bids import read_rows
from empatune.errors import ExportError, RecordError
from empatune.exports import export, read
from empatune.realtime.recorder import Record

STEM = "sub-07_ses-01_task-empathy_run-1"


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Path:
    return record(tmp_path_factory.mktemp("session") / "session")


@pytest.fixture(scope="module")
def bids(session, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bids") / "data"
    export(session, folder)
    return folder


@pytest.fixture(scope="module")
def raw(bids) -> Path:
    return bids / "sub-07" / "ses-01" / "func"


@pytest.fixture(scope="module")
def derived(bids) -> Path:
    return bids / "derivatives" / "empatune" / "sub-07" / "ses-01" / "func"


def _problems(folder: Path) -> list[str]:
    """Errors that the official validator finds."""
    program = Path(sysconfig.get_path("scripts")) / "bids-validator-deno"
    done = subprocess.run(
        [program, "--format", "json", "--max-rows", "-1", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    return [f"{i['code']} {i['location']}" for i in issues if i["severity"] == "error"]


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_official_validator_finds_no_error(bids):
    assert _problems(bids) == []
    assert _problems(bids / "derivatives" / "empatune") == []


def test_the_validator_would_find_one(bids, tmp_path):
    shutil.copytree(bids, tmp_path / "copy")
    shutil.copy(tmp_path / "copy" / "README", tmp_path / "copy" / "sub-07" / "wrong.txt")
    assert _problems(tmp_path / "copy") != []


def test_the_series_holds_what_was_received_and_zeros_for_the_rest(session, raw):
    image = nibabel.load(raw / f"{STEM}_bold.nii.gz")
    stored = image.dataobj.get_unscaled()
    assert stored.dtype == np.int16
    assert image.header.get_zooms()[3] == pytest.approx(recorded.TR_S)
    np.testing.assert_allclose(image.affine, recorded.GRID.affine, atol=1e-4)
    with Record(session) as held:
        for volume in held.volumes():
            np.testing.assert_array_equal(stored[..., volume.index], volume.stored)
            np.testing.assert_allclose(
                np.asarray(image.dataobj[..., volume.index]), volume.intensities()
            )
    empty = [i for i in range(image.shape[3]) if not stored[..., i].any()]
    assert empty == [recorded.LOST, recorded.MISSING]
    sidecar = json.loads((raw / f"{STEM}_bold.json").read_text())
    assert sidecar["EmpatuneEmptyVolumes"] == empty
    assert sidecar["RepetitionTime"] == recorded.TR_S
    assert sidecar["TaskName"] == "empathy"
    assert sidecar["EmpatuneSimulated"] is True


def test_events_are_those_that_ran(raw):
    rows = read_rows(raw / f"{STEM}_events.tsv")
    ran = [(row["trial_type"], float(row["onset"]), float(row["duration"])) for row in rows]
    tr = recorded.TR_S
    assert ran == [
        ("rest", 0, 10 * tr),
        ("care", 10 * tr, 12 * tr),
        ("rest", 22 * tr, 10 * tr),
        ("care", 32 * tr, 8 * tr),
        ("marker", 34 * tr + 0.5, 0),
        ("pause", 40 * tr, 2 * tr),
        ("care", 42 * tr, 4 * tr),
        ("rest", 46 * tr, 10 * tr),
        ("transfer", 56 * tr, 8 * tr),
    ]
    assert [row["text"] for row in rows if row["trial_type"] == "marker"] == ["coughed"]
    levels = json.loads((raw / f"{STEM}_events.json").read_text())["trial_type"]["Levels"]
    assert {row["trial_type"] for row in rows} <= set(levels)


def test_time_series_hold_the_record(session, derived):
    history = read(session)
    signatures = read_rows(derived / f"{STEM}_desc-signatures_timeseries.tsv")
    confounds = read_rows(derived / f"{STEM}_desc-confounds_timeseries.tsv")
    assert len(signatures) == len(confounds) == len(history.volumes)
    for volume, said, moved in zip(history.volumes, signatures, confounds, strict=True):
        assert said["status"] == volume.status
        if volume.decoded is None:
            assert said["care_z"] == moved["trans_x"] == "n/a"
            continue
        for name, response in volume.decoded.signatures.items():
            assert float(said[f"{name}_raw"]) == response.raw
            assert float(said[f"{name}_cleaned"]) == response.cleaned
            assert float(said[f"{name}_se"]) == response.standard_error
            assert float(said[f"{name}_z"]) == response.z
        assert float(said["empathic_concern_z"]) == volume.decoded.systems["empathic-concern"].z
        assert float(said["score"]) == volume.derived.score
        assert float(moved["trans_x"]) == volume.aligned.motion[0]
        assert float(moved["rot_z"]) == pytest.approx(np.deg2rad(volume.aligned.motion[5]))
        if volume.index:
            assert float(moved["framewise_displacement"]) == volume.aligned.fd_mm
    assert confounds[0]["framewise_displacement"] == "n/a"


def test_volumes_that_must_not_be_used_have_an_outlier_column(derived):
    rows = read_rows(derived / f"{STEM}_desc-confounds_timeseries.tsv")
    columns = [name for name in rows[0] if name.startswith("motion_outlier")]
    hits = [[i for i, row in enumerate(rows) if row[name] == "1"] for name in columns]
    assert hits == [[recorded.LOST], [recorded.MARKED], [recorded.MISSING]]


def test_the_value_on_the_screen_is_that_of_the_page(session, derived):
    rows = read_rows(derived / f"{STEM}_desc-signatures_timeseries.tsv")
    for volume, row in zip(read(session).volumes, rows, strict=True):
        told = volume.during
        shown = "n/a" if told is None or not told.show else repr(told.value)
        assert row["feedback_on_screen"] == shown
    assert sum(row["feedback_on_screen"] != "n/a" for row in rows) >= 20


def test_every_column_is_described(derived, raw):
    for table in [*derived.glob("*.tsv"), *raw.glob("*.tsv")]:
        columns = table.read_text().splitlines()[0].split("\t")
        sidecar = json.loads(table.with_suffix(".json").read_text())
        for column in columns:
            assert sidecar[column]["Description"], (table.name, column)


def test_signatures_name_their_sources(derived):
    sidecar = json.loads((derived / f"{STEM}_desc-signatures_timeseries.json").read_text())
    assert sidecar["Signatures"]["care"]["DOI"] == "10.1016/j.neuron.2017.05.014"
    assert sidecar["Synthetic"] is True


def test_the_preparation_is_in_the_grid_of_the_series(derived, raw):
    bold = nibabel.load(raw / f"{STEM}_bold.nii.gz")
    for name in ("boldref", "desc-brain_mask", "desc-care_weights", "desc-vps_weights"):
        image = nibabel.load(derived / f"{STEM}_{name}.nii.gz")
        assert image.shape == bold.shape[:3]
        np.testing.assert_allclose(image.affine, bold.affine)


def test_a_second_session_joins_the_data_set(bids, tmp_path):
    shutil.copytree(bids, tmp_path / "bids")
    labels = {"participant": "08", "session": "01", "run": "1", "task": "empathy"}
    other = record(tmp_path / "other", Options(labels=labels, stop_after=8, simulated=False))
    first = _snapshot(tmp_path / "bids" / "sub-07")
    (tmp_path / "bids" / "README").write_text("Our own words. " * 20)
    export(other, tmp_path / "bids")
    assert _snapshot(tmp_path / "bids" / "sub-07") == first
    assert (tmp_path / "bids" / "README").read_text().startswith("Our own words.")
    rows = read_rows(tmp_path / "bids" / "participants.tsv")
    assert [(row["participant_id"], row["simulated"]) for row in rows] == [
        ("sub-07", "true"),
        ("sub-08", "false"),
    ]
    assert _problems(tmp_path / "bids") == []


def test_columns_that_people_added_to_participants_stay(bids, tmp_path):
    shutil.copytree(bids, tmp_path / "bids")
    table = tmp_path / "bids" / "participants.tsv"
    table.write_text("participant_id\tsimulated\tage\nsub-07\ttrue\t31\n")
    labels = {"participant": "08", "session": "01", "run": "1", "task": "empathy"}
    other = record(tmp_path / "other", Options(labels=labels, stop_after=4, prepared=False))
    export(other, tmp_path / "bids")
    assert [row["age"] for row in read_rows(table)] == ["31", "n/a"]


def test_what_is_there_is_not_overwritten_in_silence(session, bids):
    before = _snapshot(bids)
    with pytest.raises(ExportError, match="--overwrite"):
        export(session, bids)
    assert _snapshot(bids) == before


def test_overwriting_gives_the_same_to_the_byte(session, bids, tmp_path):
    shutil.copytree(bids, tmp_path / "bids")
    before = _snapshot(tmp_path / "bids")
    export(session, tmp_path / "bids", overwrite=True)
    assert _snapshot(tmp_path / "bids") == before


def test_a_damaged_raw_volume_leaves_nothing_behind(tmp_path):
    session = record(tmp_path / "session", Options(stop_after=6, prepared=False))
    file = session / "raw" / "vol-00003.nii"
    content = bytearray(file.read_bytes())
    content[-5] ^= 255
    file.write_bytes(bytes(content))
    with pytest.raises(RecordError, match="checksum"):
        export(session, tmp_path / "bids")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["session"]


def test_a_killed_session_is_exported_and_says_so(tmp_path):
    session = record(tmp_path / "killed", Options(stop_after=24))
    exported = export(session, tmp_path / "bids")
    assert not exported.finished
    assert exported.n_volumes == 24
    (sidecar,) = (tmp_path / "bids").glob("sub-07/ses-01/func/*_bold.json")
    assert json.loads(sidecar.read_text())["EmpatuneFinished"] is False
    assert _problems(tmp_path / "bids") == []
    assert _problems(tmp_path / "bids" / "derivatives" / "empatune") == []


def test_a_session_without_a_volume_is_refused(tmp_path):
    session = record(tmp_path / "session", Options(stop_after=-1, prepared=False))
    with pytest.raises(ExportError, match="no volume"):
        export(session, tmp_path / "bids")


def test_a_sealed_allocation_stays_sealed(tmp_path):
    options = Options(allocation={"digest": "ab" * 32, "opened": None}, prepared=False)
    session = record(tmp_path / "session", options)
    export(session, tmp_path / "bids")
    (table,) = (tmp_path / "bids").rglob("*desc-signatures_timeseries.tsv")
    assert {row["feedback_on_screen"] for row in read_rows(table)} == {"n/a"}
    (blocks,) = (tmp_path / "bids").rglob("*desc-blocks_table.tsv")
    assert {row["feedback_mean"] for row in read_rows(blocks)} == {"n/a"}


def test_no_path_of_this_machine_leaves_it(bids, session):
    words = re.compile(rb"/tmp/|/home/|" + str(session.parent).encode())
    for name, content in _snapshot(bids).items():
        if not name.endswith(".nii.gz"):
            assert not words.search(content), name
