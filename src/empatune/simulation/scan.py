"""Runs of a simulated participant on disk: for rehearsals, tests and benchmarks at any grid.

NIfTI, or DICOM as scanners export it: one enhanced multi-frame object a volume, or one classic
object a slice. `empatune scanner` plays the latter two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal

import nibabel as nib
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage

from empatune.core import Grid
from empatune.errors import UsageError
from empatune.simulation.learning import Seen
from empatune.simulation.participant import SimulatedParticipant
from empatune.typing import Array, FloatArray

Kind = Literal["enhanced", "slices"]
"""How volumes become DICOM objects."""

_BEGAN_S = 10 * 3600.0  # the simulated scan begins at ten o'clock


def blocks(n_volumes: int, tr_s: float, *, block_s: float = 20.0) -> tuple[Seen, ...]:
    """Lay out rest and care in turns, without feedback.

    Parameters
    ----------
    n_volumes : int
        Length of the run.
    tr_s : float
        Repetition time [s].
    block_s : float
        Length of each block [s].

    Returns
    -------
    tuple of Seen
        What the person sees in every volume.
    """
    turns = [divmod(index * tr_s / block_s, 1.0) for index in range(n_volumes)]
    return tuple(Seen(phase="care" if block % 2 else "rest", elapsed=part) for block, part in turns)


def volumes(participant: SimulatedParticipant, seen: Iterable[Seen]) -> Iterator[Array]:
    """Scan a participant who sees what is given, from the first volume on.

    Parameters
    ----------
    participant : SimulatedParticipant
        The person.
    seen : iterable of Seen
        What they see in every volume.

    Yields
    ------
    ndarray, shape (n_i, n_j, n_k), int16
        The volumes.
    """
    participant.restart()
    for moment in seen:
        yield participant.scan(participant.live(moment))


def save_nifti(participant: SimulatedParticipant, seen: Iterable[Seen], path: Path) -> int:
    """Write a run as one 4D NIfTI.

    Parameters
    ----------
    participant : SimulatedParticipant
        The person.
    seen : iterable of Seen
        What they see in every volume.
    path : Path
        A file that ends in ``.nii`` or ``.nii.gz``.

    Returns
    -------
    int
        Number of volumes.

    Raises
    ------
    UsageError
        If there is nothing to scan.
    """
    run = list(volumes(participant, seen))
    if not run:
        raise UsageError("A run needs at least one volume; given none.")
    image = nib.Nifti1Image(np.stack(run, axis=3), participant.grid.affine)
    image.header.set_xyzt_units("mm", "sec")
    image.header.set_zooms((*participant.grid.voxel_sizes_mm, participant.settings.tr_s))
    nib.save(image, path)
    return len(run)


def save_dicoms(
    participant: SimulatedParticipant,
    seen: Iterable[Seen],
    folder: Path,
    *,
    kind: Kind = "enhanced",
) -> int:
    """Write a run as DICOM files, in the order in which a scanner would export them.

    Parameters
    ----------
    participant : SimulatedParticipant
        The person.
    seen : iterable of Seen
        What they see in every volume.
    folder : Path
        Where; made if it does not exist.
    kind : {"enhanced", "slices"}
        One multi-frame object a volume, or one classic object a slice.

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    UsageError
        If the kind is unknown.
    """
    makers: dict[str, Callable[[SimulatedParticipant, Array, int], list[FileDataset]]] = {
        "enhanced": _enhanced,
        "slices": _slices,
    }
    if kind not in makers:
        raise UsageError(f"Simulated DICOM objects are 'enhanced' or 'slices'; given {kind!r}.")
    folder.mkdir(parents=True, exist_ok=True)
    n_files = 0
    for index, stored in enumerate(volumes(participant, seen)):
        for dataset in makers[kind](participant, stored, index):
            n_files += 1
            dataset.save_as(folder / f"{n_files:06d}.dcm", enforce_file_format=True)
    return n_files


def _enhanced(participant: SimulatedParticipant, stored: Array, index: int) -> list[FileDataset]:
    grid, tr_s = participant.grid, participant.settings.tr_s
    dataset = _object(participant, EnhancedMRImageStorage, index, instance=index + 1)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "FMRI", "NONE"]
    dataset.NumberOfFrames = grid.shape[2]
    dataset.SharedFunctionalGroupsSequence = DicomSequence([_shared(grid, tr_s)])
    moment = f"20260101{_clock(index * tr_s)}"
    dataset.AcquisitionDateTime = moment
    dataset.PerFrameFunctionalGroupsSequence = DicomSequence(
        [_frame(position, k, index, moment) for k, position in enumerate(_positions(grid))]
    )
    _set_pixels(dataset, stored.transpose(2, 1, 0))
    return [dataset]


def _slices(participant: SimulatedParticipant, stored: Array, index: int) -> list[FileDataset]:
    grid, tr_s = participant.grid, participant.settings.tr_s
    n_slices, made = grid.shape[2], []
    for k, position in enumerate(_positions(grid)):
        instance = index * n_slices + k + 1
        dataset = _object(participant, MRImageStorage, index, instance=instance)
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "FFE"]
        dataset.AcquisitionTime = _clock(index * tr_s)
        dataset.TemporalPositionIdentifier = index + 1
        dataset.NumberOfTemporalPositions = participant.n_volumes
        dataset.RepetitionTime = tr_s * 1000
        dataset.ImagePositionPatient = position
        dataset.ImageOrientationPatient = _orientation(grid)
        dataset.PixelSpacing = [grid.voxel_sizes_mm[1], grid.voxel_sizes_mm[0]]
        dataset.SliceThickness = dataset.SpacingBetweenSlices = grid.voxel_sizes_mm[2]
        _set_pixels(dataset, stored[:, :, k].T)
        made.append(dataset)
    return made


def _object(
    participant: SimulatedParticipant, kind: UID, index: int, *, instance: int
) -> FileDataset:
    seed = participant.settings.seed
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kind
    meta.MediaStorageSOPInstanceUID = _uid(f"object {seed} {kind} {instance}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    dataset.SOPClassUID = kind
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = _uid(f"study {seed}")
    dataset.SeriesInstanceUID = _uid(f"series {seed} {kind}")
    dataset.FrameOfReferenceUID = _uid(f"frame {seed}")
    dataset.Modality = "MR"
    dataset.Manufacturer = "empatune"
    dataset.ManufacturerModelName = "simulated participant"
    dataset.PatientName = "Simulated^Participant"
    dataset.PatientID = f"SIM{seed}"
    dataset.SeriesNumber = 1
    dataset.AcquisitionNumber = index + 1
    dataset.InstanceNumber = instance
    return dataset


def _shared(grid: Grid, tr_s: float) -> pydicom.Dataset:
    measures, plane, timing, kind = (pydicom.Dataset() for _ in range(4))
    measures.PixelSpacing = [grid.voxel_sizes_mm[1], grid.voxel_sizes_mm[0]]
    measures.SliceThickness = measures.SpacingBetweenSlices = grid.voxel_sizes_mm[2]
    plane.ImageOrientationPatient = _orientation(grid)
    timing.RepetitionTime = tr_s * 1000
    kind.FrameType = ["ORIGINAL", "PRIMARY", "FMRI", "NONE"]
    kind.ComplexImageComponent = "MAGNITUDE"
    shared = pydicom.Dataset()
    shared.PixelMeasuresSequence = DicomSequence([measures])
    shared.PlaneOrientationSequence = DicomSequence([plane])
    shared.MRTimingAndRelatedParametersSequence = DicomSequence([timing])
    shared.MRImageFrameTypeSequence = DicomSequence([kind])
    return shared


def _frame(position: list[float], k: int, index: int, moment: str) -> pydicom.Dataset:
    content, plane, frame = (pydicom.Dataset() for _ in range(3))
    content.FrameAcquisitionDateTime = moment
    content.StackID = "1"
    content.InStackPositionNumber = k + 1
    content.TemporalPositionIndex = index + 1
    plane.ImagePositionPatient = position
    frame.FrameContentSequence = DicomSequence([content])
    frame.PlanePositionSequence = DicomSequence([plane])
    return frame


def _set_pixels(dataset: FileDataset, pixels: Array) -> None:
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.PixelData = np.ascontiguousarray(pixels, dtype="<u2").tobytes()


def _to_patient(grid: Grid) -> FloatArray:
    """Return the affine in DICOM's world, x to the left and y to the back."""
    return np.asarray(np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.affine)


def _orientation(grid: Grid) -> list[float]:
    axes = _to_patient(grid)[:3, :2] / np.array(grid.voxel_sizes_mm[:2])
    return [_decimal(value) for value in axes.T.reshape(-1)]


def _positions(grid: Grid) -> list[list[float]]:
    patient = _to_patient(grid)
    return [
        [_decimal(value) for value in patient[:3, 3] + k * patient[:3, 2]]
        for k in range(grid.shape[2])
    ]


def _decimal(value: float) -> float:
    return float(f"{value:.9f}")  # a decimal string holds 16 characters


def _clock(time_s: float) -> str:
    whole, part = divmod(_BEGAN_S + time_s, 1.0)
    hours, rest = divmod(int(whole), 3600)
    return f"{hours:02d}{rest // 60:02d}{rest % 60:02d}.{round(part * 1e6):06d}"


def _uid(text: str) -> UID:
    return UID(f"2.25.{int(hashlib.sha256(text.encode()).hexdigest()[:30], 16)}")
