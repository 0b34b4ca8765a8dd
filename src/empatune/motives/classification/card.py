"""The model card of a classifier: the file that holds it."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from empatune import __version__
from empatune.errors import TrainingError
from empatune.files import write_together
from empatune.motives.classification.classifier import Classifier, Trained
from empatune.motives.classification.discriminant import Discriminant
from empatune.motives.classification.page import render
from empatune.motives.classification.validation import Validation
from empatune.typing import JsonObject, JsonValue

FORMAT = 1
"""Version of the file's layout."""

LIMITS = (
    "The figures hold for recordings like these: not for other tasks, inputs, regions or networks.",
    "They are of people who were held out; the rule itself was then learnt from everybody.",
    (
        "Connections are those of a model. That a model tells motives apart does not show that the "
        "brain does it so."
    ),
    "An answer is no proof of a motive, and no ground for a decision about a single person.",
)
"""What holds for every classifier of motives."""

_FEW_PEOPLE = 20


def describe(
    trained: Trained,
    *,
    name: str,
    beside: dict[str, Validation] | None = None,
    about: str = "",
    limits: str = "",
) -> JsonObject:
    """
    Write down a classifier and all that is known of it.

    Parameters
    ----------
    trained : Trained
        The classifier.
    name : str
        What it is called.
    beside : dict of str to Validation, optional
        The same people told from other views of their recordings.
    about : str
        What it is meant for, in its makers' words.
    limits : str
        What they know it should not be used for.

    Returns
    -------
    dict
        JSON values; `read` takes them back.
    """
    rule, cases = trained.classifier, trained.cases
    return {
        "format": FORMAT,
        "name": name,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "about": about or "Not stated by its makers.",
        "limits": [*([limits] if limits else []), *LIMITS, *_cautions(trained, beside or {})],
        "classifier": {
            "classes": list(rule.classes),
            "network": rule.network,
            "parameters": list(rule.parameters),
            "modulators": list(rule.modulators),
            "features": list(rule.features),
            "scale": rule.scale,
            "weights": rule.rule.weights.tolist(),
            "intercept": rule.rule.intercept,
            "shrinkage": rule.rule.shrinkage,
            "centre": rule.centre.tolist(),
            "spread": rule.spread.tolist(),
        },
        "data": {
            "n_people": cases.n_people,
            "n_cases": {each: cases.labels.count(each) for each in cases.classes},
            "design": "both motives in everybody" if cases.within else "one motive a person",
        },
        "method": "linear discriminant analysis, covariance shrunk as Ledoit & Wolf 2004; one "
        "person held out at a time; labels exchanged "
        + ("within people" if cases.within else "between people"),
        "validation": figures(trained.validation),
        "beside": {each: figures(found) for each, found in (beside or {}).items()},
        "versions": {
            "empatune": __version__,
            "python": platform.python_version(),
            **{each: version(each) for each in ("numpy", "scipy")},
        },
    }


def figures(found: Validation) -> JsonObject:
    """
    Tell a validation as JSON.

    Parameters
    ----------
    found : Validation
        The validation.

    Returns
    -------
    dict
        Accuracy, interval, chance and calibration; null for what cannot be told.
    """
    line = found.calibration
    return {
        "accuracy": found.accuracy,
        "low": found.low,
        "high": found.high,
        "auc": found.auc,
        "p": found.p,
        "chance": found.chance,
        "chance_95": found.chance_95,
        "n_permutations": found.n_permutations,
        "calibration": {
            "slope": _known(line.slope),
            "intercept": _known(line.intercept),
            "brier": line.brier,
            "predicted": line.predicted.tolist(),
            "observed": line.observed.tolist(),
            "n": line.n.tolist(),
        },
    }


def check_free(folder: Path, name: str, *, overwrite: bool = False) -> tuple[Path, Path]:
    """
    Refuse to write over a classifier, before anything is computed.

    Parameters
    ----------
    folder : Path
        Where a classifier shall go.
    name : str
        What it will be called.
    overwrite : bool
        Whether it may replace another.

    Returns
    -------
    file, page : Path
        Where it will be.

    Raises
    ------
    TrainingError
        If a classifier of this name is there already, or the folder is a file.
    """
    file, page = folder / f"{name}.json", folder / f"{name}.md"
    if folder.exists() and not folder.is_dir():
        raise TrainingError(f"{folder} is a file; a classifier needs a folder.")
    if not overwrite and (file.exists() or page.exists()):
        raise TrainingError(
            f"{file} is there already. Give --overwrite to replace it, or another --out."
        )
    return file, page


def save(content: JsonObject, folder: Path, *, overwrite: bool = False) -> tuple[Path, Path]:
    """
    Write a classifier: a file for programs and a page for readers.

    Parameters
    ----------
    content : dict
        What `describe` tells.
    folder : Path
        Where to; made if it is not there.
    overwrite : bool
        Replace a classifier of this name.

    Returns
    -------
    file, page : Path
        ``NAME.json`` and ``NAME.md``.

    Raises
    ------
    TrainingError
        If a classifier of this name is there already.
    """
    file, page = check_free(folder, str(content["name"]), overwrite=overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_together({file: text, page: render(content)})
    return file, page


def read(path: Path) -> Classifier:
    """
    Read a classifier from its file.

    Parameters
    ----------
    path : Path
        ``NAME.json``.

    Returns
    -------
    Classifier
        The classifier.

    Raises
    ------
    TrainingError
        If the file is missing, damaged or of another kind.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if content["format"] != FORMAT:
            raise TrainingError(
                f"{path} has format {content['format']}; this version reads {FORMAT}. Train again."
            )
        found = _classifier(content["classifier"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} is no classifier of motives: {error!r}.") from error
    n = len(found.features)
    arrays = (found.rule.weights, found.centre, found.spread)
    if len(found.classes) != 2 or any(
        each.shape != (n,) or not np.isfinite(each).all() for each in arrays
    ):
        raise TrainingError(
            f"{path} is damaged: its weights do not fit its {n} features. Get it anew, or train "
            f"again."
        )
    return found


def _classifier(told: dict[str, Any]) -> Classifier:
    return Classifier(
        classes=tuple(told["classes"]),
        network=told["network"],
        parameters=tuple(told["parameters"]),
        modulators=tuple(told["modulators"]),
        features=tuple(told["features"]),
        scale=told["scale"],
        rule=Discriminant(
            weights=np.array(told["weights"], float),
            intercept=float(told["intercept"]),
            shrinkage=float(told["shrinkage"]),
        ),
        centre=np.array(told["centre"], float),
        spread=np.array(told["spread"], float),
    )


def _cautions(trained: Trained, beside: dict[str, Validation]) -> list[JsonValue]:
    """Say what the figures themselves warn of."""
    found = trained.validation
    said: list[JsonValue] = []
    if trained.cases.n_people < _FEW_PEOPLE:
        said.append(f"{trained.cases.n_people} people are few: the interval is wide.")
    if found.p > 0.05:
        said.append(f"Not better than chance (p = {found.p:.3f}): do not use it.")
    said += [
        f"{name.capitalize()} tells the motives as well: connections may add nothing here."
        for name, each in beside.items()
        if each.accuracy >= found.accuracy
    ]
    return said


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
