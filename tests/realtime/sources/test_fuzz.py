"""A thousand damaged objects: never an unhandled exception, never a word about the person."""

from __future__ import annotations

import io
import json
import logging
import warnings
from dataclasses import asdict
from pathlib import Path
from threading import Event

import numpy as np
import pydicom
import pytest

from empatune.core import Volume
from empatune.realtime.sources.order import read_order
from empatune.realtime.sources.piece import pack
from empatune.realtime.sources.reader import read_pieces
from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.realtime.sources.run import Run
from empatune.realtime.sources.watch import FolderWatch, WatchSettings

CANARY = "CANARY^Secret"
PERSONAL = (
    "PatientName",
    "PatientID",
    "InstitutionName",
    "ReferringPhysicianName",
    "OperatorsName",
    "SeriesDescription",
    "StudyDescription",
    "ProtocolName",
    "PatientComments",
    "ImageComments",
    "StationName",
    "DeviceSerialNumber",
)
KINDS = ("siemens_nf_run", "skyra_mosaic", "xa30_enhanced", "ge_mr750", "philips_localizer")
N_OBJECTS = 1000


def name_the_person(dataset: pydicom.Dataset) -> None:
    for keyword in PERSONAL:
        setattr(dataset, keyword, CANARY)
    dataset.PatientBirthDate = "19660102"


@pytest.fixture(scope="module")
def seeds(objects_of, edited) -> list[bytes]:
    """Headers matter: pixels are cut down so that damage hits the header."""

    def small(dataset: pydicom.Dataset) -> None:
        name_the_person(dataset)
        if "PerFrameFunctionalGroupsSequence" in dataset:
            groups = dataset.PerFrameFunctionalGroupsSequence[:3]
            dataset.PerFrameFunctionalGroupsSequence = groups
            dataset.NumberOfFrames = len(groups)
            dataset.PixelData = dataset.PixelData[
                : 2 * dataset.Rows * dataset.Columns * len(groups)
            ]
        for tag in (0x00291020, 0x7FE10010):
            if tag in dataset:
                del dataset[tag]

    return [edited(objects_of(name, 1)[0], small) for name in KINDS]


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Flip bytes, above all in the header; cut; overwrite; double a stretch."""
    data = bytearray(content)
    header = min(len(data), 12_000)
    for _ in range(int(rng.integers(1, 30))):
        data[int(rng.integers(132, header))] = int(rng.integers(256))
    kind = rng.integers(5)
    if kind == 0:
        del data[int(rng.integers(len(data))) :]
    elif kind == 1:
        start = int(rng.integers(132, header))
        del data[start : start + int(rng.integers(1, 400))]
    elif kind == 2:
        start = int(rng.integers(132, header))
        data[start:start] = data[start : start + int(rng.integers(1, 400))]
    elif kind == 3:
        start = int(rng.integers(132, header))
        data[start : start + 8] = bytes(rng.integers(0, 256, 8, dtype=np.uint8))
    return bytes(data)


def test_a_thousand_damaged_objects(
    seeds: list[bytes], tmp_path: Path, still_clock, caplog, capsys
) -> None:
    caplog.set_level(logging.INFO)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        said = all_that_is_said_of(seeds, tmp_path, still_clock)
    printed = capsys.readouterr()
    said += [str(warning.message) for warning in warned]
    everything = "\n".join([*said, caplog.text, printed.out, printed.err]).upper()
    found = [word for word in ("CANARY", "SECRET", "19660102") if word in everything]
    assert found == []


def all_that_is_said_of(seeds: list[bytes], tmp_path: Path, still_clock) -> list[str]:
    rng = np.random.default_rng(20261123)
    run = Run(source="test", spool=tmp_path / "spool", already=(), clock=still_clock)
    said: list[str] = []
    outcomes = {"read": 0, "refused": 0}
    messages = []
    for number in range(N_OBJECTS):
        content = damaged(seeds[number % len(seeds)], rng)
        still_clock.pass_s(0.3)
        try:
            said.append(repr(read_order(content)))
        except RefusedObjectError as problem:
            said.append(str(problem))
        try:
            pieces = read_pieces(content)
        except RefusedObjectError as problem:
            run.refuse(problem)
            said.append(f"{problem.code}: {problem}")
            outcomes["refused"] += 1
            continue
        outcomes["read"] += 1
        for piece in pieces:
            said.append(pack(piece).partition(b"\n")[0].decode())
            run.admission.series = piece.series  # so that all of them reach the assembly
            run.take(piece, still_clock.ns)
        messages += list(run.ready())
    messages += list(run.finish())
    assert min(outcomes.values()) > 50, outcomes
    for message in messages:
        if isinstance(message, Volume):
            said.append(repr(message.provenance))
        else:
            said.append(json.dumps(asdict(message)))
    return said


def test_the_person_is_not_in_what_is_kept(objects_of, edited, tmp_path, still_clock) -> None:
    """Whole objects, through a watched folder whose files bear the name as well."""
    (tmp_path / "in").mkdir()
    for name in ("siemens_nf_run", "xa30_enhanced"):
        content = edited(objects_of(name, 1)[0], name_the_person)
        (tmp_path / "in" / f"{CANARY}-{name}.dcm").write_bytes(content)
    (tmp_path / "in" / f"{CANARY}-cut.dcm").write_bytes(content[:5000])
    watch = FolderWatch(
        tmp_path / "in",
        WatchSettings(patience_s=1),
        spool=tmp_path / "spool",
        already=(),
        clock=still_clock,
    )
    watch.open()
    messages = list(watch.look(Event()))
    still_clock.pass_s(2)
    messages += list(watch.look(Event()))
    assert any(isinstance(message, Volume) for message in messages)
    volume = next(message for message in messages if isinstance(message, Volume))
    watch.recorded(volume.provenance.objects)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "spool").iterdir())
    words = " ".join(
        repr(m.provenance) if isinstance(m, Volume) else repr(m) for m in messages
    ) + json.dumps(watch.describe())
    assert b"CANARY" not in kept
    assert "CANARY" not in words


def test_no_uid_leaves_the_reader(objects_of) -> None:
    content = objects_of("siemens_nf_run", 1)[0]
    dataset = pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True)
    head = pack(read_pieces(content)[0]).partition(b"\n")[0].decode()
    for uid in (dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.StudyInstanceUID):
        assert uid not in head
