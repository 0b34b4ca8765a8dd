"""What a run leaves in a folder where other runs have been."""

from __future__ import annotations

import json
from pathlib import Path

from empatune.bids import Column, Table
from empatune.cli.behaviour_naming import Words
from empatune.cli.behaviour_options import Asked
from empatune.cli.behaviour_output import write_results

TABLE = Table(columns=[Column(name="participant", description="Who")], rows=[("a",)])


def test_a_folder_holds_the_files_of_one_run_and_what_others_put_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "trials.csv").write_text("participant\n")
    numbers = {"starts": None, "seed": 0, "chains": 2, "warmup": 5, "draws": 5}
    asked = Asked(
        trials=tmp_path / "trials.csv",
        out=out,
        words=Words(),
        method="eb",
        as_json=False,
        **numbers,
    )
    first = {"comparison.tsv": TABLE, "habit_parameters.tsv": TABLE}
    facts = write_results(asked, "compare.json", facts={}, tables=first, page="old")
    assert {Path(name).name for name in facts["files"]} == {one.name for one in out.iterdir()}
    (out / "notes.txt").write_text("mine")
    (out / "fit.json").write_text("not a record")
    told = {"parameters.tsv": TABLE, "checks.tsv": TABLE}
    posterior = {"posterior.nc": b"samples"}
    write_results(asked, "fit.json", facts={}, tables=told, page="new", others=posterior)
    write_results(asked, "fit.json", facts={}, tables={"parameters.tsv": TABLE}, page="newer")
    assert {one.name for one in out.iterdir()} == {
        "parameters.tsv", "parameters.json", "fit.json", "report.html", "notes.txt",
    }  # fmt: skip
    assert (out / "report.html").read_text() == "newer"
    facts = json.loads((out / "fit.json").read_text())
    assert [Path(name).name for name in facts["files"]] == [
        "parameters.tsv", "parameters.json", "fit.json", "report.html",
    ]  # fmt: skip
