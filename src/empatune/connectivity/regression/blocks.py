"""Regressions of regions, cut down to the weights that may still be there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.typing import Array, FloatArray, IntArray

_SILENT = 1e-12
"""A weight with a lower indicator falls back to its prior mean of 0, and is gone for good."""


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
        Take some regions.

        Parameters
        ----------
        regions : ndarray of int, shape (n_taken,)
            Which.

        Returns
        -------
        Regressions
            One a region.
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
class Block:
    """The weights of each row that may still be there; the same number in all rows.

    Attributes
    ----------
    active : ndarray of int, shape (n_rows, n_active)
        Which weights of the row.
    gram : ndarray, shape (n_rows, n_active, n_active)
        Products of their columns.
    cross : ndarray, shape (n_rows, n_active)
        Products of their columns with the target.
    power, n_data : ndarray, shape (n_rows,)
        Squared length of the target, and number of data.
    mean, precision, there : ndarray, shape (n_rows, n_active)
        What is believed of them before the data.
    presence : ndarray, shape (n_rows, n_active)
        Probabilities, so far, that they are there.
    noise : ndarray, shape (n_rows,)
        Precision, so far, of the noise.
    """

    active: IntArray
    gram: FloatArray
    cross: FloatArray
    power: FloatArray
    n_data: Array
    mean: FloatArray
    precision: FloatArray
    there: FloatArray
    presence: FloatArray
    noise: FloatArray


def block_of(
    regressions: Regressions, region: IntArray, presence: FloatArray, noise: FloatArray
) -> Block:
    """
    Take from each row the weights that may still be there, and as many more as any row has.

    Parameters
    ----------
    regressions : Regressions
        All regions.
    region : ndarray of int, shape (n_rows,)
        The region of each row.
    presence : ndarray, shape (n_rows, n_columns)
        Probabilities that weights are there.
    noise : ndarray, shape (n_rows,)
        Precision of the noise.

    Returns
    -------
    Block
        What an update needs.
    """
    n_active = int((presence > _SILENT).sum(axis=1).max())
    active = np.argsort(-presence, axis=1, kind="stable")[:, :n_active]
    rows = region[:, None]
    cut = regressions.cut[region][:, None, None]
    return Block(
        active=active,
        gram=regressions.grams[cut, active[:, :, None], active[:, None, :]],
        cross=regressions.cross[rows, active],
        power=regressions.power[region],
        n_data=regressions.n_data[region],
        mean=regressions.mean[rows, active],
        precision=regressions.precision[rows, active],
        there=regressions.there[rows, active],
        presence=np.take_along_axis(presence, active, axis=1),
        noise=noise,
    )
