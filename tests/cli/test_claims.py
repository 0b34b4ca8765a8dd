"""``empatune claims`` and ``empatune power``: what stands on stdout, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib.image
import pytest

from empatune.claims.catalogue import CLAIMS
from empatune.cli import run

QUICK = ["--seeds", "2", "--n", "12", "--workers", "1"]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of two claims of one quick paradigm."""
    out = tmp_path_factory.mktemp("claims")
    assert run(["claims", "check", "exhaustion", "efficacy", *QUICK, "--out", str(out)]) == 0
    return out


def test_list_by_section(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["claims", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("  ") for line in lines) == len(CLAIMS)
    assert lines[0] == "components"
    assert run(["claims", "list", "--section", "interventions", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {claim["section"] for claim in told} == {"interventions"}
    assert any(claim["name"] == "help-surprises-insula" for claim in told)


def test_show_tells_source_path_and_counter_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["claims", "show", "fairness-insula-women"]) == 0
    told = capsys.readouterr().out
    assert "https://doi.org/10.1038/nature04271" in told
    assert "paradigm   singer-2006" in told
    assert "cut        coupling = 0 (by default 1)" in told
    assert "in women kindness = 0 (by default 0.75); then expected: no effect" in told
    assert run(["claims", "show", "exhaustion", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["predicted"] == "below 0"
    assert facts["size"].startswith("11 studies")


def test_check_prints_a_table_and_the_kind_of_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    name = "rival-failure-pleases"
    assert run(["claims", "check", name, *QUICK]) == 0
    told = capsys.readouterr().out
    assert told.startswith("recovery test (simulation), 2 studies a claim")
    row = next(line for line in told.splitlines() if name in line)
    assert row.split()[:3] == [name, "12", "100%"]
    assert "A claim holds if" in told


def test_check_as_json_is_the_same_as_what_is_saved(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["claims", "check", "efficacy", *QUICK, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    saved = json.loads((results / "claims.json").read_text())
    assert [check["claim"] for check in saved["checks"]] == ["exhaustion", "efficacy"]
    assert told["checks"] == saved["checks"][1:]


def test_report_as_page_and_as_markdown(results: Path, tmp_path: Path) -> None:
    page, text = tmp_path / "claims.html", tmp_path / "claims.md"
    for path in (page, text):
        assert run(["claims", "report", "--from", str(results), "--out", str(path)]) == 0
    html = page.read_text()
    assert "Kind of evidence: recovery test (simulation), not data." in html
    assert html.count('<article class="claim"') == 2
    # two claims, two lanes, two studies in each
    assert html.count("<circle") == 8
    assert "It is not evidence on people" in html
    assert 'src="http' not in html
    words = text.read_text()
    assert "| People avoid empathy because it wears them out. `exhaustion` |" in words
    assert "Pickett 2004" in words
    assert "Pickett 2004" in html


def test_report_says_when_results_are_outdated(results: Path, tmp_path: Path) -> None:
    saved = json.loads((results / "claims.json").read_text())
    saved["checks"][1]["fingerprint"] = "old"
    (tmp_path / "claims.json").write_text(json.dumps(saved))
    out = tmp_path / "page.html"
    assert run(["claims", "report", "--from", str(tmp_path), "--out", str(out)]) == 0
    assert "Outdated: efficacy." in out.read_text()


def test_power_tells_shares_and_draws_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "power.png"
    call = ["power", "efficacy", "--n", "12,6", "--seeds", "2", "--workers", "1"]
    assert run([*call, "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["6", "12"]
    assert lines[-1].endswith("if the model is right.")
    assert matplotlib.image.imread(out).shape[1] > 1000
    assert run([*call, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [point["n"] for point in told["points"]] == [6, 12]
    assert all(
        p["found"]["low"] <= p["found"]["value"] <= p["found"]["high"] for p in told["points"]
    )


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        (["claims", "show", "revange"], 2, "Did you mean 'revenge'?"),
        (["claims", "check"], 2, "Which claims?"),
        (["claims", "check", "revenge", "--all"], 2, "not both"),
        (["claims", "check", "revenge", "--seeds", "0"], 2, "0 is not in the range"),
        (["claims", "check", "revenge", "--n", "1"], 2, "1 is not in the range"),
        (["claims", "check", "pay", "--n", "2", "--seeds", "1"], 2, "klein-2001"),
        (["claims", "check", "revenge", "--workers", "0"], 2, "0 is not in the range"),
        (["claims", "list", "--section", "sideways"], 2, "sideways"),
        (["claims", "report", "--out", "page.pdf"], 2, "ends in .html or .md"),
        (["power", "nothing"], 2, "There is no claim 'nothing'"),
        (["power", "revenge", "--n", "ten"], 2, "whole numbers with commas"),
        (["power", "revenge", "--n", "0,10"], 2, "0 people cannot be tested"),
        (
            ["claims", "check", "revenge", "--paradigm", "hein-2010"],
            1,
            "no contrast 'revenge_in_men'",
        ),
        (["claims", "check", "revenge", "--paradigm", "hein-2011"], 2, "hein-2011"),
        (["claims", "check", "--all", "--paradigm", "hein-2010"], 2, "claims that you name"),
        (["power", "revenge", "--seeds", "0"], 2, "0 is not in the range"),
        (["power", "distress-does-not-make-altruists"], 1, "no power to find none"),
    ],
)
def test_bad_calls_say_what_to_do(
    call: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(call) == code
    told = capsys.readouterr()
    assert message in told.err
    assert told.out == ""


def test_nothing_is_written_where_it_cannot_be(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    out = tmp_path / "file" / "claims.html"
    assert run(["claims", "report", "--from", str(results), "--out", str(out)]) == 1
    assert "Give another --out" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"
    (tmp_path / "claims.json").write_text("{}")
    page = tmp_path / "page.html"
    assert run(["claims", "report", "--from", str(tmp_path), "--out", str(page)]) == 1
    assert "does not hold results" in capsys.readouterr().err
    assert not page.exists()
