"""Reading a series to its end, or as far as it is needed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from threading import Event
from typing import Any

import nibabel

from empatune.core import Volume
from empatune.errors import ImageError
from empatune.files import checksum
from empatune.realtime.messages import VolumeLost
from empatune.realtime.sources import open_source
from empatune.realtime.sources.files import series_files
from empatune.realtime.sources.nifti import is_nifti, repetition_time, sidecar_time


def read_series(
    series: str,
    *,
    n_wanted: int | None = None,
    progress: Callable[[int], None] = lambda _n_read: None,
) -> tuple[list[Volume], int]:
    """Read volumes of a series.

    Parameters
    ----------
    series : str
        A folder of DICOM files, a NIfTI image or a folder of them, or any source of a session.
    n_wanted : int, optional
        Stop after so many volumes; all if not given.
    progress : callable
        Told how many volumes were read.

    Returns
    -------
    volumes : list of Volume
        In their order.
    n_lost : int
        Volumes that could not be used.
    """
    spec = f"replay:{series}?pace=0" if Path(series).exists() else series
    stop = Event()
    volumes: list[Volume] = []
    n_lost = 0
    with tempfile.TemporaryDirectory(prefix="empatune-") as spool:
        source = open_source(spec, spool=Path(spool))
        source.open()
        try:
            for message in source.messages(stop):
                if isinstance(message, Volume) and (n_wanted is None or len(volumes) < n_wanted):
                    volumes.append(message)
                    progress(len(volumes))
                elif isinstance(message, VolumeLost):
                    n_lost += 1
                if len(volumes) == n_wanted:
                    stop.set()
        finally:
            source.close()
    return volumes, n_lost


def check_series(series: str) -> None:
    """Refuse images that are no series, before anything is read to its end.

    Parameters
    ----------
    series : str
        As `read_series` takes it; what is no file or folder is left to the source.

    Raises
    ------
    ImageError
        If it is one 3D image, or images without a repetition time.
    SourceError
        If a folder holds no images.
    """
    if not Path(series).exists():
        return
    files = series_files(Path(series))
    if not is_nifti(files[0].name):
        return
    try:
        image: Any = nibabel.load(files[0])
    except Exception:  # noqa: BLE001 - nibabel raises anything; the source tells what is damaged
        return
    flat = image.ndim == 3 or image.shape[3] == 1
    timed = bool(repetition_time(image.header) or sidecar_time(files[0]))
    if flat and (len(files) == 1 or not timed):
        what = "a 3D image" if len(files) == 1 else f"a folder of {len(files)} 3D images"
        raise ImageError(
            f"{series} is {what}, not a 4D series. Give the 4D image of the run (volumes over "
            "time) or the folder of its DICOM files. To train on maps: empatune train TABLE."
        )
    if not timed:
        raise ImageError(
            f"{series} does not say its repetition time. Write a JSON file of the same name beside "
            'it, with RepetitionTime in seconds, such as {"RepetitionTime": 2.0}.'
        )


def same_files(one: str, other: str) -> bool:
    """Tell whether two series are the same files, or copies of them.

    Parameters
    ----------
    one, other : str
        As `read_series` takes them.

    Returns
    -------
    bool
        True if they have a file in common; names do not count.

    Raises
    ------
    SourceError
        If a folder holds no images.
    """
    if one == other:
        return True
    if not (Path(one).exists() and Path(other).exists()):
        return False
    files, others = series_files(Path(one)), series_files(Path(other))
    sizes = {path.stat().st_size for path in files}
    alike = [path for path in others if path.stat().st_size in sizes]
    if not alike:
        return False
    wanted = {path.stat().st_size for path in alike}
    known = {checksum(path) for path in files if path.stat().st_size in wanted}
    return any(checksum(path) in known for path in alike)


def contents(volumes: Sequence[Volume]) -> set[bytes]:
    """Digest what volumes show, however they are stored.

    Parameters
    ----------
    volumes : sequence of Volume
        Volumes.

    Returns
    -------
    set of bytes
        One a volume that is not the same everywhere.
    """
    images = (volume.intensities() for volume in volumes)
    return {blake2b(image.tobytes()).digest() for image in images if image.min() < image.max()}
