"""``empatune scanner``."""

from __future__ import annotations

import gc
import json
import socket
import threading
from pathlib import Path

import pytest

from empatune.cli import run
from empatune.realtime.clock import SystemClock
from empatune.realtime.sources.dicom import DicomListener, DicomSettings


@pytest.fixture
def series(testdata: Path) -> Path:
    return testdata / "reader_fixtures" / "skyra_mosaic"


def test_into_a_folder(series, tmp_path, capsys) -> None:
    assert run(["scanner", str(series), "--into", str(tmp_path / "in"), "--speed", "max"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("10 volumes: 11 of 11 objects accepted, 0 refused, 0 sent again")
    assert err == ""
    assert len(list((tmp_path / "in").iterdir())) == 11


def test_to_a_listener_as_json(series, tmp_path, capsys) -> None:
    listener = DicomListener(
        DicomSettings(port=0, ae_title="NF", calling=("MR1",)),
        spool=tmp_path,
        already=(),
        clock=SystemClock(),
    )
    listener.open()
    to = ":".join(str(part) for part in listener.address)
    words = ["scanner", str(series), "--to", to, "--speed", "max", "--called", "NF", "--json"]
    assert run([*words, "--calling", "MR1"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {
        "n_objects": 11,
        "n_accepted": 11,
        "n_volumes": 10,
        "tr_s": 1.5,
    }.items() <= result.items()
    assert run([*words, "--calling", "STRANGER"]) == 1
    assert "refused the association" in capsys.readouterr().err
    listener.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_late_listener_is_waited_for(series, tmp_path, capsys) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    listener = DicomListener(
        DicomSettings(port=port), spool=tmp_path, already=(), clock=SystemClock()
    )
    opening = threading.Timer(1.0, listener.open)
    opening.start()
    assert run(["scanner", str(series), "--to", f"127.0.0.1:{port}", "--speed", "max"]) == 0
    opening.join()
    out, err = capsys.readouterr()
    assert "11 of 11 objects accepted" in out
    assert err.count(f"127.0.0.1:{port} does not take images yet") == 1
    listener.close()
    gc.collect()  # pynetdicom forgets to close a socket whose connection was refused


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ([], "either --to HOST:PORT or --into DIR"),
        (["--to", "a:1", "--into", "b"], "either --to HOST:PORT or --into DIR"),
        (["--to", "127.0.0.1"], "HOST:PORT"),
        (["--to", "127.0.0.1:99999"], "HOST:PORT"),
        (["--into", "x", "--speed", "0"], "--speed"),
        (["--into", "x", "--speed", "quick"], "--speed"),
        (["--to", "a:1", "--called", "A-TITLE-THAT-IS-TOO-LONG"], "--called"),
    ],
)
def test_wrong_calls_leave_with_2(options, word, series, capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["scanner", str(series), *options]) == 2
    assert word in capsys.readouterr().err


def test_nothing_to_play_leaves_with_1(tmp_path, capsys) -> None:
    assert run(["scanner", str(tmp_path), "--into", str(tmp_path / "in")]) == 1
    assert "nothing to play" in capsys.readouterr().err


def test_help_has_an_example(capsys) -> None:
    assert run(["scanner", "--help"]) == 0
    assert "--to 127.0.0.1:11112" in capsys.readouterr().out
