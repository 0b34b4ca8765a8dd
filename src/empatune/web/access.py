"""Who may open which page: the rules for addresses, tokens and origins, without any socket."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from empatune.errors import UsageError
from empatune.realtime.messages import Page

MINIMUM_TOKEN_LENGTH = 16
"""Fewest characters of a token: enough that it cannot be guessed over a network."""

_HOST = re.compile(r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?", re.ASCII)
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The rules by which a request is let in.

    On the loopback address no token is needed. Anywhere else the operator's link carries the
    token, and the participant's link a word derived from it that opens nothing but the
    participant page.

    Parameters
    ----------
    host : str
        The address that the server listens on.
    token : str or None
        The operator's secret; required unless `host` is a loopback address.

    Raises
    ------
    UsageError
        If the address is open to others and there is no token, or it is too short.
    """

    host: str
    token: str | None

    def __post_init__(self) -> None:
        if self.token is None and not is_loopback(self.host):
            raise UsageError(
                f"The pages cannot be opened to other machines (host {self.host}) without a token. "
                f"Give a token of at least {MINIMUM_TOKEN_LENGTH} characters, or use 127.0.0.1."
            )
        if self.token is not None and len(self.token) < MINIMUM_TOKEN_LENGTH:
            raise UsageError(
                f"The token for the pages has {len(self.token)} characters; "
                f"give at least {MINIMUM_TOKEN_LENGTH}."
            )

    def token_for(self, page: Page) -> str | None:
        """Return the secret that the link of a page carries.

        Parameters
        ----------
        page : {"participant", "operator"}
            The page.

        Returns
        -------
        str or None
            The secret; None if none is needed.
        """
        if self.token is None or page == "operator":
            return self.token
        return hmac.new(self.token.encode(), b"participant", hashlib.sha256).hexdigest()[:32]

    def opens(self, page: Page, given: str | None) -> bool:
        """Tell whether a secret opens a page; takes the same time for every wrong one.

        Parameters
        ----------
        page : {"participant", "operator"}
            The page that is asked for. The operator's secret opens both.
        given : str or None
            What the request brought.

        Returns
        -------
        bool
            True if the request may go on.
        """
        if self.token is None:
            return True
        offered = (given or "").encode()
        as_operator = hmac.compare_digest(offered, self.token.encode())
        as_page = hmac.compare_digest(offered, (self.token_for(page) or "").encode())
        return as_operator or as_page

    def knows_host(self, header: str | None) -> bool:
        """Tell whether a ``Host`` header names this server, and not a rebound foreign name.

        Parameters
        ----------
        header : str or None
            The header's value.

        Returns
        -------
        bool
            True if the name is ours. The port is free, so that a tunnel works.
        """
        name = _host_name(header)
        if name is None:
            return False
        if name in _LOCAL_NAMES or name == self.host.lower():
            return True
        if is_loopback(self.host):
            return False
        machine = socket.gethostname().lower()
        return _is_address(name) or name in {machine, f"{machine}.local"}

    @staticmethod
    def knows_origin(origin: str | None, host: str | None) -> bool:
        """Tell whether a WebSocket was opened by one of our own pages.

        Parameters
        ----------
        origin : str or None
            The ``Origin`` header, which every browser sends and no page can forge.
        host : str or None
            The ``Host`` header.

        Returns
        -------
        bool
            True if the two agree, or if there is no origin: then it is not a browser.
        """
        if origin is None:
            return True
        return host is not None and urlsplit(origin).netloc.lower() == host.lower()


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine only.

    Parameters
    ----------
    host : str
        A name or an address.

    Returns
    -------
    bool
        True for ``localhost`` and the loopback addresses.
    """
    if host == "localhost":
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _host_name(header: str | None) -> str | None:
    if header is None or _HOST.fullmatch(header) is None:
        return None
    return urlsplit(f"//{header}").hostname
