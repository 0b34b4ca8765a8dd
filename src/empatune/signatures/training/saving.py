"""A trained signature on disk: the map, what is known of every weight, and its model card."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np

from empatune.errors import TrainingError
from empatune.files import checksum
from empatune.signatures.training import tables
from empatune.signatures.training.bootstrap import FDR
from empatune.signatures.training.card import describe
from empatune.signatures.training.procedure import Trained
from empatune.typing import Array


def save(
    trained: Trained,
    folder: Path,
    *,
    name: str,
    intended_use: str = "",
    limits: str = "",
    overwrite: bool = False,
) -> Path:
    """Write map, statistics, predictions and model card; all of it or nothing.

    Parameters
    ----------
    trained : Trained
        The signature.
    folder : Path
        Where; made if it is not there.
    name : str
        What it is called: the stem of the files.
    intended_use, limits : str
        For the card.
    overwrite : bool
        Replace a signature that is there.

    Returns
    -------
    Path
        The map, which `signatures.load` takes.

    Raises
    ------
    TrainingError
        If something is there that must not be replaced, or the disk refuses.
    """
    check_place(folder, name=name, overwrite=overwrite)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".training-") as work:
            new = Path(work) / "new"
            new.mkdir()
            _write_maps(trained, new, name)
            content = describe(trained, name=name, intended_use=intended_use, limits=limits)
            content["checksum"] = checksum(new / f"{name}.nii.gz")
            (new / f"{name}.json").write_text(
                json.dumps(content, indent=2, allow_nan=False) + "\n", "utf-8"
            )
            for suffix, text in tables.write(trained).items():
                (new / f"{name}_{suffix}.tsv").write_text(text, "utf-8")
            if folder.exists():
                folder.rename(Path(work) / "old")
            new.rename(folder)
    except OSError as error:
        raise TrainingError(f"The signature cannot be written to {folder}: {error}") from error
    return folder / f"{name}.nii.gz"


def check_place(folder: Path, *, name: str, overwrite: bool = False) -> None:
    """Refuse a folder in which a signature must not be saved, before the work begins.

    Parameters
    ----------
    folder : Path
        Where it is to go.
    name : str
        Name of the signature.
    overwrite : bool
        Whether a signature that is there may be replaced.

    Raises
    ------
    TrainingError
        If something is there and must not be replaced, or the name cannot be one of a file.
    """
    if not name or not name.replace("-", "").replace("_", "").isalnum():
        raise TrainingError(
            f"'{name}' cannot be the name of a signature: take letters, digits, - and _."
        )
    if folder.is_file():
        raise TrainingError(f"{folder} is a file; give a folder.")
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not overwrite:
        raise TrainingError(
            f"{folder} is not empty. Give another folder, or ask to overwrite it (--overwrite)."
        )
    if not list(folder.glob("*_predictions.tsv")):
        raise TrainingError(
            f"{folder} holds something that is no trained signature: it will not be overwritten."
        )


def _write_maps(trained: Trained, folder: Path, name: str) -> None:
    maps: dict[str, Array] = {"": trained.weights}
    statistics = trained.statistics
    if statistics is not None:
        maps |= {
            "_error": statistics.error,
            "_z": statistics.z,
            "_low": statistics.low,
            "_high": statistics.high,
            "_q": statistics.q,
            "_fdr05": np.where(statistics.q < FDR, trained.weights, 0),
        }
    images = trained.data.images
    for suffix, values in maps.items():
        image = nib.Nifti1Image(images.volume(values), images.grid.affine)
        image.to_filename(folder / f"{name}{suffix}.nii.gz")
