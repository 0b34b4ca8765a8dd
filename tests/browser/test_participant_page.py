"""The participant page in a real browser: it shows, and can do nothing but show."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

Open = Callable[..., Page]

PIXELS = """([x, y]) => { const c = document.getElementById('field');
  return [...c.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3); }"""
LIT = """() => { const c = document.getElementById('field');
  const d = c.getContext('2d').getImageData(0, 0, c.width, Math.round(c.height * 0.9)).data;
  let n = 0; for (let i = 0; i < d.length; i += 4) n += d[i] > 80; return n; }"""


def show(feed: Any, value: float, *, instruction: str = "Let warm care grow", **more: Any) -> None:
    feed.index = getattr(feed, "index", -1) + 1
    told = feed.results(feed.index)[-1]
    feed.tell(replace(told, show=True, value=value, instruction=instruction, **more))


SETTLED = """async () => {
  const field = document.getElementById('field');
  for (let same = 0, last = -1; same < 6;) {
    await new Promise(requestAnimationFrame);
    const { data } = field.getContext('2d').getImageData(0, 0, field.width, field.height);
    let now = 0;
    for (let i = 0; i < data.length; i += 36) now += data[i];
    same = now === last ? same + 1 : 0;
    last = now;
  }
}"""


def settled(page: Page) -> Page:
    """Wait until the words are there and frame after frame looks the same."""
    page.evaluate(SETTLED)
    return page


def test_each_state_has_its_words(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.participant)
    words = page.locator("#instruction")
    expect(words).to_have_text("Please lie still and relax. We will begin soon.")
    feed.begin()
    show(feed, 0.5)
    expect(words).to_have_text("Let warm care grow")
    feed.change("paused")
    expect(words).to_have_text("A short pause. Please keep lying still.")
    feed.change("running")
    expect(words).to_have_text("Let warm care grow")
    feed.change("finished")
    expect(words).to_have_text("Thank you.")


def test_the_disc_grows_and_warms_with_the_value(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.participant, size=(1024, 768))
    feed.begin()
    lit, colours = [], []
    for value in (-1.0, 0.0, 1.0):
        show(feed, value, instruction=f"now {value}")
        expect(page.locator("#instruction")).to_have_text(f"now {value}")
        lit.append(settled(page).evaluate(LIT))
        colours.append(page.evaluate(PIXELS, [512 + 20, round(768 * 0.55) + 20]))
    assert lit[0] < lit[1] < lit[2]
    assert lit[2] > 2 * lit[1]
    warmth = [red - blue for red, _, blue in colours]
    assert warmth[0] < 0 < warmth[1] < warmth[2]


def test_rest_is_a_still_fixation(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.participant)
    feed.begin()
    show(feed, 1.0)
    expect(page.locator("#instruction")).to_have_text("Let warm care grow")
    bright = settled(page).evaluate(LIT)
    feed.tell(feed.results(1)[-1])
    expect(page.locator("#instruction")).to_have_text("Rest")
    assert settled(page).evaluate(LIT) < bright / 50
    still = page.screenshot()
    page.wait_for_timeout(400)
    assert page.screenshot() == still


def test_drawing_is_acknowledged_for_every_volume(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.participant)
    expect(page.locator("#instruction")).to_contain_text("begin soon")
    feed.begin()
    for index in range(10):
        feed.play(index)
        for _ in range(200):
            if len(feed.drawn) > index:
                break
            page.wait_for_timeout(20)
    assert [drawn.volume for drawn in feed.drawn] == list(range(10))
    assert {drawn.page for drawn in feed.drawn} == {"participant"}


def test_a_lost_connection_is_a_fixation_and_never_an_error(
    feed: Any, session: Callable[..., Any], open_page: Open
) -> None:
    page = open_page(feed.pages.urls.participant)
    feed.begin()
    show(feed, 1.0)
    expect(page.locator("#instruction")).to_have_text("Let warm care grow")
    port = int(feed.pages.urls.participant.rsplit(":", 1)[1].split("/")[0])
    feed.pages.stop()
    expect(page.locator("#instruction")).to_have_text("")
    assert settled(page).evaluate(LIT) < 2000
    again = session(port=port)
    again.begin()
    show(again, 0.2, instruction="Back again")
    expect(page.locator("#instruction")).to_have_text("Back again")


def test_the_thanks_stay_when_the_server_has_gone(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.participant)
    operator = open_page(feed.pages.urls.operator)
    feed.change("finished")
    expect(page.locator("#instruction")).to_have_text("Thank you.")
    expect(operator.locator("#state")).to_have_text("Finished")
    feed.pages.stop()
    expect(operator.locator("#lost")).to_contain_text("The session has ended")
    expect(page.locator("#instruction")).to_have_text("Thank you.")


def test_a_reloaded_page_shows_at_once_what_it_should(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.participant)
    feed.begin()
    show(feed, 0.7)
    expect(page.locator("#instruction")).to_have_text("Let warm care grow")
    page.reload()
    expect(page.locator("#instruction")).to_have_text("Let warm care grow")
    assert settled(page).evaluate(LIT) > 10_000


def test_the_page_cannot_command(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.participant)
    expect(page.locator("#instruction")).to_contain_text("begin soon")
    for key in ("Enter", "Space", "Escape", "s", "p"):
        page.keyboard.press(key)
    page.mouse.click(400, 300)
    assert page.locator("button, input, a, form").count() == 0
    code = page.evaluate(
        """() => new Promise(done => { const s = new WebSocket(`ws://${location.host}/ws/participant`);
        s.onopen = () => s.send(JSON.stringify({ type: 'command', action: 'start' }));
        s.onclose = e => done(e.code); })"""
    )
    assert code == 1008
    assert feed.commands == []
    assert "command" not in page.evaluate("fetch('/static/participant.js').then(r => r.text())")


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_words_and_disc_keep_apart(feed: Any, open_page: Open, size: tuple[int, int]) -> None:
    page = open_page(feed.pages.urls.participant, size=size)
    feed.begin()
    show(feed, 1.0, instruction="Breathe out and let warm care for this person grow and reach them")
    expect(page.locator("#instruction")).to_contain_text("Breathe")
    settled(page)
    box = page.locator("#instruction").bounding_box()
    assert box is not None
    top = page.evaluate(
        """() => { const c = document.getElementById('field');
        const d = c.getContext('2d').getImageData(c.width / 2, 0, 1, c.height).data;
        for (let y = 0; y < c.height; y++) if (d[4 * y] > 60) return y; }"""
    )
    assert box["y"] >= 0
    assert box["y"] + box["height"] < top
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size[0]
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert page.evaluate("document.documentElement.scrollHeight") == size[1]
    assert page.evaluate("getComputedStyle(document.body).cursor") == "none"
    assert float(page.evaluate("parseFloat(getComputedStyle(instruction).fontSize)")) >= 26


def test_a_hidden_page_says_so_and_claims_nothing(feed: Any, open_page: Open) -> None:
    page = open_page(feed.pages.urls.participant)
    operator = open_page(feed.pages.urls.operator)
    feed.begin()
    show(feed, 0.5)
    expect(page.locator("#instruction")).to_have_text("Let warm care grow")
    seen = len(feed.drawn)
    page.evaluate("""() => { window.hides = true;
      Object.defineProperty(document, 'hidden', { get: () => window.hides, configurable: true });
      document.dispatchEvent(new Event('visibilitychange')); }""")
    expect(operator.locator("#pages")).to_have_text("Participant page: hidden")
    show(feed, 0.6)
    operator.wait_for_timeout(300)
    assert [d.volume for d in feed.drawn[seen:] if d.page == "participant"] == []
    page.evaluate(
        "() => { window.hides = false; document.dispatchEvent(new Event('visibilitychange')); }"
    )
    expect(operator.locator("#pages")).to_have_text("Participant page: showing")
    for _ in range(200):
        drawn = [d.volume for d in feed.drawn[seen:] if d.page == "participant"]
        if drawn:
            break
        operator.wait_for_timeout(20)
    assert drawn == [1]


def test_links_with_a_token_open_both_pages(session: Callable[..., Any], open_page: Open) -> None:
    feed = session(host="0.0.0.0", token="a-long-enough-token")
    here = [
        re.sub(r"//[^/:]+:", "//127.0.0.1:", link)
        for link in (feed.pages.urls.operator, feed.pages.urls.participant)
    ]
    operator, page = map(open_page, here)
    feed.begin()
    show(feed, 0.3)
    expect(page.locator("#instruction")).to_have_text("Let warm care grow")
    expect(operator.locator("#pages")).to_have_text("Participant page: showing")
    operator.get_by_label("care", exact=True).check()
    page.reload()
    expect(page.locator("#instruction")).to_have_text("Let warm care grow")
