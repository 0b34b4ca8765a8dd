"""``empatune decode`` with parameters of a fit of behaviour as covariates of people."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from tests.behaviour.learners import as_table, learners
from tests.decoding.group.trials import trial_table

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting import Fit
from empatune.behaviour.tables import parameter_table
from empatune.behaviour.trials import trials_of
from empatune.cli import run

N = 12


def write_parameters(path, people) -> np.ndarray:
    """Write parameters as ``empatune fit`` does."""
    _, trials = learners(n_people=N, n_trials=20)
    table = as_table(trials)
    table["participant"] = np.repeat(people, 20)
    model = find_model("learning")
    found = Fit(
        model=model,
        method="eb",
        trials=trials_of(table, model),
        scaled=np.random.default_rng(0).normal([-1, 1], 0.8, (N, 2)),
        covariance=np.broadcast_to(np.eye(2), (N, 2, 2)),
        log_likelihood=np.zeros(N),
        log_evidence=np.zeros(N),
        converged=np.ones(N, bool),
    )
    path.write_text(parameter_table(found).to_tsv())
    return found.values["rate"]


def test_contrasts_follow_parameters_of_a_fit(tmp_path, capsys, monkeypatch) -> None:
    out = tmp_path / "out"
    trials = trial_table({"care": 0.5, "mentalizing": 0.0}, n_people=N)
    monkeypatch.setattr("empatune.cli.decoding_levels.collect", lambda *_, **__: trials)
    monkeypatch.setattr("empatune.cli.decoding_levels.load", lambda name: name)
    monkeypatch.setattr("empatune.reports.write_decoding_report", lambda _, path, **__: path)
    rate = write_parameters(tmp_path / "parameters.tsv", list(dict.fromkeys(trials["participant"])))
    words = ["decode", str(tmp_path), str(out), "group", "-s", "care", "--json"]
    words += ["--contrast", "trial_type: pain - neutral", "--covariate", "rate"]
    assert run(words) == 2
    assert "--people FILE" in capsys.readouterr().err
    assert run([*words, "--people", str(tmp_path / "parameters.tsv")]) == 0
    told = json.loads(capsys.readouterr().out)["group"]["covariates"]
    scores = pd.read_csv(out / "group" / "people.tsv", sep="\t")
    written = pd.read_csv(out / "group" / "covariates.tsv", sep="\t")
    assert list(written["name"]) == [row["name"] for row in told] == ["care", "mentalizing"]
    for _, row in written.iterrows():
        own = scores[scores["name"] == row["name"]].sort_values("participant")["difference"]
        assert row["n"] == N
        assert row["r"] == pytest.approx(np.corrcoef(rate, own)[0, 1])
    assert run(words[:-2]) == 0  # what was asked for before is not left behind
    assert not (out / "group" / "covariates.tsv").exists()
