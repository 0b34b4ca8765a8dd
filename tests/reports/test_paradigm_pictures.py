"""The preview of a paradigm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import matplotlib.image as images
import pytest

from empatune.errors import ExportError
from empatune.paradigms import load
from empatune.reports.paradigm_pictures import draw_preview, write_preview


def test_a_scanned_paradigm_shows_runs_context_responses_and_efficiency() -> None:
    figure = draw_preview(load("hein-2010"), n_orders=1)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert sum(title.startswith("Trials of one person") for title in titles) == 2
    assert titles.count("Predicted responses") == 2
    assert titles[-2:] == ["Efficiency of contrasts", "Variance inflation"]
    timeline, responses, *_, context, contrasts, _ = figure.axes
    names = [text.get_text() for text in timeline.get_yticklabels()]
    assert names == ["in pain", "in touch", "out pain", "out touch"]
    assert len(responses.get_lines()) == 5  # four conditions and the rating
    assert [text.get_text() for text in context.get_xticklabels()] == [
        "affect", "membership", "cost", "benefit",
    ]  # fmt: skip
    assert len(contrasts.get_yticklabels()) == 3


def test_without_a_scanner_runs_and_context_are_shown() -> None:
    figure = draw_preview(load("klein-2001"))
    titles = [axes.get_title(loc="left").split("   ")[0] for axes in figure.axes]
    assert titles == ["Trials of one person, first run, group women", "Context"]
    rows = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    assert rows == [
        "thought  (women)",
        "thought  (women_paid)",
        "thought  (men)",
        "thought  (men_paid)",
    ]


def test_the_picture_is_written_whole(tmp_path: Path) -> None:
    path = write_preview(load("shaw-1994"), tmp_path / "new" / "shaw.png")
    picture = images.imread(path)
    assert picture.shape[1] == 1560
    assert picture[..., :3].std() > 0.05
    assert [entry.name for entry in path.parent.iterdir()] == ["shaw.png"]


def test_a_place_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="Give another --out"):
        write_preview(load("shaw-1994"), tmp_path / "file" / "shaw.png")


def test_a_design_without_contrasts_has_a_picture_too() -> None:
    design = replace(load("fareri-2012"), contrasts={})
    titles = [axes.get_title(loc="left") for axes in draw_preview(design, n_orders=1).axes]
    assert "Efficiency of contrasts" not in titles
    assert titles[-1] == "Variance inflation"
