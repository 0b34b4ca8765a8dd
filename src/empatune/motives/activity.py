"""How active regions are in each condition, without a model of their connections."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from empatune.connectivity.regression.response import response
from empatune.connectivity.series import Series, Timing
from empatune.errors import ConnectivityError
from empatune.typing import FloatArray


def activity_of(series: Series, columns: Sequence[int]) -> FloatArray:
    """
    Fit a general linear model to each region: how strongly it answers to each input.

    Parameters
    ----------
    series : Series
        The recording.
    columns : sequence of int
        Columns of the inputs whose answers are wanted; all inputs named here are fitted
        together, with the confounds.

    Returns
    -------
    ndarray, shape (n_columns, n_regions)
        Answers: the peak that an input of 1 for one second would cause [unit of the signals].
    """
    return answer_weights(series.timing, columns, confounds=series.confounds) @ series.signals


def answer_weights(timing: Timing, columns: Sequence[int], *, confounds: FloatArray) -> FloatArray:
    """
    Give the weights of scans that make answers of signals.

    Parameters
    ----------
    timing : Timing
        The recording's times and inputs.
    columns : sequence of int
        Columns of the inputs.
    confounds : ndarray, shape (n_scans, n_confounds)
        What is fitted beside the answers.

    Returns
    -------
    ndarray, shape (n_columns, n_scans)
        Weights; times signals, answers.

    Raises
    ------
    ConnectivityError
        If an input does not exist, or cannot be told from others and confounds.
    """
    chosen = list(columns)
    if not chosen or not set(chosen) <= set(range(timing.n_inputs)):
        raise ConnectivityError(
            f"The recording has inputs 0 to {timing.n_inputs - 1}; asked for: {chosen}."
        )
    design = np.column_stack([_convolved(timing, column) for column in chosen])
    both = np.column_stack([design, confounds])
    if np.linalg.matrix_rank(both) < both.shape[1]:
        raise ConnectivityError(
            f"The answers to inputs {chosen} cannot be told apart: their courses, with the "
            f"confounds, repeat one another."
        )
    weights: FloatArray = np.linalg.pinv(both)[: len(chosen)]
    return weights


def _convolved(timing: Timing, column: int) -> FloatArray:
    """Convolve an input with the haemodynamic response and look at it in each scan."""
    n_bins = len(timing.inputs)
    kernel = response(timing.bin_s, n_bins)
    course = np.convolve(timing.inputs[:, column], kernel / kernel.max())[:n_bins] * timing.bin_s
    middles = (np.arange(timing.n_scans) + 0.5) * timing.tr_s / timing.bin_s
    sampled: FloatArray = course[np.minimum(middles.astype(int), n_bins - 1)]
    return sampled
