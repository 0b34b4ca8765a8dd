"""What identifies a person is in the scanner's headers and nowhere in a session."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path

import pydicom
import pytest
from tests.realtime.conftest import N_VOLUMES, SMALL, small_preparation, small_study

from empatune.exports import export
from empatune.realtime.clock import SystemClock
from empatune.realtime.opening import SourceOptions, open_session
from empatune.realtime.recorder import Record
from empatune.realtime.summary import summarise
from empatune.reports import write_report
from empatune.simulation import scan
from empatune.simulation.participant import SimulatedParticipant
from empatune.simulation.signatures import synthetic
from empatune.web import Pages
from empatune.web.history import History

__all__ = ["small_preparation"]

CANARY = "Zanzibarius"

IDENTIFYING = (
    *("PatientName", "PatientID", "OtherPatientNames", "PatientComments", "AccessionNumber"),
    *("InstitutionName", "ReferringPhysicianName", "OperatorsName", "PerformingPhysicianName"),
    *("StudyDescription", "SeriesDescription", "ProtocolName", "StationName", "StudyID"),
    *("RequestingPhysician", "ImageComments", "DeviceSerialNumber"),
)


@pytest.fixture
def named_series(tmp_path: Path) -> Path:
    """Scan the small participant into slices whose headers tell everything about them."""
    folder = tmp_path / "series"
    maps = {name: synthetic(name) for name in ("care", "distress")}
    person = SimulatedParticipant(SMALL, maps, n_volumes=N_VOLUMES)
    scan.save_dicoms(person, scan.blocks(N_VOLUMES, SMALL.tr_s), folder, kind="enhanced")
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        for name in IDENTIFYING:
            setattr(dataset, name, CANARY)
        dataset.PatientBirthDate = "19010203"
        dataset.save_as(path)
    return folder


def test_no_identifier_reaches_record_log_report_export_or_page(
    named_series: Path,
    small_preparation: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "session"
    session = open_session(
        small_study(preparation=small_preparation),
        f"replay:{named_series}",
        folder,
        options=SourceOptions(pace=0),
    )
    pages = Pages(session.command, session.acknowledge, clock=SystemClock())
    session.listen(pages)
    pages.start()
    session.run()
    pages.stop()
    write_report(folder)
    export(folder, tmp_path / "bids")
    with Record(folder) as record:
        assert summarise(record).n_decoded == N_VOLUMES
        history = History()
        for entry in record.entries():
            history.hear(entry.number, entry.message)
    told = f"{history.rows} {history.log} {history.session} {caplog.text}"
    assert CANARY not in told
    written = [p for p in (*folder.rglob("*"), *(tmp_path / "bids").rglob("*")) if p.is_file()]
    assert len(written) > N_VOLUMES
    for path in written:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        assert CANARY.encode() not in content, path
        assert b"19010203" not in content, path
