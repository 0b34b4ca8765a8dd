"""The command line as a whole: help, versions, exit codes, one line for every failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from empatune import __version__
from empatune.cli import COMMANDS, run


def test_help_lists_every_command_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    places = [shown.index(f"\n  {name}") for name in COMMANDS]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "name", [*COMMANDS, *(f"signatures {name}" for name in ("list", "show", "fetch", "compare"))]
)
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*name.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Example" in shown
    assert f"empatune {name}" in shown
    assert "--json" in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["sesion"], 2, "no command 'sesion'. Did you mean 'session'?"),
        (["xyz"], 2, "no command 'xyz'. See: empatune --help"),
        (["session", "--source", "simulate", "--out", "x"], 2, "needs a study file"),
        (["session", "nowhere.toml", "--source", "simulate", "--out", "x"], 2, "nowhere.toml"),
        (
            ["session", "study.toml", "--source", "replay:run.nii.gz?pace=0", "--out", "x"],
            1,
            "run.nii.gz is not there. Give a DICOM folder",
        ),
        (
            ["session", "study.toml", "--source", "watch:exports", "--out", "x"],
            1,
            "The folder exports is not there",
        ),
        (["replay", "."], 1, "holds no session"),
        (["demo", "--pace", "quick", "--out", "x"], 2, "allowed: a number up to 1000, or max"),
    ],
)
def test_failures_are_one_line_with_a_remedy(
    words: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(words) == code
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown
    assert list(tmp_path.iterdir()) == []


def test_doctor_tells_programs_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    findings = {entry["what"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert findings["empatune"]["found"] == __version__
    assert findings["numpy"]["needed"]
    assert "signature care" in findings


def test_doctor_tells_people_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EMPATUNE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert run(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "signature care" in shown
    assert "→ Fetch the missing maps: empatune signatures fetch." in shown
    assert "EMPATUNE_DATA" in shown
