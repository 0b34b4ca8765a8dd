"""The open pages: what each still has to be told, and what each may say.

Everything here runs in the server's event loop. A page that reads slowly gets fewer, newer
messages; it never makes anybody wait. `protocol.md` lists the messages.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from starlette.websockets import WebSocket, WebSocketDisconnect

from empatune.realtime.clock import Clock
from empatune.realtime.messages import (
    Action,
    Drawn,
    Feedback,
    Message,
    OperatorCommand,
    Page,
    StateChanged,
)
from empatune.typing import JsonObject, JsonValue
from empatune.web.history import History

MARKER_LENGTH = 200
"""Most characters of a marker."""

_REFUSED = 1008
_GOING_AWAY = 1001
_REMEMBERED = 64
_PATIENCE_S = 0.5


class RefusedError(Exception):
    """A page said something that it may not say."""


@dataclass(slots=True, kw_only=True, eq=False)
class Client:
    """One open page.

    Parameters
    ----------
    page : {"participant", "operator"}
        Which page.
    name : str
        What its commands are signed with.
    socket : WebSocket
        Its connection.
    newest : int
        The newest volume that it was told about.
    """

    page: Page
    name: str
    socket: WebSocket
    newest: int
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    everything: bool = True
    rows: set[int] = field(default_factory=set)
    n_logged: int = 0
    status: bool = True
    picture: bytes | None = None
    sent: dict[int, int] = field(default_factory=dict)
    hidden: bool = False

    def note(self, update: int, volume: int) -> None:
        """Remember what was sent, so that only that can be acknowledged.

        Parameters
        ----------
        update : int
            Number of the update.
        volume : int
            The volume that it belongs to; -1 if none.
        """
        self.sent[update] = max(volume, self.sent.get(update, -1))
        while len(self.sent) > _REMEMBERED:
            del self.sent[next(iter(self.sent))]

    def drew(self, update: int) -> int:
        """Take the page's word that it shows an update, and with it what came before.

        Parameters
        ----------
        update : int
            Number of the update.

        Returns
        -------
        int
            The newest volume that is seen for the first time; -1 if there is none.
        """
        volumes = [volume for number, volume in self.sent.items() if number <= update]
        self.sent |= dict.fromkeys((n for n in self.sent if n <= update), -1)
        return max(volumes, default=-1)


class Switchboard:
    """Connects one history with any number of pages.

    Parameters
    ----------
    on_command : callable
        Takes what an operator did; called in the event loop, must return at once.
    on_drawn : callable
        Takes a page's acknowledgement; called in the event loop, must return at once.
    clock : Clock
        Gives the time of an acknowledgement.
    instructions : mapping of str to str
        The participant's words in a state in which no block runs.
    """

    def __init__(
        self,
        on_command: Callable[[OperatorCommand], None],
        on_drawn: Callable[[Drawn], None],
        *,
        clock: Clock,
        instructions: Mapping[str, str],
    ) -> None:
        self.history = History(instructions)
        self.overlays: Mapping[str, bytes] = {}
        self._on_command = on_command
        self._on_drawn = on_drawn
        self._clock = clock
        self._clients: list[Client] = []
        self._picture: bytes | None = None

    def publish(self, number: int, message: Message) -> None:
        """Tell every page what is new.

        Parameters
        ----------
        number : int
            Number in the journal.
        message : Message
            What was written there.
        """
        rows = self.history.hear(number, message)
        if isinstance(message, Feedback | StateChanged):
            for client in self._on("participant"):
                client.wake.set()
        self.refresh(rows)

    def refresh(self, rows: set[int], *, everything: bool = False) -> None:
        """Note what the operators' pages have to be told.

        Parameters
        ----------
        rows : set of int
            Volumes about which something new is known.
        everything : bool
            True if the whole history must be told again.
        """
        for client in self._on("operator"):
            client.rows |= rows
            client.everything |= everything
            client.wake.set()

    def show_picture(self, picture: bytes) -> None:
        """Send a picture to the operators, behind the values.

        Parameters
        ----------
        picture : bytes
            As `empatune.web.picture` packs it.
        """
        self._picture = picture
        for client in self._on("operator"):
            client.picture = picture
            client.wake.set()

    async def serve(self, page: Page, socket: WebSocket) -> None:
        """Talk with one page until it goes.

        Parameters
        ----------
        page : {"participant", "operator"}
            Which page it is.
        socket : WebSocket
            Its connection, not yet accepted.
        """
        await socket.accept()
        client = Client(
            page=page,
            name=self._free_name(page),
            socket=socket,
            newest=self.history.fed_back,
            picture=self._picture,
        )
        self._clients.append(client)
        self._status_changed()
        client.wake.set()
        sender = asyncio.create_task(self._send(client))
        try:
            async for text in socket.iter_text():
                self._listen(client, text)
        except (RefusedError, KeyError):
            await _close(socket, _REFUSED)
        finally:
            sender.cancel()
            self._clients.remove(client)
            self._status_changed()

    async def close(self) -> None:
        """Say goodbye to every page; one that does not listen is left."""
        goodbyes = [asyncio.create_task(_close(c.socket, _GOING_AWAY)) for c in self._clients]
        if goodbyes:
            await asyncio.wait(goodbyes, timeout=_PATIENCE_S)

    def _on(self, page: Page) -> list[Client]:
        return [client for client in self._clients if client.page == page]

    def _free_name(self, page: Page) -> str:
        taken = {client.name for client in self._on(page)}
        return next(n for i in range(1, 1000) if (n := f"{page}-{i}") not in taken)

    def _status_changed(self) -> None:
        for client in self._on("operator"):
            client.status = True
            client.wake.set()

    async def _send(self, client: Client) -> None:
        compose = self._for_operator if client.page == "operator" else self._for_participant
        try:
            while True:
                await client.wake.wait()
                client.wake.clear()
                await client.socket.send_text(json.dumps(compose(client), separators=(",", ":")))
                picture, client.picture = client.picture, None
                if picture is not None:
                    await client.socket.send_bytes(picture)
        except (WebSocketDisconnect, RuntimeError):
            return  # the page has gone; the reading side tidies up

    def _for_participant(self, client: Client) -> JsonObject:
        show = self.history.show()
        client.note(show.update, self._step(client))
        return show.to_json()

    def _for_operator(self, client: Client) -> JsonObject:
        history = self.history
        message: JsonObject = {"type": "update", "update": history.number}
        volume = self._step(client)
        if client.everything:
            message |= {"type": "hello", "you": client.name, "session": history.session}
            client.rows, client.n_logged, client.status = set(history.rows), 0, True
            client.everything, volume = False, -1
        message |= {
            "draw": volume >= 0,
            "state": history.state,
            "reason": history.reason,
            "rows": [history.rows[index] for index in sorted(client.rows)],
            "log": list[JsonValue](history.log[client.n_logged :]),
        }
        if client.status:
            message["pages"] = self._pages()
        client.rows, client.n_logged, client.status = set(), len(history.log), False
        client.note(history.number, volume)
        return message

    def _step(self, client: Client) -> int:
        """Return the volume whose feedback is told for the first time; -1 if there is none."""
        newest = self.history.fed_back
        if newest <= client.newest:
            return -1
        client.newest = newest
        return newest

    def _pages(self) -> JsonObject:
        participants = self._on("participant")
        return {
            "participants": len(participants),
            "hidden": sum(client.hidden for client in participants),
            "operators": [client.name for client in self._on("operator")],
        }

    def _listen(self, client: Client, text: str) -> None:
        message = _parse(text)
        if message.get("type") == "drawn":
            self._take_drawn(client, message)
        elif message.get("type") == "command" and client.page == "operator":
            self._on_command(_command(client, message))
        else:
            raise RefusedError

    def _take_drawn(self, client: Client, message: JsonObject) -> None:
        update, hidden = message.get("update"), message.get("hidden", False)
        if set(message) - {"type", "update", "hidden"} or not isinstance(hidden, bool):
            raise RefusedError
        if type(update) is not int or update > max(client.sent, default=-1):
            raise RefusedError
        if hidden != client.hidden:
            client.hidden = hidden
            self._status_changed()
        volume = -1 if hidden else client.drew(update)
        if volume < 0:
            return
        drawn = Drawn(
            page=client.page, volume=volume, update=update, drawn_ns=self._clock.monotonic_ns()
        )
        self._on_drawn(drawn)
        self.refresh(self.history.drawn(drawn))


def _parse(text: str) -> JsonObject:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise RefusedError from None
    if not isinstance(message, dict):
        raise RefusedError
    return message


def _command(client: Client, message: JsonObject) -> OperatorCommand:
    action, text = message.get("action"), message.get("text", "")
    if action not in get_args(Action) or not isinstance(text, str):
        raise RefusedError
    words = "".join(letter if letter.isprintable() else " " for letter in text)
    return OperatorCommand(
        action=action,  # type: ignore[arg-type]
        operator=client.name,
        text=" ".join(words.split())[:MARKER_LENGTH],
    )


async def _close(socket: WebSocket, code: int) -> None:
    try:
        await socket.close(code)
    except (WebSocketDisconnect, RuntimeError):
        return  # it was closed from the other side
