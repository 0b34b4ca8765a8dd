"""The gate before the pages: addresses, origins, tokens, and the headers that browsers obey."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from empatune.realtime.messages import Page
from empatune.web.access import Access

_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), screen-wake-lock=(self)",
    "Cache-Control": "no-cache",
}


class Gate:
    """Lets in who may come in, and adds the headers that keep the pages to themselves.

    Parameters
    ----------
    inside : ASGI application
        What is behind the gate.
    access : Access
        The rules.
    port : int
        Port of the server; part of the cookies' names, because cookies are shared by ports.
    """

    def __init__(self, inside: ASGIApp, *, access: Access, port: int) -> None:
        self._inside = inside
        self._access = access
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it.

        Parameters
        ----------
        scope, receive, send
            The request, where its messages come from, and where the answers go.
        """
        if scope["type"] not in ("http", "websocket"):
            return
        headers = Headers(scope=scope)
        query = QueryParams(scope["query_string"])
        if not self._comes_from_us(headers):
            await _refuse(scope, receive, send, "This address does not belong to this session.")
            return
        if not self._may_open(scope["path"], headers, query):
            await _refuse(scope, receive, send, "Open the complete link, with its token.")
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                given.update(_security(headers["host"]))
                if (cookie := self._cookie(scope["path"], query)) is not None:
                    given.append("Set-Cookie", cookie)
            await send(message)

        await self._inside(scope, receive, send_safely)

    def _comes_from_us(self, headers: Headers) -> bool:
        host = headers.get("host")
        return self._access.knows_host(host) and self._access.knows_origin(
            headers.get("origin"), host
        )

    def _may_open(self, path: str, headers: Headers, query: QueryParams) -> bool:
        offered = [query.get("token"), *self._carried(headers)]
        page: Page = "operator" if _needs_operator(path) else "participant"
        return any(self._access.opens(page, given) for given in offered)

    def _carried(self, headers: Headers) -> list[str]:
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return []
        names = (f"empatune-{page}-{self._port}" for page in ("participant", "operator"))
        return [cookies[name].value for name in names if name in cookies]

    def _cookie(self, path: str, query: QueryParams) -> str | None:
        page: Page = "operator" if _needs_operator(path) else "participant"
        token = query.get("token", "")
        if path != f"/{page}" or self._access.token is None or not self._access.opens(page, token):
            return None
        cookie = SimpleCookie({f"empatune-{page}-{self._port}": token})
        return cookie.output(header="").strip() + "; Path=/; HttpOnly; SameSite=Strict"


def _needs_operator(path: str) -> bool:
    return not path.startswith(("/participant", "/ws/participant", "/static/"))


def _security(host: str | None) -> dict[str, str]:
    """Return the headers of an answer; not every browser counts sockets to 'self'."""
    sockets = "" if host is None else f" ws://{host} wss://{host}"
    return _SECURITY | {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'{sockets}; "
            "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        )
    }


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).close(1008)
    else:
        await PlainTextResponse(why, status_code=403, headers=_security(None))(scope, receive, send)
