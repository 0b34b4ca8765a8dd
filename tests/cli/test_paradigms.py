"""``empatune paradigms``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from empatune.cli import run
from empatune.paradigms import library


def test_list_names_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["paradigms", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(library())
    assert "  16 people  In-group and out-group pain" in lines[list(library()).index("hein-2010")]


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["paradigms", "list", "--json"]) == 0
    found = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert found["krishnan-2016"]["doi"] == "10.7554/eLife.15166"


def test_show_says_where_figures_come_from_and_what_is_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["paradigms", "show", "singer-2006"]) == 0
    out = capsys.readouterr().out
    assert "32 people; ours: 16 women and 16 men" in out
    assert "https://doi.org/10.1038/nature04271" in out
    assert "the pain of the fair player than of the unfair" in out
    assert run(["paradigms", "show", "singer-2006", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["groups"] == {"women": 16, "men": 16}
    assert shown["contrasts"]["fairness"]["conditions"]["unfair_pain"] == -1


def test_an_unknown_paradigm_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["paradigms", "show", "hein"]) == 2
    assert "no paradigm 'hein'" in capsys.readouterr().err


def test_new_check_and_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["paradigms", "new", "mine"]) == 0
    assert capsys.readouterr().out == "mine.toml\n"
    assert run(["paradigms", "check", "mine.toml", "--orders", "1"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("mine is a valid paradigm.")
    assert "closeness" in out
    assert run(["paradigms", "new", "mine"]) == 1
    assert "mine.toml is there already" in capsys.readouterr().err
    path = tmp_path / "mine.toml"
    path.write_text(path.read_text().replace("affect", "afect", 1))
    assert run(["paradigms", "check", "mine.toml"]) == 2
    err = capsys.readouterr().err
    assert "mine.toml: 1 problem" in err
    assert "Did you mean 'affect'?" in err


@pytest.mark.parametrize("name", ["two words", "7th", "ä"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    out = tmp_path / "own.toml"
    assert run(["paradigms", "new", name, "--out", str(out)]) == 2
    assert not out.exists()


def test_check_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["paradigms", "check", "fareri-2012", "--orders", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["valid"] is True
    assert {row["contrast"] for row in found["efficiency"]} >= {"win", "closeness"}
    assert all(row["vif"] >= 1 for row in found["inflation"])


def test_check_without_a_scanner(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["paradigms", "check", "shaw-1994"]) == 0
    assert "Nobody is scanned" in capsys.readouterr().out


def test_events_are_the_same_for_a_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("one", "other"):
        call = ["paradigms", "events", "fareri-2012", "--n", "2", "--seed", "5"]
        assert run([*call, "--out", str(tmp_path / folder), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["runs"] == 6
    one, other = (
        (tmp_path / folder / "sub-001/func/sub-001_task-fareri2012_run-1_events.tsv").read_text()
        for folder in ("one", "other")
    )
    assert one == other
    assert one.startswith("onset\tduration\ttrial_type\t")


def test_preview_writes_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "klein.png"
    assert run(["paradigms", "preview", "klein-2001", "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert out.read_bytes().startswith(b"\x89PNG")
