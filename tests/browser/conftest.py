"""One headless Chromium for all tests, and sessions that play from a script."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EXPECTED = ("WebSocket connection to", "ERR_CONNECTION_REFUSED", "404", "willReadFrequently")

SPEC = importlib.util.spec_from_file_location("feed", Path(__file__).parents[1] / "web" / "feed.py")
FEED = importlib.util.module_from_spec(SPEC)
sys.modules.setdefault("feed", FEED)
SPEC.loader.exec_module(FEED)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Is closed after each file: tests elsewhere start a browser of their own."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens links in windows of their own; a page that logs an error fails the test."""
    errors: list[str] = []

    def listen(page: Page) -> Page:
        page.on("pageerror", lambda problem: errors.append(str(problem)))
        page.on("console", lambda line: keep(line.type, line.text))
        page.set_default_timeout(10_000)
        return page

    def keep(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(words in text for words in EXPECTED):
            errors.append(text)

    with ExitStack() as stack:

        def open_link(link: str, *, size: tuple[int, int] = (1280, 800)) -> Page:
            context = browser.new_context(viewport={"width": size[0], "height": size[1]})
            stack.callback(context.close)
            page = listen(context.new_page())
            page.goto(link)
            return page

        yield open_link
    assert errors == []


@pytest.fixture
def session() -> Iterator[Callable[..., Any]]:
    """Makes sessions that are served until the test is over."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(FEED.Feed(**settings))


@pytest.fixture
def feed(session: Callable[..., Any]) -> Any:
    return session()
