"""Could images that tell nothing have done as well? The whole cross-validation, permuted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from empatune.numerics.threads import one_thread
from empatune.signatures.training.cross_validation import Scheme, predict
from empatune.signatures.training.evaluation import Result
from empatune.signatures.training.folds import exchange, permuted
from empatune.signatures.training.measures import Measure
from empatune.typing import FloatArray, JsonObject

BATCH = 50
"""Permutations that share the decompositions of one cross-validation."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Null:
    """What permuted outcomes gave.

    Parameters
    ----------
    kind : {"within", "between", "free"}
        What was exchanged with what.
    values : dict of str to ndarray, shape (n_permutations,)
        Per measure, its values.
    """

    kind: str
    values: dict[str, FloatArray]

    def to_json(self) -> JsonObject:
        """Return the spread of the values as a JSON object.

        Returns
        -------
        dict
            Per measure the mean and the 95th percentile.
        """
        known = {name: each[np.isfinite(each)] for name, each in self.values.items()}
        return {
            name: {"mean": float(each.mean()), "percentile_95": float(np.quantile(each, 0.95))}
            for name, each in known.items()
            if len(each)
        }

    def test(self, result: Result) -> Result:
        """Add the p value to a result.

        Parameters
        ----------
        result : Result
            The true value.

        Returns
        -------
        Result
            With the share of permutations, the true order among them, that did as well; as it
            was if the measure is not tested.
        """
        null = self.values.get(result.name)
        if null is None or not len(null):
            return result
        n_as_good = int((null[np.isfinite(null)] >= result.value - 1e-12).sum())
        return replace(result, p=(1 + n_as_good) / (1 + len(null)))


def permute(
    products: FloatArray,
    outcome: FloatArray,
    scheme: Scheme,
    measures: Sequence[Measure],
    *,
    n_permutations: int,
    seed: int,
    n_workers: int = 1,
    progress: Callable[[float], None] = lambda _share: None,
) -> Null:
    """Repeat the cross-validation, choice of penalty included, with permuted outcomes.

    Parameters
    ----------
    products : ndarray, shape (n_images, n_images)
        Dot products of all images.
    outcome : ndarray, shape (n_images,)
        The true outcome.
    scheme : Scheme
        The cross-validation.
    measures : sequence of Measure
        What to compute; those with a chance level are kept.
    n_permutations : int
        How many.
    seed : int
        Seed; the same seed gives the same bits, whatever the workers.
    n_workers : int
        Threads.
    progress : callable
        Told which share lies behind.

    Returns
    -------
    Null
        The values.
    """
    trained = scheme.trained
    groups = scheme.groups[trained]
    _, places = np.unique(groups, return_inverse=True)
    tested = [m for m in measures if m.chance is not None]
    seeds = np.random.SeedSequence(seed).spawn(n_permutations)
    outcomes = np.repeat(outcome[:, None], n_permutations, axis=1)
    for number, each in enumerate(seeds):
        shuffled = permuted(outcome[trained], groups, np.random.default_rng(each))
        outcomes[trained, number] = shuffled

    def batch(start: int) -> FloatArray:
        columns = outcomes[:, start : start + BATCH]
        found, _ = predict(products, columns, scheme)
        pairs = zip(found[trained].T, columns[trained].T, strict=True)
        return np.array([[m.function(f, true, places) for m in tested] for f, true in pairs])

    starts = range(0, n_permutations, BATCH)
    parts = []
    with one_thread(), ThreadPoolExecutor(max_workers=n_workers) as pool:
        for part in pool.map(batch, starts):
            parts.append(part)
            progress(len(parts) / len(starts))
    values = np.vstack(parts) if parts else np.zeros((0, len(tested)))
    return Null(
        kind=exchange(outcome[trained], groups),
        values={m.name: values[:, place] for place, m in enumerate(tested)},
    )
