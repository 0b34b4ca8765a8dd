"""Parameters of a fit of behaviour as the trait that a claim follows."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from tests.behaviour.learners import as_table, learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting import Fit
from empatune.behaviour.tables import parameter_table
from empatune.behaviour.trials import trials_of
from empatune.cli import run

N = 24
CLAIM, CONDITIONS = "identification-points", ("in_points", "out_points")


@pytest.fixture
def tables(tmp_path):
    """Parameters as ``empatune fit`` writes them, and ratings that follow one of them."""
    _, trials = learners(n_people=N, n_trials=20)
    model, rng = find_model("learning"), np.random.default_rng(5)
    found = Fit(
        model=model,
        method="eb",
        trials=trials_of(as_table(trials), model),
        scaled=rng.normal([-1, 1], 0.8, (N, 2)),
        covariance=np.broadcast_to(np.eye(2), (N, 2, 2)),
        log_likelihood=np.zeros(N),
        log_evidence=np.zeros(N),
        converged=np.ones(N, bool),
    )
    (tmp_path / "parameters.tsv").write_text(parameter_table(found).to_tsv())
    rate = found.values["rate"]
    rows = [
        (f"sub-{who}", condition, one * (condition == "in_points") + 0.1 * rng.normal())
        for who, one in zip(found.people, rate, strict=True)
        for condition in CONDITIONS
        for _ in range(4)
    ]
    table = pd.DataFrame(rows, columns=["participant_id", "condition", "rating"])
    table.to_csv(tmp_path / "ratings.csv", index=False)
    return tmp_path, rate, table


def test_parameters_of_a_fit_are_a_trait_that_a_claim_follows(tables, capsys) -> None:
    folder, rate, table = tables
    words = ["claims", "test", CLAIM, "--data", str(folder / "ratings.csv"), "--measure", "rating"]
    words += ["--condition", "condition", "--people", str(folder / "parameters.tsv")]
    assert run([*words, "--trait", "rate", "--permutations", "200", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    cells = table.groupby(["participant_id", "condition"], sort=False)["rating"].mean().unstack()
    expected = np.corrcoef(rate, cells["in_points"] - cells["out_points"])[0, 1]
    assert facts["estimate"]["n"] == N
    assert facts["size"]["value"] == pytest.approx(expected)
    assert expected > 0.8


def test_tables_of_other_people_are_refused(tables, capsys) -> None:
    folder, _, _ = tables
    people = folder / "others.tsv"
    words = ["claims", "test", CLAIM, "--data", str(folder / "ratings.csv"), "--measure", "rating"]
    words += ["--condition", "condition", "--trait", "rate", "--people", str(people)]
    for content, said in (
        ("who\trate\np0\t.5\n", "has none of participant_id"),
        ("participant\trate\nx0\t.5\n", "Nobody is in both tables"),
        ("participant\trate\np0\t.5\nsub-p0\t.4\n", "p0 more than once"),
    ):
        people.write_text(content)
        assert run(words) == 2
        assert said in capsys.readouterr().err
