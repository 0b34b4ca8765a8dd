from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.recorded_session import Options, record

from empatune.cli import run


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Path:
    return record(tmp_path_factory.mktemp("export") / "session")


def test_says_what_it_wrote(session, tmp_path, capsys):
    assert run(["export", str(session), "--out", str(tmp_path / "bids")]) == 0
    said = capsys.readouterr().out
    assert "64 volumes" in said
    assert "2 lost or missing volumes are filled with zeros" in said
    assert (tmp_path / "bids" / "sub-07" / "ses-01" / "func").is_dir()


def test_json_is_one_object_that_lists_the_files(session, tmp_path, capsys):
    assert run(["export", str(session), "--out", str(tmp_path / "bids"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["empty_volumes"] == [17, 29]
    assert said["finished"] is True
    for file in said["files"]:
        assert (tmp_path / "bids" / file).is_file()


def test_the_same_run_twice_needs_overwrite(session, tmp_path, capsys):
    call = ["export", str(session), "--out", str(tmp_path / "bids")]
    assert run(call) == 0
    assert run(call) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert run([*call, "--overwrite"]) == 0


def test_an_unfinished_session_says_so(tmp_path, capsys):
    session = record(tmp_path / "killed", Options(stop_after=20))
    assert run(["export", str(session), "--out", str(tmp_path / "bids")]) == 0
    assert "not finished" in capsys.readouterr().out


def test_a_folder_without_a_session_is_refused(tmp_path, capsys):
    assert run(["export", str(tmp_path), "--out", str(tmp_path / "bids")]) == 1
    assert "holds no session" in capsys.readouterr().err
    assert not (tmp_path / "bids").exists()
