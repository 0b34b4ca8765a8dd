"""A participant's preparation: signatures and systems in the grid of their own EPI."""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from scipy.ndimage import map_coordinates

from empatune.core import Grid
from empatune.errors import ImageError, PreparationError
from empatune.preparation.coverage import Coverage
from empatune.typing import Array, BoolArray, Float32Array, FloatArray, JsonObject

FILE = "preparation.json"
"""The file that describes a preparation; it lies beside its images."""

FORMAT = 1
"""Version of the layout on disk."""

_DAMAGE = (
    *(OSError, EOFError, zlib.error, ImageFileError),  # files
    *(KeyError, TypeError, ValueError, ImageError, PreparationError),  # what they hold
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """Everything that a session needs to know of a participant's brain.

    Parameters
    ----------
    grid : Grid
        The participant's EPI.
    reference : ndarray, shape (n_i, n_j, n_k), float32
        Mean EPI.
    brain : ndarray, shape (n_i, n_j, n_k), bool
        The brain in it.
    template : ndarray, shape (n_i, n_j, n_k), float32
        The T1-weighted MNI template, brought to the EPI; 0 outside its brain.
    weights : dict of str to ndarray, shape (n_i, n_j, n_k), float32
        Per signature, the weights whose dot product with a volume is the response; 0 outside
        the brain.
    systems : dict of str to ndarray, shape (n_i, n_j, n_k), float32
        Per component system, the share of each voxel that belongs to it, 0 to 1; 0 outside the
        brain.
    coverage : dict of str to Coverage
        Per signature and system, how much of it lies inside the image and the brain.
    method : str
        How MNI was brought to the EPI, such as ``ants-full``.
    details : dict
        What the record should know: agreement, versions, checksums, notes.

    Raises
    ------
    PreparationError
        If an image does not fit the grid or holds what it must not.
    """

    grid: Grid
    reference: Float32Array
    brain: BoolArray
    template: Float32Array
    weights: dict[str, Float32Array]
    systems: dict[str, Float32Array]
    coverage: dict[str, Coverage]
    method: str
    details: JsonObject = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, image in _images(self).items():
            if image.shape != self.grid.shape:
                raise PreparationError(
                    f"Image '{name}' of a preparation has shape {image.shape}, its grid "
                    f"{self.grid.shape}."
                )
            if not np.isfinite(image).all():
                raise PreparationError(f"Image '{name}' of a preparation is not finite.")
            image.setflags(write=False)
        if not self.brain.any():
            raise PreparationError("The brain of a preparation is empty.")
        missing = {*self.weights, *self.systems} - set(self.coverage)
        if missing:
            raise PreparationError(f"Coverage of {', '.join(sorted(missing))} is missing.")

    def save(self, folder: Path, *, overwrite: bool = False) -> None:
        """Write the preparation as NIfTI images and one JSON file; all of it or nothing.

        Parameters
        ----------
        folder : Path
            Where; made if it is not there.
        overwrite : bool
            Replace what is there.

        Raises
        ------
        PreparationError
            If something is there and must not be replaced, or the disk refuses.
        """
        folder = Path(folder)
        check_place(folder, overwrite=overwrite)
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".preparation-") as work:
                _write(self, Path(work) / "new")
                if folder.exists():
                    folder.rename(Path(work) / "old")
                (Path(work) / "new").rename(folder)
        except OSError as error:
            raise PreparationError(f"The preparation cannot be written: {error}") from error

    @classmethod
    def load(cls, folder: Path) -> Prepared:
        """Read what `save` wrote and check that it is complete.

        Parameters
        ----------
        folder : Path
            The folder.

        Returns
        -------
        Prepared
            Equal to the bit to what was saved.

        Raises
        ------
        PreparationError
            If it is missing, incomplete or damaged.
        """
        folder = Path(folder)
        if not (folder / FILE).is_file():
            raise PreparationError(
                f"{folder} holds no preparation ({FILE} is missing). Make one with: "
                f"empatune prepare SERIES --out {folder}"
            )
        try:
            facts: dict[str, Any] = json.loads((folder / FILE).read_text("utf-8"))
            if facts["format"] != FORMAT:
                raise ValueError(f"written in format {facts['format']}, read is {FORMAT}")
            return _read(facts, folder)
        except _DAMAGE as error:
            raise PreparationError(
                f"The preparation in {folder} is incomplete or damaged: {error}. Prepare again."
            ) from error

    def on(self, grid: Grid) -> Prepared:
        """Bring the preparation to another EPI grid of the same scanner session.

        Parameters
        ----------
        grid : Grid
            The other grid; the head is taken to lie where it lay.

        Returns
        -------
        Prepared
            Itself if the grids match; else resampled by world coordinates, linearly. Weights
            keep their sum where voxel sizes differ.
        """
        if grid.matches(self.grid):
            return self
        pull = _puller(self.grid, grid)
        # weights are sums over a voxel, so they shrink with it
        density = abs(np.linalg.det(grid.affine[:3, :3]) / np.linalg.det(self.grid.affine[:3, :3]))
        kept = _puller(grid, self.grid)(np.ones(grid.shape, np.float32)) > 0.5
        maps = {**self.weights, **self.systems}
        brain: BoolArray = pull(self.brain.astype(np.float32)) > 0.5
        if not brain.any():
            raise PreparationError(
                "The other image does not overlap the brain that was prepared. Prepare again."
            )
        return Prepared(
            grid=grid,
            reference=pull(self.reference),
            brain=brain,
            template=pull(self.template),
            weights={n: pull(w) * np.float32(density) * brain for n, w in self.weights.items()},
            systems={n: pull(m) * brain for n, m in self.systems.items()},
            coverage={n: c.within(maps[n], kept) for n, c in self.coverage.items()},
            method=self.method,
            details={**self.details, "prepared_on": self.grid.to_json()},
        )


