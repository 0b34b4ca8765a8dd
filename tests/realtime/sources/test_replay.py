"""Stored series of every kind, at their pace and as fast as possible."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from threading import Event

import nibabel
import numpy as np
import pytest

from empatune.core import Volume
from empatune.errors import SourceError
from empatune.realtime.messages import SourceEnded, VolumeLost
from empatune.realtime.sources import open_source
from empatune.realtime.sources.replay import Replay, ReplaySettings


def played(spec: object, tmp_path: Path, already=(), options: str = "?pace=0") -> list:
    source = open_source(f"replay:{spec}{options}", spool=tmp_path / "spool", already=already)
    source.open()
    return list(source.messages(Event()))


def volumes_of(messages: list) -> list[Volume]:
    return [message for message in messages if isinstance(message, Volume)]


@pytest.mark.parametrize(
    ("name", "n", "shape", "header_s", "tr_s", "seconds"),
    [
        ("siemens_nf_run", 155, (74, 74, 36), 1.97, 1.97792, 304.6),
        ("siemens_objects_run-1", 209, (64, 64, 34), 2.0, 2.0, 416.0),
        ("siemens_objects_run-2", 209, (64, 64, 34), 2.0, 2.0, 416.0),
        ("skyra_mosaic", 10, (64, 64, 27), 1.5, 1.5, 13.5),
        ("xa30_enhanced", 20, (64, 64, 33), 1.0, 1.0, 19.0),
        ("ge_mr750", 10, (64, 64, 15), 5.0, 5.0, None),
    ],
)
def test_every_archive(name, n, shape, header_s, tr_s, seconds, folder_of, tmp_path) -> None:
    messages = played(folder_of(name), tmp_path)
    volumes = volumes_of(messages)
    assert [volume.index for volume in volumes] == list(range(n))
    assert {volume.grid.shape for volume in volumes} == {shape}
    assert all(volume.grid is volumes[0].grid for volume in volumes)
    assert volumes[0].tr_s == header_s
    assert volumes[-1].tr_s == tr_s
    assert volumes[-1].acquired_s == seconds
    assert not any(isinstance(message, VolumeLost) for message in messages)
    assert isinstance(messages[-1], SourceEnded)
    told = [
        message.text for message in messages if getattr(message, "code", "") == "repetition-time"
    ]
    assert bool(told) == (header_s != tr_s)


@pytest.mark.slow
def test_philips_over_the_jump_of_its_clock(folder_of, tmp_path) -> None:
    files = sorted(folder_of("philips_localizer").iterdir())  # by the time of their making
    assert len(files) == 156 * 35
    (tmp_path / "in").mkdir()
    for path in files[: 5 * 35] + files[138 * 35 :]:
        (tmp_path / "in" / path.name).symlink_to(path)
    messages = played(tmp_path / "in", tmp_path)
    volumes = volumes_of(messages)
    assert [v.index for v in volumes] == [*range(5), *range(138, 156)]
    assert [m.index for m in messages if isinstance(m, VolumeLost)] == list(range(5, 138))
    assert {v.tr_s for v in volumes} == {2.0}
    assert [v.acquired_s for v in volumes] == [2.0 * v.index for v in volumes]
    jumps = [v.index for v in volumes if any("jumped" in note for note in v.provenance.notes)]
    assert jumps == [140]


def test_pace(folder_of, tmp_path, still_clock) -> None:
    """Every volume is due when it was acquired, divided by the pace."""
    replay = Replay(
        folder_of("skyra_mosaic"),
        ReplaySettings(pace=2.0),
        spool=tmp_path,
        already=(),
        clock=still_clock,
    )
    replay.open()
    stop = Event()
    stop.wait = still_clock.pass_s  # type: ignore[method-assign,assignment]
    began = still_clock.ns
    volumes = volumes_of(list(replay.messages(stop)))
    assert len(volumes) == 10
    waited = [(volume.received_ns - began) / 1e9 for volume in volumes]
    assert waited == pytest.approx([0.75 * k for k in range(10)], abs=1e-3)


def test_stop_ends_a_wait(folder_of, tmp_path) -> None:
    source = open_source(f"replay:{folder_of('ge_mr750')}", spool=tmp_path)
    source.open()
    stop = Event()
    messages = source.messages(stop)
    assert next(messages).index == 0  # type: ignore[union-attr]
    stop.set()
    assert [type(message).__name__ for message in messages] == ["SourceEnded"]


def test_what_is_recorded_is_not_played_again(folder_of, tmp_path) -> None:
    first = volumes_of(played(folder_of("xa30_enhanced"), tmp_path))
    already = [digest for volume in first[:7] for digest in volume.provenance.objects]
    messages = played(folder_of("xa30_enhanced"), tmp_path, already)
    assert [volume.index for volume in volumes_of(messages)] == list(range(7, 20))
    assert {type(message) for message in messages} == {Volume, SourceEnded}
    assert volumes_of(messages)[0].acquired_s == 7.0


@pytest.fixture
def series() -> nibabel.Nifti1Image:
    rng = np.random.default_rng(5)
    affine = np.array([[-3.0, 0.1, 0, 90], [0.1, 3, 0.2, -120], [0, -0.2, 4, -50], [0, 0, 0, 1]])
    image = nibabel.Nifti1Image(rng.integers(0, 900, (7, 6, 5, 4)).astype(np.int16), affine)
    image.header.set_zooms((*image.header.get_zooms()[:3], 1.25))
    image.header.set_xyzt_units("mm", "sec")
    image.header.set_slope_inter(2.5, -1.0)
    return image


@pytest.mark.parametrize("name", ["run.nii", "run.nii.gz"])
def test_4d_nifti(name, series, tmp_path) -> None:
    content = series.to_bytes()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    volumes = volumes_of(played(tmp_path / name, tmp_path))
    reference = nibabel.load(tmp_path / name)
    assert [volume.index for volume in volumes] == [0, 1, 2, 3]
    for volume in volumes:
        np.testing.assert_array_equal(
            volume.stored, reference.dataobj.get_unscaled()[..., volume.index]
        )
        np.testing.assert_allclose(volume.grid.affine, reference.affine, atol=1e-9)
        assert (volume.slope, volume.intercept) == (
            reference.dataobj.slope,
            reference.dataobj.inter,
        )
        assert volume.tr_s == 1.25
        np.testing.assert_allclose(
            volume.intensities(), np.asarray(reference.dataobj)[..., volume.index], rtol=1e-6
        )


def test_folder_of_3d_nifti_with_a_damaged_one(series, tmp_path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(4):
        volume = nibabel.Nifti1Image(np.asarray(series.dataobj)[..., k], series.affine)
        (folder / f"vol{k + 8}.nii").write_bytes(volume.to_bytes())  # 8, 9, 10, 11
        (folder / f"vol{k + 8}.json").write_text(json.dumps({"RepetitionTime": 0.8}))
    (folder / "vol10.nii").write_bytes((folder / "vol10.nii").read_bytes()[:400])
    messages = played(folder, tmp_path)
    volumes = volumes_of(messages)
    assert [volume.index for volume in volumes] == [0, 1, 3]
    assert {volume.tr_s for volume in volumes} == {0.8}
    assert [message.index for message in messages if isinstance(message, VolumeLost)] == [2]
    np.testing.assert_array_equal(volumes[2].stored, np.asarray(series.dataobj)[..., 3])


def test_nifti_without_time_says_how_to_give_it(tmp_path) -> None:
    image = nibabel.Nifti1Image(np.zeros((4, 4, 4), np.float32), np.eye(4))
    for name in ("a1.nii", "a2.nii"):
        (tmp_path / name).write_bytes(image.to_bytes())
    with pytest.raises(SourceError, match=r"replay:PATH\?tr=2\.0"):
        played(tmp_path, tmp_path)
    assert len(volumes_of(played(tmp_path, tmp_path, options="?pace=0&tr=2.0"))) == 2


@pytest.mark.parametrize(
    ("dtype", "stored"),
    [
        (np.uint8, np.int16),
        (np.uint16, np.uint16),
        (np.int32, np.int32),
        (np.float64, np.float32),
        (np.dtype(">f4"), np.float32),
    ],
)
def test_types_of_nifti(dtype, stored, tmp_path) -> None:
    values = np.arange(60).reshape(5, 4, 3, 1).astype(dtype)
    header = nibabel.Nifti1Header(endianness=">") if values.dtype.byteorder == ">" else None
    image = nibabel.Nifti1Image(values, np.eye(4), header)
    image.header.set_data_dtype(dtype)
    (tmp_path / "r.nii").write_bytes(image.to_bytes())
    (volume,) = volumes_of(played(tmp_path / "r.nii", tmp_path, options="?pace=0&tr=1"))
    assert volume.stored.dtype == stored
    np.testing.assert_array_equal(volume.stored, np.arange(60).reshape(5, 4, 3))


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: None,
        lambda folder: (folder / "empty").mkdir(),
        lambda folder: (folder / "notes.txt").write_text("nothing to see"),
    ],
)
def test_nothing_to_play_is_a_clear_error(make, tmp_path) -> None:
    make(tmp_path)
    with pytest.raises(SourceError, match=r"nothing to play|neither a DICOM"):
        played(tmp_path, tmp_path)
    with pytest.raises(SourceError, match="is not there"):
        played(tmp_path / "nowhere", tmp_path)


def test_cut_4d_nifti_is_a_clear_error(series, tmp_path) -> None:
    (tmp_path / "run.nii").write_bytes(series.to_bytes()[:-3])
    with pytest.raises(SourceError, match="cut short"):
        played(tmp_path / "run.nii", tmp_path)
