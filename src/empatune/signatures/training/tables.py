"""The tables beside a trained map: predictions, groups, permuted values, clusters of weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields

import numpy as np

from empatune.signatures.training.bootstrap import FDR, WeightStatistics
from empatune.signatures.training.clusters import Cluster, find_clusters
from empatune.signatures.training.data import TrainingData
from empatune.signatures.training.evaluation import Held, by_group
from empatune.signatures.training.procedure import Trained

MISSING = "n/a"
"""What stands for a value that is not there, as in BIDS."""


def write(trained: Trained) -> dict[str, str]:
    """Write the tables of a trained signature.

    Parameters
    ----------
    trained : Trained
        The signature.

    Returns
    -------
    dict of str to str
        Tab-separated text: ``predictions`` of every image and ``groups`` that were held out;
        ``null``, the values of every permutation, and ``clusters`` of certain weights, where
        there are any.
    """
    tables = {"predictions": _predictions(trained), "groups": _groups(trained)}
    if trained.null is not None:
        names, values = list(trained.null.values), list(trained.null.values.values())
        tables["null"] = _text(names, zip(*(each.tolist() for each in values), strict=True))
    if trained.statistics is not None:
        tables["clusters"] = _clusters(trained.statistics, trained.data)
    return tables


def _predictions(trained: Trained) -> str:
    data = trained.data
    off = [""] * len(data.outcome) if data.off_target is None else data.off_target
    rows = [
        (
            row + 1,
            data.groups[row],
            int(trained.folds[row]) if trained.folds[row] >= 0 else MISSING,
            off[row] or MISSING,
            float(data.outcome[row]),
            float(trained.predictions[row]),
        )
        for row in range(len(data.outcome))
    ]
    return _text(("image", "group", "fold", "off_target", "outcome", "prediction"), rows)


def _groups(trained: Trained) -> str:
    data, rows = trained.data, trained.data.trained
    held = by_group(
        trained.predictions[rows], data.outcome[rows], data.groups[rows], trained.folds[rows]
    )
    return _text([each.name for each in fields(Held)], map(astuple, held))


def _clusters(statistics: WeightStatistics, data: TrainingData) -> str:
    images = data.images
    found = find_clusters(
        images.volume(statistics.z),
        images.volume(statistics.q < FDR) > 0,
        images.grid,
        space=data.space,
    )
    rows = [
        (*astuple(each)[:-1], "; ".join(f"{name} {n}" for name, n in each.regions) or MISSING)
        for each in found
    ]
    return _text([each.name for each in fields(Cluster)], rows)


def _text(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["\t".join(names), *("\t".join(map(_cell, row)) for row in rows)]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return repr(value) if np.isfinite(value) else MISSING
    return str(value)
