"""The listener over real sockets on loopback."""

from __future__ import annotations

import errno
import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pydicom
import pytest
from pynetdicom import AE, evt

from empatune.core import Volume
from empatune.errors import SourceError
from empatune.realtime.clock import SystemClock
from empatune.realtime.messages import Notice, SourceEnded
from empatune.realtime.sources import open_source
from empatune.realtime.sources.dicom import DicomListener, DicomSettings, answer_at_once, cut
from empatune.realtime.sources.fields import ENHANCED_MR_IMAGE, MR_IMAGE
from empatune.realtime.sources.reader import read_pieces
from empatune.realtime.sources.spool import Spool

LIMIT_S = 30


class Reception:
    """A listener whose messages are gathered by a thread, as the engine's would."""

    def __init__(self, listener: DicomListener) -> None:
        self.listener = listener
        self.messages: list[object] = []
        self.stop = Event()
        self.wires: list[socket.socket] = []
        listener.open()
        self._thread = threading.Thread(target=self._gather)
        self._thread.start()

    def _gather(self) -> None:
        for message in self.listener.messages(self.stop):
            self.messages.append(message)

    @property
    def volumes(self) -> list[Volume]:
        return [message for message in self.messages if isinstance(message, Volume)]

    @property
    def codes(self) -> list[str]:
        return [getattr(message, "code", "") for message in self.messages]

    def wait(self, condition) -> None:
        end = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < end, self.messages
            time.sleep(0.01)

    def end(self) -> None:
        self.stop.set()
        self._thread.join(LIMIT_S)
        self.listener.close()
        self.listener.close()
        for wire in self.wires:
            cut(wire)


@pytest.fixture
def receive(tmp_path: Path) -> Iterator:
    receptions: list[Reception] = []

    def start(already=(), **settings) -> Reception:
        reception = Reception(
            DicomListener(
                DicomSettings(port=0, **settings),
                spool=tmp_path / "spool",
                already=already,
                clock=SystemClock(),
            )
        )
        receptions.append(reception)
        return reception

    yield start
    for reception in receptions:
        reception.end()


class Sender:
    """A scanner: what got no answer is sent again over a new association."""

    def __init__(
        self, reception: Reception, calling: str = "SCANNER", called: str = "EMPATUNE"
    ) -> None:
        self._reception = reception
        self._titles = calling, called
        self.association = self._associate()

    def send(self, content: bytes) -> int:
        dataset = pydicom.dcmread(io.BytesIO(content))
        for _ in range(3):
            answer = self.association.send_c_store(dataset)
            if "Status" in answer:
                return answer.Status
            self.association.abort()
            self.association = self._associate()
        raise AssertionError("the listener did not answer three times")

    def release(self) -> None:
        self.association.release()

    def _associate(self):
        calling, called = self._titles
        entity = AE(ae_title=calling)
        entity.dimse_timeout = 10  # pynetdicom's requestor loses an answer now and then
        entity.add_requested_context(MR_IMAGE)
        entity.add_requested_context(ENHANCED_MR_IMAGE)
        entity.add_requested_context("1.2.840.10008.1.1")
        return entity.associate(
            *self._reception.listener.address,
            ae_title=called,
            evt_handlers=[(evt.EVT_CONN_OPEN, self._opened)],
        )

    def _opened(self, event: evt.Event) -> None:
        self._reception.wires.append(answer_at_once(event))


def test_receives_a_run_and_ends_by_itself(receive, objects_of, tmp_path) -> None:
    reception = receive()
    scanner = Sender(reception)
    assert scanner.association.send_c_echo().Status == 0
    contents = objects_of("ge_mr750", 150)
    np.random.default_rng(0).shuffle(contents)
    assert {scanner.send(content) for content in contents} == {0}
    scanner.release()
    reception.wait(lambda: any(isinstance(m, SourceEnded) for m in reception.messages))
    assert [volume.index for volume in reception.volumes] == list(range(10))
    assert len(list((tmp_path / "spool").glob("*.piece"))) == 150
    for volume in reception.volumes:
        reception.listener.recorded(volume.provenance.objects)
    assert not list((tmp_path / "spool").glob("*.piece"))
    assert reception.listener.n_expected == 10
    told = reception.messages[0]
    assert isinstance(told, Notice)
    assert f"127.0.0.1, port {reception.listener.address[1]}, AE title EMPATUNE" in told.text
    assert reception.volumes[0].provenance.source == "dicom"


def test_kill_in_mid_volume_loses_nothing(receive, objects_of, tmp_path) -> None:
    """What was acknowledged is on disk: a new process goes on in the middle of a volume."""
    contents = objects_of("ge_mr750", 45)
    first = receive()
    scanner = Sender(first)
    for content in contents[:22]:
        assert scanner.send(content) == 0
    first.wait(lambda: len(first.volumes) == 1)
    recorded = first.volumes[0].provenance.objects
    first.listener.recorded(recorded)
    scanner.association.abort()
    pending = len(list((tmp_path / "spool").glob("*.piece")))
    assert pending == 7
    second = receive(already=frozenset(recorded))
    scanner = Sender(second)
    for content in [*contents[:3], *contents[22:]]:  # the scanner repeats some of the first volume
        assert scanner.send(content) == 0
    scanner.release()
    second.wait(lambda: len(second.volumes) == 2)
    assert [volume.index for volume in second.volumes] == [1, 2]
    second.end()
    assert "twice-count" in second.codes


