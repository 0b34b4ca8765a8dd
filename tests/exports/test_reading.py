from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests import recorded_session as recorded
from tests.recorded_session import Options, record

from empatune.core import Grid, Provenance, Volume
from empatune.errors import RecordError
from empatune.exports import read
from empatune.realtime.listener import Timing
from empatune.realtime.messages import Aligned, OperatorCommand
from empatune.realtime.recorder import Recorder


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return read(record(tmp_path_factory.mktemp("reading") / "session"))


def test_every_volume_has_its_status(history):
    by_status = {
        status: [v.index for v in history.volumes if v.status == status]
        for status in ("lost", "missing", "marked", "undecoded")
    }
    assert by_status == {
        "lost": [recorded.LOST],
        "missing": [recorded.MISSING],
        "marked": [recorded.MARKED],
        "undecoded": [],
    }
    assert len(history.volumes) == recorded.N_EXPECTED + len(recorded.PAUSED)
    assert history.volumes[recorded.LOST].reason == "3 of 16 slices never arrived"
    assert "1.40 mm" in history.volumes[recorded.MARKED].reason


def test_volumes_are_counted_through_the_protocol(history):
    conditions = [c for c, n in recorded.BLOCKS for _ in range(n)]
    in_blocks = [v for v in history.volumes if v.index not in recorded.PAUSED]
    assert [v.condition for v in in_blocks] == conditions
    assert [v.position for v in in_blocks] == list(range(recorded.N_EXPECTED))
    assert all(history.volumes[i].paused for i in recorded.PAUSED)
    assert all(history.volumes[i].position is None for i in recorded.PAUSED)


def test_what_was_told_before_a_volume_was_on_the_page_during_it(history):
    first, second = history.volumes[:2]
    assert first.during is not None
    assert first.during.index == -1
    assert second.during == first.derived


def test_a_killed_session_is_not_finished(tmp_path):
    history = read(record(tmp_path / "killed", Options(stop_after=30)))
    assert not history.finished
    assert history.end_reason == ""
    assert len(history.volumes) == 29  # the last one is not known to exist: it was missing


def test_a_finished_session_says_why(history):
    assert history.finished
    assert history.end_reason == "the series is over"


def test_markers_lie_on_the_axis_of_the_run(history):
    (entry,) = [e for e, c in history.of(OperatorCommand) if c.action == "marker"]
    assert history.time_s(entry.wall_s) == pytest.approx(34 * recorded.TR_S + 0.5)


@pytest.mark.parametrize(
    ("allocation", "stop_after", "sealed"),
    [
        (None, None, False),
        ({"digest": "ab", "opened": None}, None, True),
        ({"digest": "ab", "opened": {"arm": "yoked"}}, None, False),
        ({"digest": "ab", "opened": {"arm": "yoked"}}, 12, True),
    ],
)
def test_the_arm_is_told_only_after_the_end(tmp_path, allocation, stop_after, sealed):
    options = Options(allocation=allocation, stop_after=stop_after, prepared=False)
    assert read(record(tmp_path / "s", options)).sealed is sealed


def test_a_record_without_a_preparation_is_read(tmp_path):
    folder = tmp_path / "early"
    record(folder, Options(stop_after=2))
    assert [v.status for v in read(folder).volumes] == ["decoded", "decoded"]


def test_a_folder_without_a_record_is_refused(tmp_path: Path):
    with pytest.raises(RecordError, match="holds no session"):
        read(tmp_path)


def test_reading_changes_nothing(tmp_path):
    folder = record(tmp_path / "s", Options(stop_after=6))
    before = {p.name: p.read_bytes() for p in folder.rglob("*.nii*")}
    entries = read(folder).n_entries
    assert read(folder).n_entries == entries
    assert {p.name: p.read_bytes() for p in folder.rglob("*.nii*")} == before
    assert np.unique([v.index for v in read(folder).volumes]).tolist() == list(range(6))


def _volume(index: int, received_ns: int) -> Volume:
    provenance = Provenance(source="replay", kind="nifti", series="s")
    return Volume(
        stored=np.ones((2, 2, 2), np.int16),
        grid=Grid(shape=(2, 2, 2), affine=np.eye(4)),
        index=index,
        tr_s=1.0,
        received_ns=received_ns,
        provenance=provenance,
    )


def _aligned(index: int) -> Aligned:
    return Aligned(
        index=index,
        motion=(0.0,) * 6,
        fd_mm=0.0,
        displacement_mm=0.0,
        dvars_percent=0.0,
        tsnr=0.0,
        usable=True,
    )


def test_volumes_that_came_during_the_preparation_waited_for_it(tmp_path):
    second = 1_000_000_000
    with Recorder(tmp_path / "s", recorded.HeldClock()) as recorder:
        for index in range(3):
            recorder.write([recorder.receive(_volume(index, index * second))], "in")
        for index in range(3):
            recorder.write([_aligned(index)], "out")
            _time(recorder, index, index * second, 9 * second)
        for index, done in ((5, 9), (8, 9), (10, 10)):  # the last one came when all was ready
            recorder.write([recorder.receive(_volume(index, index * second))], "in")
            recorder.write([_aligned(index)], "out")
            _time(recorder, index, index * second, done * second + 1000)
    history = read(tmp_path / "s")
    assert [v.index for v in history.volumes if v.waited] == [0, 1, 2, 5, 8]


def _time(recorder: Recorder, index: int, received_ns: int, done_ns: int) -> None:
    recorder.time(
        Timing(
            volume=index,
            received_ns=received_ns,
            recorded_ns=done_ns,
            decoded_ns=done_ns,
            shown_ns=done_ns,
        )
    )
