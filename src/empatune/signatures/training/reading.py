"""A trained signature read back from its folder: map, card, tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np

from empatune.core import Grid
from empatune.errors import TrainingError
from empatune.signatures.signature import load
from empatune.signatures.training.card import Card, load_card
from empatune.signatures.training.tables import MISSING
from empatune.typing import Float32Array

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Saved:
    """A trained signature as it lies on disk.

    Parameters
    ----------
    card : Card
        Its model card.
    grid : Grid
        Where its voxels lie.
    weights : ndarray, shape (n_i, n_j, n_k), float32
        The map.
    certain : ndarray, shape (n_i, n_j, n_k), float32, or None
        The map where the false discovery rate is below .05; None without a bootstrap.
    predictions, groups : DataFrame
        What was predicted for every image and every group that was held out.
    null, clusters : DataFrame or None
        Permuted values by measure, clusters of certain weights; None if they were not computed.
    """

    card: Card
    grid: Grid
    weights: Float32Array
    certain: Float32Array | None
    predictions: pd.DataFrame
    groups: pd.DataFrame
    null: pd.DataFrame | None
    clusters: pd.DataFrame | None


def read(path: Path) -> Saved:
    """Read a trained signature.

    Parameters
    ----------
    path : Path
        Its map (.nii.gz) or its card (.json); the other files lie beside it.

    Returns
    -------
    Saved
        Everything that was saved.

    Raises
    ------
    TrainingError
        If a file is missing or damaged, or the map is not the one that the card describes.
    """
    card = load_card(path)
    stem = path.name.removesuffix(".json").removesuffix(".gz").removesuffix(".nii")
    place = path.parent / stem
    signature = load(place.with_name(f"{stem}.nii.gz"))
    certain = place.with_name(f"{stem}_fdr05.nii.gz")
    return Saved(
        card=card,
        grid=signature.grid,
        weights=signature.weights,
        certain=_map(certain) if certain.is_file() else None,
        predictions=_table(place.with_name(f"{stem}_predictions.tsv")),
        groups=_table(place.with_name(f"{stem}_groups.tsv")),
        null=_optional(place.with_name(f"{stem}_null.tsv")),
        clusters=_optional(place.with_name(f"{stem}_clusters.tsv")),
    )


def _map(path: Path) -> Float32Array:
    try:
        return np.asarray(nib.load(path).dataobj, dtype=np.float32)
    except Exception as error:  # nibabel raises many kinds for damaged files
        raise TrainingError(f"{path} cannot be read as a NIfTI image: {error}") from error


def _optional(path: Path) -> pd.DataFrame | None:
    return _table(path) if path.is_file() else None


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_csv(path, sep="\t", na_values=[MISSING], dtype={"group": str})
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} cannot be read: {error}") from error
