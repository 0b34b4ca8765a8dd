"""The model card of a signature: what it was made of, how well it does, where its limits are."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from empatune import __version__
from empatune.errors import TrainingError
from empatune.files import checksum
from empatune.signatures.training.bootstrap import FDR
from empatune.signatures.training.evaluation import calibration_curve
from empatune.signatures.training.procedure import Trained
from empatune.typing import JsonObject

FORMAT = 2
"""Version of the card's layout."""

LIMITS = (
    "The figures hold for images like these: not for other scanners, tasks or preprocessing.",
    "Figures are out of fold, the map is trained on all groups: test it on other people.",
    "Weights show what the model uses together, not which regions answer to the outcome alone.",
    "A response is no proof of a state, and no ground for a decision about a single person.",
)
"""What holds for every signature that is trained here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a model card says.

    Parameters
    ----------
    name : str
        Name of the signature.
    checksum : str
        SHA-256 of the map's file.
    content : dict
        Everything: data, method, cross-validation, measures, use, limits, versions.
    """

    name: str
    checksum: str
    content: JsonObject = field(default_factory=dict)


def describe(
    trained: Trained, *, name: str, intended_use: str = "", limits: str = ""
) -> JsonObject:
    """Write the model card of a signature.

    Parameters
    ----------
    trained : Trained
        The signature.
    name : str
        What it is called.
    intended_use : str
        What its makers mean it for.
    limits : str
        What they know it should not be used for.

    Returns
    -------
    dict
        JSON values.
    """
    return {
        "format": FORMAT,
        "name": name,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "intended_use": intended_use or "Not stated by its makers.",
        "limits": [*([limits] if limits else []), *LIMITS, *_warnings(trained)],
        "data": _data(trained),
        "method": _method(trained),
        "cross_validation": _validation(trained),
        "measures": {key: result.to_json() for key, result in trained.results.items()},
        "off_target": [each.to_json() for each in trained.off_targets],
        "calibration": _calibration(trained),
        "weights": _weights(trained),
        "seed": trained.settings.seed,
        "versions": _versions(),
    }


def load_card(path: Path) -> Card:
    """Read the model card beside a map and check that the map is the one it describes.

    Parameters
    ----------
    path : Path
        The map (.nii.gz) or the card (.json).

    Returns
    -------
    Card
        The card.

    Raises
    ------
    TrainingError
        If there is no card, or the map is missing or altered.
    """
    stem = path.name.removesuffix(".json").removesuffix(".gz").removesuffix(".nii")
    card, image = path.with_name(f"{stem}.json"), path.with_name(f"{stem}.nii.gz")
    try:
        content: dict[str, Any] = json.loads(card.read_text("utf-8"))
        found = Card(name=content["name"], checksum=content["checksum"], content=content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{card} is no model card: {error}") from error
    if not image.is_file() or checksum(image) != found.checksum:
        raise TrainingError(
            f"{image} is not the map that its card describes: it is missing or was altered. "
            "Train again, or get map and card anew from where you have them."
        )
    return found


def _data(trained: Trained) -> JsonObject:
    data = trained.data
    known = data.outcome[data.trained]
    outcome: JsonObject = {"name": data.outcome_name}
    if data.classes:
        first, second = data.classes
        outcome |= {
            "classes": {first: int((known < 0).sum()), second: int((known > 0).sum())},
            "positive": second,
        }
    else:
        numbers = {"mean": known.mean(), "sd": known.std(ddof=1), "min": known.min()}
        outcome |= {key: float(value) for key, value in numbers.items()} | {
            "max": float(known.max())
        }
    return {
        "n_images": int(data.trained.sum()),
        "n_groups": len(np.unique(data.groups[data.trained])),
        "group_name": data.group_name,
        "space": data.space,
        "n_off_target_images": int((~data.trained).sum()),
        "outcome": outcome,
        "n_voxels": int(data.images.mask.sum()),
        "grid": data.images.grid.to_json(),
        "images_sha256": data.images.checksum,
    }


def _method(trained: Trained) -> JsonObject:
    method = trained.method
    return {
        "name": method.name,
        "summary": method.summary,
        "doi": method.doi,
        "penalty": trained.penalty,
        "penalty_chosen_by": "inner folds" if trained.settings.penalty is None else "the user",
        "n_components": trained.settings.n_components,
        "intercept": trained.intercept,
    }


def _validation(trained: Trained) -> JsonObject:
    null, settings = trained.null, trained.settings
    return {
        "scheme": "one group held out at a time" if settings.n_folds is None else "grouped folds",
        "n_folds": len(trained.fold_penalties),
        "n_inner_folds": settings.n_inner_folds,
        "fold_penalties": [float(each) for each in trained.fold_penalties],
        "n_permutations": settings.n_permutations,
        "exchanged": null.kind if null else None,
        "null": null.to_json() if null else {},
        "intervals": f"percentiles of {settings.n_resamples} resamples of the groups",
    }


def _calibration(trained: Trained) -> JsonObject:
    data = trained.data
    outcome = data.outcome[data.trained]
    if data.classes:
        outcome = (outcome + 1) / 2
    curve = calibration_curve(trained.predictions[data.trained], outcome)
    keys = ("mean_prediction", "mean_outcome", "n_images")
    return {key: [float(v) for v in values] for key, values in zip(keys, curve, strict=True)}


def _weights(trained: Trained) -> JsonObject:
    statistics, settings = trained.statistics, trained.settings
    facts: JsonObject = {"n_bootstraps": settings.n_bootstraps, "resampled": "groups"}
    if statistics is not None:
        facts |= {
            "intervals": "percentile" if settings.percentile else "normal",
            "fdr": FDR,
            "n_voxels_fdr": int((statistics.q < FDR).sum()),
        }
    return facts


def _warnings(trained: Trained) -> list[str]:
    n_groups = len(np.unique(trained.data.groups[trained.data.trained]))
    found = []
    if n_groups < 20:
        found.append(
            f"{n_groups} groups are few: intervals and the choice of the penalty rest on them."
        )
    tested = [result for result in trained.results.values() if result.p is not None]
    if tested and min(result.p or 1.0 for result in tested) > 0.05:
        found.append("No measure is better than chance in the permutation test at p < .05.")
    if trained.null is None:
        found.append("No permutation test was made.")
    return found


def _versions() -> JsonObject:
    names = ("numpy", "scipy", "scikit-learn", "nibabel")
    versions: JsonObject = {"empatune": __version__, "python": platform.python_version()}
    return versions | {name: version(name) for name in names}
