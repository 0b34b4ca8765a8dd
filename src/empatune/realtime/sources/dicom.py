"""A DICOM Storage service to which the scanner's export sends.

Every object is on disk, in the spool, before its arrival is acknowledged: a scanner that got its
answer need not keep it, a scanner that got none sends it again.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import socket
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any
from weakref import WeakSet

import pydicom
import pynetdicom
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

from empatune.errors import SourceError
from empatune.realtime.clock import Clock
from empatune.realtime.messages import Notice, SourceEnded, SourceMessage
from empatune.realtime.sources.fields import (
    ENHANCED_MR_IMAGE,
    LEGACY_ENHANCED_MR_IMAGE,
    MR_IMAGE,
)
from empatune.realtime.sources.piece import Piece
from empatune.realtime.sources.reader import read_pieces
from empatune.realtime.sources.received import ReceivedSource
from empatune.realtime.sources.refusal import Code, RefusedObjectError
from empatune.realtime.sources.run import Run
from empatune.typing import JsonObject

SUCCESS = 0x0000
OUT_OF_RESOURCES = 0xA700
DOES_NOT_MATCH = 0xA900
CANNOT_UNDERSTAND = 0xC210

_STATUS: dict[Code, int] = {
    "incomplete": CANNOT_UNDERSTAND,
    "unreadable": CANNOT_UNDERSTAND,
    "not-an-image": DOES_NOT_MATCH,
    "not-mr": DOES_NOT_MATCH,
    "unsupported": CANNOT_UNDERSTAND,
    "derived": SUCCESS,
}
_UNCOMPRESSED = [
    pydicom.uid.ExplicitVRLittleEndian,
    pydicom.uid.ImplicitVRLittleEndian,
    pydicom.uid.ExplicitVRBigEndian,
]
_TICK_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomSettings:
    """Where the listener listens and to whom.

    Parameters
    ----------
    port : int
        TCP port; 0 takes a free one.
    host : str
        Address of this machine; loopback by default, ``0.0.0.0`` for all of them.
    ae_title : str
        Our application entity title; a sender must call it.
    calling : tuple of str
        Titles of the senders that are let in; all if empty.
    """

    port: int
    host: str = "127.0.0.1"
    ae_title: str = "EMPATUNE"
    calling: tuple[str, ...] = ()


class DicomListener(ReceivedSource):
    """Receives a run by DICOM C-STORE.

    Parameters
    ----------
    settings : DicomSettings
        Where it listens and to whom.
    spool : Path
        The session's folder for what waits.
    already : collection of str
        Digests of the objects that the record holds.
    clock : Clock
        This machine's time.
    """

    def __init__(
        self, settings: DicomSettings, *, spool: Path, already: Collection[str], clock: Clock
    ) -> None:
        super().__init__(Run(source="dicom", spool=spool, already=already, clock=clock))
        self._settings = settings
        self._clock = clock
        self._arrived: queue.SimpleQueue[tuple[Piece, int]] = queue.SimpleQueue()
        self._server: Any = None
        self._wires: WeakSet[socket.socket] = WeakSet()

    @property
    def address(self) -> tuple[str, int]:
        """Address and port on which it listens."""
        if self._server is None:
            return self._settings.host, self._settings.port
        host, port = self._server.socket.getsockname()[:2]
        return str(host), int(port)

    def describe(self) -> JsonObject:
        """Return what this source is, for the record.

        Returns
        -------
        dict
            Kind, address, titles and version of the DICOM software.
        """
        host, port = self.address
        return {
            "source": "dicom",
            "host": host,
            "port": port,
            "ae_title": self._settings.ae_title,
            "calling": list(self._settings.calling),
            "pynetdicom": pynetdicom.__version__,
            "pydicom": pydicom.__version__,
        }

    def open(self) -> None:
        """Listen.

        Raises
        ------
        SourceError
            If the port cannot be had.
        """
        # pynetdicom logs what peers send; its troubles reach the operator as notices.
        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
        entity = AE(ae_title=self._settings.ae_title)
        for sop_class in (MR_IMAGE, ENHANCED_MR_IMAGE, LEGACY_ENHANCED_MR_IMAGE):
            entity.add_supported_context(sop_class, _UNCOMPRESSED)
        entity.add_supported_context(Verification)
        entity.require_called_aet = True
        entity.require_calling_aet = list(self._settings.calling)
        entity.maximum_pdu_size = 0
        entity.network_timeout = 600  # a scanner may rest between runs
        handlers = [
            (evt.EVT_CONN_OPEN, self._opened),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_REJECTED, self._rejected),
            (evt.EVT_ABORTED, self._aborted),
        ]
        address = (self._settings.host, self._settings.port)
        try:
            self._server = entity.start_server(address, block=False, evt_handlers=handlers)
        except OSError as problem:
            raise SourceError(
                f"Cannot listen on {address[0]}:{address[1]}: {problem.strerror}. "
                "Another session may be using the port; give a free one, as in dicom:11113."
            ) from None
        # It collects all garbage every half minute, which holds up every thread for a while.
        self._server._gc = [0, -1]  # noqa: SLF001
        self._run.reload()

    def messages(self, stop: Event) -> Iterator[SourceMessage]:
        """Yield volumes as they are completed.

        Parameters
        ----------
        stop : Event
            Ends the run when it is set.

        Yields
        ------
        SourceMessage
            Volumes, losses, notices, and the end.
        """
        yield Notice(level="info", code="listening", text=self._invitation())
        while not stop.is_set() and not self._run.is_over():
            self._gather()
            yield from self._run.ready()
        yield from self._run.finish()
        yield SourceEnded(reason="stopped" if stop.is_set() else "the scanner's run is complete")

    def close(self) -> None:
        """Stop listening, and break off what senders are still connected."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server = None
        for wire in list(self._wires):
            cut(wire)

    def _invitation(self) -> str:
        host, port = self.address
        own = "" if self._settings.calling == () else f" from {' or '.join(self._settings.calling)}"
        return (
            f"Waiting for the scanner's export{own}: DICOM Storage at {host}, port {port}, AE title "
            f"{self._settings.ae_title}."
        )

    def _gather(self) -> None:
        """Take what has arrived; wait a little if nothing has."""
        try:
            piece, received_ns = self._arrived.get(timeout=_TICK_S)
            while True:
                self._run.assemble(piece, received_ns)
                piece, received_ns = self._arrived.get_nowait()
        except queue.Empty:
            return

    def _opened(self, event: evt.Event) -> None:
        self._wires.add(answer_at_once(event))

    def _store(self, event: evt.Event) -> int:
        received_ns = self._clock.monotonic_ns()
        try:
            pieces = read_pieces(event.encoded_dataset())
        except RefusedObjectError as problem:
            self._run.refuse(problem)
            return _STATUS[problem.code]
        fresh: list[Piece] = []
        try:
            for piece in pieces:
                if self._run.admission.admit(piece):
                    fresh.append(piece)
                    self._run.spool.put(piece)
        except OSError:
            for piece in fresh:
                self._run.admission.withdraw(piece)
            self._run.admission.tell("spool-full", _SPOOL_FULL, level="alarm")
            return OUT_OF_RESOURCES
        for piece in fresh:
            self._arrived.put((piece, received_ns))
        self._run.admission.retell("spool-full")
        return SUCCESS

    def _rejected(self, event: evt.Event) -> None:  # noqa: ARG002
        allowed = ", ".join(self._settings.calling) or "any"
        self._run.admission.tell(
            "association-refused",
            f"A sender was refused. It must call {self._settings.ae_title}, and its own title must "
            f"be one of: {allowed}. Change it at the scanner or in --source.",
        )

    def _aborted(self, event: evt.Event) -> None:  # noqa: ARG002
        self._run.admission.tell(
            "association-aborted",
            "A sender broke off. What it had sent is safe; the rest must be sent again.",
        )


def answer_at_once(event: evt.Event) -> socket.socket:
    """Switch off the wait by which TCP gathers small packets: 40 ms for every object.

    Parameters
    ----------
    event : pynetdicom.evt.Event
        A connection was opened.

    Returns
    -------
    socket.socket
        The connection.
    """
    wire: socket.socket = event.assoc.dul.socket.socket
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


def cut(wire: socket.socket) -> None:
    """End a connection for good: pynetdicom leaves it open if the peer went first.

    Parameters
    ----------
    wire : socket.socket
        The connection.
    """
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()


_SPOOL_FULL = (
    "Images cannot be kept: the disk of the session folder is full or not writable. The scanner "
    "was told to keep them. Free some space and let it send them again."
)
