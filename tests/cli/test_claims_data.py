"""``empatune claims test``, and ``check`` with ``--data``."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from empatune.cli import run


@pytest.fixture
def choices(tmp_path):
    rng = np.random.default_rng(1)
    rows = []
    for person in range(20):
        for name, share in (("both", 0.8), ("none", 0.6)):
            rows += [(person, name, int(choice)) for choice in rng.random(12) < share]
    path = tmp_path / "choices.csv"
    pd.DataFrame(rows, columns=["id", "partner", "gave"]).to_csv(path, index=False)
    return path


def words(path, *more):
    return [
        *("both-motives-giving", "--data", str(path), "--participant", "id", "--measure", "gave"),
        *("--condition", "partner", "--levels", "both=give_both,none=give_control", *more),
    ]


def test_a_claim_is_told_on_a_table(choices, capsys):
    assert run(["claims", "test", *words(choices)]) == 0
    out = capsys.readouterr().out
    assert "real data: choices.csv, 20 people, 480 trials" in out
    assert "give_control" in out
    assert "multilevel logistic" in out
    assert out.rstrip().endswith("predicted: above 0. The data agree.")


def test_a_choice_that_is_none_is_refused(choices, capsys):
    table = pd.read_csv(choices)
    table["gave"] *= 7
    table.to_csv(choices, index=False)
    assert run(["claims", "test", *words(choices)]) == 1
    assert "a share between them; the table holds also 7" in capsys.readouterr().err


def test_check_with_data_is_the_same(choices, capsys):
    assert run(["claims", "check", *words(choices, "--json")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert run(["claims", "test", *words(choices, "--json")]) == 0
    assert found == json.loads(capsys.readouterr().out)
    assert found["kind_of_evidence"] == "real data"
    assert found["verdict"] == "agrees"
    assert found["estimate"]["n"] == 20
    assert found["estimate"]["value"] == pytest.approx(
        pd.read_csv(choices).groupby("partner")["gave"].mean().diff().iloc[-1] * -1
    )


def test_a_compressed_table_and_a_bids_folder_give_the_same(choices, tmp_path, capsys):
    table = pd.read_csv(choices)
    packed = tmp_path / "choices.tsv.gz"
    packed.write_bytes(gzip.compress(table.to_csv(index=False, sep="\t").encode()))
    folder = tmp_path / "bids"
    for person, own in table.groupby("id"):
        path = folder / f"sub-{person:02d}" / "beh" / f"sub-{person:02d}_task-give_events.tsv"
        path.parent.mkdir(parents=True)
        own.drop(columns="id").to_csv(path, sep="\t", index=False, na_rep="n/a")
    found = []
    for data, person in ((choices, "id"), (packed, "id"), (folder, "participant_id")):
        arguments = words(data, "--json", "--permutations", "100")
        arguments[4] = person
        assert run(["claims", "test", *arguments]) == 0
        found.append(json.loads(capsys.readouterr().out)["estimate"])
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "There is no claim 'nothing'"),
        (["--data", "nowhere.csv"], "There is no table nowhere.csv"),
        (["--levels", "both"], "--levels both: write THEIRS=OURS"),
        (["--measure", "give"], "no column 'give'. Did you mean 'gave'"),
        (["--condition", "gave"], "the column 'gave' does not hold 'both'"),
    ],
)
def test_what_is_wrong_is_named(choices, capsys, arguments, message):
    given = words(choices)
    if arguments[0].startswith("--"):
        place = given.index(arguments[0])
        given[place : place + 2] = arguments
    else:
        given[0] = arguments[0]
    assert run(["claims", "test", *given]) in (1, 2)
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_an_empty_file_is_refused(tmp_path, capsys):
    path = tmp_path / "empty.csv"
    path.write_text("id,partner,gave\n")
    assert run(["claims", "test", *words(path)]) == 2
    assert "has no rows" in capsys.readouterr().err


def test_choices_in_words_and_simulated_data_are_told_as_what_they_are(tmp_path, capsys):
    folder = tmp_path / "practice"
    assert run(["simulate", "saulin-2022", "--n", "12", "--out", str(folder)]) == 0
    capsys.readouterr()
    words = ["both-motives-giving", "--data", str(folder), "--condition", "trial_type"]
    words += ["--measure", "response_prosocial", "--permutations", "100"]
    assert run(["claims", "test", *words, "--yes", "more for them"]) == 0
    out = capsys.readouterr().out
    assert "recovery test (simulation): practice, 12 people, 912 trials" in out
    assert "real data" not in out
    assert run(["claims", "test", *words]) == 1
    assert "holds 'more for" in capsys.readouterr().err
    assert run(["claims", "test", *words, "--yes", "all for me"]) == 2
    assert "No row of the contrast has 'all for me'" in capsys.readouterr().err
