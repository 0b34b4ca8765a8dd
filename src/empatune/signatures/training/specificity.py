"""What else a signature answers to: off-target conditions and off-target outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.signatures.training.data import TrainingData
from empatune.signatures.training.evaluation import Result, evaluate
from empatune.signatures.training.measures import MEASURES
from empatune.typing import FloatArray, JsonObject

AGAINST_CONDITION = ("forced_choice", "auc", "d_within", "d_between")
"""Measures of a target against an off-target condition."""

AGAINST_OUTCOME = ("r", "r_within")
"""Measures of predictions against an off-target outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffTarget:
    """The answer to one thing that the signature should not tell.

    Parameters
    ----------
    name : str
        The condition or outcome.
    kind : {"condition", "outcome"}
        Images of another condition, told from the target's, or another outcome of the same
        images, correlated with the predictions.
    n_images : int
        Number of images it rests on, the target's not counted.
    results : dict of str to Result
        By measure.
    """

    name: str
    kind: str
    n_images: int
    results: dict[str, Result]

    def to_json(self) -> JsonObject:
        """Return the answer as a JSON object.

        Returns
        -------
        dict
            Name, kind, number of images, measures.
        """
        return {
            "name": self.name,
            "kind": self.kind,
            "n_images": self.n_images,
            "measures": {name: result.to_json() for name, result in self.results.items()},
        }


def off_target(
    data: TrainingData, predictions: FloatArray, *, n_samples: int, seed: int
) -> list[OffTarget]:
    """Measure the answers to everything off-target that the data hold.

    Parameters
    ----------
    data : TrainingData
        The data.
    predictions : ndarray, shape (n_images,)
        Out-of-fold predictions; for two classes the target is the second class, for ratings the
        images rated above the median.
    n_samples : int
        Resamples of the groups for intervals.
    seed : int
        Seed.

    Returns
    -------
    list of OffTarget
        Conditions first, then outcomes.
    """
    names = [] if data.off_target is None else sorted(set(data.off_target) - {""})
    found = [
        _against_condition(data, predictions, name, n_samples=n_samples, seed=seed)
        for name in names
    ]
    measures = [MEASURES[name] for name in AGAINST_OUTCOME]
    for name, outcome in data.off_target_outcomes.items():
        known = np.isfinite(outcome)
        results = evaluate(
            predictions[known],
            outcome[known],
            data.groups[known],
            measures=measures,
            n_samples=n_samples,
            seed=seed,
        )
        found.append(
            OffTarget(name=name, kind="outcome", n_images=int(known.sum()), results=results)
        )
    return found


def _against_condition(
    data: TrainingData, predictions: FloatArray, name: str, *, n_samples: int, seed: int
) -> OffTarget:
    level = 0.0 if data.classes else float(np.median(data.outcome[data.trained]))
    target = data.trained & (np.nan_to_num(data.outcome, nan=-np.inf) > level)
    other = np.asarray(data.off_target) == name
    rows = target | other
    results = evaluate(
        predictions[rows],
        np.where(target, 1.0, -1.0)[rows],
        data.groups[rows],
        measures=[MEASURES[each] for each in AGAINST_CONDITION],
        n_samples=n_samples,
        seed=seed,
    )
    return OffTarget(name=name, kind="condition", n_images=int(other.sum()), results=results)
