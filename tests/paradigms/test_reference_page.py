"""The reference page says what the reader does."""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields
from pathlib import Path

import pytest

from empatune.core import FEATURES
from empatune.paradigms import records, template
from empatune.paradigms.spread import Spread

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "paradigm-file.md"

KINDS = (
    records.Identity,
    records.Evidence,
    records.Group,
    records.Session,
    records.Target,
    records.Condition,
    records.Outcome,
    records.Timing,
    records.Phase,
    records.Response,
    records.Contrast,
)


def written_default(entry: Field) -> str:
    value = entry.default
    if value is MISSING:
        return "none" if entry.default_factory is not MISSING else "needed"
    if isinstance(value, Spread):
        return f"`{value.words}`"
    if value is None or value == ():
        return "none"
    return f"`{value:g}`" if isinstance(value, float) else f"`{json.dumps(value)}`"


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_there_with_its_default_and_what_is_allowed(kind: type) -> None:
    rows = PAGE.read_text(encoding="utf-8").split("\n")
    for entry in fields(kind):
        start = f"| `{entry.name}` | {written_default(entry)} | {entry.metadata['rule'].allowed} |"
        assert any(row.startswith(start) for row in rows), f"{kind.__name__}: {start}"


def test_every_table_has_a_heading() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in records.TABLES:
        assert f"[{name}" in page, name


def test_every_feature_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for feature in FEATURES:
        start = f"| `{feature.name}` | {feature.low:g} | {feature.high:g} | {feature.default:g} |"
        assert f"{start} {feature.meaning} |" in page


def test_the_example_to_start_from_is_short_and_commented() -> None:
    text = template("mine")
    assert 'name = "mine"' in text
    assert len(text.split("\n")) < 60
    assert text.count("#") >= 5
