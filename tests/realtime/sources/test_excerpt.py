"""What is cut out of an object reads as the whole object does."""

from __future__ import annotations

import io

import pydicom
import pytest
from pydicom.uid import ImplicitVRLittleEndian

from empatune.realtime.sources import reader
from empatune.realtime.sources.excerpt import excerpt
from empatune.realtime.sources.piece import pack

KINDS = ("siemens_nf_run", "skyra_mosaic", "xa30_enhanced", "ge_mr750", "philips_localizer")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("implicit", [False, True])
def test_same_pieces_with_and_without(name, implicit, objects_of, monkeypatch) -> None:
    content = objects_of(name, 1)[0]
    if implicit:
        dataset = pydicom.dcmread(io.BytesIO(content))
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        target = io.BytesIO()
        pydicom.dcmwrite(target, dataset, implicit_vr=True, little_endian=True)
        content = target.getvalue()
    short = excerpt(content, reader._WANTED)
    with_excerpt = [pack(piece) for piece in reader.read_pieces(content)]
    monkeypatch.setattr(reader, "excerpt", lambda content, wanted: content)
    assert [pack(piece) for piece in reader.read_pieces(content)] == with_excerpt
    assert len(short) < len(content)
    kept = {element.tag for element in pydicom.dcmread(io.BytesIO(short))}
    assert kept <= {int(tag) for tag in reader._WANTED}
    assert 0x00100010 not in kept


def test_cut_short_stays_cut_short(objects_of) -> None:
    content = objects_of("xa30_enhanced", 1)[0]
    for length in range(400, len(content), 40_000):
        assert len(excerpt(content[:length], reader._WANTED)) <= length


def test_no_plain_encoding_is_left_alone(objects_of) -> None:
    content = objects_of("ge_mr750", 1)[0].replace(
        b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0"
    )
    assert excerpt(content, reader._WANTED) is content
