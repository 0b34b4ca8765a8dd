"""Simulated runs on disk are read as what they are, by others and by our own sources."""

from __future__ import annotations

import threading

import nibabel as nib
import numpy as np
import pydicom
import pytest

from empatune.core import Volume
from empatune.errors import UsageError
from empatune.realtime.sources import open_source
from empatune.simulation import scan
from empatune.simulation.participant import ParticipantSettings, SimulatedParticipant
from empatune.simulation.signatures import synthetic

N_VOLUMES = 3


@pytest.fixture(scope="module")
def participant() -> SimulatedParticipant:
    settings = ParticipantSettings(
        seed=4, tr_s=1.5, shape=(22, 26, 14), voxel_size_mm=(8.0, 8.5, 9.0)
    )
    maps = {name: synthetic(name) for name in ("care", "distress")}
    return SimulatedParticipant(settings, maps, n_volumes=N_VOLUMES)


@pytest.fixture(scope="module")
def truth(participant) -> list[np.ndarray]:
    return list(scan.volumes(participant, scan.blocks(N_VOLUMES, 1.5)))


def test_nifti_holds_values_place_and_time(participant, truth, tmp_path):
    path = tmp_path / "run.nii.gz"
    assert scan.save_nifti(participant, scan.blocks(N_VOLUMES, 1.5), path) == N_VOLUMES
    image = nib.load(path)
    assert image.header.get_zooms()[3] == 1.5
    assert np.allclose(image.affine, participant.grid.affine, atol=1e-4)
    assert np.array_equal(np.asarray(image.dataobj), np.stack(truth, axis=3))


@pytest.mark.parametrize(("kind", "n_files"), [("enhanced", 3), ("slices", 42)])
def test_own_sources_read_the_same_volumes(participant, truth, tmp_path, kind, n_files):
    seen = scan.blocks(N_VOLUMES, 1.5)
    assert scan.save_dicoms(participant, seen, tmp_path / kind, kind=kind) == n_files
    source = open_source(f"replay:{tmp_path / kind}?pace=0", spool=tmp_path / "spool")
    source.open()
    read = [m for m in source.messages(threading.Event()) if isinstance(m, Volume)]
    source.close()
    assert [volume.index for volume in read] == [0, 1, 2]
    for volume, stored in zip(read, truth, strict=True):
        assert volume.provenance.kind == kind
        assert volume.tr_s == pytest.approx(1.5)
        assert volume.grid.matches(participant.grid)
        assert np.array_equal(volume.intensities(), stored)


def test_dicoms_are_valid_for_pydicom(participant, tmp_path):
    scan.save_dicoms(participant, scan.blocks(1, 1.5), tmp_path, kind="enhanced")
    dataset = pydicom.dcmread(tmp_path / "000001.dcm")
    assert dataset.pixel_array.shape == (14, 26, 22)
    assert "Simulated" in str(dataset.PatientName)


def test_blocks_take_turns():
    seen = scan.blocks(8, 2.0, block_s=8.0)
    assert [moment.phase for moment in seen] == ["rest"] * 4 + ["care"] * 4
    assert [moment.elapsed for moment in seen[:4]] == [0.0, 0.25, 0.5, 0.75]


def test_refuses_what_it_cannot_write(participant, tmp_path):
    with pytest.raises(UsageError, match=r"enhanced.*mosaic"):
        scan.save_dicoms(participant, scan.blocks(1, 1.5), tmp_path, kind="mosaic")
    with pytest.raises(UsageError, match="at least one volume"):
        scan.save_nifti(participant, (), tmp_path / "none.nii")
