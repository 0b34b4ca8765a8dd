"""Decoders of the participant's own: maps in the EPI grid that a session can name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np

from empatune.errors import PreparationError
from empatune.preparation.coverage import Coverage
from empatune.preparation.prepared import FILE, Prepared
from empatune.typing import Float32Array, JsonObject


def check_name(prepared: Prepared, name: str, *, overwrite: bool = False) -> None:
    """Refuse a name that a preparation already uses for another map.

    Parameters
    ----------
    prepared : Prepared
        The preparation.
    name : str
        What the decoder is to be called.
    overwrite : bool
        Whether a decoder of that name may be replaced.

    Raises
    ------
    PreparationError
        If it is taken.
    """
    taken = {*prepared.weights, *prepared.systems}
    if name not in taken:
        return
    if name not in decoders_of(prepared):
        raise PreparationError(
            f"'{name}' is a signature or system of this preparation. Call the decoder otherwise: "
            "--name."
        )
    if not overwrite:
        raise PreparationError(
            f"The preparation already holds a decoder '{name}'. Give another --name, or ask to "
            "overwrite it."
        )


def decoders_of(prepared: Prepared) -> dict[str, JsonObject]:
    """List the decoders that were handed to a preparation.

    Parameters
    ----------
    prepared : Prepared
        The preparation.

    Returns
    -------
    dict of str to dict
        By name, what is known of each.
    """
    found = prepared.details.get("decoders")
    if not isinstance(found, dict):
        return {}
    return {name: facts for name, facts in found.items() if isinstance(facts, dict)}


def with_decoder(
    prepared: Prepared,
    name: str,
    weights: Float32Array,
    *,
    facts: JsonObject,
    overwrite: bool = False,
) -> Prepared:
    """Add a map in the participant's own grid to a preparation.

    Parameters
    ----------
    prepared : Prepared
        The preparation.
    name : str
        What a study file will call it.
    weights : ndarray, shape (n_i, n_j, n_k), float32
        The map, for raw images in which the brain mean of the reference is 100.
    facts : dict
        What the record should know of it.
    overwrite : bool
        Replace a decoder of that name.

    Returns
    -------
    Prepared
        With the map among its weights.

    Raises
    ------
    PreparationError
        If the name is taken, or the map does not fit.
    """
    check_name(prepared, name, overwrite=overwrite)
    if weights.shape != prepared.grid.shape:
        raise PreparationError(
            f"The decoder '{name}' has shape {weights.shape}, the preparation "
            f"{prepared.grid.shape}: it was trained in another grid."
        )
    inside = np.asarray(weights * prepared.brain, dtype=np.float32)
    if not np.isfinite(inside).all() or not inside.any():
        raise PreparationError(f"The decoder '{name}' is empty or not finite in this brain.")
    digest = hashlib.sha256(np.ascontiguousarray(inside).tobytes()).hexdigest()
    decoders: JsonObject = {**decoders_of(prepared), name: {**facts, "weights_sha256": digest}}
    return replace(
        prepared,
        weights={**prepared.weights, name: inside},
        coverage={**prepared.coverage, name: Coverage(voxel_share=1.0, energy_share=1.0)},
        details={**prepared.details, "decoders": decoders},
    )


def hand_over(
    folder: Path,
    name: str,
    weights: Float32Array,
    *,
    facts: JsonObject,
    overwrite: bool = False,
) -> Prepared:
    """Add a decoder to a preparation on disk, whatever else lies in its folder.

    Parameters
    ----------
    folder : Path
        The preparation.
    name : str
        What a study file will call it.
    weights : ndarray, shape (n_i, n_j, n_k), float32
        The map.
    facts : dict
        What the record should know of it.
    overwrite : bool
        Replace a decoder of that name.

    Returns
    -------
    Prepared
        What the folder now holds.

    Raises
    ------
    PreparationError
        If the map does not fit, the name is taken, or the disk refuses.
    """
    prepared = with_decoder(Prepared.load(folder), name, weights, facts=facts, overwrite=overwrite)
    image = nib.Nifti1Image(prepared.weights[name], prepared.grid.affine)
    content = json.loads((folder / FILE).read_text("utf-8"))
    content["weights"] = list(prepared.weights)
    content["coverage"] = {key: entry.to_json() for key, entry in prepared.coverage.items()}
    content["details"] = prepared.details
    # the map first: until the description names it, nobody reads it
    try:
        new = folder / "weights" / f".{name}.new.nii.gz"
        image.to_filename(new)
        new.replace(folder / "weights" / f"{name}.nii.gz")
        described = folder / f".{FILE}.new"
        described.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", "utf-8")
        described.replace(folder / FILE)
    except OSError as error:
        raise PreparationError(f"The decoder cannot be written to {folder}: {error}") from error
    return Prepared.load(folder)
