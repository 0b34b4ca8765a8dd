"""``empatune compare`` from the outside: criteria, winners, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from empatune.bids import read_rows
from empatune.cli import run

MODELS = '''
"""Habit alone, or habit and what the other gains."""

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import Parameter

HABIT = Parameter(name="habit", summary="log odds of giving nothing gained", typical=0.0)
PULL = Parameter(name="pull", summary="log odds a unit of gain", unit="1/gain", typical=1.0)
GAIN = Column(name="gain", summary="what the other gains")
given = {"summary": "made for a test", "doi": "10.1234/habits", "equations": r"P(1) = \\sigma(h)"}

ALONE = Model(
    name="habit",
    parameters=(HABIT,),
    columns=(),
    expect=lambda values, state, trial: values["habit"],
    **given,
)
BOTH = Model(
    name="habit-pull",
    parameters=(HABIT, PULL),
    columns=(GAIN,),
    expect=lambda values, state, trial: values["habit"] + values["pull"] * trial["gain"],
    **given,
)
'''


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """Six people whom the other's gain pulls, and one who always gives."""
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(5)
    gain = rng.choice([-2.0, -1.0, 0.0, 1.0, 2.0], 7 * 30)
    habit = np.repeat(rng.normal(0, 0.7, 7), 30)
    choice = (rng.random(len(gain)) < 1 / (1 + np.exp(-habit - 1.5 * gain))).astype(int)
    choice[-30:] = 1
    table = pd.DataFrame({"participant": np.repeat(list("abcdefg"), 30), "gain": gain})
    table.assign(choice=choice).to_csv(folder / "trials.csv", index=False)
    (folder / "models.py").write_text(MODELS)
    return folder


def compared(study: Path, out: str, *options: str, models: tuple[str, ...] = ("ALONE", "BOTH")):
    words = [f"{study / 'models.py'}:{name}" for name in models]
    paths = ["--trials", str(study / "trials.csv"), "--out", str(study / out)]
    return run(["compare", *words, *paths, *options])


def test_the_model_that_made_the_trials_is_best_by_every_criterion(study: Path, capsys) -> None:
    assert compared(study, "ml", "--method", "ml", "--criterion", "aic") == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].split() == [
        "model", "aic", "bic", "behind", "best", "for", "protected",
    ]  # fmt: skip
    assert shown.splitlines()[1].split()[0] == "habit-pull"
    assert "habit-pull is best by AIC" in shown
    assert "left out: g: habit: gave the same response" in shown
    facts = json.loads((study / "ml" / "compare.json").read_text())
    assert (facts["criterion"], facts["best"], facts["n_people"]) == ("aic", "habit-pull", 6)
    for told in facts["models"]:  # criteria by hand
        deviance = -2 * told["log_likelihood"]
        assert told["criteria"]["aic"] == pytest.approx(deviance + 2 * 6 * told["n_parameters"])
        cost = 6 * told["n_parameters"] * np.log(30)
        assert told["criteria"]["bic"] == pytest.approx(deviance + cost)
    rows = read_rows(study / "ml" / "comparison.tsv")
    assert [(row["criterion"], row["model"]) for row in rows] == [
        ("aic", "habit"), ("aic", "habit-pull"), ("bic", "habit"), ("bic", "habit-pull"),
    ]  # fmt: skip
    people = read_rows(study / "ml" / "people.tsv")
    assert [row["participant"] for row in people] == list("abcdef")
    assert {row["best"] for row in people} == {"habit-pull"}
    assert (study / "ml" / "habit-pull_parameters.tsv").exists()


def test_groups_are_compared_by_integrated_evidence_with_a_page(study: Path, capsys) -> None:
    assert compared(study, "eb", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["criterion"] == "integrated-bic"
    assert facts["best"] == "habit-pull"
    assert not facts["left_out"]  # a group tells of those who always give
    told = {one["name"]: one for one in facts["models"]}
    assert told["habit"]["difference"] > 20
    assert told["habit-pull"]["n_best"] >= 6
    page = (study / "eb" / "report.html").read_text()
    assert "habit-pull is best by integrated BIC" in page
    assert page.count("<svg") == 5  # criteria, frequencies, people, parameters, equations
    assert "https://doi.org/10.1234/habits" in page


BAD = [
    (("ALONE",), [], 2, "needs two models or more"),
    (("ALONE", "ALONE"), [], 2, "habit is given twice"),
    (("ALONE", "BOTH"), ["--criterion", "bic"], 2, "is not defined for --method eb"),
    (("ALONE", "BOTH"), ["--criterion", "dic"], 2, "There is no criterion 'dic'"),
    (("ALONE", "BOTH"), ["--columns", "gain=benefit"], 1, "lacks: benefit"),
    (("ALONE", "NONE"), [], 2, "has no model NONE"),
]


@pytest.mark.parametrize(("models", "options", "code", "said"), BAD)
def test_what_cannot_be_compared_is_refused(models, options, code, said, study: Path, capsys):
    assert compared(study, "bad", *options, models=models) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert not shown.out
    assert not (study / "bad").exists()
