"""A person's page: what it says of trials, rest, failures, coverage and motion."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from empatune.decoding.outcome import Outcome
from empatune.decoding.participant import DecodedRun, Participant
from empatune.decoding.settings import DecodingSettings
from empatune.reports.participant_report import render_participant_report, write_participant_report

FACTS = {
    "Confounds": ["trans_x"],
    "CoverageVoxels": {"care": 0.99, "mentalizing": 0.5},
    "CoverageWeight": {"care": 0.97, "mentalizing": 0.6},
}


def trials(n: int, *, types: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    rng = np.random.default_rng(n)
    rows = [
        (trial, types[trial % len(types)], name, measure, rng.standard_normal())
        for trial in range(1, n + 1)
        for name, measure in (("care", "dot"), ("care", "cosine"), ("mentalizing", "mean"))
    ]
    return pd.DataFrame(rows, columns=["trial", "trial_type", "signature", "measure", "score"])


def decoded(run: str, table: pd.DataFrame, *, moved: float = 0.1) -> DecodedRun:
    return DecodedRun(
        outcome=Outcome(run=run, status="done"),
        facts=FACTS,
        trials=table,
        volumes=None,
        displacement=np.r_[0, np.full(39, moved)],
    )


FAILED = DecodedRun(
    outcome=Outcome(run="run-2", status="failed", why="the <disk> is full"),
    facts={},
    trials=None,
    volumes=None,
    displacement=None,
)


def page(*runs: DecodedRun) -> str:
    return render_participant_report(
        Participant(label="01", runs=runs, settings=DecodingSettings())
    )


def test_it_tells_trials_failures_coverage_and_motion() -> None:
    text = page(decoded("run-1", trials(12), moved=0.7), FAILED)
    for words in (
        "sub-01",
        "<b>12</b><span>trials</span>",
        "<b>1</b><span>runs failed</span>",
        "the &lt;disk&gt; is full",
        "0.68 mm",
        "<b>1</b><span>maps below 90% coverage</span>",
        "Score of every trial on every map",
        "Framewise displacement",
        "trans_x",
    ):
        assert words in text, words
    assert "cosine" not in text
    assert "http" not in text.replace("http://www.w3.org", "")


@pytest.mark.parametrize("n_types", [1, 20])
def test_any_number_of_trial_types_can_be_drawn(n_types: int) -> None:
    types = tuple(f"type-{number}" for number in range(n_types))
    assert "type-0" in page(decoded("run-1", trials(40, types=types)))


def test_trials_that_have_no_score_are_left_open() -> None:
    table = trials(12)
    table.loc[table["trial"] == 3, "score"] = np.nan
    table.loc[table["signature"] == "mentalizing", "score"] = np.nan
    assert "Score of every trial" in page(decoded("run-1", table))


def test_rest_is_drawn_volume_by_volume() -> None:
    volumes = pd.DataFrame(
        {"care_dot": np.arange(40.0), "care_cosine": 0.0, "mentalizing_mean": 1.0}
    )
    volumes.loc[7] = np.nan
    rest = DecodedRun(
        outcome=Outcome(run="run-1", status="done"),
        facts=FACTS,
        trials=trials(0),
        volumes=volumes,
        displacement=None,
    )
    text = page(rest)
    assert "These runs have no trials" in text
    assert "Score of every volume" in text
    assert "do not tell how the head moved" in text


def test_a_person_of_whom_nothing_was_decoded_has_a_page(tmp_path) -> None:
    nobody = Participant(label="01", runs=(FAILED,), settings=DecodingSettings())
    path = write_participant_report(nobody, tmp_path / "sub-01.html")
    assert "No run of this person was decoded" in path.read_text(encoding="utf-8")
