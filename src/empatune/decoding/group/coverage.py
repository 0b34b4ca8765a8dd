"""How much of every signature the images of the people cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of one signature one person's images cover.

    Parameters
    ----------
    participant : str
        Whose images.
    name : str
        The signature or system.
    kind : str
        ``signature`` or ``system``.
    voxels : float
        Share of its voxels, in the worst run; NaN if it is not known.
    weight : float
        Share of its weight energy, in the worst run; NaN if it is not known.
    low : bool
        Whether the share of weight energy is below the threshold.
    """

    participant: str
    name: str
    kind: str
    voxels: float
    weight: float
    low: bool


def cover(rows: pd.DataFrame, threshold: float) -> tuple[Coverage, ...]:
    """Take the worst coverage of every person and signature.

    Parameters
    ----------
    rows : DataFrame
        A checked table.
    threshold : float
        Below this share of weight energy coverage is low.

    Returns
    -------
    tuple of Coverage
        Signature by signature.
    """
    keys = ["signature", "kind", "participant"]
    worst = rows.groupby(keys, observed=True, sort=False)[["coverage_voxels", "coverage_weight"]]
    return tuple(
        Coverage(
            participant=str(participant),
            name=str(name),
            kind=str(kind),
            voxels=float(row["coverage_voxels"]),
            weight=float(row["coverage_weight"]),
            low=bool(row["coverage_weight"] < threshold),
        )
        for (name, kind, participant), row in worst.min().iterrows()
    )
