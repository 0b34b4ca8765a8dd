"""The operator console in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import Page, expect

Open = Callable[..., Page]

BOXES = """() => [...document.querySelectorAll(
    'header > *, .controls > *, #marker > *, #protocol > *, main > section, section > *, .tools > *, .gauges > li > *'
  )].filter(e => e.checkVisibility()).map(e => {
    const r = e.getBoundingClientRect();
    return { name: e.id || e.textContent.trim().slice(0, 30) || e.tagName, parent: [...document.querySelectorAll('*')].indexOf(e.parentElement),
             left: r.left, top: r.top, right: r.right, bottom: r.bottom };
  })"""


def play(feed: Any, n: int, *, start: int = 0) -> None:
    for index in range(start, start + n):
        feed.play(index)


def wait_for(feed: Any, condition: Callable[[], Any], page: Page) -> None:
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"what was awaited never happened; commands: {feed.commands}")


def test_start_pause_resume_marker_stop(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.operator)
    state = page.locator("#state")
    expect(state).to_have_text("Waiting")
    page.get_by_role("button", name="Start").click()
    wait_for(feed, lambda: len(feed.commands) == 1, page)
    feed.begin()
    expect(state).to_have_text("Running")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    page.get_by_role("button", name="Pause").click()
    wait_for(feed, lambda: len(feed.commands) == 2, page)
    feed.change("paused")
    expect(state).to_have_text("Paused")
    page.get_by_role("button", name="Resume").click()
    page.get_by_label("Marker text").fill("participant coughed")
    page.get_by_label("Marker text").press("Enter")
    wait_for(feed, lambda: len(feed.commands) == 4, page)
    expect(page.get_by_label("Marker text")).to_have_value("")
    page.get_by_role("button", name="Stop…").click()
    page.get_by_role("button", name="Keep going").click()
    page.get_by_role("button", name="Stop…").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop…").click()
    page.get_by_role("button", name="Stop the session").click()
    wait_for(feed, lambda: len(feed.commands) == 5, page)
    feed.change("finished")
    expect(state).to_have_text("Finished")
    assert [command.action for command in feed.commands] == [
        "start",
        "pause",
        "resume",
        "marker",
        "stop",
    ]
    assert feed.commands[3].text == "participant coughed"
    expect(page.get_by_role("button", name="Stop…")).to_be_disabled()


def test_everything_can_be_reached_by_keyboard(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.operator)
    feed.begin()
    expect(page.locator("#state")).to_have_text("Running")
    reached = []
    while "log" not in reached and len(reached) < 20:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.name"))
    wanted = ["marker-text", "pause", "stop", "overlay", "opacity", "log"]
    assert [name for name in reached if name in wanted] == wanted
    page.locator("#stop").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.value") == "keep"
    page.keyboard.press("Enter")
    assert feed.commands == []


def test_what_happens_is_shown(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.operator)
    feed.begin()
    play(feed, 12)
    feed.lose(12)
    feed.play(13, usable=False)
    feed.alarm("No volume for 6 s.")
    expect(page.locator("#tally")).to_contain_text("12 ok · 1 marked · 1 lost")
    expect(page.locator("#tally")).to_contain_text("volume 13, moved")
    expect(page.locator("#count")).to_have_text("14 of 120 volumes · 0:11")
    expect(page.locator("#labels")).to_have_text("sub-07 ses-02 task-empathy run-1")
    expect(page.get_by_role("alert").filter(has_text="No volume")).to_be_visible()
    expect(page.locator("#log li").first).to_have_text("No volume for 6 s.")
    expect(page.locator("#legend-signatures")).to_contain_text("±")
    expect(page.locator("#legend-latency b").nth(2)).not_to_have_text("–")
    expect(page.locator("#systems li")).to_have_count(3)
    expect(page.locator("#monitors li")).to_have_count(3)
    expect(page.locator("#volume")).to_have_text("13")
    expect(page.locator("#synthetic")).to_contain_text("participant is simulated")
    expect(page.locator("#pages")).to_have_text("Participant page: not open")
    page.get_by_role("button", name="Seen").click()
    expect(page.locator("#alarms")).to_be_hidden()


def test_a_real_participant_is_not_called_simulated(feed: Any, open_page: Open) -> None:
    feed.overview = replace(feed.overview, synthetic=False, synthetic_signatures=False)
    page = open_page(feed.pages.urls.operator)
    feed.begin()
    expect(page.locator("#study")).to_have_text("tuning-care")
    expect(page.locator("#synthetic")).to_be_hidden()


def test_weights_are_blended_over_the_newest_volume(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.operator)
    feed.begin()
    feed.play(0)
    expect(page.locator("#volume")).to_have_text("0")
    warm = """() => { const c = document.getElementById('mosaic');
      const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
      let n = 0; for (let i = 0; i < d.length; i += 4) n += d[i] > d[i + 2] + 40; return n; }"""
    grey = page.evaluate(warm)
    page.get_by_label("care", exact=True).check()
    page.wait_for_function(f"({warm})() > {grey} + 2000")
    page.get_by_label("Opacity").fill("0")
    assert page.evaluate(warm) == grey
    page.get_by_label("none", exact=True).check()
    assert page.evaluate(warm) == grey


def test_a_reloaded_page_has_the_whole_history(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.operator)
    feed.begin()
    play(feed, 30)
    expect(page.locator("#tally")).to_contain_text("30 ok")
    before = page.locator("#legend-signatures").inner_text()
    page.reload()
    expect(page.locator("#tally")).to_contain_text("30 ok")
    assert page.locator("#legend-signatures").inner_text() == before
    expect(page.locator("#state")).to_have_text("Running")


def test_a_page_comes_back_when_the_server_does(
    feed: Any, session: Callable[..., Any], open_page: Open
) -> None:
    page = open_page(feed.pages.urls.operator)
    feed.begin()
    play(feed, 5)
    expect(page.locator("#tally")).to_contain_text("5 ok")
    port = int(feed.pages.urls.operator.rsplit(":", 1)[1].split("/")[0])
    feed.pages.stop()
    expect(page.locator("#lost")).to_be_visible()
    again = session(port=port)
    again.begin()
    play(again, 7)
    expect(page.locator("#tally")).to_contain_text("7 ok")
    expect(page.locator("#lost")).to_be_hidden()
    assert page.locator("#log li").count() == 2


def test_two_operators_see_the_same(feed: Any, open_page: Open) -> None:
    first, second = (open_page(feed.pages.urls.operator) for _ in range(2))
    feed.begin()
    play(feed, 10)
    second.get_by_role("button", name="Pause").click()
    wait_for(feed, lambda: feed.commands, second)
    assert feed.commands[0].operator == "operator-2"
    feed.tell(*feed.commands)
    feed.change("paused")
    for page in (first, second):
        expect(page.locator("#state")).to_have_text("Paused")
        expect(page.locator("#log li").nth(1)).to_have_text("operator-2: pause")
        expect(page.locator("#pages")).to_contain_text("2 operators")
    assert first.locator("#legend-signatures").inner_text() == (
        second.locator("#legend-signatures").inner_text()
    )


def test_the_console_looks_the_same_for_feedback_and_sham(
    session: Callable[..., Any], open_page: Open
) -> None:
    """Same brain, other feedback: text, attributes and the pixels of every trace are equal."""
    looks = []
    for sham in (False, True):
        feed = session(sham=sham)
        page = open_page(feed.pages.urls.operator)
        participant = open_page(feed.pages.urls.participant)
        feed.begin()
        for index in range(40):
            feed.tell(*feed.results(index))
        expect(page.locator("#tally")).to_contain_text("40 ok")
        expect(page.locator("#pages")).to_have_text("Participant page: showing")
        participant.close()
        expect(page.locator("#pages")).to_have_text("Participant page: not open")
        looks.append(page.evaluate(LOOK))
    assert looks[0]["html"] == looks[1]["html"]
    assert looks[0]["canvases"] == looks[1]["canvases"]
    assert len(set(looks[0]["canvases"].values())) > 6


LOOK = """async () => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return {
    html: document.documentElement.outerHTML,
    canvases: Object.fromEntries([...document.querySelectorAll('canvas')]
      .map((c, i) => [c.id || `gauge-${i}`, c.toDataURL()])),
  };
}"""


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_nothing_overlaps_or_overflows(
    session: Callable[..., Any], open_page: Open, size: tuple[int, int]
) -> None:
    feed = session(n=400)
    page = open_page(feed.pages.urls.operator, size=size)
    feed.begin()
    for index in range(250):
        feed.tell(*feed.results(index))
    feed.play(250)
    expect(page.locator("#range")).to_be_visible()
    feed.alarm("Volume 12 never arrived: 2 of 36 slices are missing. Check the scanner's export.")
    expect(page.locator("#alarms")).to_be_visible()
    scroll = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert scroll == list(size)
    boxes = page.evaluate(BOXES)
    assert len(boxes) > 60
    for box in boxes:
        assert box["left"] >= 0, box
        assert box["right"] <= size[0] + 0.5, box
        assert box["bottom"] <= size[1] + 0.5, box
        assert box["right"] - box["left"] > 5, box
        assert box["bottom"] - box["top"] > 5, box
    for one, other in combinations(boxes, 2):
        if one["parent"] != other["parent"]:
            continue
        wide = min(one["right"], other["right"]) - max(one["left"], other["left"])
        tall = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
        assert min(wide, tall) < 1, (one, other)
    cut = page.evaluate(
        """() => [...document.querySelectorAll('button, #state, #count, #pages, .legend, h2')]
        .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
        .filter(e => getComputedStyle(e).display !== 'inline')
        .map(e => e.id || e.textContent)"""
    )
    assert cut == []


def test_text_can_be_read(feed: Any, open_page: Open) -> None:
    """Contrast of all text is at least 4.5 to 1 (WCAG AA); disabled buttons are exempt."""
    page = open_page(feed.pages.urls.operator)
    feed.begin()
    play(feed, 3)
    feed.alarm()
    expect(page.locator("#alarms")).to_be_visible()
    poor = page.evaluate(CONTRAST)
    assert poor == []


CONTRAST = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0.99) return c; }
    return [23, 21, 19]; };
  return [...document.querySelectorAll('body *')]
    .filter(e => e.checkVisibility() && !e.disabled && !e.closest('dialog'))
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => { const [a, b] = [lum(parse(getComputedStyle(e).color)), lum(ground(e))];
      return [e.id || e.textContent.trim(), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]; })
    .filter(([, ratio]) => ratio < 4.5);
}"""


