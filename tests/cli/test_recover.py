"""``empatune recover`` from the outside: parameters that come back, models that are told apart."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cli.test_compare_models import MODELS

from empatune.bids import read_rows
from empatune.cli import run


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """Trials in which the other's gain varies much; nobody's choices matter here."""
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"participant": np.repeat(list("abcdefghij"), 120)})
    table["gain"] = rng.choice([-2.0, -1.0, 0.0, 1.0, 2.0], len(table))
    table.assign(choice=np.arange(len(table)) % 2).to_csv(folder / "trials.csv", index=False)
    (folder / "models.py").write_text(MODELS)
    return folder


def recovered(study: Path, out: str, *options: str, models: tuple[str, ...] = ("BOTH",)) -> int:
    words = [f"{study / 'models.py'}:{name}" for name in models]
    paths = ["--trials", str(study / "trials.csv"), "--out", str(study / out)]
    return run(["recover", *words, *paths, "--drawn-from", "priors", *options])


def test_parameters_come_back_and_are_told_with_intervals(study: Path, capsys) -> None:
    assert recovered(study, "one", "--method", "map", "--sets", "3", "--people", "12") == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[0].split() == [
        "parameter", "r", "rank", "r", "slope", "bias", "coverage",
    ]  # fmt: skip
    assert "Trials like these tell every parameter" in shown.out
    people = pd.read_csv(study / "one" / "recovered_people.tsv", sep="\t")
    assert len(people) == 3 * 12 * 2
    for row in read_rows(study / "one" / "recovery.tsv"):
        own = people[people["parameter"] == row["parameter"]]
        r = np.corrcoef(own["true"], own["fitted"])[0, 1]
        assert float(row["correlation"]) == pytest.approx(r)
        assert float(row["coverage"]) > 0.7
    facts = json.loads((study / "one" / "recover.json").read_text())
    assert facts["settings"]["people"] == 12
    page = (study / "one" / "report.html").read_text()
    assert "2 of 2" in page
    assert "A recovery test: people are simulated by the model" in page


def test_models_are_told_apart_with_a_matrix(study: Path, capsys) -> None:
    options = ("--method", "ml", "--sets", "4", "--json", "--seed", "3")
    assert recovered(study, "two", *options, models=("ALONE", "BOTH")) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["models"] == ["habit", "habit-pull"]
    np.testing.assert_allclose(np.sum(facts["confusion"], axis=1), 1)
    assert min(np.diag(facts["confusion"])) == 1
    rows = read_rows(study / "two" / "confusion.tsv")
    assert [int(row["n_sets"]) for row in rows] == [4, 0, 0, 4]
    assert "tell the models apart" in (study / "two" / "report.html").read_text()


BAD = [
    (["recover", "learning"], 1, "columns outcome_0 and outcome_1"),
    (["recover", "learning", "learning"], 2, "learning is given twice"),
    (["recover", "lerning"], 2, "There is no model 'lerning'"),
    (["recover", "learning", "--people", "1"], 2, "--people"),
    (["recover", "learning", "--sets", "0"], 2, "--sets"),
]


@pytest.mark.parametrize(("words", "code", "said"), BAD)
def test_what_cannot_be_recovered_is_refused(words, code, said, study: Path, capsys) -> None:
    table = pd.read_csv(study / "trials.csv").assign(outcome=1, recipient="self")
    table.to_csv(study / "learning.csv", index=False)
    paths = ["--trials", str(study / "learning.csv"), "--out", str(study / "bad")]
    assert run([*words, *paths]) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert not shown.out
    assert not (study / "bad").exists()
