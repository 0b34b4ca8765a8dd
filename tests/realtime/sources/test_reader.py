"""Real objects of every kind against nibabel and dcm2niix."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from empatune.realtime.sources import mosaic
from empatune.realtime.sources.order import read_order
from empatune.realtime.sources.piece import Piece, pack, unpack
from empatune.realtime.sources.reader import read_pieces
from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.realtime.sources.stack import slice_normal, stack

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "dcm2niix_geometry.json").read_text())[
    "series"
]
MOSAICS = ["siemens_nf_run", "siemens_objects_run-1", "skyra_mosaic"]
WHOLE = [*MOSAICS, "xa30_enhanced"]


def stacked(piece: Piece):
    return stack([(piece, k) for k in range(len(piece.pixels))], None)


@pytest.mark.parametrize("name", WHOLE)
def test_whole_volumes_lie_where_nibabel_puts_them(name, objects_of) -> None:
    from nibabel.nicom import dicomwrappers

    content = objects_of(name, 2)[1]
    (piece,) = read_pieces(content)
    volume = stacked(piece)
    wrapper = dicomwrappers.wrapper_from_data(pydicom.dcmread(io.BytesIO(content)))
    swap = np.eye(4)[[1, 0, 2, 3]]  # nibabel's first axis runs down the rows
    # nibabel's affine is in the patient's system (LPS), ours in RAS+
    theirs = np.diag([-1, -1, 1, 1]) @ wrapper.affine @ swap
    values = wrapper.get_data().swapaxes(0, 1)
    if name == "xa30_enhanced":  # nibabel stacks enhanced frames against the normal
        turn = np.eye(4)
        turn[2, 2], turn[2, 3] = -1, values.shape[2] - 1
        theirs, values = theirs @ turn, values[..., ::-1]
    corners = np.array(volume.grid.shape) - 1
    assert np.abs((volume.grid.affine - theirs) @ [*corners, 1]).max() < 1e-3
    assert np.abs(volume.grid.affine[:3, 3] - theirs[:3, 3]).max() < 1e-3
    np.testing.assert_array_equal(volume.stored, values)


@pytest.mark.parametrize("name", [*WHOLE, "ge_mr750", "philips_localizer"])
def test_volumes_equal_those_of_dcm2niix(name, objects_of, folder_of) -> None:
    golden = GOLDEN[name]
    if name in WHOLE:
        chosen = [c for c in objects_of(name, 4) if read_order(c).volume == 1][:1]
    elif name == "ge_mr750":
        chosen = objects_of(name, 30)[15:]
    else:
        chosen = [c for c in objects_of(name, 70) if read_order(c).volume == 1]
    pieces = [piece for content in chosen for piece in read_pieces(content)]
    volume = stack([(p, k) for p in pieces for k in range(len(p.pixels))], None)
    # dcm2niix turns the second axis round
    flip = np.eye(4)
    flip[1, 1], flip[1, 3] = -1, volume.stored.shape[1] - 1
    corners = np.array([*(np.array(golden["shape"]) - 1), 1])
    assert list(volume.stored.shape) == golden["shape"]
    for place in (corners, np.array([0, 0, 0, 1])):
        assert np.abs((volume.grid.affine @ flip - np.array(golden["affine"])) @ place).max() < 1e-3
    values = volume.stored[:, ::-1].astype(np.float64) * volume.slope + volume.intercept
    assert values.sum() == pytest.approx(golden["sum_of_volume_1"], rel=1e-6)
    assert values[20, 30, 10] == pytest.approx(golden["voxel_20_30_10_of_volume_1"], rel=1e-6)


def test_philips_scaling_is_the_precise_one(objects_of) -> None:
    (piece,) = read_pieces(objects_of("philips_localizer", 1)[0])
    assert piece.scaling[0, 0] == pytest.approx(1 / 0.013238308019936085)
    assert (piece.n_slices, piece.n_volumes, piece.tr_s) == (35, 156, 2.0)


def test_rescale_slope_counts_where_there_is_no_private_one(objects_of, edited) -> None:
    def rescale(dataset: pydicom.Dataset) -> None:
        del dataset[0x2005100E]
        dataset.RescaleSlope, dataset.RescaleIntercept = 4.0, -3.0

    (piece,) = read_pieces(edited(objects_of("philips_localizer", 1)[0], rescale))
    np.testing.assert_array_equal(piece.scaling, [[4.0, -3.0]])


def anonymise(dataset: pydicom.Dataset) -> None:
    for group in (0x0029, 0x0051):
        for element in list(dataset.group_dataset(group)):
            del dataset[element.tag]


@pytest.mark.parametrize("name", MOSAICS)
def test_mosaic_without_private_tags_is_the_same_volume(name, objects_of, edited) -> None:
    content = objects_of(name, 2)[1]
    (whole,) = read_pieces(content)
    (stripped,) = read_pieces(edited(content, anonymise))
    np.testing.assert_array_equal(stripped.pixels, whole.pixels)
    assert np.abs(stripped.positions_mm - whole.positions_mm).max() < 1e-3
    assert any("No CSA header" in note for note in stripped.notes)
    assert not whole.notes


def test_mosaic_without_private_tags_and_source_list_counts_its_tiles(objects_of, edited) -> None:
    content = objects_of("skyra_mosaic", 1)[0]

    def strip(dataset: pydicom.Dataset) -> None:
        anonymise(dataset)
        del dataset.SourceImageSequence

    (stripped,) = read_pieces(edited(content, strip))
    np.testing.assert_array_equal(stripped.pixels, read_pieces(content)[0].pixels)


def test_mosaic_that_cannot_be_known_is_refused(objects_of, edited) -> None:
    def strip(dataset: pydicom.Dataset) -> None:
        anonymise(dataset)
        for keyword in ("AcquisitionMatrix", "SequenceName", "NumberOfPhaseEncodingSteps"):
            delattr(dataset, keyword)

    with pytest.raises(RefusedObjectError, match="size of its tiles") as refusal:
        read_pieces(edited(objects_of("skyra_mosaic", 1)[0], strip))
    assert refusal.value.code == "unsupported"


def test_mosaic_whose_slices_may_run_either_way_is_refused(objects_of, edited) -> None:
    content = objects_of("skyra_mosaic", 1)[0]
    (piece,) = read_pieces(content)
    normal = slice_normal(piece)
    to_isocentre = -float(piece.positions_mm[0] @ normal) * normal

    def strip(dataset: pydicom.Dataset) -> None:
        anonymise(dataset)
        moved = np.array(dataset.ImagePositionPatient, dtype=float) + to_isocentre
        dataset.ImagePositionPatient = np.round(moved, 4).tolist()

    with pytest.raises(RefusedObjectError, match="both directions"):
        read_pieces(edited(content, strip))


def test_mosaic_slices_follow_the_csa_normal(objects_of, monkeypatch) -> None:
    content = objects_of("skyra_mosaic", 1)[0]
    (up,) = read_pieces(content)
    csa = mosaic._from_csa

    def reversed_normal(dataset):
        n_slices, normal = csa(dataset)
        return n_slices, -normal

    monkeypatch.setattr(mosaic, "_from_csa", reversed_normal)
    (down,) = read_pieces(content)
    np.testing.assert_allclose(down.positions_mm[0], up.positions_mm[0])
    np.testing.assert_allclose(
        down.positions_mm[-1] - down.positions_mm[0], up.positions_mm[0] - up.positions_mm[-1]
    )
    assert np.linalg.det(stacked(up).grid.affine) == -np.linalg.det(stacked(down).grid.affine)


def merged(contents: list[bytes]) -> bytes:
    """Make one enhanced object of several, as other scanners send a whole run."""
    datasets = [pydicom.dcmread(io.BytesIO(content)) for content in contents]
    whole = datasets[0]
    for dataset in datasets[1:]:
        whole.PerFrameFunctionalGroupsSequence.extend(dataset.PerFrameFunctionalGroupsSequence)
        whole.PixelData += dataset.PixelData
    whole.NumberOfFrames = len(whole.PerFrameFunctionalGroupsSequence)
    target = io.BytesIO()
    whole.save_as(target)
    return target.getvalue()


def test_one_enhanced_object_with_many_volumes(objects_of) -> None:
    contents = objects_of("xa30_enhanced", 3)
    alone = [piece for content in contents for piece in read_pieces(content)]
    together = read_pieces(merged(contents))
    assert [piece.volume for piece in together] == [0, 1, 2]
    assert len({piece.name for piece in together}) == 3
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)
        np.testing.assert_array_equal(one.positions_mm, other.positions_mm)
        assert one.clock_s == other.clock_s


def test_enhanced_frames_in_any_order_and_scaled(objects_of, edited) -> None:
    content = objects_of("xa30_enhanced", 1)[0]
    (straight,) = read_pieces(content)

    def mix(dataset: pydicom.Dataset) -> None:
        groups = dataset.PerFrameFunctionalGroupsSequence
        pixels = np.frombuffer(dataset.PixelData, np.uint16).reshape(33, -1)
        order = np.random.default_rng(1).permutation(33)
        dataset.PerFrameFunctionalGroupsSequence = [groups[k] for k in order]
        dataset.PixelData = pixels[order].tobytes()
        for group in groups:
            group.PixelValueTransformationSequence[0].RescaleSlope = 2.5

    (mixed,) = read_pieces(edited(content, mix))
    np.testing.assert_array_equal(mixed.pixels, straight.pixels)
    np.testing.assert_array_equal(mixed.scaling, np.tile([2.5, 0.0], (33, 1)))


@pytest.mark.parametrize("name", ["skyra_mosaic", "xa30_enhanced", "ge_mr750"])
@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_encodings_give_the_same_piece(name, syntax, objects_of) -> None:
    content = objects_of(name, 1)[0]
    dataset = pydicom.dcmread(io.BytesIO(content))
    target = io.BytesIO()
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(
        target,
        dataset,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax == ImplicitVRLittleEndian,
    )
    (same,) = read_pieces(target.getvalue())
    assert pack(same) == pack(read_pieces(content)[0])


@pytest.mark.parametrize("name", ["siemens_nf_run", "xa30_enhanced", "ge_mr750"])
def test_piece_survives_the_spool_to_the_bit(name, objects_of) -> None:
    (piece,) = read_pieces(objects_of(name, 1)[0])
    again = unpack(pack(piece))
    np.testing.assert_array_equal(again.pixels, piece.pixels)
    assert pack(again) == pack(piece)


@pytest.mark.parametrize(
    ("keyword", "value", "code"),
    [
        ("Modality", "CT", "not-mr"),
        ("ImageType", ["DERIVED", "PRIMARY", "MOSAIC"], "derived"),
        ("ImageType", ["ORIGINAL", "PRIMARY", "M", "ND", "MOCO", "MOSAIC"], "derived"),
        ("ImageType", ["ORIGINAL", "PRIMARY", "P", "ND", "MOSAIC"], "derived"),
        ("ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"], "derived"),
        ("ImageComments", "Single-band reference", "derived"),
        ("EchoNumbers", 2, "derived"),
        ("SamplesPerPixel", 3, "not-an-image"),
        ("BitsAllocated", 8, "unsupported"),
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.88.11", "not-an-image"),
        ("PixelSpacing", None, "unreadable"),
        ("Rows", 512, "incomplete"),
        ("Rows", 256, "unreadable"),
    ],
)
def test_what_is_no_volume_is_refused(
    keyword: str, value: object, code: str, objects_of: Callable[..., list[bytes]], edited
) -> None:
    content = edited(
        objects_of("skyra_mosaic", 1)[0], lambda dataset: setattr(dataset, keyword, value)
    )
    with pytest.raises(RefusedObjectError) as refusal:
        read_pieces(content)
    assert refusal.value.code == code


def test_cut_short_is_incomplete(objects_of) -> None:
    content = objects_of("skyra_mosaic", 1)[0]
    for length in (0, 100, 131, len(content) // 2, len(content) - 1):
        with pytest.raises(RefusedObjectError) as refusal:
            read_pieces(content[:length])
        assert refusal.value.code == "incomplete", length


def test_order_agrees_with_pieces(objects_of) -> None:
    for name in WHOLE:
        content = objects_of(name, 2)[1]
        (piece,), order = read_pieces(content), read_order(content)
        assert (order.series, order.volume, order.instance) == (
            piece.series,
            piece.volume,
            piece.instance,
        )
        assert (order.tr_s, order.clock_s) == (piece.tr_s, piece.clock_s)
