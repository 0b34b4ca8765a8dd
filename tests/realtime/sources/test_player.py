"""The player against the sources: a rehearsal in small."""

from __future__ import annotations

import gc
import math
import threading
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from empatune.core import Volume
from empatune.errors import SourceError
from empatune.realtime.clock import SystemClock
from empatune.realtime.sources import open_source
from empatune.realtime.sources.dicom import DicomListener, DicomSettings
from empatune.realtime.sources.outlets import FolderOutlet, StoreOutlet
from empatune.realtime.sources.player import compose, play


class Memory:
    """An outlet that remembers, and fails as it is told to."""

    def __init__(self, outcomes: dict[int, list[bool | None]] | None = None) -> None:
        self.sent: list[Path] = []
        self._outcomes = outcomes or {}
        self.closed = False

    def send(self, path: Path) -> bool | None:
        self.sent.append(path)
        waiting = self._outcomes.get(len(set(self.sent)) - 1, [])
        return waiting.pop(0) if waiting else True

    def close(self) -> None:
        self.closed = True


def waiting(clock) -> Event:
    """An event whose waiting lets the still clock pass."""
    event = Event()

    def wait(seconds: float) -> bool:
        clock.pass_s(seconds)
        return event.is_set()

    event.wait = wait  # type: ignore[method-assign,assignment]
    return event


def test_objects_come_in_the_scanner_s_order_at_its_pace(folder_of, still_clock) -> None:
    score = compose(folder_of("ge_mr750"))
    assert (score.n_volumes, score.tr_s, len(score.shots)) == (10, 5.0, 150)
    assert [shot.volume for shot in score.shots] == sorted(shot.volume for shot in score.shots)
    outlet = Memory()
    played = play(score, outlet, speed=2.0, clock=still_clock, stop=waiting(still_clock))
    assert (played.n_objects, played.n_accepted, played.n_refused) == (150, 150, 0)
    assert played.seconds == pytest.approx(9 * 5.0 / 2)
    assert outlet.sent == [shot.path for shot in score.shots]
    assert outlet.closed


def test_true_pace_is_that_of_the_acquisition_times(folder_of) -> None:
    score = compose(folder_of("siemens_nf_run"))
    assert score.tr_s == pytest.approx(1.97792, abs=1e-5)
    assert score.shots[-1].due_s == pytest.approx(304.6, abs=1e-3)


def test_the_largest_series_is_played(folder_of, tmp_path) -> None:
    for name, n in (("skyra_mosaic", 3), ("xa30_enhanced", 5)):
        for path in sorted(folder_of(name).iterdir())[:n]:
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 300)
    score = compose(tmp_path)
    assert (score.n_volumes, score.n_left_out) == (5, 4)


def test_shuffling_mixes_neighbours_and_keeps_all(folder_of) -> None:
    straight, mixed = compose(folder_of("ge_mr750")), compose(folder_of("ge_mr750"), shuffle=7)
    assert [shot.path for shot in mixed.shots] != [shot.path for shot in straight.shots]
    assert {shot.path for shot in mixed.shots} == {shot.path for shot in straight.shots}
    volumes = [shot.volume for shot in mixed.shots]
    assert volumes != sorted(volumes)
    assert compose(folder_of("ge_mr750"), shuffle=7) == mixed


def test_what_is_not_acknowledged_is_sent_again(folder_of, still_clock) -> None:
    score = compose(folder_of("skyra_mosaic"))
    outlet = Memory({2: [None, None, True], 4: [False]})
    played = play(score, outlet, speed=math.inf, clock=still_clock, stop=waiting(still_clock))
    assert (played.n_accepted, played.n_refused, played.n_again) == (10, 1, 2)


