from __future__ import annotations

import json

import pytest
from tests.recorded_session import Options, record

from empatune.cli import run


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    return record(
        tmp_path_factory.mktemp("report") / "session", Options(stop_after=4, prepared=False)
    )


def test_prints_where_the_report_is(session, capsys):
    assert run(["report", str(session)]) == 0
    said = capsys.readouterr().out.strip()
    assert said == str(session / "report.html")
    assert (session / "report.html").read_text().startswith("<!doctype html>")


def test_json_names_the_file(session, tmp_path, capsys):
    file = tmp_path / "r.html"
    assert run(["report", str(session), "--out", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"report": str(file)}
    assert file.is_file()


def test_a_folder_without_a_session_is_refused(tmp_path, capsys):
    assert run(["report", str(tmp_path)]) == 1
    assert "holds no session" in capsys.readouterr().err


def test_a_missing_folder_is_a_wrong_call(tmp_path, capsys):
    assert run(["report", str(tmp_path / "nothing")]) == 2
    assert "does not exist" in capsys.readouterr().err
