"""How well motives are told: people held out, chance by permutation, calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import binomtest

from empatune.errors import TrainingError
from empatune.motives.classification.cases import Cases
from empatune.motives.classification.discriminant import hold_out
from empatune.typing import BoolArray, FloatArray, IntArray

N_BINS = 5
"""Bins of the calibration curve."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Whether probabilities are as often right as they say.

    Attributes
    ----------
    slope, intercept : float
        Of the outcome's log odds on the scores: 1 and 0 are perfect, a slope below 1 is too
        sure. NaN where scores part the classes completely, as no line can then be fitted.
    brier : float
        Mean squared error of the probabilities; always saying one half gives .25.
    predicted, observed : ndarray, shape (n_bins,)
        Mean probability and share of the second class in each bin that has cases.
    n : ndarray of int, shape (n_bins,)
        Cases in each bin.
    """

    slope: float
    intercept: float
    brier: float
    predicted: FloatArray
    observed: FloatArray
    n: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Validation:
    """How well people are told who were held out.

    Attributes
    ----------
    scores : ndarray, shape (n_cases,)
        Log odds of the second class, from a rule that never saw the person.
    accuracy : float
        Mean of the two classes' accuracies.
    low, high : float
        Its 95 % interval (Wilson's, with people as units).
    auc : float
        Area under the ROC curve.
    p : float
        Share of permutations with an accuracy as high, the true labels counted in.
    chance : float
        Mean accuracy of the permutations.
    chance_95 : float
        Accuracy that 5 % of the permutations exceed.
    n_permutations : int
        How many.
    calibration : Calibration
        Of the probabilities.
    """

    scores: FloatArray
    accuracy: float
    low: float
    high: float
    auc: float
    p: float
    chance: float
    chance_95: float
    n_permutations: int
    calibration: Calibration

    @property
    def probabilities(self) -> FloatArray:
        """Probability of the second class, shape (n_cases,)."""
        found: FloatArray = expit(self.scores)
        return found


def validate(
    cases: Cases,
    *,
    n_permutations: int = 1000,
    rng: np.random.Generator,
) -> Validation:
    """
    Hold out each person in turn; compare with labels that were exchanged.

    Labels are exchanged between people where each has one motive, and within people where each
    has both. Every step of the learning is done anew in every fold and permutation.

    Parameters
    ----------
    cases : Cases
        The cases.
    n_permutations : int
        Exchanges of labels.
    rng : numpy.random.Generator
        Source of the exchanges.

    Returns
    -------
    Validation
        Accuracy, chance and calibration.

    Raises
    ------
    TrainingError
        If no permutation was asked for.
    """
    if n_permutations < 1:
        raise TrainingError(f"n_permutations must be at least 1; given: {n_permutations}.")
    positive, groups = cases.positive, cases.groups
    exchanged = _exchange(cases, n_permutations, rng)
    labellings = np.vstack([positive, exchanged])
    scores = hold_out(cases.values, labellings, groups)
    accuracies = _balanced(scores, labellings)
    accuracy, chance = float(accuracies[0]), accuracies[1:]
    n_people = cases.n_people
    interval = binomtest(round(accuracy * n_people), n_people).proportion_ci(method="wilson")
    return Validation(
        scores=scores[0],
        accuracy=accuracy,
        low=float(interval.low),
        high=float(interval.high),
        auc=_area(scores[0], positive),
        p=float((1 + (chance >= accuracy - 1e-12).sum()) / (1 + n_permutations)),
        chance=float(chance.mean()),
        chance_95=float(np.quantile(chance, 0.95)),
        n_permutations=n_permutations,
        calibration=calibrate(scores[0], positive),
    )


def calibrate(scores: FloatArray, positive: BoolArray) -> Calibration:
    """
    Compare probabilities with what came true.

    Parameters
    ----------
    scores : ndarray, shape (n_cases,)
        Log odds of the second class.
    positive : ndarray of bool, shape (n_cases,)
        Which cases are of the second class.

    Returns
    -------
    Calibration
        Slope, intercept, Brier score and curve.
    """
    probability = expit(scores)
    slope, intercept = _line(scores, positive)
    bins = np.minimum((probability * N_BINS).astype(int), N_BINS - 1)
    n = np.bincount(bins, minlength=N_BINS)
    filled = n > 0
    return Calibration(
        slope=slope,
        intercept=intercept,
        brier=float(np.mean((probability - positive) ** 2)),
        predicted=(np.bincount(bins, probability, N_BINS)[filled] / n[filled]),
        observed=(np.bincount(bins, positive, N_BINS)[filled] / n[filled]),
        n=n[filled],
    )


def _exchange(cases: Cases, n: int, rng: np.random.Generator) -> BoolArray:
    """Exchange labels n times, shape (n, n_cases)."""
    positive, groups = cases.positive, cases.groups
    if cases.within:
        flips = rng.random((n, cases.n_people)) < 0.5
        swapped: BoolArray = positive ^ flips[:, groups]
        return swapped
    first = np.array([positive[groups == person][0] for person in range(cases.n_people)])
    drawn = rng.permuted(np.tile(first, (n, 1)), axis=1)
    shuffled: BoolArray = drawn[:, groups]
    return shuffled


def _balanced(scores: FloatArray, labellings: BoolArray) -> FloatArray:
    """Average both classes' accuracies, shape (n_labellings,)."""
    right = (scores > 0) == labellings
    n_second = labellings.sum(axis=1)
    second = (right & labellings).sum(axis=1) / n_second
    first = (right & ~labellings).sum(axis=1) / (labellings.shape[1] - n_second)
    accuracies: FloatArray = (first + second) / 2
    return accuracies


def _area(scores: FloatArray, positive: BoolArray) -> float:
    """Give the chance that an case of the second class scores higher than one of the first."""
    difference = scores[positive][:, None] - scores[~positive][None, :]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


def _line(scores: FloatArray, positive: BoolArray) -> tuple[float, float]:
    """Fit a logistic line of outcomes on scores by Newton's method: slope and intercept."""
    if scores[positive].min() > scores[~positive].max():
        return float("nan"), float("nan")
    design = np.column_stack([scores, np.ones_like(scores)])
    line = np.array([0.0, 0.0])
    for _ in range(100):
        fitted = expit(design @ line)
        curvature = (design * (fitted * (1 - fitted))[:, None]).T @ design
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), design.T @ (positive - fitted))
        line = line + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return float(line[0]), float(line[1])
