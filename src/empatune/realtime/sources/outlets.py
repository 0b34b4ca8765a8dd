"""Where a player sends objects: to a receiver by C-STORE, or into a folder."""

from __future__ import annotations

import io
import logging
import socket
from pathlib import Path
from typing import Any, Protocol

from pydicom.filereader import read_file_meta_info
from pynetdicom import AE, _config, evt

from empatune.errors import SourceError
from empatune.realtime.sources.dicom import answer_at_once, cut

_CHUNK_BYTES = 65_536


class Outlet(Protocol):
    """Where a player sends objects."""

    def send(self, path: Path) -> bool | None:
        """Send one object: True if accepted, False if refused, None if it must be sent again."""
        ...

    def close(self) -> None:
        """Let go of the receiver."""
        ...


class StoreOutlet:
    """Sends objects by C-STORE over one association, which it opens again when it breaks.

    Parameters
    ----------
    host : str
        Address of the receiver.
    port : int
        Its port.
    calling, called : str
        Application entity titles of the scanner and of the receiver.
    """

    def __init__(self, host: str, port: int, *, calling: str, called: str) -> None:
        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
        _config.STORE_SEND_CHUNKED_DATASET = True  # a file's own bytes, as a scanner sends them
        self._address = (host, port)
        self._calling, self._called = calling, called
        self._association: Any = None
        self._wires: list[socket.socket] = []
        self._contexts: set[tuple[str, str]] = set()

    def send(self, path: Path) -> bool | None:
        """Send one object.

        Parameters
        ----------
        path : Path
            Its file.

        Returns
        -------
        bool or None
            True if it was accepted, False if refused for good, None if it must be sent again.
        """
        meta = read_file_meta_info(path)
        context = (str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID))
        status: int | None = None
        for _ in range(2):  # pynetdicom loses an answer now and then: two threads wait for it
            if not self._connect(context):
                return None
            try:
                status = self._association.send_c_store(path).get("Status")
            except (RuntimeError, ValueError):
                return None if not self._association.is_established else False
            if status is not None:
                break
        if status is None or status & 0xFF00 == 0xA700:
            return None
        return status == 0 or status & 0xF000 == 0xB000

    def close(self) -> None:
        """Release the association."""
        if self._association is not None and self._association.is_established:
            self._association.release()
        self._association = None
        while self._wires:
            cut(self._wires.pop())

    def _connect(self, context: tuple[str, str]) -> bool:
        established = self._association is not None and self._association.is_established
        if established and context in self._contexts:
            return True
        self.close()
        self._contexts.add(context)
        entity = AE(ae_title=self._calling)
        for sop_class, syntax in sorted(self._contexts):
            entity.add_requested_context(sop_class, syntax)
        entity.acse_timeout = 30
        entity.dimse_timeout = 10
        self._association = entity.associate(
            *self._address,
            ae_title=self._called,
            evt_handlers=[(evt.EVT_CONN_OPEN, self._opened)],
        )
        self._refuse_for_good()
        return bool(self._association.is_established)

    def _opened(self, event: evt.Event) -> None:
        self._wires.append(answer_at_once(event))

    def _refuse_for_good(self) -> None:
        if self._association.is_rejected:
            raise SourceError(
                f"{self._address[0]}:{self._address[1]} refused the association: it must be called "
                f"by its own title (--called {self._called}?) and know ours (--calling {self._calling}?)."
            )


class FolderOutlet:
    """Writes objects into a folder, piece by piece, as a scanner's export does.

    Parameters
    ----------
    folder : Path
        The folder; made if it is not there.

    Raises
    ------
    SourceError
        If it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise SourceError(f"The folder {folder} cannot be made: {problem.strerror}.") from None

    def send(self, path: Path) -> bool | None:
        """Write one object.

        Parameters
        ----------
        path : Path
            Its file.

        Returns
        -------
        bool or None
            True if it was written, None if the disk did not take it.
        """
        target = self._folder / f"{self._number + 1:06d}.dcm"
        content = io.BytesIO(path.read_bytes())
        try:
            with target.open("wb", buffering=0) as file:
                while chunk := content.read(_CHUNK_BYTES):
                    file.write(chunk)
        except OSError:
            target.unlink(missing_ok=True)
            return None
        self._number += 1
        return True

    def close(self) -> None:
        """Do nothing: files are open only while they are written."""
