"""Nested, grouped cross-validation in the space of the images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from empatune.errors import TrainingError
from empatune.numerics.gram import Components, decompose
from empatune.signatures.training.folds import hold_out
from empatune.signatures.training.solvers import Solver
from empatune.typing import Array, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scheme:
    """How images are held out and penalties chosen.

    Parameters
    ----------
    groups : ndarray, shape (n_images,)
        Images of one group are held out together, outside and inside.
    folds : ndarray, shape (n_images,), int
        The fold in which each image is held out; -1 for an image that is never trained on and
        belongs to no group that is: it is predicted by a model of all others.
    trained : ndarray, shape (n_images,), bool
        Images that may be trained on.
    solver : Solver
        What fits.
    penalty : float or None
        The penalty; None chooses it inside each fold.
    n_inner_folds : int
        Folds of the inner cross-validation, at most.
    n_components : int or None
        Keep the largest so many components; all if None.
    seed : int
        Seed of the inner folds.
    """

    groups: Array
    folds: IntArray
    trained: Array
    solver: Solver
    penalty: float | None = None
    n_inner_folds: int = 5
    n_components: int | None = None
    seed: int = 0


def predict(
    products: FloatArray,
    outcomes: FloatArray,
    scheme: Scheme,
    *,
    progress: Callable[[float], None] = lambda _share: None,
) -> tuple[FloatArray, FloatArray]:
    """Predict every image by a model that has not seen its group.

    Parameters
    ----------
    products : ndarray, shape (n_images, n_images)
        Dot products of all images, from `numerics.gram.gram`.
    outcomes : ndarray, shape (n_images, n_outcomes)
        Outcomes; each is a cross-validation of its own that shares the decompositions.
    scheme : Scheme
        How.
    progress : callable
        Told which share of the folds lies behind.

    Returns
    -------
    predictions : ndarray, shape (n_images, n_outcomes)
        Out-of-fold predictions.
    penalties : ndarray, shape (n_folds, n_outcomes)
        What was chosen in each fold.
    """
    predictions = np.full(outcomes.shape, np.nan)
    every = np.unique(scheme.folds)
    chosen = np.zeros((len(every), outcomes.shape[1]))
    for number, fold in enumerate(every):
        held_out = scheme.folds == fold
        counts = (scheme.trained & ~held_out).astype(np.float64)
        components = decompose(products, counts=counts, n_components=scheme.n_components)
        chosen[number] = choose_penalties(products, outcomes, components, scheme)
        coefficients, intercepts = scheme.solver.solve(components, outcomes, chosen[number][None])
        scores = components.project(products[held_out])
        predictions[held_out] = scores @ coefficients[0].T + intercepts[0]
        progress((number + 1) / len(every))
    return predictions, chosen


def choose_penalties(
    products: FloatArray, outcomes: FloatArray, components: Components, scheme: Scheme
) -> FloatArray:
    """Choose the penalty of each outcome by cross-validation among the images that are trained on.

    Parameters
    ----------
    products : ndarray, shape (n_images, n_images)
        Dot products of all images.
    outcomes : ndarray, shape (n_images, n_outcomes)
        Outcomes.
    components : Components
        The images that are trained on; no other is looked at.
    scheme : Scheme
        How.

    Returns
    -------
    ndarray, shape (n_outcomes,)
        Penalties in the solver's unit.
    """
    if scheme.penalty is not None:
        return np.full(outcomes.shape[1], scheme.penalty)
    grid = scheme.solver.grid(components, outcomes)
    folds = _inner_folds(components.members, scheme)
    if len(grid) == 1 or folds is None:
        return np.asarray(grid[len(grid) // 2])
    losses = np.zeros(grid.shape)
    for fold in np.unique(folds):
        inside, outside = components.members[folds != fold], components.members[folds == fold]
        counts = np.zeros(len(products))
        counts[inside] = 1
        inner = decompose(products, counts=counts, n_components=scheme.n_components)
        coefficients, intercepts = scheme.solver.solve(inner, outcomes, grid)
        scores = inner.project(products[outside])
        found = coefficients @ scores.T + intercepts[..., None]
        losses += scheme.solver.loss(found, outcomes[outside].T[None])
    return np.asarray(np.take_along_axis(grid, losses.argmin(axis=0)[None], axis=0)[0])


def check(outcome: FloatArray, scheme: Scheme) -> None:
    """Refuse a cross-validation in which a fold leaves nothing to learn.

    Parameters
    ----------
    outcome : ndarray, shape (n_images,)
        The true outcome.
    scheme : Scheme
        How images are held out.

    Raises
    ------
    TrainingError
        If the images that a fold is trained on all have the same outcome.
    """
    for fold in np.unique(scheme.folds):
        held_out = scheme.folds == fold
        rest = outcome[scheme.trained & ~held_out]
        if len(rest) > 1 and np.ptp(rest) > 0:
            continue
        names = ", ".join(str(name) for name in np.unique(scheme.groups[held_out]))
        raise TrainingError(
            f"Without the group(s) {names} every image that is left has the same outcome, so that "
            "nothing can be learned in this fold. Give more groups of each class, or ask for more "
            "folds."
        )


def _inner_folds(members: IntArray, scheme: Scheme) -> IntArray | None:
    """Inner folds by group; None if there is one group only."""
    groups = scheme.groups[members]
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        return None
    rng = np.random.default_rng([scheme.seed, n_groups])
    return hold_out(groups, n_folds=min(scheme.n_inner_folds, n_groups), rng=rng)
