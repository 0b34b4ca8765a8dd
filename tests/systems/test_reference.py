"""The reference page says what the catalogue says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "reference"


def test_the_tables_of_the_page_are_those_of_the_catalogue() -> None:
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    page = (DOCS / "component-systems.md").read_text(encoding="utf-8")
    for table in (make.regions(), make.peaks(), make.shared()):
        assert table in page, "run: python docs/reference/make.py"
