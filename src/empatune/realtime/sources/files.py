"""Files of a stored series in the order in which a person would list them."""

from __future__ import annotations

import re
from pathlib import Path

from empatune.errors import SourceError
from empatune.realtime.sources.nifti import is_nifti

_MARK_AT = 128


def in_name_order(paths: list[Path]) -> list[Path]:
    """Sort files so that 9 comes before 10.

    Parameters
    ----------
    paths : list of Path
        The files.

    Returns
    -------
    list of Path
        Sorted.
    """
    return sorted(
        paths,
        key=lambda path: [
            (0, int(part), "") if part.isdigit() else (1, 0, part)
            for part in re.split(r"(\d+)", str(path))
        ],
    )


def is_dicom(path: Path) -> bool:
    """Tell whether a file bears the mark of a DICOM object.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool
        True if it does.
    """
    try:
        with path.open("rb") as file:
            file.seek(_MARK_AT)
            return file.read(4) == b"DICM"
    except OSError:
        return False


def series_files(path: Path) -> list[Path]:
    """List the files of a stored series: DICOM objects if there are any, else NIfTI images.

    Parameters
    ----------
    path : Path
        A file, or a folder; sub-folders are looked at if the folder itself holds no images.

    Returns
    -------
    list of Path
        In the order of their names.

    Raises
    ------
    SourceError
        If there is nothing to read.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise SourceError(
            f"{path} is not there. Give a DICOM folder, a NIfTI file or a folder of NIfTI files."
        )
    for found in (path.iterdir(), path.rglob("*")):
        files = [file for file in found if file.is_file() and not file.name.startswith(".")]
        objects = [file for file in files if not is_nifti(file.name) and is_dicom(file)]
        images = [file for file in files if is_nifti(file.name)]
        if objects or images:
            return in_name_order(objects or images)
    raise SourceError(
        f"{path} holds neither DICOM objects nor NIfTI images (.nii, .nii.gz): nothing to play."
    )
