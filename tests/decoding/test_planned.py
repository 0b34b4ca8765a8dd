"""Contrasts against the events of a study that is not decoded yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from empatune.bids.derivatives import RunFiles
from empatune.decoding.group import Contrast
from empatune.decoding.planned import check_contrasts
from empatune.decoding.settings import DecodingSettings
from empatune.errors import UsageError

EVENTS = """\
onset\tduration\ttrial_type\tmotive\tscore\tload
5\t2\tpain\tapproach\t3\t1
9\t2\tneutral\tavoidance\tn/a\t2
14\t2\tcatch\tNone\t4\tn/a
"""


@pytest.fixture
def run(tmp_path: Path) -> RunFiles:
    events = tmp_path / "events.tsv"
    events.write_text(EVENTS, encoding="utf-8")
    return RunFiles(entities={"sub": "01", "task": "stories"}, bold=events, events=events)


def check(run: RunFiles, *texts: str, folder: Path = Path("out"), **settings) -> None:
    contrasts = tuple(map(Contrast.parse, texts))
    check_contrasts([run], contrasts, folder, settings=DecodingSettings(**settings))


@pytest.mark.parametrize(
    "text",
    [
        "pain - neutral",
        "motive: approach - None",
        "load: 1.0 - 2.0",  # numbers are named as in the trial table, which has a gap here
        "events_score: 3.0 - 4.0",
    ],
)
def test_what_trial_tables_will_have_is_taken(run: RunFiles, text: str) -> None:
    check(run, text)


@pytest.mark.parametrize(
    ("text", "settings", "says"),
    [
        ("pain - care", {}, "needs care; the column 'trial_type' holds only catch, neutral, pain"),
        ("pain - catch", {"trial_types": ("pain", "neutral")}, "holds only neutral, pain"),
        ("score: 3 - 4", {}, "no column 'score' to compare"),
        (
            "pain - neutral x motive: approach - avoidance",
            {},
            "needs pain & avoidance, neutral & app",
        ),
        ("trial_type: pain - neutral x motif: approach - avoidance", {}, "no column 'motif'"),
    ],
)
def test_what_they_will_not_have_is_refused(run, text: str, settings: dict, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        check(run, text, **settings)


def test_without_contrasts_there_must_be_types_to_compare(run: RunFiles) -> None:
    check(run)
    with pytest.raises(UsageError, match="holds only 'pain': there is nothing to compare"):
        check(run, trial_types=("pain",))


def test_nothing_is_refused_that_the_events_cannot_tell(run: RunFiles, tmp_path: Path) -> None:
    assert run.events is not None
    check(replace(run, events=None), "pain - care")
    check(replace(run, bold=None), "pain - care")
    other = tmp_path / "out/sub-02/func/sub-02_task-stories_desc-lss_table.tsv"
    other.parent.mkdir(parents=True)
    other.touch()
    with pytest.raises(UsageError, match="care"):  # a table that is not whole does not count
        check(run, "pain - care", folder=tmp_path / "out")
    other.with_suffix(".json").touch()
    check(run, "pain - care", folder=tmp_path / "out")
    run.events.write_text("nothing", encoding="utf-8")
    check(run, "pain - care")
