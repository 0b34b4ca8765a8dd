"""The reference page says what the reader does."""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields
from pathlib import Path

import pytest

from empatune.decoding.connections import records
from empatune.decoding.connections.reading import template

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "network-file.md"
KINDS = (records.SpacePart, records.RegionPart, records.InputPart, records.NetworkPart)


def written_default(entry: Field) -> str:
    value = entry.default
    if value is MISSING:
        return "none" if entry.default_factory is not MISSING else "needed"
    if value is None or value == ():
        return "none"
    return f"`{value:g}`" if isinstance(value, float) else f"`{json.dumps(value)}`"


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_there_with_its_default_and_what_is_allowed(kind: type) -> None:
    rows = PAGE.read_text(encoding="utf-8").split("\n")
    for entry in fields(kind):
        start = f"| `{entry.name}` | {written_default(entry)} | {entry.metadata['rule'].allowed} |"
        assert any(row.startswith(start) for row in rows), f"{kind.__name__}: {start}"


def test_every_table_has_a_heading_and_the_example_is_the_template() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in records.TABLES:
        assert f"## `[{name}" in page, name
    assert template().split("explains every key.")[1].strip() in page
