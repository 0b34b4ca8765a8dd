"""`empatune simulate`, and that `empatune decode` reads what it writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from empatune.bids import write_image
from empatune.cli import run
from empatune.simulation.signatures import synthetic


def test_it_says_what_was_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["shaw-1994", "--n", "6", "--seed", "3", "--out", str(tmp_path / "bids")]
    assert run(["simulate", *words, "--set", "selection=2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["people"] == 6
    assert told["paradigm"] == "shaw-1994"
    assert len(list((tmp_path / "bids").glob("sub-*/beh/*_events.tsv"))) == 6
    assert "selection = 2" in (tmp_path / "bids/README").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["hein-201"], "hein-2010"),
        (["hein-2010", "--set", "concern"], "PARAMETER=VALUE"),
        (["hein-2010", "--set", "concern=much"], "PARAMETER=VALUE"),
        (["hein-2010", "--set", "concern=nan"], "allowed is 0 or more"),
        (["hein-2010", "--set", "identification=2"], "allowed is 0 to 1"),
        (["hein-2010", "--voxel", "0"], "1 to 20 mm"),
        (["hein-2010", "--kind", "regions", "--tr", "-1"], r"0\.1 to 30 s"),
        (["klimecki-2014", "--n", "1"], "groups"),
        (["hein-2010", "--kind", "eeg"], "behaviour"),
    ],
)
def test_a_wrong_call_leaves_nothing(
    words: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", *words, "--out", str(tmp_path / "bids")]) == 2
    assert re.search(why, capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_what_is_simulated_can_be_decoded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """End to end: runs that lack some trial types, ratings beside the scores."""
    monkeypatch.setenv("EMPATUNE_DATA", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    words = ["hein-2010", "--n", "2", "--kind", "brain", "--voxel", "12", "--workers", "1"]
    assert run(["simulate", *words, "--out", "bids", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["maps"] == "synthetic"
    care = synthetic("care")
    write_image(tmp_path / "care.nii.gz", care.weights, care.grid)
    types = ("in_pain", "in_touch", "out_pain", "out_touch", "in_choice", "out_choice")
    words = ["bids", "decoded", "participant", "-s", "care.nii.gz", "--n-workers", "1"]
    for name in types:
        words += ["--trial-type", name]
    assert run(["decode", *words]) == 0
    tables = sorted((tmp_path / "decoded").glob("sub-*/**/*_table.tsv"))
    assert len(tables) == 8
    scores = pd.concat([pd.read_csv(path, sep="\t", na_values="n/a") for path in tables])
    scores = scores[scores["measure"] == "dot"]
    assert set(scores["trial_type"]) == set(types)
    assert scores["score"].notna().all()
    watched = scores["trial_type"].isin(types[:4])
    assert scores["response_unpleasant"].notna().equals(watched)