def test_foreign_series_after_restart_is_still_foreign(receive, objects_of) -> None:
    contents = objects_of("siemens_nf_run", 2)
    first = receive()
    scanner = Sender(first)
    scanner.send(contents[0])
    first.wait(lambda: first.volumes)
    first.listener.recorded(first.volumes[0].provenance.objects)
    scanner.release()
    first.end()
    second = receive(already=frozenset(first.volumes[0].provenance.objects))
    scanner = Sender(second)
    assert scanner.send(objects_of("skyra_mosaic", 1)[0]) == 0
    assert scanner.send(contents[1]) == 0
    scanner.release()
    second.wait(lambda: second.volumes)
    assert [volume.index for volume in second.volumes] == [1]
    assert second.volumes[0].acquired_s == pytest.approx(1.98)
    assert "foreign-series" in second.codes


def test_association_aborted_in_the_middle_of_a_slice(receive, objects_of) -> None:
    reception = receive()
    content = objects_of("siemens_nf_run", 2)
    scanner = Sender(reception)
    assert scanner.send(content[0]) == 0
    broken = Sender(reception).association
    # the head of a data transfer, then silence: the cable is pulled
    wire: socket.socket = broken.dul.socket.socket
    wire.sendall(b"\x04\x00" + (1000).to_bytes(4, "big") + b"\x00" * 300)
    wire.shutdown(socket.SHUT_RDWR)
    reception.wait(lambda: "association-aborted" in reception.codes)
    scanner = Sender(reception)
    assert scanner.send(content[1]) == 0
    scanner.release()
    reception.wait(lambda: len(reception.volumes) == 2)
    assert not any("Lost" in type(message).__name__ for message in reception.messages)


@pytest.mark.parametrize(("calling", "called"), [("SCANNER", "OTHER"), ("STRANGER", "NF")])
def test_wrong_titles_are_refused(receive, calling, called) -> None:
    reception = receive(ae_title="NF", calling=("SCANNER",))
    scanner = Sender(reception, calling, called)
    assert scanner.association.is_rejected
    reception.wait(lambda: "association-refused" in reception.codes)
    allowed = Sender(reception, "SCANNER", "NF")
    assert allowed.association.is_established
    allowed.release()


def test_bad_objects_get_the_right_status_and_the_loop_goes_on(receive, objects_of, edited) -> None:
    reception = receive()
    scanner = Sender(reception)
    mosaic = objects_of("siemens_nf_run", 2)

    def cut(dataset: pydicom.Dataset) -> None:
        dataset.PixelData = dataset.PixelData[:1000]

    def strip(dataset: pydicom.Dataset) -> None:
        del dataset.PixelSpacing

    statuses = [
        scanner.send(edited(mosaic[0], cut)),
        scanner.send(edited(mosaic[0], strip)),
        scanner.send(edited(mosaic[0], lambda d: setattr(d, "Modality", "CT"))),
        scanner.send(
            edited(mosaic[0], lambda d: setattr(d, "ImageType", ["DERIVED", "PRIMARY"])),
        ),
        scanner.send(mosaic[0]),
        scanner.send(objects_of("skyra_mosaic", 1)[0]),
        scanner.send(mosaic[0]),
    ]
    assert [hex(status) for status in statuses] == [
        "0xc210",
        "0xc210",
        "0xa900",
        "0x0",
        "0x0",
        "0x0",
        "0x0",
    ]
    scanner.release()
    reception.wait(lambda: reception.volumes)
    reception.end()
    assert [volume.index for volume in reception.volumes] == [0]
    assert {"incomplete", "unreadable", "not-mr", "derived", "foreign-series", "twice"} <= set(
        reception.codes
    )


def test_full_disk_is_told_to_the_scanner_which_keeps_the_object(
    receive, objects_of, monkeypatch
) -> None:
    reception = receive()
    scanner = Sender(reception)
    content = objects_of("siemens_nf_run", 1)[0]
    put = Spool.put

    def full(self: Spool, piece: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Spool, "put", full)
    assert scanner.send(content) == 0xA700
    assert scanner.send(content) == 0xA700
    reception.wait(lambda: reception.codes.count("spool-full") == 1)
    monkeypatch.setattr(Spool, "put", put)
    assert scanner.send(content) == 0
    scanner.release()
    reception.wait(lambda: len(reception.volumes) == 1)
    assert next(m for m in reception.messages if getattr(m, "code", "") == "spool-full").level == (
        "alarm"
    )


def test_port_in_use_is_a_clear_error(receive, tmp_path) -> None:
    port = receive().listener.address[1]
    second = open_source(f"dicom:{port}", spool=tmp_path)
    with pytest.raises(SourceError, match="Another session"):
        second.open()


def test_loopback_by_default_and_described(receive) -> None:
    listener = receive().listener
    assert listener.address[0] == "127.0.0.1"
    facts = listener.describe()
    assert facts["port"] == listener.address[1]
    assert facts["ae_title"] == "EMPATUNE"


def test_damaged_spool_file_is_told(receive, objects_of, tmp_path) -> None:
    spool = Spool(tmp_path / "spool")
    (piece,) = read_pieces(objects_of("ge_mr750", 1)[0])
    spool.put(piece)
    path = next(spool.folder.iterdir())
    path.write_bytes(path.read_bytes()[:-10])
    reception = receive()
    reception.wait(lambda: "spool-damaged" in reception.codes)
    assert not list(spool.folder.iterdir())


def test_small_packets_are_not_held_back(receive) -> None:
    reception = receive()
    scanner = Sender(reception)
    (wire,) = reception.wires
    assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    scanner.release()
