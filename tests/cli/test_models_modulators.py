"""``empatune models modulators`` from the outside: events in, events with quantities out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from empatune.cli import run

ERRORS = {
    "sub-01": [0.5, -0.25, 0.5, np.nan, 0.75, 0.25],
    "02": [-0.5, 0.5, 0.0, 0.25, 0.125, 0.75],
}


@pytest.fixture
def study(tmp_path) -> Path:
    """A fit's folder with a person each way of naming, and events of two runs."""
    fit = tmp_path / "fit"
    fit.mkdir()
    rows = [(who, error) for who, errors in ERRORS.items() for error in errors]
    made = pd.DataFrame(rows, columns=["participant", "prediction_error"])
    made.insert(1, "row", np.arange(len(made)))
    made["value"] = 0.5
    made.to_csv(fit / "trials.tsv", sep="\t", index=False, na_rep="n/a")
    notes = {"Model": "learning", "Method": "empirical Bayes", "Parameters": "own"}
    notes |= {"GeneratedBy": [], "prediction_error": {"Description": "Earned less expected"}}
    (fit / "trials.json").write_text(json.dumps(notes))
    (fit / "parameters.tsv").write_text("participant\trate\nsub-01\t0.25\n02\t0.5\n")
    trials = tmp_path / "trials.csv"
    pd.DataFrame({"participant": made["participant"], "number": [1, 2, 3, 4, 5, 6] * 2}).to_csv(
        trials
    )
    facts = {"model": "learning", "parameters": ["rate"], "settings": {"trials": str(trials)}}
    (fit / "fit.json").write_text(json.dumps(facts))
    for who in ("01", "02"):
        place = tmp_path / "bids" / f"sub-{who}" / "func"
        place.mkdir(parents=True)
        for number in (1, 2):
            events = pd.DataFrame({"onset": [2.0, 5, 12, 15, 22, 25], "duration": 1.0})
            events["trial_type"] = ["cue", "outcome"] * 3
            events["number"] = np.repeat([3 * number - 2, 3 * number - 1, 3 * number], 2)
            name = f"sub-{who}_task-learn_run-{number}_events.tsv"
            events.to_csv(place / name, sep="\t", index=False)
    said = {"number": {"Description": "Which trial"}}
    (tmp_path / "bids" / "task-learn_events.json").write_text(json.dumps(said))
    return tmp_path


def call(study: Path, *more: str) -> int:
    return run(
        ["models", "modulators", str(study / "fit"), str(study / "bids"), "--out",
         str(study / "out"), *more]
    )  # fmt: skip


def read(study: Path, who: str, number: int, desc: str = "learning") -> pd.DataFrame:
    name = f"sub-{who}_task-learn_run-{number}_desc-{desc}_events.tsv"
    return pd.read_csv(study / "out" / f"sub-{who}" / "func" / name, sep="\t")


def test_each_quantity_arrives_at_its_phase(study, capsys) -> None:
    words = ["--at", "cue=value", "--at", "outcome=prediction_error"]
    assert call(study, *words, "--modulator", "prediction_error") == 0
    assert "2 people, 4 runs" in capsys.readouterr().out
    for who, errors in zip(("01", "02"), ERRORS.values(), strict=True):
        both = pd.concat([read(study, who, 1), read(study, who, 2)])
        outcome = both[both["trial_type"] == "outcome"]
        assert np.array_equal(outcome["prediction_error"], errors, equal_nan=True)
        assert outcome["value"].isna().all()
        assert (both.loc[both["trial_type"] == "cue", "value"] == 0.5).all()
    path = study / "out" / "sub-01" / "func"
    said = json.loads((path / "sub-01_task-learn_run-1_desc-learning_events.json").read_text())
    assert said["ParameterValues"] == {"rate": 0.25}
    assert said["Parameters"] == "own"
    assert said["number"]["Description"] == "Which trial"
    assert said["prediction_error"]["Description"] == "Earned less expected"
    glm = read(study, "02", 1, "learningGlm")
    assert list(glm["trial_type"]) == ["cue", "outcome", "prediction_error"] * 3
    missed = read(study, "01", 2, "learningGlm")
    assert list(missed["trial_type"]).count("outcome_missed") == 1
    errors = glm.loc[glm["trial_type"] == "prediction_error", "modulation"]
    assert list(errors) == [-0.5, 0.5, 0.0]
    described = json.loads((study / "out" / "dataset_description.json").read_text())
    assert described["DatasetType"] == "derivative"


def test_keys_match_where_the_order_differs(study, capsys) -> None:
    for path in (study / "bids").rglob("*_events.tsv"):
        events = pd.read_csv(path, sep="\t")
        events["number"] = 7 - events["number"]
        events.to_csv(path, sep="\t", index=False)
    assert call(study, "--at", "outcome=prediction_error", "--key", "number", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert len(facts["files"]) == 9
    both = pd.concat([read(study, "02", 1), read(study, "02", 2)])
    assert list(both["prediction_error"].dropna()) == ERRORS["02"][::-1]


def test_a_mismatch_is_told_and_nothing_is_half_written(study, capsys) -> None:
    assert call(study) == 1
    assert "12 events and 6 trials of sub-01" in capsys.readouterr().err
    assert not (study / "out").exists() or not list((study / "out").iterdir())
    (study / "bids" / "sub-02" / "func" / "sub-02_task-learn_run-2_events.tsv").unlink()
    assert call(study, "--at", "outcome") == 0
    told = capsys.readouterr()
    assert "left out: 02: There are 3 events of type outcome and 6 trials" in told.err
    assert "1 people, 2 runs" in told.out
    assert not (study / "out" / "sub-02").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--modulator", "surprise"], "--modulator surprise"),
        (["--at", "=value"], "names no type of events"),
        (["--at", "outcome=surprise"], "no quantity surprise; it has prediction_error, value"),
        (["--at", "outcome", "--task", "rest"], "no events of rest"),
        (["--at", "outcome", "--key", "scan"], "no column scan"),
    ],
)
def test_bad_words_are_refused(study, capsys, words, said) -> None:
    assert call(study, *words) in (1, 2)
    assert said in capsys.readouterr().err


def test_a_folder_without_a_fit_is_refused(tmp_path, capsys) -> None:
    assert run(["models", "modulators", str(tmp_path), str(tmp_path), "--out", "x"]) == 2
    assert "Fit a model first" in capsys.readouterr().err
