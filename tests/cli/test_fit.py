"""``empatune fit`` from the outside: what is printed, what is written, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.behaviour.learners import as_table, learners

from empatune.bids import read_rows
from empatune.cli import run

OWN = '''
"""Whoever gives more often than not."""

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import Parameter


def expect(values, state, trial):
    return values["habit"] + values["pull"] * trial["gain"]


GIVING = Model(
    name="giving",
    summary="a habit of giving, and the pull of what the other gains",
    doi="",
    parameters=(
        Parameter(name="habit", summary="log odds of giving nothing gained", typical=0.0),
        Parameter(name="pull", summary="log odds a unit of gain", unit="1/gain", typical=1.0),
    ),
    columns=(Column(name="gain", summary="what the other gains", unit="gain"),),
    expect=expect,
)
'''


@pytest.fixture(scope="module")
def learnt(tmp_path_factory) -> Path:
    """Learners under other names, fitted with a covariate."""
    folder = tmp_path_factory.mktemp("learnt")
    _, trials = learners(n_people=8, n_trials=40)
    table = as_table(trials).rename(columns={"participant": "subject", "choice": "chosen"})
    table["recipient"] = 1
    table.to_csv(folder / "trials.csv", index=False)
    people = pd.DataFrame({"participant_id": trials.people, "age": np.arange(20, 36, 2)})
    people["group"] = ["old", "young"] * 4
    people.to_csv(folder / "people.tsv", sep="\t", index=False)
    words = ["fit", "learning", str(folder / "trials.csv"), "--out", str(folder / "fit")]
    words += ["--columns", "participant=subject,choice=chosen", "--labels", "recipient:1=self"]
    words += ["--people", str(folder / "people.tsv"), "--covariates", "age,group", "--json"]
    (folder / "words.json").write_text(json.dumps(words))
    return folder


@pytest.fixture(scope="module")
def fitted(learnt: Path) -> Path:
    assert run(json.loads((learnt / "words.json").read_text())) == 0
    return learnt / "fit"


def givers(**changes: object) -> pd.DataFrame:
    """Trials of five people of whom the last always gives."""
    rng = np.random.default_rng(3)
    gain = rng.choice([-1.0, 0.0, 1.0, 2.0], 100)
    habit = np.repeat([-1.0, 0.0, 0.5, 1.0, 0.0], 20)
    choice = (rng.random(100) < 1 / (1 + np.exp(-habit - gain))).astype(float)
    choice[80:] = 1
    choice[3] = np.nan
    table = pd.DataFrame({"participant": np.repeat([f"{n:03}" for n in range(1, 6)], 20)})
    columns = {"trial": np.tile(np.arange(20), 5), "gain": gain, "choice": choice}
    return table.assign(**{**columns, **changes})


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "my_model.py").write_text(OWN)
    givers().to_csv(tmp_path / "trials.tsv", sep="\t", index=False)
    return tmp_path


def test_a_fit_leaves_tables_facts_and_a_page(fitted: Path) -> None:
    assert {path.name for path in fitted.iterdir()} == {
        "parameters.tsv", "parameters.json", "group.tsv", "group.json", "trials.tsv",
        "trials.json", "fit.json", "report.html",
    }  # fmt: skip
    facts = json.loads((fitted / "fit.json").read_text())
    people = read_rows(fitted / "parameters.tsv")
    assert [row["participant"] for row in people] == [f"p{number}" for number in range(8)]
    assert facts["n_people"] == 8
    assert facts["n_trials"] == sum(int(row["n_trials"]) for row in people)
    total = sum(float(row["log_likelihood"]) for row in people)
    assert facts["log_likelihood"] == pytest.approx(total)
    for row in people:
        assert float(row["rate_low"]) < float(row["rate"]) < float(row["rate_high"])
    assert json.loads((fitted / "parameters.json").read_text())["rate"]["Description"]
    assert facts["settings"]["seed"] == 0
    assert facts["versions"]["jax"]


def test_trials_carry_values_and_prediction_errors_of_their_rows(learnt: Path, fitted: Path):
    given = pd.read_csv(learnt / "trials.csv")
    made = pd.read_csv(fitted / "trials.tsv", sep="\t")
    assert list(made["row"]) == list(range(len(given)))
    assert (made["participant"] == given["subject"]).all()
    assert made["value"].isna().equals(given["chosen"].isna())
    earned = made["value"] + made["prediction_error"]
    there = given["chosen"].notna()
    np.testing.assert_allclose(earned[there], given["outcome"][there])
    facts = json.loads((fitted / "fit.json").read_text())
    assert np.log(made["probability"]).sum() == pytest.approx(facts["log_likelihood"])


def test_the_group_has_a_row_a_covariate_in_own_units(fitted: Path) -> None:
    rows = read_rows(fitted / "group.tsv")
    assert [row["regressor"] for row in rows] == ["mean", "age", "group[young]"] * 2
    mean, age, young = rows[:3]
    assert float(mean["value"]) == pytest.approx(1 / (1 + np.exp(-float(mean["coefficient"]))))
    assert float(mean["people_low"]) < float(mean["value"]) < float(mean["people_high"])
    assert float(age["value_without"]) == pytest.approx(float(mean["value"]))
    # the two labels lie on either side of the mean, as far apart as the effect says
    ends = [float(young[name]) for name in ("value_without", "value")]
    low, high = sorted(ends)
    assert low < float(mean["value"]) < high
    logits = [np.log(end / (1 - end)) for end in ends]
    assert logits[1] - logits[0] == pytest.approx(float(young["coefficient"]))


def test_a_fit_is_the_same_again_and_told_in_a_terminal(learnt: Path, fitted: Path, capsys) -> None:
    words = json.loads((learnt / "words.json").read_text())
    words[words.index("--out") + 1] = str(learnt / "again")
    assert run(words[:-1]) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].startswith("learning, by empirical Bayes: 8 people, ")
    assert lines[1].split() == ["parameter", "unit", "value", "value_low", "value_high"]
    rows = read_rows(fitted / "group.tsv")
    assert [line.split()[0] for line in lines[2:4]] == ["rate", "precision"]
    assert lines[4].startswith("Effects of covariates on the scale of estimation")
    # a covariate's line is an effect, not a value: coefficient, interval, parameter without -> with
    sd = np.std(np.arange(20, 36, 2), ddof=1)
    age = next(row for row in rows if (row["parameter"], row["regressor"]) == ("rate", "age"))
    told = [f"{float(age[name]):.3g}" for name in ("coefficient", "low", "high", "value_without")]
    assert lines[6].split() == [
        "age:", f"{sd:.3g}", "more", "rate", "logit", *told, "->", f"{float(age['value']):.3g}",
    ]  # fmt: skip
    assert float(age["step"]) == pytest.approx(sd)
    logits = [np.log(one / (1 - one)) for one in (float(age["value_without"]), float(age["value"]))]
    assert logits[1] - logits[0] == pytest.approx(float(age["coefficient"]))
    assert lines[7].startswith("group: young, not old ")
    assert lines[-1] == str(learnt / "again" / "report.html")
    for name in ("parameters.tsv", "group.tsv", "trials.tsv"):
        assert (learnt / "again" / name).read_bytes() == (fitted / name).read_bytes()


def test_ones_own_model_names_who_cannot_be_fitted_and_fits_the_rest(own: Path, capsys) -> None:
    model = f"{own / 'my_model.py'}:GIVING"
    words = ["fit", model, str(own / "trials.tsv"), "--method", "ml", "--out", str(own / "fit")]
    assert run(words) == 0
    shown = capsys.readouterr().out
    assert "giving, by maximum likelihood: 4 people, 79 trials (1 missed)" in shown
    assert "not fitted: 005: gave the same response in every trial" in shown
    rows = read_rows(own / "fit" / "parameters.tsv")
    assert [row["participant"] for row in rows] == ["001", "002", "003", "004"]
    facts = json.loads((own / "fit" / "fit.json").read_text())
    assert facts["unfitted"][0]["participant"] == "005"
    assert "could not be fitted" in (own / "fit" / "report.html").read_text()
    assert run(["models", "show", model]) == 0
    shown = capsys.readouterr().out
    assert "1/gain" in shown
    assert f"Example: empatune fit {model} trials.csv --out fit" in shown


def without(name: str) -> pd.DataFrame:
    return givers().drop(columns=name)


def twice() -> pd.DataFrame:
    return pd.concat([givers(), givers().iloc[:1]])


BAD = [
    (lambda: without("gain"), [], 1, "needs columns that the table lacks: gain"),
    (lambda: givers(choice=7), [], 1, "must be 0 or 1, or empty where missed; given: 7"),
    (lambda: givers(gain="much"), [], 1, "holds 'much' in row 2"),
    (twice, [], 1, "1 trial is there twice, the first of participant 001 in row 102"),
    (lambda: givers().iloc[:20], [], 2, "There is one participant (001)"),
    (lambda: givers().iloc[:0], [], 1, "has no rows"),
    (givers, ["--columns", "gane=x"], 2, "--columns names gane, which giving does not have"),
    (givers, ["--columns", "gane=x"], 2, "Did you mean gain=x?"),
    (givers, ["--columns", "subject=participant"], 2, "Ours comes first: did you mean participant=subject?"),
    (givers, ["--columns", "gain"], 2, "'gain' is not NAME=VALUE"),
    (givers, ["--columns", "gain=benefit"], 1, "lacks: benefit. The table has"),
    (givers, ["--labels", "1=self"], 2, "names no column"),
    (givers, ["--labels", "choice:yes=gave"], 2, "choice holds numbers, not 'gave'"),
    (givers, ["--labels", "choice:1=yes"], 2, "Yours comes first: did you mean choice:yes=1?"),
    (givers, ["--labels", "choice:yes=1,gain:no=0"], 2, "Write --labels once for each column"),
    (givers, ["--scale", "gain=ten"], 2, "'ten' is no number"),
    (givers, ["--covariates", "age"], 2, "need a table and its columns"),
    (givers, ["--people", "nobody.tsv", "--covariates", "age"], 2, "nobody.tsv is not there"),
    (givers, ["--method", "ml", "--correlated"], 2, "fits each person alone"),
    (givers, ["--by-session"], 2, "needs a column session"),
    (lambda: givers(session=1), ["--by-session"], 2, "column session holds 1."),
    (givers, ["--starts", "0"], 2, "--starts"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "options", "code", "said"), BAD)
def test_bad_input_is_refused_with_a_remedy_and_nothing_is_written(
    table, options, code, said, own: Path, capsys
) -> None:
    table().to_csv(own / "trials.tsv", sep="\t", index=False)
    words = ["fit", f"{own / 'my_model.py'}:GIVING", str(own / "trials.tsv"), *options]
    assert run([*words, "--out", str(own / "fit")]) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert not shown.out
    assert not (own / "fit").exists()


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([640.0, 712.0, 805.0], "say so (--scale rt=0.001)"),
        ([0.64, -0.1, 0.8], "1 reaction time of 0 or below"),
        ([0.64, "fast", 0.8], "holds 'fast' in row 3"),
    ],
)
def test_impossible_reaction_times_are_refused(times, said, own: Path, capsys) -> None:
    table = pd.DataFrame({"participant": ["a", "a", "b"], "choice": 1, "rt": times})
    table.to_csv(own / "trials.csv", index=False)
    assert run(["fit", "diffusion", str(own / "trials.csv"), "--out", str(own / "fit")]) == 1
    assert said in capsys.readouterr().err
    assert not (own / "fit").exists()


def test_unknown_labels_are_noticed(learnt, capsys) -> None:
    words = ["fit", "learning", str(learnt / "trials.csv"), "--out", str(learnt / "no")]
    words += ["--columns", "participant=subject,choice=chosen"]
    assert run(words) == 1
    assert "--labels recipient:1=..." in capsys.readouterr().err
    for label, said in (
        ("1=me", "recipient has self, other, none, not 'me'"),
        ("self=1", "Yours comes first: did you mean recipient:1=self?"),
    ):
        assert run([*words, "--labels", f"recipient:{label}"]) == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("nowhere.py:M", "nowhere.py is not there"),
        ("broken.py:M", "cannot be run: ZeroDivisionError"),
        ("my_model.py:NONE", "has no model NONE. Models in it: GIVING"),
        ("my_model.py", "needs the name of the model in it"),
        ("giving", "There is no model 'giving'"),
    ],
)
def test_a_model_that_is_none_is_refused(model: str, said: str, own: Path, monkeypatch, capsys):
    monkeypatch.chdir(own)
    (own / "broken.py").write_text("1 / 0\n")
    assert run(["fit", model, "trials.tsv", "--out", "fit"]) == 2
    assert said in capsys.readouterr().err


def test_a_file_is_no_folder_and_a_picture_no_table(own: Path, capsys) -> None:
    words = ["fit", f"{own / 'my_model.py'}:GIVING", str(own / "trials.tsv"), "--out"]
    assert run([*words, str(own / "my_model.py")]) == 2
    assert "is a file. Give a folder" in capsys.readouterr().err
    (own / "trials.tsv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    assert run([*words, str(own / "fit")]) == 1
    assert "cannot be read as a table" in capsys.readouterr().err


def test_sessions_tell_how_far_people_keep_their_parameters(own: Path) -> None:
    rng = np.random.default_rng(8)
    habit = np.repeat(rng.normal(0, 1.5, 10), 80)  # each person's own, in both sessions
    gain = rng.choice([-1.0, 0.0, 1.0, 2.0], 800)
    table = pd.DataFrame({"participant": np.repeat([f"p{n}" for n in range(10)], 80)})
    table = table.assign(session=np.tile(np.repeat([1, 2], 40), 10), gain=gain)
    table["choice"] = (rng.random(800) < 1 / (1 + np.exp(-habit - gain))).astype(int)
    table.to_csv(own / "trials.csv", index=False)
    words = ["fit", f"{own / 'my_model.py'}:GIVING", str(own / "trials.csv"), "--by-session"]
    assert run([*words, "--method", "map", "--out", str(own / "fit")]) == 0
    rows = {row["parameter"]: row for row in read_rows(own / "fit" / "reliability.tsv")}
    assert set(rows) == {"habit", "pull"}
    people = pd.read_csv(own / "fit" / "parameters.tsv", sep="\t")
    r = np.corrcoef(people["habit_1"], people["habit_2"])[0, 1]
    assert float(rows["habit"]["pearson"]) == pytest.approx(r)
    assert float(rows["habit"]["consistency"]) > 0.6
    assert "From session to session" in (own / "fit" / "report.html").read_text()
    assert (own / "fit" / "checks.tsv").exists()
