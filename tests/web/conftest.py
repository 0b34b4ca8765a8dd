"""Sessions that play from a script, and bare connections to their pages."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

SPEC = importlib.util.spec_from_file_location("feed", Path(__file__).with_name("feed.py"))
FEED = importlib.util.module_from_spec(SPEC)
sys.modules["feed"] = FEED
SPEC.loader.exec_module(FEED)


class Talk:
    """A bare WebSocket to a page's address."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.pictures: list[bytes] = []

    def next(self, timeout: float = 5) -> dict[str, Any]:
        while isinstance(data := self.socket.recv(timeout=timeout), bytes):
            self.pictures.append(data)
        return json.loads(data)

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        for _ in range(500):
            message = self.next()
            if wanted(message):
                return message
        raise AssertionError("what was awaited never came")

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))


@pytest.fixture
def session() -> Iterator[Callable[..., Any]]:
    """Makes sessions that are served until the test is over."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(FEED.Feed(**settings))


@pytest.fixture
def feed(session: Callable[..., Any]) -> Any:
    """A served session."""
    return session()


@pytest.fixture
def talk() -> Iterator[Callable[..., Talk]]:
    """Opens the WebSocket behind a page's link."""
    with ExitStack() as stack:

        def open_socket(url: str, **settings: Any) -> Talk:
            address = url.replace("http://", "ws://")
            for page in ("participant", "operator"):
                address = address.replace(f"/{page}", f"/ws/{page}")
            settings = {"proxy": None, "max_size": 2**24, "close_timeout": 0.5, **settings}
            return Talk(stack.enter_context(connect(address, **settings)))

        yield open_socket


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Waits until something becomes true."""

    def wait(condition: Callable[[], Any]) -> Any:
        for _ in range(500):
            if value := condition():
                return value
            time.sleep(0.01)
        raise AssertionError("what was awaited never happened")

    return wait
