from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from empatune.bids import Column, Table, read_rows, with_sidecars
from empatune.errors import ExportError


def _table(*values):
    return Table(columns=[Column(name="a", description="A thing")], rows=[[v] for v in values])


def test_numbers_survive_to_the_bit(tmp_path):
    value = 0.1 + 0.2
    (tmp_path / "t.tsv").write_text(_table(value, np.float64(value)).to_tsv())
    assert [float(row["a"]) for row in read_rows(tmp_path / "t.tsv")] == [value, value]


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf, ""])
def test_what_is_not_known_is_na(nothing):
    assert _table(nothing).to_tsv() == "a\nn/a\n"


def test_words_cannot_break_the_table():
    assert _table("one\ttwo\nthree").to_tsv() == "a\none two three\n"


def test_the_sidecar_has_every_column():
    column = Column(name="b", description="Length", units="s", levels={"x": "an x"})
    sidecar = Table(columns=[column], rows=[], notes={"Description": "All"}).to_json()
    assert sidecar == {
        "Description": "All",
        "b": {"Description": "Length", "Units": "s", "Levels": {"x": "an x"}},
    }


@pytest.mark.parametrize(("escaped", "written"), [(True, "\\u00e9"), (False, "é")])
def test_sidecars_stand_beside_their_tables(escaped, written):
    table = Table(columns=[Column(name="a", description="é")], rows=[[1]])
    found = with_sidecars({Path("x/t.tsv"): table, Path("u.tsv"): table}, escaped=escaped)
    assert [path.as_posix() for path in found] == ["x/t.tsv", "x/t.json", "u.tsv", "u.json"]
    assert found[Path("u.tsv")] == "a\n1\n"
    assert json.loads(found[Path("x/t.json")]) == table.to_json()
    assert written in found[Path("u.json")]


def test_a_row_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(ExportError, match="2 values for 1 columns"):
        Table(columns=[Column(name="a", description="A")], rows=[[1, 2]])
    (tmp_path / "t.tsv").write_text("a\tb\n1\n")
    with pytest.raises(ExportError, match="line 2"):
        read_rows(tmp_path / "t.tsv")
