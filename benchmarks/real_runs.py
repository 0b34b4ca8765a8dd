"""The real runs as plain arrays, read with nibabel's DICOM wrappers."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

RUNS = {"siemens_nf_run": "siemens_nf_run/dicoms", "siemens_objects_run-1": "siemens_objects_run-1"}
"""Names and folders of Siemens mosaic runs."""


def mosaics(folder: Path, n_volumes: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Read a folder of Siemens mosaics in the order of acquisition.

    Returns
    -------
    volumes : ndarray, shape (n_volumes, n_i, n_j, n_k), float32
        Intensities.
    affine : ndarray, shape (4, 4)
        Voxel to RAS+ world [mm].
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nibabel.nicom import dicomwrappers  # warns that it is experimental

        files = sorted(path for path in folder.rglob("*.dcm"))
        wrapped = [dicomwrappers.wrapper_from_file(path) for path in files]
        wrapped = [one for one in wrapped if one.is_mosaic]
        wrapped.sort(key=lambda one: int(one.get("InstanceNumber")))
        wrapped = wrapped[:n_volumes]
        volumes = np.stack([np.asarray(one.get_data(), dtype=np.float32) for one in wrapped])
        to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
        return volumes, to_ras @ wrapped[0].affine
