"""The web server of a session: two pages, in a thread of its own, always behind the engine."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from empatune.core import Volume
from empatune.errors import EmpatuneError, UsageError
from empatune.realtime.clock import Clock
from empatune.realtime.listener import Overview, Timing
from empatune.realtime.messages import Drawn, OperatorCommand, Page
from empatune.realtime.messages import Message as SessionMessage
from empatune.realtime.study import ProtocolSettings
from empatune.web.access import Access
from empatune.web.gate import Gate
from empatune.web.picture import Painter
from empatune.web.sockets import Switchboard

STATIC = Path(__file__).with_name("static")

_LARGEST_WORD = 4096
_MOST_CONNECTIONS = 128
_START_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """Where the two pages are.

    Parameters
    ----------
    participant, operator : str
        Complete links, with the token if there is one.
    """

    participant: str
    operator: str


class Pages:
    """Serves the participant page and the operator console; a `Listener` of the session.

    Its listening methods return at once: they hand over to the server's thread.

    Parameters
    ----------
    on_command : callable
        Takes what an operator did; called in the server's thread, must return at once.
    on_drawn : callable
        Takes a page's acknowledgement; called in the server's thread, must return at once.
    clock : Clock
        Gives the time of an acknowledgement.
    host : str
        Address to listen on; anything but a loopback address needs a token.
    port : int
        Port to listen on; 0 takes a free one.
    token : str or None
        The operator's secret.
    protocol : ProtocolSettings, optional
        The study's protocol: its words for the participant while no block runs.

    Raises
    ------
    UsageError
        If the address needs a token and there is none.
    """

    def __init__(
        self,
        on_command: Callable[[OperatorCommand], None],
        on_drawn: Callable[[Drawn], None],
        *,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        protocol: ProtocolSettings | None = None,
    ) -> None:
        self._access = Access(host=host, token=token)
        self._port = port
        self._board = Switchboard(
            on_command, on_drawn, clock=clock, instructions=_instructions(protocol)
        )
        self._painter = Painter(
            lambda picture: self._hand_over(partial(self._board.show_picture, picture)),
            lambda overlays: self._hand_over(partial(self._overlaid, overlays)),
        )
        self._work: deque[Callable[[], object]] = deque()
        self._listening = threading.Event()
        self._stopping: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="empatune-pages", daemon=True)

    @property
    def urls(self) -> Urls:
        """Links to the two pages; known after `start`."""
        return Urls(participant=self._url("participant"), operator=self._url("operator"))

    def start(self) -> None:
        """Open the port and return when the pages can be had.

        Raises
        ------
        UsageError
            If the address or port cannot be had.
        EmpatuneError
            If the server does not come up.
        """
        self._socket = _listen(self._access.host, self._port)
        self._port = self._socket.getsockname()[1]
        self._painter.start()
        self._thread.start()
        self._listening.wait(_START_PATIENCE_S)
        if self._loop is None:
            self._socket.close()
            raise EmpatuneError(f"The web server did not start: {self._problem}.")

    def stop(self) -> None:
        """Say goodbye to the pages and close the port. Calling it twice is fine."""
        self._painter.stop()
        loop, self._loop = self._loop, None
        if loop is not None and self._stopping is not None:
            loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def began(self, overview: Overview) -> None:
        """Learn that preparation is done.

        Parameters
        ----------
        overview : Overview
            What is known about the session.
        """
        self._painter.prepare(overview)
        self._hand_over(partial(self._begin, overview))

    def heard(self, number: int, message: SessionMessage) -> None:
        """Learn that a message was written to the journal.

        Parameters
        ----------
        number : int
            Its number.
        message : Message
            The message.
        """
        self._hand_over(partial(self._board.publish, number, message))

    def saw(self, volume: Volume) -> None:
        """Take a volume as material for a picture.

        Parameters
        ----------
        volume : Volume
            The volume.
        """
        self._painter.see(volume)

    def timed(self, timing: Timing) -> None:
        """Learn when the stages of a volume were done.

        Parameters
        ----------
        timing : Timing
            The stages.
        """
        self._hand_over(partial(self._time, timing))

    def ended(self) -> None:
        """Learn that the session is over; the pages stay open until `stop`."""

    def _url(self, page: Page) -> str:
        host = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(
            self._access.host, self._access.host
        )
        name = f"[{host}]" if ":" in host else host
        secret = self._access.token_for(page)
        return f"http://{name}:{self._port}/{page}" + (f"?token={secret}" if secret else "")

    def _hand_over(self, call: Callable[[], object]) -> None:
        self._work.append(call)
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the server has just stopped
                loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        while self._work:
            self._work.popleft()()

    def _begin(self, overview: Overview) -> None:
        self._board.history.begin(overview)
        self._board.refresh(set(), everything=True)

    def _time(self, timing: Timing) -> None:
        self._board.refresh(self._board.history.time(timing))

    def _overlaid(self, overlays: Mapping[str, bytes]) -> None:
        self._board.overlays = overlays

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (OSError, RuntimeError, SystemExit) as problem:  # told by `start`
            self._problem = problem
        finally:
            self._loop = None
            self._listening.set()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        server = _Server(_configuration(self._application()), on_started=self._started)
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await self._board.close()
        server.should_exit = True
        stopping.cancel()
        await serving

    def _started(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._drain()
        self._listening.set()

    def _application(self) -> ASGIApp:
        routes = [
            Route("/", _home),
            Route("/participant", partial(_page, "participant")),
            Route("/operator", partial(_page, "operator")),
            Route("/overlay/{name}", self._overlay),
            Mount("/static", StaticFiles(directory=STATIC)),
            WebSocketRoute("/ws/participant", partial(self._board.serve, "participant")),
            WebSocketRoute("/ws/operator", partial(self._board.serve, "operator")),
        ]
        return Gate(Starlette(routes=routes), access=self._access, port=self._port)

    async def _overlay(self, request: Request) -> Response:
        packed = self._board.overlays.get(request.path_params["name"])
        if packed is None:
            return PlainTextResponse("There is no such overlay (yet).", status_code=404)
        return Response(packed, media_type="application/octet-stream")


class _Server(uvicorn.Server):
    """Uvicorn that tells when it listens."""

    def __init__(self, config: uvicorn.Config, *, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._on_started()


async def _home(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/operator{query}")


async def _page(page: Page, request: Request) -> Response:  # noqa: ARG001
    return FileResponse(STATIC / f"{page}.html")


def _instructions(protocol: ProtocolSettings | None) -> dict[str, str]:
    protocol = protocol or ProtocolSettings()
    return {
        "waiting": protocol.waiting_instruction,
        "preparing": protocol.waiting_instruction,
        "paused": protocol.paused_instruction,
        "finished": protocol.finished_instruction,
    }


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        raise UsageError(
            f"The pages cannot be served at {host}, port {port}: {problem.strerror}. "
            "Choose another port, or 0 for any free one."
        ) from problem
    return listener


def _configuration(application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        ws_max_size=_LARGEST_WORD,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=1,
    )
