"""The server as a browser, a stranger and a slow reader meet it."""

from __future__ import annotations

import json
import socket
import struct
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from empatune.errors import UsageError

TOKEN = "a-long-enough-token"


def fetch(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, dict(refusal.headers), refusal.read()


def root(feed: Any) -> str:
    return feed.pages.urls.operator.split("/operator")[0]


# ------------------------------------------------------------------ pages


@pytest.mark.parametrize("page", ["participant", "operator"])
def test_pages_come_with_everything_they_need(feed: Any, page: str) -> None:
    status, headers, body = fetch(getattr(feed.pages.urls, page))
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert b"http://" not in body
    assert b"https://" not in body
    for kind in ("js", "css"):
        status, _, content = fetch(f"{root(feed)}/static/{page}.{kind}")
        assert status == 200
        assert len(content) > 300


def test_the_bare_address_leads_to_the_operator_and_nothing_else_exists(feed: Any) -> None:
    assert b"operator.js" in fetch(root(feed) + "/")[2]
    for path in ("/nothing", "/static/../server.py", "/static/%2e%2e/server.py", "/overlay/care"):
        assert fetch(root(feed) + path)[0] == 404


def test_a_foreign_name_is_refused(feed: Any) -> None:
    status, headers, body = fetch(feed.pages.urls.operator, Host="evil.example")
    assert status == 403
    assert b"does not belong" in body
    assert "content-security-policy" in headers


def test_a_foreign_page_cannot_open_a_socket(feed: Any, talk: Callable[..., Any]) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        talk(feed.pages.urls.operator, origin="http://evil.example")
    assert talk(feed.pages.urls.operator, origin=root(feed)).next()["type"] == "hello"


# ------------------------------------------------------------------ tokens


@pytest.fixture
def guarded(session: Callable[..., Any]) -> Any:
    return session(token=TOKEN)


def test_without_the_token_nothing_is_served(guarded: Any, talk: Callable[..., Any]) -> None:
    for path in ("/operator", "/participant", "/static/operator.js", "/overlay/care", "/"):
        assert fetch(root(guarded) + path)[0] == 403
        assert fetch(f"{root(guarded)}{path}?token=wrong-but-long-enough")[0] == 403
    for page in ("operator", "participant"):
        with pytest.raises(InvalidStatus, match="403"):
            talk(f"{root(guarded)}/{page}")


def test_the_link_carries_the_token_on(guarded: Any, talk: Callable[..., Any]) -> None:
    status, headers, _ = fetch(guarded.pages.urls.operator)
    assert status == 200
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert fetch(f"{root(guarded)}/static/operator.js", Cookie=cookie.split(";")[0])[0] == 200
    assert talk(guarded.pages.urls.operator).next()["type"] == "hello"


def test_the_participants_link_does_not_open_the_console(
    guarded: Any, talk: Callable[..., Any]
) -> None:
    link = guarded.pages.urls.participant
    assert fetch(link)[0] == 200
    assert talk(link).next()["type"] == "show"
    assert fetch(link.replace("/participant", "/operator"))[0] == 403
    assert fetch(link.replace("/participant", "/overlay/care"))[0] == 403
    with pytest.raises(InvalidStatus, match="403"):
        talk(link.replace("/participant", "/operator"))


def test_an_open_address_needs_a_token(session: Callable[..., Any]) -> None:
    with pytest.raises(UsageError, match="token"):
        session(host="0.0.0.0")
    everywhere = session(host="0.0.0.0", token=TOKEN)
    port = everywhere.pages.urls.operator.rsplit(":", 1)[1].split("/")[0]
    assert fetch(f"http://127.0.0.1:{port}/operator?token={TOKEN}")[0] == 200


# ------------------------------------------------------------------ participant


def test_the_participant_learns_only_what_it_shows(feed: Any, talk: Callable[..., Any]) -> None:
    page = talk(feed.pages.urls.participant)
    feed.begin()
    for index in range(20):
        feed.play(index)
    feed.alarm()
    told = [page.until(lambda message: message["show"])]
    feed.change("finished")
    told.append(page.until(lambda message: message["state"] == "finished"))
    fields = {"type", "update", "state", "instruction", "show", "value", "elapsed"}
    assert all(set(message) == fields for message in told)
    assert -1 <= told[0]["value"] <= 1
    assert told[1]["value"] is None
    assert page.pictures == []


@pytest.mark.parametrize(
    "words",
    [
        '{"type":"command","action":"start"}',
        '{"type":"command","action":"stop","text":""}',
        '{"type":"drawn","update":999999}',
        '{"type":"drawn","update":true}',
        '{"type":"drawn"}',
        '{"type":"drawn","update":1,"volume":3}',
        "[]",
        "not json",
        "9" * 5000,
        b"bytes",
        "[" * 4000,
    ],
)
def test_a_participant_page_that_does_more_than_show_is_closed(
    feed: Any, talk: Callable[..., Any], words: str | bytes
) -> None:
    page = talk(feed.pages.urls.participant)
    page.next()
    page.socket.send(words)
    with pytest.raises(ConnectionClosed) as closed:
        page.next()
    assert closed.value.rcvd.code in (1008, 1009)
    assert feed.commands == []
    assert feed.drawn == []


def test_each_volume_is_acknowledged_once(
    feed: Any, talk: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    page = talk(feed.pages.urls.participant)
    page.next()
    feed.begin()
    feed.play(0)
    update = page.until(lambda message: message["instruction"] == "Rest")["update"]
    page.say(type="drawn", update=update, hidden=True)
    page.say(type="drawn", update=update)
    page.say(type="drawn", update=update)
    (drawn,) = eventually(lambda: feed.drawn)
    feed.play(1)
    page.say(type="drawn", update=page.next()["update"])
    eventually(lambda: len(feed.drawn) > 1)
    assert [entry.volume for entry in feed.drawn] == [0, 1]
    assert (drawn.page, drawn.update) == ("participant", update)


def test_drawing_an_update_is_drawing_the_feedback_before_it(
    feed: Any, talk: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    page = talk(feed.pages.urls.participant)
    feed.begin()
    feed.play(0)
    feed.play(1)
    page.until(lambda message: message["instruction"] == "Rest")
    feed.change("paused")
    page.say(type="drawn", update=page.until(lambda m: m["state"] == "paused")["update"])
    eventually(lambda: feed.drawn)
    feed.play(2)
    page.say(type="drawn", update=page.next()["update"])
    eventually(lambda: len(feed.drawn) > 1)
    assert [entry.volume for entry in feed.drawn] == [1, 2]


def test_a_page_that_was_asleep_may_acknowledge_what_is_long_past(
    feed: Any, talk: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    page = talk(feed.pages.urls.participant)
    first = page.next()["update"]
    feed.begin()
    for index in range(100):
        feed.play(index)
        page.until(lambda message: message["update"] == feed.number)
    page.say(type="drawn", update=first)
    feed.play(100)
    newest = page.next()
    page.say(type="drawn", update=newest["update"])
    (drawn,) = eventually(lambda: feed.drawn)
    assert drawn.update == newest["update"]


def test_a_page_that_opens_late_does_not_acknowledge_what_it_missed(
    feed: Any, talk: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    feed.begin()
    feed.play(0)
    operator = talk(feed.pages.urls.operator)
    operator.until(lambda message: any(row.get("score") for row in message["rows"]))
    page = talk(feed.pages.urls.participant)
    page.say(type="drawn", update=page.next()["update"])
    feed.play(1)
    page.say(type="drawn", update=page.next()["update"])
    eventually(lambda: feed.drawn)
    assert [entry.volume for entry in feed.drawn] == [1]


# ------------------------------------------------------------------ operator


def rows_of(message: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {row["i"]: row for row in message["rows"]}


def test_a_late_operator_gets_the_whole_history_in_one_message(
    feed: Any, talk: Callable[..., Any]
) -> None:
    early = talk(feed.pages.urls.operator)
    feed.begin()
    for index in range(60):
        feed.lose(index) if index == 30 else feed.play(index)
    feed.alarm()
    seen: dict[int, Any] = {}
    while 59 not in seen or "decode_ms" not in seen[59]:
        seen |= rows_of(early.next())
    late = talk(feed.pages.urls.operator).next()
    assert late["type"] == "hello"
    assert late["session"]["participant"] == "07"
    assert rows_of(late) == seen
    assert sorted(seen) == list(range(60))
    assert seen[30]["status"] == "lost"
    assert late["log"][-1]["level"] == "alarm"


def test_no_operator_is_told_what_the_participant_sees(feed: Any, talk: Callable[..., Any]) -> None:
    feed.begin()
    for index in range(30):
        feed.play(index)
    told = talk(feed.pages.urls.operator)
    message = told.next()
    while 29 not in rows_of(message):
        message = told.next()
    assert '"value"' not in json.dumps(message)
    assert "instruction" not in json.dumps(message)


def test_two_operators_command_under_their_own_names(
    feed: Any, talk: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    first, second = talk(feed.pages.urls.operator), talk(feed.pages.urls.operator)
    assert first.next()["you"] == "operator-1"
    assert second.next()["you"] == "operator-2"
    first.say(type="command", action="start")
    eventually(lambda: len(feed.commands) == 1)
    second.say(type="command", action="marker", text="  coughed\x00\n" + "x" * 300)
    eventually(lambda: len(feed.commands) == 2)
    assert [(c.action, c.operator) for c in feed.commands] == [
        ("start", "operator-1"),
        ("marker", "operator-2"),
    ]
    assert feed.commands[1].text.startswith("coughed xxx")
    assert len(feed.commands[1].text) == 200
    feed.tell(*feed.commands)
    for operator in (first, second):
        log: list[dict[str, str]] = []
        while len(log) < 2:  # both lines in one message, or each in its own
            log += operator.next()["log"]
        assert [line["text"][:18] for line in log] == ["operator-1: start", "operator-2: marker"]


def test_a_name_is_free_again_when_its_page_has_gone(feed: Any, talk: Callable[..., Any]) -> None:
    first, second = talk(feed.pages.urls.operator), talk(feed.pages.urls.operator)
    first.next(), second.next()
    first.socket.close()
    second.until(lambda message: message.get("pages", {}).get("operators") == ["operator-2"])
    assert talk(feed.pages.urls.operator).next()["you"] == "operator-1"


@pytest.mark.parametrize(
    "words", ['{"type":"command","action":"delete"}', '{"type":"command","action":["stop"]}', "{}"]
)
def test_unknown_commands_are_refused(feed: Any, talk: Callable[..., Any], words: str) -> None:
    page = talk(feed.pages.urls.operator)
    page.next()
    page.socket.send(words)
    with pytest.raises(ConnectionClosed):
        page.until(lambda message: False)
    assert feed.commands == []


def test_operators_see_whether_the_participant_page_is_open_and_visible(
    feed: Any, talk: Callable[..., Any]
) -> None:
    operator = talk(feed.pages.urls.operator)
    page = talk(feed.pages.urls.participant)
    pages = operator.until(lambda m: m.get("pages", {}).get("participants") == 1)["pages"]
    assert pages == {"participants": 1, "hidden": 0, "operators": ["operator-1"]}
    page.say(type="drawn", update=page.next()["update"], hidden=True)
    operator.until(lambda m: m.get("pages", {}).get("hidden") == 1)
    page.socket.close()
    operator.until(lambda m: m.get("pages", {}).get("participants") == 0)
    assert feed.drawn == []


def test_pictures_follow_the_values_and_overlays_can_be_fetched(
    feed: Any, talk: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    operator = talk(feed.pages.urls.operator)
    feed.begin()
    feed.play(0)
    operator.until(lambda message: any("score" in row for row in message["rows"]))
    assert operator.pictures == []
    packed = operator.socket.recv(timeout=5)
    while not isinstance(packed, bytes):
        packed = operator.socket.recv(timeout=5)
    eventually(lambda: fetch(f"{root(feed)}/overlay/care")[0] == 200)
    weights = fetch(f"{root(feed)}/overlay/care")[2]
    headers = []
    for message in (packed, weights):
        (length,) = struct.unpack_from("<I", message)
        headers.append(json.loads(message[4 : 4 + length]))
    assert headers[0] | {"volume": -1} == headers[1]
    assert fetch(f"{root(feed)}/overlay/mentalizing")[0] == 404


# ------------------------------------------------------------------ trouble


def test_a_page_that_never_reads_makes_nobody_wait(
    feed: Any, talk: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    stuck = talk(feed.pages.urls.operator, max_queue=1)
    healthy = talk(feed.pages.urls.operator)
    feed.begin()
    seen: dict[int, Any] = {}
    for index in range(400):
        feed.tell(*feed.results(index % feed.n))
        feed.pages.saw(feed.volume(index))
    feed.play(feed.n + 1)
    while feed.n + 1 not in seen:
        seen |= rows_of(healthy.next())
    assert len(seen) == feed.n + 1
    assert stuck.next()["type"] == "hello"


def test_pages_come_back_after_a_restart_at_the_same_port(
    session: Callable[..., Any], talk: Callable[..., Any]
) -> None:
    first = session()
    port = int(first.pages.urls.operator.rsplit(":", 1)[1].split("/")[0])
    page = talk(first.pages.urls.participant)
    page.next()
    first.pages.stop()
    with pytest.raises(ConnectionClosed) as closed:
        page.next()
    assert closed.value.rcvd.code in (1001, 1012)
    second = session(port=port)
    assert talk(second.pages.urls.participant).next()["state"] == "waiting"


def test_what_is_told_before_the_start_is_known_and_after_the_end_is_ignored(
    talk: Callable[..., Any], feed: Any
) -> None:
    late = type(feed)()
    late.begin()
    late.play(0)
    with late:
        message = talk(late.pages.urls.operator).next()
        assert message["state"] == "running"
        assert 0 in rows_of(message)
    late.play(1)
    late.pages.stop()


def test_a_port_in_use_is_told_plainly(feed: Any, session: Callable[..., Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="Choose another port"):
            session(port=taken.getsockname()[1])


def test_after_preparation_the_session_waits_for_the_operator(
    feed: Any, talk: Callable[..., Any]
) -> None:
    operator = talk(feed.pages.urls.operator)
    feed.change("preparing")
    operator.until(lambda message: message["state"] == "preparing")
    feed.pages.began(feed.overview)
    assert operator.until(lambda message: message.get("session"))["state"] == "waiting"


def test_the_last_word_arrives_before_the_goodbye(feed: Any, talk: Callable[..., Any]) -> None:
    page = talk(feed.pages.urls.participant)
    page.next()
    feed.change("finished")
    feed.pages.stop()
    assert page.next()["state"] == "finished"


def test_a_foreign_token_is_not_kept(feed: Any) -> None:
    assert "set-cookie" not in fetch(feed.pages.urls.operator + "?token=a%0d%0ab")[1]
