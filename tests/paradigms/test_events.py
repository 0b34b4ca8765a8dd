"""Events of runs, and a design as BIDS."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from empatune.bids import read_rows
from empatune.errors import ExportError
from empatune.paradigms import library, load, loads
from empatune.paradigms.dataset import write_events
from empatune.paradigms.events import events, features_used


def test_a_row_for_every_phase_that_lasts(small: str) -> None:
    design = loads(small)
    trials = design.draw(2, 0)
    table = events(design, trials)
    assert len(table) == 3 * len(trials)
    first = table.iloc[:3]
    assert first["phase"].tolist() == ["cue", "pain", "rating"]
    assert first["trial_type"].tolist() == ["cue", trials["condition"].iloc[0], "rating"]
    assert first["onset"].tolist() == pytest.approx(
        trials.iloc[0][["onset_cue", "onset_pain", "onset_rating"]].tolist()
    )


def test_further_modelled_phases_have_types_of_their_own() -> None:
    design = load("kanske-2015")
    types = set(events(design, design.draw(1, 0))["trial_type"])
    assert {"negative_tom", "negative_tom_question", "valence", "concern"} < types


def test_only_features_that_a_design_uses_are_written(small: str) -> None:
    assert features_used(loads(small)) == ["affect", "closeness", "goal"]


def test_a_design_is_written_as_bids_that_says_what_its_columns_mean(
    small: str, tmp_path: Path
) -> None:
    design = loads(small)
    written = write_events(design, tmp_path / "design", n=4, seed=2)
    runs = [path for path in written if path.name.endswith("_events.tsv")]
    assert len(runs) == 4 * 2 * 2
    path = (
        tmp_path / "design/sub-001/ses-before/func/sub-001_ses-before_task-small_run-1_events.tsv"
    )
    rows = read_rows(path)
    meaning = json.loads((tmp_path / "design/task-small_events.json").read_text())
    assert list(rows[0]) == list(meaning)
    assert len(rows) == 36
    assert {row["trial_type"] for row in rows} <= set(meaning["trial_type"]["Levels"])
    outcomes = {row["outcome"] for row in rows if row["condition"] == "stranger_pain"}
    assert outcomes == {"n/a"}
    people = read_rows(tmp_path / "design/participants.tsv")
    assert [row["group"] for row in people] == ["asked", "asked", "asked", "control"]
    trials = design.draw(4, 2)
    mine = trials[(trials["participant"] == "001") & (trials["session"] == "before")]
    shown = [float(row["onset"]) for row in rows if row["phase"] == "cue"]
    assert shown == pytest.approx(mine[mine["run"] == 1]["onset"].tolist())


@pytest.mark.parametrize("name", ["hein-2010", "shaw-1994"])
def test_the_official_validator_finds_no_error(name: str, tmp_path: Path) -> None:
    validator = Path(sys.executable).with_name("bids-validator-deno")
    assert validator.exists(), "bids-validator-deno belongs to the test extra"
    write_events(load(name), tmp_path / "design", n=3, seed=0)
    done = subprocess.run(
        [str(validator), "--json", str(tmp_path / "design")],
        capture_output=True,
        text=True,
        check=False,
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []


def test_behaviour_alone_goes_to_beh(tmp_path: Path) -> None:
    written = write_events(load("shaw-1994"), tmp_path / "design", n=3)
    assert tmp_path / "design/sub-001/beh/sub-001_task-shaw1994_events.tsv" in written


def test_a_folder_with_something_else_is_left_alone(small: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="not empty and was not made by"):
        write_events(loads(small), tmp_path, n=2)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", library())
def test_every_paradigm_has_events(name: str) -> None:
    design = load(name)
    table = events(design, design.draw(len(design.groups), 0))
    assert (table["duration"] > 0).all()
    assert table["trial_type"].notna().all()