def test_the_pace_begins_with_the_first_object_that_is_received(folder_of, still_clock) -> None:
    """A receiver that was late does not get the run's beginning in a burst."""
    score = compose(folder_of("skyra_mosaic"))
    outlet = Memory({0: [None] * 8})
    took_ns: list[int] = []
    send = outlet.send

    def timed(path: Path) -> bool | None:
        took_ns.append(still_clock.monotonic_ns())
        return send(path)

    outlet.send = timed  # type: ignore[method-assign]
    played = play(score, outlet, speed=1.0, clock=still_clock, stop=waiting(still_clock))
    assert played.n_again == 8
    steps_s = np.diff(took_ns[8:]) / 1e9
    assert took_ns[8] - took_ns[0] > 2e9
    np.testing.assert_allclose(steps_s, np.diff([shot.due_s for shot in score.shots]), atol=1e-6)


def test_a_receiver_that_never_comes_back_ends_the_playing(folder_of, still_clock) -> None:
    score = compose(folder_of("skyra_mosaic"))
    outlet = Memory({3: [None] * 100})
    played = play(score, outlet, speed=math.inf, clock=still_clock, stop=waiting(still_clock))
    assert (played.n_accepted, played.n_again) == (3, 15)
    assert 30 < played.seconds < 120


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_listener_that_restarts_gets_everything(folder_of, tmp_path, still_clock) -> None:
    """The receiver dies in the middle of the run; what was acknowledged is not sent again."""
    score = compose(folder_of("ge_mr750"), shuffle=3)
    first = DicomListener(
        DicomSettings(port=0), spool=tmp_path / "spool", already=(), clock=SystemClock()
    )
    first.open()
    host, port = first.address
    outlet = StoreOutlet(host, port, calling="SCANNER", called="EMPATUNE")
    sent: list[bool | None] = [outlet.send(shot.path) for shot in score.shots[:40]]
    assert sent == [True] * 40
    first.close()
    assert outlet.send(score.shots[40].path) is None
    second = DicomListener(
        DicomSettings(port=port), spool=tmp_path / "spool", already=(), clock=SystemClock()
    )
    second.open()
    stop = Event()
    sender = threading.Thread(
        target=lambda: [outlet.send(shot.path) for shot in score.shots[40:]] and outlet.close()
    )
    sender.start()
    volumes = [message for message in second.messages(stop) if isinstance(message, Volume)]
    sender.join()
    second.close()
    assert [volume.index for volume in volumes] == list(range(10))
    gc.collect()  # pynetdicom forgets to close a socket whose connection was refused


def test_refused_association_is_a_clear_error(folder_of, tmp_path) -> None:
    listener = DicomListener(
        DicomSettings(port=0, calling=("OTHER",)), spool=tmp_path, already=(), clock=SystemClock()
    )
    listener.open()
    outlet = StoreOutlet(*listener.address, calling="SCANNER", called="EMPATUNE")
    path = next(folder_of("skyra_mosaic").iterdir())
    with pytest.raises(SourceError, match="--calling SCANNER"):
        outlet.send(path)
    outlet.close()
    listener.close()


def test_into_a_watched_folder(folder_of, tmp_path, stop) -> None:
    source = open_source(f"replay:{folder_of('xa30_enhanced')}?pace=0", spool=tmp_path / "a")
    source.open()
    expected = [message for message in source.messages(stop) if isinstance(message, Volume)]
    watch = open_source(f"watch:{tmp_path / 'in'}", spool=tmp_path / "spool")
    outlet = FolderOutlet(tmp_path / "in")
    watch.open()
    score = compose(folder_of("xa30_enhanced"))
    sender = threading.Thread(
        target=lambda: play(score, outlet, speed=math.inf, clock=SystemClock(), stop=Event())
    )
    sender.start()
    volumes = [message for message in watch.messages(stop) if isinstance(message, Volume)]
    sender.join()
    assert len(volumes) == 20
    for one, other in zip(volumes, expected, strict=True):
        assert one.index == other.index
        np.testing.assert_array_equal(one.stored, other.stored)
        np.testing.assert_array_equal(one.grid.affine, other.grid.affine)


def test_nothing_but_dicom_can_be_played(tmp_path) -> None:
    (tmp_path / "run.nii").write_bytes(b"\0" * 400)
    with pytest.raises(SourceError, match="no DICOM objects"):
        compose(tmp_path)
