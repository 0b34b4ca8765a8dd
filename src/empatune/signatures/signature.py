"""One weight map: what it is, where it lies, and how it is found on disk."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np

from empatune.core import Grid
from empatune.errors import ImageError, SignatureError
from empatune.files import checksum
from empatune.signatures.catalogue import CATALOGUE, Entry
from empatune.typing import Array, Float32Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signature:
    """A weight map in MNI space; its response to an image is their dot product.

    Parameters
    ----------
    name : str
        What users call it.
    weights : ndarray, shape (n_i, n_j, n_k), float32
        One weight a voxel; 0 outside the map.
    grid : Grid
        Where the voxels lie in MNI space.
    entry : Entry or None
        The catalogue's entry of a published map.

    Raises
    ------
    SignatureError
        If the weights are not a finite volume that fits the grid and holds something.
    """

    name: str
    weights: Float32Array
    grid: Grid
    entry: Entry | None = None

    def __post_init__(self) -> None:
        weights = np.array(self.weights, dtype=np.float32)
        if weights.shape != self.grid.shape:
            raise SignatureError(
                f"Signature '{self.name}' has weights of shape {weights.shape}, "
                f"its grid {self.grid.shape}."
            )
        _check_weights(self.name, weights)
        weights.setflags(write=False)
        object.__setattr__(self, "weights", weights)


def load(name_or_path: str | Path) -> Signature:
    """Load a published map by its name, or any NIfTI weight map by its path.

    Parameters
    ----------
    name_or_path : str or Path
        A name of the catalogue, such as ``care``, or the path of a 3D NIfTI file in MNI space.

    Returns
    -------
    Signature
        The map. A published one has passed its checksum.

    Raises
    ------
    SignatureError
        If the map is unknown, missing, altered, or not a usable weight map.
    """
    entry = CATALOGUE.get(str(name_or_path))
    if entry is None:
        return _load_own(Path(name_or_path).expanduser())
    path = find(entry)
    if path is None:
        looked = ", ".join(str(folder) for folder in data_folders())
        raise SignatureError(
            f"The map of signature '{entry.name}', {entry.file}, was not found; looked in "
            f"{looked}. Run: empatune signatures fetch {entry.name}. Without a connection, get it "
            f"from {entry.home} on GitHub, then set the environment variable EMPATUNE_DATA to the "
            "folder that holds it (or holds it in a folder 'signatures')."
        )
    if not is_published(path, entry):
        raise SignatureError(
            f"{path} is not the published map of signature '{entry.name}': its checksum differs. "
            f"Get it again from {entry.home}, or give the path to use it as a map of your own."
        )
    weights, grid = _read(path)
    return Signature(name=entry.name, weights=weights, grid=grid, entry=entry)


def find(entry: Entry) -> Path | None:
    """Find the file of a published map.

    Parameters
    ----------
    entry : Entry
        The catalogue's entry.

    Returns
    -------
    Path or None
        The first file of that name; None if there is none.
    """
    for folder in data_folders():
        for name in (entry.file, Path(entry.upstream).name):
            path = folder / name
            if path.is_file():
                return path
    return None


def is_published(path: Path, entry: Entry) -> bool:
    """Tell whether a file is the published map.

    Parameters
    ----------
    path : Path
        The file.
    entry : Entry
        The catalogue's entry.

    Returns
    -------
    bool
        True if the file's checksum, or that of its voxels where the entry has one, is right.
    """
    if checksum(path) == entry.sha256:
        return True
    if not entry.digest:
        return False
    try:
        return voxel_digest(*_read(path)) == entry.digest
    except SignatureError:
        return False


def voxel_digest(weights: Array, grid: Grid) -> str:
    """Return the checksum of a map, however its file is packed.

    Parameters
    ----------
    weights : ndarray, shape (n_i, n_j, n_k)
        The weights.
    grid : Grid
        Where they lie.

    Returns
    -------
    str
        SHA-256 of shape, affine and weights, the numbers in single precision.
    """
    digest = hashlib.sha256(repr(grid.shape).encode())
    digest.update(grid.affine.astype("<f4").tobytes())
    digest.update(weights.astype("<f4").tobytes(order="F"))
    return digest.hexdigest()


def data_folders() -> tuple[Path, ...]:
    """Name the folders in which published maps are looked for, in order.

    Returns
    -------
    tuple of Path
        ``EMPATUNE_DATA/signatures``, ``EMPATUNE_DATA`` and the user's cache.
    """
    folders = []
    named = os.environ.get("EMPATUNE_DATA")
    if named:
        root = Path(named).expanduser()
        folders = [root / "signatures", root]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (*folders, cache / "empatune" / "signatures")


def _load_own(path: Path) -> Signature:
    if not path.is_file():
        raise SignatureError(
            f"'{path}' is neither a signature of the catalogue nor a file. "
            f"Known signatures: {', '.join(CATALOGUE)}."
        )
    weights, grid = _read(path)
    name = path.name.removesuffix(".gz").removesuffix(".nii")
    return Signature(name=name, weights=weights, grid=grid)


def _read(path: Path) -> tuple[Array, Grid]:
    try:
        image = nib.load(path)
        weights = np.asarray(image.dataobj, dtype=np.float32)
    except Exception as error:  # nibabel raises many kinds for damaged files
        raise SignatureError(f"{path} cannot be read as a NIfTI image: {error}") from error
    if weights.ndim == 4 and weights.shape[3] == 1:
        weights = weights[..., 0]
    if weights.ndim != 3:
        raise SignatureError(
            f"{path} has shape {weights.shape}; a signature is one 3D volume. "
            "Save the volume that you mean in a file of its own."
        )
    try:
        grid = Grid(shape=weights.shape, affine=image.affine)
    except ImageError as error:
        raise SignatureError(f"{path} cannot be placed in MNI space: {error}") from error
    return weights, grid


def _check_weights(name: str, weights: Float32Array) -> None:
    n_bad = int((~np.isfinite(weights)).sum())
    if n_bad:
        raise SignatureError(
            f"Signature '{name}' holds {n_bad} weights that are not finite. "
            "Set voxels outside the map to 0."
        )
    if not weights.any():
        raise SignatureError(f"Signature '{name}' is empty: every weight is 0.")
