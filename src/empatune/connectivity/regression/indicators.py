"""Weights with an indicator each, of whether they are there: many regressions updated at once.

A row is one start of one region. Starts differ by the orders in which indicators are visited
(Fraessle et al. 2018, doi:10.1016/j.neuroimage.2018.05.058).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.special import expit, logit, xlogy

from empatune.connectivity.regression.blocks import Block, Regressions, block_of
from empatune.connectivity.regression.evidence import (
    NOISE_RATE,
    NOISE_SHAPE,
    Weights,
    evidence,
    shape_of,
)
from empatune.connectivity.regression.ridge import MOST_ITERATIONS, STILL
from empatune.typing import FloatArray, IntArray

_GONE = 1e-5
"""A weight below this is not there."""


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
    best = _nothing(regressions)
    bound, going = np.full(len(region), -np.inf), np.arange(len(region))
    for step in range(1, MOST_ITERATIONS + 1):
        block = block_of(regressions, region[going], presence[going], noise[going])
        orders = _orders(rngs, n_starts, size)[going]
        weights, now, misfit = _update(block, _within(orders, block.active))
        reached = _evidence(block, weights, now, misfit)
        reached += _absence(regressions.there[region[going]], block.active)
        still = (np.abs(reached - bound[going]) < STILL) | (step == MOST_ITERATIONS)
        presence[going] = 0
        presence[going[:, None], block.active], bound[going] = now, reached
        noise[going] = shape_of(block.n_data) / (NOISE_RATE + misfit)
        for row in np.flatnonzero(still):
            place = region[going[row]]
            if reached[row] > best.evidence[place]:
                best.presence[place] = presence[going[row]]
                best.misfit[place], best.evidence[place] = misfit[row], reached[row]
                best.n_iterations[place] = step
                _write(best, regressions, place, block.active[row], weights, row)
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


def _nothing(regressions: Regressions) -> Found:
    """Make room for the best starts."""
    n_regions, size = regressions.cross.shape
    return Found(
        mean=np.zeros((n_regions, size)),
        covariance=np.zeros((n_regions, size, size)),
        presence=np.zeros((n_regions, size)),
        misfit=np.zeros(n_regions),
        evidence=np.full(n_regions, -np.inf),
        n_iterations=np.zeros(n_regions, int),
    )


def _write(
    best: Found,
    regressions: Regressions,
    region: int,
    active: IntArray,
    weights: Weights,
    row: int,
) -> None:
    """Write the weights of a start down; those that are gone are as before the data."""
    best.mean[region] = 0
    best.mean[region, active] = weights.mean[row]
    best.covariance[region] = np.diag(1 / regressions.precision[region])
    best.covariance[region][np.ix_(active, active)] = weights.covariance[row]


def _orders(rngs: list[np.random.Generator], n_starts: int, size: int) -> IntArray:
    """Draw an order of the weights for every start of every region."""
    plain = np.tile(np.arange(size), (n_starts, 1))
    return np.concatenate([rng.permuted(plain, axis=1) for rng in rngs])


def _within(orders: IntArray, active: IntArray) -> IntArray:
    """Keep of each order what is active, as places among the active."""
    ranks = np.argsort(orders, axis=1)
    places: IntArray = np.argsort(np.take_along_axis(ranks, active, axis=1), axis=1)
    return places


def _update(block: Block, orders: IntArray) -> tuple[Weights, FloatArray, FloatArray]:
    """Update weights, then indicators; what is next to nothing is taken as gone."""
    weights = _weights(block)
    moments = weights.mean[:, :, None] * weights.mean[:, None, :] + weights.covariance
    curvature = block.gram * moments
    now = _visit(block, weights.mean, curvature, orders)
    misfit = _misfit(block, weights.mean, curvature, now)
    gone = np.abs(weights.mean) < _GONE
    kept = Weights(
        mean=np.where(gone, 0.0, weights.mean),
        covariance=weights.covariance,
        log_determinant=weights.log_determinant,
    )
    return kept, np.where(gone, 0.0, now), misfit


def _weights(block: Block) -> Weights:
    """Give the posterior of the weights, averaged over what may be there."""
    seen, noise = block.presence, block.noise[:, None]
    inverse = block.gram * (noise[:, :, None] * seen[:, :, None] * seen[:, None, :])
    places = np.arange(seen.shape[1])
    own = np.diagonal(block.gram, axis1=1, axis2=2)
    inverse[:, places, places] = noise * seen * own + block.precision
    covariance = np.asarray(np.linalg.inv(inverse), dtype=np.float64)
    pulled = noise * seen * block.cross + block.precision * block.mean
    return Weights(
        mean=np.einsum("kij,kj->ki", covariance, pulled),
        covariance=covariance,
        log_determinant=-np.linalg.slogdet(inverse)[1],
    )


def _visit(block: Block, mean: FloatArray, curvature: FloatArray, orders: IntArray) -> FloatArray:
    """Update indicators one after the other, each row in its own order."""
    own = np.diagonal(curvature, axis1=1, axis2=2)
    pull = logit(block.there) + block.noise[:, None] * (mean * block.cross + own / 2)
    now, rows = block.presence.copy(), np.arange(len(mean))
    for visited in orders.T:
        now[rows, visited] = 1.0
        shared = np.einsum("kj,kj->k", now, curvature[rows, visited])
        now[rows, visited] = expit(pull[rows, visited] - block.noise * shared)
    return now


def _misfit(
    block: Block, mean: FloatArray, curvature: FloatArray, presence: FloatArray
) -> FloatArray:
    """Give the expected half squared error over weights and indicators."""
    own = np.diagonal(curvature, axis1=1, axis2=2)
    together = (presence * np.einsum("kij,kj->ki", curvature, presence)).sum(axis=1)
    together += (presence * (1 - presence) * own).sum(axis=1)
    alone = (presence * mean * block.cross).sum(axis=1)
    misfit: FloatArray = (block.power + together) / 2 - alone
    return misfit


def _evidence(
    block: Block, weights: Weights, presence: FloatArray, misfit: FloatArray
) -> FloatArray:
    """Give the evidence of weights, noise and indicators."""
    open_ = (block.there > 0) & (block.there < 1)
    gain = xlogy(presence, block.there) + xlogy(1 - presence, 1 - block.there)
    gain -= xlogy(presence, presence) + xlogy(1 - presence, 1 - presence)
    regression = evidence(
        weights,
        misfit,
        n_data=block.n_data,
        prior_mean=block.mean,
        prior_precision=block.precision,
    )
    total: FloatArray = regression + np.where(open_, gain, 0.0).sum(axis=1)
    return total


def _absence(there: FloatArray, active: IntArray) -> FloatArray:
    """Give what the weights outside the blocks add to the evidence: that they are gone."""
    gone = np.log1p(-np.where(there < 1, there, 0.0))
    np.put_along_axis(gone, active, 0.0, axis=1)
    total: FloatArray = gone.sum(axis=1)
    return total
