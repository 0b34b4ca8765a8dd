"""A disk that fills up during a session: a clear word, nothing lost, nothing half-written."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.realtime.conftest import N_VOLUMES, SMALL, small_preparation, small_study

from empatune.core import Volume
from empatune.errors import RecordError
from empatune.realtime.listener import Overview, Timing
from empatune.realtime.messages import Message, Notice
from empatune.realtime.opening import SourceOptions, open_session, resume_session
from empatune.realtime.recorder import Record
from empatune.realtime.session import replay
from empatune.realtime.summary import summarise

__all__ = ["small_preparation"]


class Ear:
    """Keeps the alarms."""

    def __init__(self) -> None:
        self.alarms: list[Notice] = []

    def began(self, overview: Overview) -> None: ...

    def heard(self, number: int, message: Message) -> None:
        if isinstance(message, Notice) and message.level == "alarm":
            self.alarms.append(message)

    def saw(self, volume: Volume) -> None: ...

    def timed(self, timing: Timing) -> None: ...

    def ended(self) -> None: ...


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of three megabytes; only root can."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("A small disk can be mounted by root only.")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_stops_the_session_and_loses_nothing(
    small_disk: Path,
    small_preparation: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EMPATUNE_DATA", str(tmp_path / "no-maps"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    study = small_study(preparation=small_preparation)
    options = SourceOptions(pace=0, person=SMALL)
    ballast = small_disk / "ballast"
    session = open_session(study, "simulate", small_disk / "session", options=options)
    ear = Ear()
    session.listen(ear)
    ballast.write_bytes(b"0" * (shutil.disk_usage(small_disk).free - 1_600_000))
    with pytest.raises(RecordError, match=r"full\. Nothing that was recorded is lost"):
        session.run()
    assert [alarm.code for alarm in ear.alarms] == ["record-failed"]
    with Record(small_disk / "session") as record:
        n_before = summarise(record).n_received
        assert len(list(record.volumes())) == n_before  # every one whole, by its checksum
    assert 0 < n_before < N_VOLUMES
    assert not list((small_disk / "session" / "raw").glob("*.part"))

    ballast.unlink()
    larger = tmp_path / "session"
    shutil.copytree(small_disk / "session", larger)
    resume_session(larger, "simulate", options=options).run()
    with Record(larger) as record:
        assert summarise(record).n_decoded == N_VOLUMES
    assert replay(larger).equal
