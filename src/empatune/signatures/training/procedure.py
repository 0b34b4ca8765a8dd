"""Train a signature, validate it, and say how certain it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from empatune.errors import TrainingError
from empatune.numerics import gram
from empatune.numerics.threads import one_thread
from empatune.signatures.training import bootstrap
from empatune.signatures.training.cross_validation import Scheme, check, choose_penalties, predict
from empatune.signatures.training.data import TrainingData
from empatune.signatures.training.evaluation import Result, evaluate
from empatune.signatures.training.folds import hold_out
from empatune.signatures.training.measures import MEASURES, Measure
from empatune.signatures.training.methods import METHODS, Method
from empatune.signatures.training.permutation import Null, permute
from empatune.signatures.training.settings import TrainingSettings
from empatune.signatures.training.specificity import OffTarget, off_target
from empatune.typing import FloatArray, IntArray

__all__ = ["Progress", "Trained", "TrainingSettings", "make_scheme", "measures_of", "train"]

Progress = Callable[[str, float], None]
"""Told what is being done and which share of that step lies behind."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """A trained signature and everything known about it.

    Parameters
    ----------
    data : TrainingData
        What it was trained on.
    settings : TrainingSettings
        How.
    weights : ndarray, shape (n_voxels,)
        Weights of the voxels in ``data.images.mask``.
    intercept : float
        What is added to the dot product to predict the outcome.
    penalty : float
        Penalty of the final model.
    fold_penalties : ndarray, shape (n_folds,)
        What was chosen in each fold.
    folds : ndarray, shape (n_images,), int
        Where each image was held out.
    predictions : ndarray, shape (n_images,)
        Out-of-fold predictions.
    results : dict of str to Result
        Measures of these predictions.
    off_targets : list of OffTarget
        What else it answers to.
    null : Null or None
        The permutation test.
    statistics : WeightStatistics or None
        The bootstrap of the weights.
    """

    data: TrainingData
    settings: TrainingSettings
    weights: FloatArray
    intercept: float
    penalty: float
    fold_penalties: FloatArray
    folds: IntArray
    predictions: FloatArray
    results: dict[str, Result]
    off_targets: list[OffTarget]
    null: Null | None
    statistics: bootstrap.WeightStatistics | None

    @property
    def method(self) -> Method:
        """The method."""
        return METHODS[self.settings.method]


def train(
    data: TrainingData,
    settings: TrainingSettings | None = None,
    *,
    progress: Progress = lambda _step, _share: None,
) -> Trained:
    """Train a signature on all images; validate by nested, grouped cross-validation.

    Parameters
    ----------
    data : TrainingData
        Images, outcome, groups.
    settings : TrainingSettings, optional
        How.
    progress : callable
        Told what is being done and how far it is.

    Returns
    -------
    Trained
        The signature with its validation. The same data, settings and versions give the same
        bits, whatever the number of workers.

    Raises
    ------
    TrainingError
        If the data cannot be learned from, or not be held out as asked.
    """
    settings = settings or TrainingSettings()
    method = METHODS[settings.method]
    if method.classifies and data.classes is None:
        raise TrainingError(
            f"Method '{method.name}' tells two classes apart, and '{data.outcome_name}' holds "
            "ratings. Take lasso-pcr, elastic-net-pcr, ridge or svr, or give two classes."
        )
    scheme = make_scheme(data, settings)
    outcome = np.nan_to_num(data.outcome)
    with one_thread():
        progress("dot products of the images", 0.0)
        products = gram.gram(data.images.values)
        found, chosen = predict(
            products,
            outcome[:, None],
            scheme,
            progress=lambda share: progress("cross-validation", share),
        )
        weights, intercept, penalty = _final(data, products, outcome, scheme)
    predictions = found[:, 0]
    off = off_target(data, predictions, n_samples=settings.n_resamples, seed=settings.seed)
    null = _permutations(data, settings, products, scheme, progress)
    return Trained(
        data=data,
        settings=settings,
        weights=weights,
        intercept=intercept,
        penalty=penalty,
        fold_penalties=chosen[:, 0],
        folds=scheme.folds,
        predictions=predictions,
        results=_results(data, settings, predictions, null, progress),
        off_targets=off,
        null=null,
        statistics=_bootstrap(data, settings, products, scheme, penalty, progress),
    )


def make_scheme(data: TrainingData, settings: TrainingSettings) -> Scheme:
    """Decide who is held out with whom.

    Parameters
    ----------
    data : TrainingData
        The data.
    settings : TrainingSettings
        How.

    Returns
    -------
    Scheme
        Off-target images are held out with their group; those of other groups are never trained
        on and get the fold -1.

    Raises
    ------
    TrainingError
        If there are fewer groups than folds, or a fold would leave one class only.
    """
    trained, groups = data.trained, np.asarray(data.groups)
    folds = np.full(len(groups), -1, dtype=np.int64)
    folds[trained] = hold_out(
        groups[trained], n_folds=settings.n_folds, rng=np.random.default_rng([settings.seed, 0])
    )
    place = dict(zip(groups[trained], folds[trained], strict=True))
    folds[~trained] = [place.get(group, -1) for group in groups[~trained]]
    scheme = Scheme(
        groups=groups,
        folds=folds,
        trained=trained,
        solver=METHODS[settings.method].solver,
        penalty=settings.penalty,
        n_inner_folds=settings.n_inner_folds,
        n_components=settings.n_components,
        seed=settings.seed,
    )
    check(np.nan_to_num(data.outcome), scheme)
    return scheme


def measures_of(data: TrainingData) -> list[Measure]:
    """List the measures that fit the outcome.

    Parameters
    ----------
    data : TrainingData
        The data.

    Returns
    -------
    list of Measure
        Those of ratings or of two classes.
    """
    return [m for m in MEASURES.values() if m.classes == (data.classes is not None)]


def _final(
    data: TrainingData, products: FloatArray, outcome: FloatArray, scheme: Scheme
) -> tuple[FloatArray, float, float]:
    """Train on all images: weights, intercept, penalty."""
    components = gram.decompose(
        products, counts=scheme.trained.astype(np.float64), n_components=scheme.n_components
    )
    penalty = choose_penalties(products, outcome[:, None], components, scheme)
    coefficients, intercepts = scheme.solver.solve(components, outcome[:, None], penalty[None])
    rows = components.rows(coefficients[0])
    weights = gram.combine(data.images.values, rows)[0]
    if not weights.any():
        raise TrainingError(
            "The best penalty leaves no weight: in cross-validation no model predicts "
            f"'{data.outcome_name}' better than its mean does. There is nothing to save; give more "
            "images, or fix a smaller penalty if you want a map all the same."
        )
    shift = rows[0, components.members] @ components.centre
    return weights, float(intercepts[0, 0] - shift), float(penalty[0])


def _permutations(
    data: TrainingData,
    settings: TrainingSettings,
    products: FloatArray,
    scheme: Scheme,
    progress: Progress,
) -> Null | None:
    if not settings.n_permutations:
        return None
    return permute(
        products,
        np.nan_to_num(data.outcome),
        scheme,
        measures_of(data),
        n_permutations=settings.n_permutations,
        seed=settings.seed,
        n_workers=settings.n_workers,
        progress=lambda share: progress("permutations", share),
    )


def _results(
    data: TrainingData,
    settings: TrainingSettings,
    predictions: FloatArray,
    null: Null | None,
    progress: Progress,
) -> dict[str, Result]:
    progress("intervals", 0.0)
    results = evaluate(
        predictions[data.trained],
        data.outcome[data.trained],
        data.groups[data.trained],
        measures=measures_of(data),
        n_samples=settings.n_resamples,
        seed=settings.seed,
    )
    progress("intervals", 1.0)
    return {name: null.test(result) if null else result for name, result in results.items()}


def _bootstrap(
    data: TrainingData,
    settings: TrainingSettings,
    products: FloatArray,
    scheme: Scheme,
    penalty: float,
    progress: Progress,
) -> bootstrap.WeightStatistics | None:
    if not settings.n_bootstraps:
        return None
    rows = np.flatnonzero(data.trained)
    coefficients = bootstrap.resample(
        products[np.ix_(rows, rows)],
        data.outcome[rows],
        data.groups[rows],
        scheme.solver,
        penalty=penalty,
        n_samples=settings.n_bootstraps,
        seed=settings.seed,
        n_components=settings.n_components,
        n_workers=settings.n_workers,
        progress=lambda share: progress("bootstrap", share),
    )
    progress("weights of every voxel", 0.0)
    statistics = bootstrap.summarise(
        data.images.values[rows], coefficients, percentile=settings.percentile
    )
    progress("weights of every voxel", 1.0)
    return statistics
