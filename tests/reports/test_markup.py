from __future__ import annotations

import math

import pytest

from empatune.exports.statistics import Estimate
from empatune.reports.markup import Html, escape, interval, number, table, tag


def test_text_is_escaped_and_markup_is_not():
    assert tag("p", "a < b & c") == "<p>a &lt; b &amp; c</p>"
    assert tag("p", tag("b", "x")) == "<p><b>x</b></p>"
    assert tag("a", "x", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">x</a>'
    assert isinstance(escape("x"), Html)


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.005, "1.00"), (-0.5, "−0.50"), (-0.001, "0.00"), (math.nan, "–"), (None, "–"), (3, "3.00")],
)
def test_numbers_are_written_for_readers(value, said):
    assert number(value) == said


def test_an_interval_is_left_out_where_there_is_none():
    nan = math.nan
    assert interval(Estimate(value=1.0, low=-0.5, high=2.5, n=3)) == "1.00 [−0.50, 2.50]"
    assert interval(Estimate(value=1.0, low=nan, high=nan, n=1)) == "1.00"
    assert interval(Estimate(value=nan, low=nan, high=nan, n=0)) == "–"


def test_columns_of_numbers_are_flush_right():
    made = table(("name", "value"), [("a<", 1.5), ("b", None)])
    assert '<td class="number">1.50</td>' in made
    assert '<td class="number">–</td>' in made
    assert "<td>a&lt;</td>" in made