def check_place(folder: Path, *, overwrite: bool = False) -> None:
    """Refuse a folder in which a preparation must not be saved.

    Parameters
    ----------
    folder : Path
        Where it is to go.
    overwrite : bool
        Whether a preparation that is there may be replaced.

    Raises
    ------
    PreparationError
        If something is there and must not be replaced.
    """
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not overwrite:
        raise PreparationError(
            f"{folder} is not empty. Give another folder, or ask to overwrite it (--overwrite)."
        )
    if not (folder / FILE).exists():
        raise PreparationError(
            f"{folder} holds something that is no preparation: it will not be overwritten."
        )


def _puller(old: Grid, new: Grid) -> Callable[[Array], Float32Array]:
    matrix = np.linalg.inv(old.affine) @ new.affine
    indices = np.indices(new.shape).reshape(3, -1)
    where: FloatArray = matrix[:3, :3] @ indices + matrix[:3, 3:]

    def pull(image: Array) -> Float32Array:
        values = map_coordinates(image, where, order=1, mode="constant", output=np.float32)
        pulled: Float32Array = values.reshape(new.shape)
        return pulled

    return pull


def _images(prepared: Prepared) -> dict[str, Array]:
    return {
        "reference": prepared.reference,
        "brain": prepared.brain,
        "template": prepared.template,
        **{f"weights/{name}": image for name, image in prepared.weights.items()},
        **{f"systems/{name}": image for name, image in prepared.systems.items()},
    }


def _write(prepared: Prepared, folder: Path) -> None:
    (folder / "weights").mkdir(parents=True)
    (folder / "systems").mkdir()
    for name, image in _images(prepared).items():
        stored = image.astype(np.uint8) if image.dtype == bool else image
        nib.Nifti1Image(stored, prepared.grid.affine).to_filename(folder / f"{name}.nii.gz")
    facts = {
        "format": FORMAT,
        "method": prepared.method,
        "grid": prepared.grid.to_json(),
        "weights": list(prepared.weights),
        "systems": list(prepared.systems),
        "coverage": {name: entry.to_json() for name, entry in prepared.coverage.items()},
        "details": prepared.details,
    }
    (folder / FILE).write_text(json.dumps(facts, indent=2, allow_nan=False) + "\n", "utf-8")


def _read(facts: dict[str, Any], folder: Path) -> Prepared:
    def read(name: str) -> Float32Array:
        return np.asarray(nib.load(folder / f"{name}.nii.gz").dataobj, dtype=np.float32)

    grid = Grid(shape=tuple(facts["grid"]["shape"]), affine=np.array(facts["grid"]["affine"]))
    return Prepared(
        grid=grid,
        reference=read("reference"),
        brain=read("brain") > 0,
        template=read("template"),
        weights={name: read(f"weights/{name}") for name in facts["weights"]},
        systems={name: read(f"systems/{name}") for name in facts["systems"]},
        coverage={name: Coverage(**entry) for name, entry in facts["coverage"].items()},
        method=facts["method"],
        details=facts["details"],
    )
