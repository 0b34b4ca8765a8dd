"""Weights with an indicator each, of whether they are there: many regressions updated at once.

A row is one start of one region. Starts differ by the orders in which indicators are visited
(Fraessle et al. 2018, doi:10.1016/j.neuroimage.2018.05.058).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.special import expit, logit, xlogy

from empatune.connectivity.regression.evidence import (
    NOISE_RATE,
    NOISE_SHAPE,
    Weights,
    evidence,
    shape_of,
)
from empatune.connectivity.regression.ridge import MOST_ITERATIONS, STILL
from empatune.typing import Array, FloatArray, IntArray

_GONE = 1e-5
"""A weight below this is not there."""

_SILENT = 1e-12
"""Weights with lower indicators do not touch the posterior of the others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regressions:
    """Regressions of one region each.

    Attributes
    ----------
    grams : ndarray, shape (n_cuts, n_columns, n_columns)
        Products of the columns, for each set of frequencies.
    cut : ndarray of int, shape (n_regions,)
        Which set each region uses.
    cross : ndarray, shape (n_regions, n_columns)
        Products of the columns with the target.
    power : ndarray, shape (n_regions,)
        Squared length of the target.
    n_data : ndarray of int, shape (n_regions,)
        Number of data.
    mean, precision : ndarray, shape (n_regions, n_columns)
        Prior of the weights.
    there : ndarray, shape (n_regions, n_columns)
        Prior probability that each weight is there.
    """

    grams: FloatArray
    cut: IntArray
    cross: FloatArray
    power: FloatArray
    n_data: Array
    mean: FloatArray
    precision: FloatArray
    there: FloatArray

    def take(self, regions: IntArray) -> Regressions:
        """
        Take some regions, any number of times each.

        Parameters
        ----------
        regions : ndarray of int, shape (n_rows,)
            Which.

        Returns
        -------
        Regressions
            One a row.
        """
        return Regressions(
            grams=self.grams,
            cut=self.cut[regions],
            cross=self.cross[regions],
            power=self.power[regions],
            n_data=self.n_data[regions],
            mean=self.mean[regions],
            precision=self.precision[regions],
            there=self.there[regions],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The best start of each region.

    Attributes
    ----------
    mean : ndarray, shape (n_regions, n_columns)
        Weights, given that they are there.
    covariance : ndarray, shape (n_regions, n_columns, n_columns)
        Their covariances.
    presence : ndarray, shape (n_regions, n_columns)
        Probabilities that they are there.
    misfit, evidence : ndarray, shape (n_regions,)
        Expected half squared error, and evidence [nats].
    n_iterations : ndarray of int, shape (n_regions,)
        Updates.
    """

    mean: FloatArray
    covariance: FloatArray
    presence: FloatArray
    misfit: FloatArray
    evidence: FloatArray
    n_iterations: IntArray


def search(
    regressions: Regressions,
    rngs: list[np.random.Generator],
    *,
    n_starts: int,
) -> Found:
    """
    Update weights, indicators and noise from several starts, and keep each region's best.

    Parameters
    ----------
    regressions : Regressions
        One a region.
    rngs : list of Generator
        Where each region's orders come from.
    n_starts : int
        Starts of each region.

    Returns
    -------
    Found
        The best start of each region.
    """
    n_regions, size = regressions.cross.shape
    region = np.repeat(np.arange(n_regions), n_starts)
    presence = regressions.there[region].copy()
    noise = np.full(len(region), NOISE_SHAPE / NOISE_RATE)
    best = _nothing(n_regions, size)
    bound, going = np.full(len(region), -np.inf), np.arange(len(region))
    for step in range(1, MOST_ITERATIONS + 1):
        some = regressions.take(region[going])
        orders = _orders(rngs, n_starts, size)[going]
        weights, now, misfit = _update(some, presence[going], noise[going], orders)
        reached = _evidence(some, weights, now, misfit)
        still = (np.abs(reached - bound[going]) < STILL) | (step == MOST_ITERATIONS)
        presence[going], bound[going] = now, reached
        noise[going] = shape_of(some.n_data) / (NOISE_RATE + misfit)
        for row in np.flatnonzero(still):
            if reached[row] > best.evidence[region[going[row]]]:
                _keep(best, region[going[row]], row, weights, now, misfit, reached, step)
        going = going[~still]
        if not going.size:
            break
    return best


def join(found: list[Found]) -> Found:
    """
    Put the regions of several searches together.

    Parameters
    ----------
    found : list of Found
        In the order of the regions.

    Returns
    -------
    Found
        All of them.
    """
    return Found(
        **{
            part.name: np.concatenate([getattr(one, part.name) for one in found])
            for part in fields(Found)
        }
    )


def _update(
    some: Regressions, presence: FloatArray, noise: FloatArray, orders: IntArray
) -> tuple[Weights, FloatArray, FloatArray]:
    """Update weights, then indicators; what is next to nothing is taken as gone."""
    gram = some.grams[some.cut]
    weights = _weights(some, gram, presence, noise)
    moments = weights.mean[:, :, None] * weights.mean[:, None, :] + weights.covariance
    curvature = gram * moments
    now = _visit(some, weights.mean, curvature, noise, presence, orders)
    misfit = _misfit(some, weights.mean, curvature, now)
    gone = np.abs(weights.mean) < _GONE
    kept = Weights(
        mean=np.where(gone, 0.0, weights.mean),
        covariance=weights.covariance,
        log_determinant=weights.log_determinant,
    )
    return kept, np.where(gone, 0.0, now), misfit


def _nothing(n_regions: int, size: int) -> Found:
    """Make room for the best starts."""
    return Found(
        mean=np.zeros((n_regions, size)),
        covariance=np.zeros((n_regions, size, size)),
        presence=np.zeros((n_regions, size)),
        misfit=np.zeros(n_regions),
        evidence=np.full(n_regions, -np.inf),
        n_iterations=np.zeros(n_regions, int),
    )


def _keep(
    best: Found,
    region: int,
    row: int,
    weights: Weights,
    presence: FloatArray,
    misfit: FloatArray,
    reached: FloatArray,
    step: int,
) -> None:
    """Write a start down as the best of its region."""
    best.mean[region], best.covariance[region] = weights.mean[row], weights.covariance[row]
    best.presence[region], best.misfit[region] = presence[row], misfit[row]
    best.evidence[region], best.n_iterations[region] = reached[row], step


def _orders(rngs: list[np.random.Generator], n_starts: int, size: int) -> IntArray:
    """Draw an order of the weights for every start of every region."""
    plain = np.tile(np.arange(size), (n_starts, 1))
    return np.concatenate([rng.permuted(plain, axis=1) for rng in rngs])


def _weights(
    some: Regressions, gram: FloatArray, presence: FloatArray, noise: FloatArray
) -> Weights:
    """Give the posterior of the weights; only those that may be there need an inverse."""
    n_rows, size = presence.shape
    n_active = max(1, int((presence > _SILENT).sum(axis=1).max()))
    active = np.argsort(-presence, axis=1, kind="stable")[:, :n_active]
    rows, few = np.arange(n_rows)[:, None], np.arange(n_active)
    block = rows[:, :, None], active[:, :, None], active[:, None, :]
    seen, own = presence[rows, active], gram[rows, active, active]
    prior = some.precision[rows, active]
    inverse = gram[block] * (noise[:, None, None] * seen[:, :, None] * seen[:, None, :])
    inverse[:, few, few] = noise[:, None] * seen * own + prior
    small = np.linalg.inv(inverse)
    pulled = noise[:, None] * seen * some.cross[rows, active] + prior * some.mean[rows, active]
    mean = some.mean.copy()
    mean[rows, active] = np.einsum("kij,kj->ki", small, pulled)
    covariance = np.zeros((n_rows, size, size))
    covariance[:, np.arange(size), np.arange(size)] = 1 / some.precision
    covariance[block] = small
    aside = np.log(prior).sum(axis=1) - np.log(some.precision).sum(axis=1)
    return Weights(
        mean=mean,
        covariance=covariance,
        log_determinant=aside - np.linalg.slogdet(inverse)[1],
    )


def _visit(
    some: Regressions,
    mean: FloatArray,
    curvature: FloatArray,
    noise: FloatArray,
    presence: FloatArray,
    orders: IntArray,
) -> FloatArray:
    """Update indicators one after the other, each row in its own order."""
    own = np.diagonal(curvature, axis1=1, axis2=2)
    pull = logit(some.there) + noise[:, None] * (mean * some.cross + own / 2)
    now, rows = presence.copy(), np.arange(len(presence))
    for visited in orders.T:
        now[rows, visited] = 1.0
        shared = np.einsum("kj,kj->k", now, curvature[rows, visited])
        now[rows, visited] = expit(pull[rows, visited] - noise * shared)
    return now


def _misfit(
    some: Regressions, mean: FloatArray, curvature: FloatArray, presence: FloatArray
) -> FloatArray:
    """Give the expected half squared error over weights and indicators."""
    own = np.diagonal(curvature, axis1=1, axis2=2)
    together = np.einsum("ki,kij,kj->k", presence, curvature, presence)
    together += (presence * (1 - presence) * own).sum(axis=1)
    misfit: FloatArray = some.power / 2 - (presence * mean * some.cross).sum(axis=1) + together / 2
    return misfit


def _evidence(
    some: Regressions,
    weights: Weights,
    presence: FloatArray,
    misfit: FloatArray,
) -> FloatArray:
    """Give the evidence of weights, noise and indicators."""
    counted = (some.there > 0) & (some.there < 1)
    gain = xlogy(presence, some.there) + xlogy(1 - presence, 1 - some.there)
    gain -= xlogy(presence, presence) + xlogy(1 - presence, 1 - presence)
    regression = evidence(
        weights,
        misfit,
        n_data=some.n_data,
        prior_mean=some.mean,
        prior_precision=some.precision,
    )
    total: FloatArray = regression + np.where(counted, gain, 0.0).sum(axis=1)
    return total
