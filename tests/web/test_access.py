from __future__ import annotations

import pytest

from empatune.errors import UsageError
from empatune.web.access import Access, is_loopback

TOKEN = "a-long-enough-token"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "scanner-pc"])
def test_other_machines_need_a_token(host: str) -> None:
    with pytest.raises(UsageError, match=r"without a token.*at least 16 characters"):
        Access(host=host, token=None)
    assert Access(host=host, token=TOKEN).token == TOKEN


def test_a_short_token_is_refused() -> None:
    with pytest.raises(UsageError, match="has 5 characters"):
        Access(host="127.0.0.1", token="short")


def test_loopback_needs_none() -> None:
    access = Access(host="127.0.0.1", token=None)
    assert access.opens("operator", None)
    assert access.token_for("participant") is None


def test_the_participants_secret_opens_only_the_participant_page() -> None:
    access = Access(host="0.0.0.0", token=TOKEN)
    secret = access.token_for("participant")
    assert secret is not None
    assert TOKEN not in secret
    assert access.opens("participant", secret)
    assert not access.opens("operator", secret)
    assert access.opens("operator", TOKEN)
    assert access.opens("participant", TOKEN)


@pytest.mark.parametrize("given", [None, "", "wrong", TOKEN[:-1], TOKEN + "x", "tøken"])
def test_wrong_secrets_open_nothing(given: str | None) -> None:
    access = Access(host="0.0.0.0", token=TOKEN)
    assert not access.opens("operator", given)
    assert not access.opens("participant", given)


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("127.0.0.1:8000", True),
        ("localhost:9999", True),
        ("LOCALHOST", True),
        ("[::1]:8000", True),
        ("evil.example:8000", False),
        ("127.0.0.1.evil.example", False),
        ("192.168.1.4:8000", False),
        ("[::1", False),
        ("127.0.0.1:80; script-src *", False),
        ("127.0.0.1:x", False),
        ("user@127.0.0.1", False),
        ("", False),
        (None, False),
    ],
)
def test_a_rebound_name_is_not_ours(header: str | None, known: bool) -> None:
    assert Access(host="127.0.0.1", token=None).knows_host(header) is known


def test_an_open_server_answers_to_addresses_but_not_to_foreign_names() -> None:
    access = Access(host="0.0.0.0", token=TOKEN)
    assert access.knows_host("192.168.1.4:8000")
    assert not access.knows_host("evil.example:8000")


@pytest.mark.parametrize(
    ("origin", "known"),
    [
        ("http://127.0.0.1:8000", True),
        (None, True),
        ("http://evil.example", False),
        ("http://127.0.0.1:8001", False),
        ("null", False),
    ],
)
def test_only_our_own_pages_open_sockets(origin: str | None, known: bool) -> None:
    assert Access.knows_origin(origin, "127.0.0.1:8000") is known


def test_loopback_addresses() -> None:
    assert all(map(is_loopback, ["localhost", "127.0.0.1", "127.1.2.3", "::1"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "10.0.0.1", "localhost.example"]))
