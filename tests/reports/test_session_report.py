from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests import recorded_session as recorded
from tests.recorded_session import Options, record

from empatune.errors import ExportError, RecordError
from empatune.exports import read
from empatune.reports import render_report, write_report
from empatune.reports.crednf import ITEMS

SECTIONS = (
    "course",
    "regulation",
    "specificity",
    "quality",
    "latency",
    "brain",
    "exclusions",
    "allocation",
    "software",
    "crednf",
)
VOID = {"meta", "img", "br", "hr", "input", "link"}


class Page(HTMLParser):
    """Collects sections, attributes and text, and checks that tags close in their order."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.images: list[str] = []
        self.text: dict[str, str] = {"": ""}
        self._open: list[str] = []
        self._section = ""
        self.feed(content)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        held = dict(attrs)
        self.ids += [held["id"]] if "id" in held else []
        self.links += [v for k, v in attrs if k in ("href", "src", "xlink:href", "action")]
        self.images += [held.get("aria-label") or ""] if tag == "svg" else []
        if tag == "section":
            self._section = held["id"]
            self.text[self._section] = ""
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open.pop() == tag
        if tag == "section":
            self._section = ""

    def handle_data(self, data):
        self.text[self._section] += data


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Path:
    return record(tmp_path_factory.mktemp("report") / "session")


@pytest.fixture(scope="module")
def content(session) -> str:
    return render_report(session)


@pytest.fixture(scope="module")
def page(content) -> Page:
    return Page(content)


def test_every_section_is_there_and_says_something(page):
    assert tuple(name for name in page.text if name) == SECTIONS
    for name in SECTIONS:
        assert len(page.text[name]) > 40, name


def test_the_page_needs_nothing_else(content, page):
    assert "script" not in page.tags
    assert "link" not in page.tags
    outside = [link for link in page.links if not link.startswith(("#", "data:image/"))]
    assert outside == []
    assert not re.search(r"url\((?!#)|@import", content)


def test_links_inside_the_page_lead_somewhere(page):
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_the_verdict_counts_as_the_record_does(session, page):
    history = read(session)
    assert (
        f"{len(history.volumes)} volumes: {history.n('decoded')} decoded, 1 marked, 1 lost, 1 missing."
        in page.text[""]
    )
    assert f"The protocol needs {recorded.N_EXPECTED}" in page.text[""]


def test_pictures_say_what_they_show(page):
    assert len(page.images) == 7
    assert all(len(words) > 20 for words in page.images)


def test_figures_follow_the_colours_of_the_page(content):
    drawings = re.findall(r"<svg.*?</svg>", content, flags=re.DOTALL)
    colours = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", "".join(drawings)))
    assert colours <= {"#000000"}  # glyphs of math text, where there are any
    assert "var(--care)" in drawings[0]


def test_exclusions_and_actions_are_listed(page):
    text = page.text["exclusions"]
    assert "3 of 16 slices never arrived" in text
    assert "moved 1.40 mm" in text
    assert "operator-1: coughed" in text
    assert "pause" in text


def test_numbers_stand_beside_their_reserve(page):
    assert "proves nothing about efficacy" in page.text["regulation"]
    assert "Specificity is never absolute" in page.text["specificity"]
    assert "salience" in page.text["specificity"]
    assert "vps" in page.text["brain"].split("Brain mask")[0]  # low coverage, told first


def test_versions_seed_and_checksums_are_there(session, page):
    text = page.text["software"]
    assert "3.12.1" in text
    checksums = [v.received.sha256 for v in read(session).volumes if v.received is not None]
    assert all(digest in text for digest in checksums)


def test_the_checklist_has_every_item_and_leaves_people_theirs(page):
    text = page.text["crednf"]
    assert len(ITEMS) == 24
    assert [item.number[0] for item in ITEMS] == list(
        "1" * 2 + "2" * 6 + "3" * 5 + "4" * 5 + "5" * 3 + "6" * 2 + "7"
    )
    for item in ITEMS:
        assert item.text in text
    assert text.count("a person must fill this") == 11 + ("No sealed allocation" in text)
    assert text.count("from the record") == 5


def test_a_simulation_cannot_be_taken_for_a_person(page):
    assert "Simulated participant: no person was scanned" in page.text[""]


def test_a_person_is_not_called_a_simulation(tmp_path):
    session = record(tmp_path / "s", Options(simulated=False, prepared=False, stop_after=20))
    assert "Simulated participant" not in render_report(session)


@pytest.mark.parametrize("stop_after", [-1, 1, 30])
def test_a_killed_session_still_has_a_report(tmp_path, stop_after):
    session = record(tmp_path / "killed", Options(stop_after=stop_after, prepared=stop_after > 4))
    page = Page(render_report(session))
    assert "Unfinished" in page.text[""]
    assert tuple(name for name in page.text if name) == SECTIONS


@pytest.mark.parametrize("stop_after", [None, 30])
def test_the_arm_is_told_only_after_the_end(tmp_path, stop_after):
    allocation = {"digest": "ab" * 32, "opened": {"arm": "yoked", "donor": "sub-03"}}
    options = Options(allocation=allocation, stop_after=stop_after, prepared=False)
    content = render_report(record(tmp_path / "s", options))
    ended = stop_after is None
    assert ("yoked</td>" in content) is ended
    assert ("sub-03" in content) is ended
    assert ("still sealed" in content) is not ended
    assert "ab" * 32 in content


def test_intermittent_feedback_compares_the_block_before_it(tmp_path, content):
    options = Options(feedback="intermittent", prepared=False)
    assert "transfer against baseline" in render_report(record(tmp_path / "s", options))
    assert "care against baseline" in content


def test_what_people_write_cannot_become_markup(tmp_path):
    labels = {"participant": "07", "session": "01", "run": "1", "task": "empathy"}
    labels["study"] = "<script>alert(1)</script>"
    options = Options(labels=labels, stop_after=4, prepared=False)
    content = render_report(record(tmp_path / "s", options))
    assert "<script>" not in content
    assert "&lt;script&gt;" in content


def test_it_is_written_beside_the_record_or_where_it_is_asked_for(tmp_path):
    session = record(tmp_path / "s", Options(stop_after=3, prepared=False))
    assert write_report(session) == session / "report.html"
    other = write_report(session, tmp_path / "new" / "r.html")
    assert other.read_bytes() == (session / "report.html").read_bytes()
    assert [path.name for path in other.parent.iterdir()] == ["r.html"]


def test_a_place_that_cannot_be_written_is_told(session, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        write_report(session, tmp_path / "file" / "r.html")


def test_a_folder_without_a_record_is_refused(tmp_path):
    with pytest.raises(RecordError, match="holds no session"):
        write_report(tmp_path)


@pytest.mark.browser
def test_a_browser_asks_for_nothing_and_nothing_overflows(content, tmp_path, chromium):
    playwright = pytest.importorskip("playwright.sync_api")
    file = tmp_path / "report.html"
    file.write_text(content, encoding="utf-8")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=flags)
        view = browser.new_page(viewport={"width": 1024, "height": 768})
        asked, said = [], []
        view.on("request", lambda request: asked.append(request.url))
        view.on("console", lambda message: said.append(message.text))
        view.goto(file.as_uri())
        wide = view.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert said == []
    assert wide <= 1024


def test_names_of_blocks_stand_above_the_curves():
    from empatune.reports import figure, traces

    _, (axis,) = figure.panels(1, 2.0)
    axis.plot([0, 1], [-1.0, 3.0])
    traces._make_room(axis)
    low, high = axis.get_ylim()
    assert low == pytest.approx(-1.2)  # as it was
    _, bottom = axis.transData.transform((0, 3.0))
    _, top = axis.transData.transform((0, high))
    assert (top - bottom) / axis.get_figure().dpi > traces.NAMES_INCH


def test_labels_of_wide_numbers_are_not_cut_off():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from empatune.reports import figure

    drawing, (axis,) = figure.panels(1, 2.0)
    axis.set_ylim(-0.025, 0.0)
    axis.set_ylabel("translation\n[mm]")
    renderer = FigureCanvasAgg(drawing).get_renderer()
    assert axis.get_tightbbox(renderer).x0 >= 0