def test_pointing_at_a_trace_tells_the_values_of_that_volume(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.operator)
    feed.begin()
    play(feed, 60)
    expect(page.locator("#tally")).to_contain_text("60 ok")
    newest = page.locator("#legend-signatures").inner_text()
    box = page.locator("#chart-signatures").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 20)
    expect(page.locator("#pointed")).to_have_text("volume 26")
    assert page.locator("#legend-signatures").inner_text() != newest
    page.mouse.move(5, 5)
    expect(page.locator("#pointed")).to_have_text("")
    expect(page.locator("#legend-signatures")).to_have_text(newest, use_inner_text=True)


def test_a_long_run_shows_its_last_minutes_or_all_of_it(
    session: Callable[..., Any], open_page: Open
) -> None:
    feed = session(n=400)
    page = open_page(feed.pages.urls.operator)
    feed.begin()
    for index in range(200):
        feed.tell(*feed.results(index))
    expect(page.locator("#tally")).to_contain_text("200 ok")
    expect(page.locator("#range")).to_be_hidden()
    for index in range(200, 300):
        feed.tell(*feed.results(index))
    expect(page.locator("#tally")).to_contain_text("300 ok")
    box = page.locator("#chart-score").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 34.5, box["y"] + 20)
    expect(page.locator("#pointed")).to_have_text("volume 80")
    page.get_by_role("button", name="Whole run").click()
    page.mouse.move(box["x"] + 34.5, box["y"] + 20)
    expect(page.locator("#pointed")).to_have_text("volume 0")
    expect(page.get_by_role("button", name="Last minutes")).to_be_visible()
