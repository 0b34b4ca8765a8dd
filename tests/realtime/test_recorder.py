"""The record: whole or not at all, equal to the bit, one writer."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import nibabel
import numpy as np
import pytest

from empatune.core import Grid, Provenance, Volume
from empatune.errors import RecordError
from empatune.realtime.clock import SystemClock
from empatune.realtime.listener import Timing
from empatune.realtime.messages import Notice, OperatorCommand, VolumeLost, VolumeReceived
from empatune.realtime.recorder import FORMAT, JOURNAL, Record, Recorder

AFFINE = np.array([[-3.1, 0.1, 0, 90], [0.1, 3, 0.2, -120], [0, -0.2, 3.3, -60], [0, 0, 0, 1]])


def a_volume(index: int = 0, dtype: str = "uint16", *, slope: float = 1.0) -> Volume:
    rng = np.random.default_rng(index)
    return Volume(
        stored=(rng.random((8, 7, 6)) * 1000).astype(dtype),
        grid=Grid(shape=(8, 7, 6), affine=AFFINE * (1 + 1e-12)),
        index=index,
        tr_s=2.0,
        acquired_s=2.0 * index,
        received_ns=index,
        slope=slope,
        provenance=Provenance(
            source="test", kind="mosaic", series="s", objects=(f"o{index}",), notes=("a note",)
        ),
    )


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "float32"])
def test_a_volume_comes_back_to_the_bit(tmp_path: Path, dtype: str) -> None:
    volume = a_volume(3, dtype, slope=4.0075702075702075)
    with Recorder(tmp_path / "s", SystemClock()) as recorder:
        recorder.write([recorder.receive(volume)], "in")
    with Record(tmp_path / "s") as record:
        (again,) = record.volumes()
    assert again.stored.dtype == volume.stored.dtype
    assert np.array_equal(again.stored, volume.stored)
    assert np.array_equal(again.intensities(), volume.intensities())
    assert np.array_equal(again.grid.affine, volume.grid.affine)
    assert again.provenance == volume.provenance


def test_the_raw_file_is_an_ordinary_nifti(tmp_path: Path) -> None:
    volume = a_volume(slope=2.5)
    with Recorder(tmp_path / "s", SystemClock()) as recorder:
        received = recorder.receive(volume)
    image = nibabel.load(tmp_path / "s" / received.file)
    assert np.allclose(image.affine, volume.grid.affine, atol=1e-4)
    assert np.allclose(image.get_fdata(), volume.intensities(), rtol=1e-6)


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    with Recorder(tmp_path / "s", SystemClock()) as recorder:
        assert recorder.write([VolumeLost(index=0, reason="x")], "in") == [1]
    with Recorder(tmp_path / "s", SystemClock()) as recorder:
        assert recorder.write([VolumeLost(index=1, reason="x")] * 2, "in") == [2, 3]


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with (
        Recorder(tmp_path / "s", SystemClock()),
        pytest.raises(RecordError, match="Another process records"),
    ):
        Recorder(tmp_path / "s", SystemClock())


def test_a_reader_sees_a_session_that_goes_on(tmp_path: Path) -> None:
    with Recorder(tmp_path / "s", SystemClock()) as recorder:
        recorder.state(format=FORMAT, seed=7)
        recorder.write([OperatorCommand(action="start", operator="operator-1")], "in")
        with Record(tmp_path / "s") as record:
            assert record.facts["seed"] == 7
            assert [entry.message for entry in record.entries()] == [
                OperatorCommand(action="start", operator="operator-1")
            ]


def test_sides_kinds_and_timings(tmp_path: Path) -> None:
    timing = Timing(volume=0, received_ns=1, recorded_ns=2, decoded_ns=3, shown_ns=4)
    with Recorder(tmp_path / "s", SystemClock()) as recorder:
        recorder.write([recorder.receive(a_volume())], "in")
        recorder.write([Notice(level="alarm", code="c", text="t")], "out")
        recorder.time(timing)
    with Record(tmp_path / "s") as record:
        assert [type(e.message) for e in record.entries(side="in")] == [VolumeReceived]
        assert [type(e.message) for e in record.entries(Notice)] == [Notice]
        assert record.timings() == [timing]


def test_a_changed_raw_file_is_noticed(tmp_path: Path) -> None:
    with Recorder(tmp_path / "s", SystemClock()) as recorder:
        received = recorder.receive(a_volume())
        recorder.write([received], "in")
    raw = tmp_path / "s" / received.file
    content = bytearray(raw.read_bytes())
    content[400] ^= 1
    raw.write_bytes(bytes(content))
    with Record(tmp_path / "s") as record, pytest.raises(RecordError, match="checksum differs"):
        list(record.volumes())


def test_no_session_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="holds no session"):
        Record(tmp_path)


def test_a_damaged_journal_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b"not a database" * 100)
    with pytest.raises(RecordError, match="cannot be read"):
        Record(tmp_path)


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with Recorder(tmp_path / "s", SystemClock()) as recorder:
        recorder.state(format=FORMAT + 1)
    with pytest.raises(RecordError, match="Use the version that made it"):
        Record(tmp_path / "s")


def test_a_failed_write_leaves_nothing_half(tmp_path: Path) -> None:
    with Recorder(tmp_path / "s", SystemClock()) as recorder:
        recorder._database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON journal WHEN NEW.number = 2 "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
        with pytest.raises(RecordError, match=r"full\. Nothing that was recorded is lost"):
            recorder.write([VolumeLost(index=i, reason="x") for i in range(3)], "in")
    rows = sqlite3.connect(tmp_path / "s" / JOURNAL).execute("SELECT * FROM journal").fetchall()
    assert rows == []
