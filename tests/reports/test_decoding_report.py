from __future__ import annotations

import re

import numpy as np
import pytest
from tests.decoding.group.trials import trial_table
from tests.reports.test_session_report import Page

from empatune.core import Grid
from empatune.decoding.group import Contrast, Failure, GroupSettings, analyse
from empatune.errors import ExportError
from empatune.reports import render_decoding_report, write_decoding_report
from empatune.signatures import CATALOGUE, Signature

SECTIONS = ("effects", "off-target", "maps", "coverage", "left-out", "methods")


def _result(failures=(), **settings):
    contrasts = tuple(map(Contrast.parse, ("pain - neutral", "group: trained - waiting")))
    chosen = GroupSettings(contrasts=contrasts, n_permutations=300, n_bootstraps=200, **settings)
    table = trial_table({"care": 1.0, "mine": 0.0, "mentalizing": 0.2}, n_people=10)
    return analyse(table, chosen, failures=failures)


@pytest.fixture(scope="module")
def result():
    return _result([Failure(run="sub-11_task-stories_run-1", why="<damaged> & short")])


def _map(name, entry=None):
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    affine[:3, 3] = (-75, -110, -65)
    weights = np.random.default_rng(0).normal(size=(50, 60, 50)).astype(np.float32)
    grid = Grid(shape=(50, 60, 50), affine=affine)
    return Signature(name=name, weights=weights, grid=grid, entry=entry)


@pytest.fixture(scope="module")
def content(result):
    maps = [_map("care", CATALOGUE["care"]), _map("mine")]
    return render_decoding_report(result, title="A <study>", signatures=maps, note="By LSA.")


@pytest.fixture(scope="module")
def page(content):
    return Page(content)


def test_every_section_is_there_and_the_page_needs_nothing_else(content, page):
    assert tuple(name for name in page.text if name) == SECTIONS
    assert not {"script", "link"} & page.tags
    assert all(link.startswith(("#", "data:image/")) for link in page.links)
    assert not re.search(r"url\((?!#)|@import", content)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_numbers_of_the_page_are_those_of_the_result(page, result):
    care = result.effects[0]
    assert f"{care.d.value:.2f} [{care.d.low:.2f}, {care.d.high:.2f}]" in page.text["effects"]
    assert f"{100 * care.choice.accuracy.value:.0f} [" in page.text["effects"]
    assert care.fit.model in page.text["effects"]


def test_what_failed_is_named_and_cannot_break_the_page(page):
    assert "sub-11_task-stories_run-1<damaged> & short" in page.text["left-out"]
    assert "1 run failed" in page.text[""]


def test_low_coverage_is_named(page):
    assert "sub-04care98.0085.00" in page.text["coverage"].replace("\n", "")


def test_the_methods_cite_the_signatures_and_what_came_before(page):
    assert "10.1016/j.neuron.2017.05.014" in page.text["methods"]
    assert "By LSA." in page.text["methods"]
    assert "seed 0" in page.text["methods"]


def test_a_map_of_ones_own_is_not_cited_as_the_published_one_of_its_name(result):
    page = Page(render_decoding_report(result, title="T", signatures=[_map("care")], note=""))
    assert "10.1016/j.neuron.2017.05.014" not in page.text["methods"]


def test_pictures_say_what_they_show(page):
    assert sum("Effect sizes" in words for words in page.images) == 3


def test_the_same_result_gives_the_same_page(result):
    assert render_decoding_report(result) == render_decoding_report(result)


def test_a_study_without_systems_or_failures_has_a_page_too():
    table = trial_table({"care": 1.0}, n_people=3, n_trials=4)
    found = analyse(table, GroupSettings(n_permutations=100, n_bootstraps=100))
    assert "None." in Page(render_decoding_report(found)).text["left-out"]


def test_a_page_that_cannot_be_written_leaves_nothing(result, tmp_path):
    (tmp_path / "in-the-way").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        write_decoding_report(result, tmp_path / "in-the-way" / "report.html")
    written = write_decoding_report(result, tmp_path / "out" / "report.html")
    assert [p.name for p in (tmp_path / "out").iterdir()] == [written.name]


@pytest.mark.parametrize(
    ("contrast", "n_people", "says"),
    [
        ("pain - neutral", 5, "With 5 people there are 32 permutations: p is 0.0625 at least"),
        ("pain - neutral", 6, ""),  # 2 of 64
        (
            "group: trained - waiting",
            6,
            "With 6 people there are 20 permutations: p is 0.1 at least",
        ),
    ],
)
def test_it_is_told_when_permutations_cannot_reach_significance(contrast, n_people, says):
    chosen = GroupSettings(
        contrasts=(Contrast.parse(contrast),), n_permutations=300, n_bootstraps=100
    )
    found = analyse(trial_table({"care": 2.0, "distress": 0.5}, n_people=n_people), chosen)
    text = Page(render_decoding_report(found)).text
    assert ("more people are needed" in text["effects"]) == bool(says)
    assert says in text["effects"]
    assert min(effect.p_permutation for effect in found.effects) >= (0.05 if says else 0.03)
    assert "an interval may leave out zero" in text["methods"]
