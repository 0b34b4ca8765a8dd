"""One participant's recording as a model sees it: signals of regions, inputs, and when."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from empatune.errors import ConnectivityError
from empatune.typing import FloatArray

GREATEST_CHANGE_PERCENT = 4.0
"""Signals that span more are scaled down to this [percent], as SPM12's spm_dcm_estimate does."""

FEWEST_SCANS_PER_PARAMETER = 1.0
"""A region needs at least as many scans as the model has parameters that reach it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Signals and inputs of one run (or several that were joined).

    Attributes
    ----------
    signals : ndarray, shape (n_scans, n_regions)
        BOLD signals [percent change, or any unit that SPM would take].
    inputs : ndarray, shape (n_bins, n_inputs)
        What happened, on a fine grid of time.
    tr_s : float
        Time from scan to scan [s].
    bin_s : float
        Width of a bin of the inputs [s].
    delays_s : ndarray, shape (n_regions,), optional
        When within the TR each region was imaged [s]; the middle where left out.
    confounds : ndarray, shape (n_scans, n_confounds), optional
        What else moves the signals; a constant where left out.
    name : str
        Whose recording.
    """

    signals: FloatArray
    inputs: FloatArray
    tr_s: float
    bin_s: float
    delays_s: FloatArray = field(default_factory=lambda: np.zeros(0))
    confounds: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    name: str = ""

    def __post_init__(self) -> None:
        """Complete what was left out; refuse what no model can be fitted to."""
        for part in ("signals", "inputs", "delays_s", "confounds"):
            object.__setattr__(self, part, np.asarray(getattr(self, part), float))
        _check_times(self)
        n_scans, n_regions = self.signals.shape
        if not np.size(self.delays_s):
            object.__setattr__(self, "delays_s", np.full(n_regions, self.tr_s / 2))
        if not np.size(self.confounds):
            object.__setattr__(self, "confounds", np.ones((n_scans, 1)))
        _check_values(self)

    @property
    def n_scans(self) -> int:
        """Number of scans."""
        return int(self.signals.shape[0])

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return int(self.signals.shape[1])

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return int(self.inputs.shape[1])


def scaled(series: Series) -> tuple[FloatArray, float]:
    """
    Take means away and bring the greatest change down to four percent, as SPM12 does.

    Parameters
    ----------
    series : Series
        The recording.

    Returns
    -------
    signals : ndarray, shape (n_scans, n_regions)
        Signals without means, scaled.
    scale : float
        By what they were multiplied.
    """
    centred = series.signals - series.signals.mean(axis=0)
    span = float(centred.max() - centred.min())
    scale = GREATEST_CHANGE_PERCENT / max(span, GREATEST_CHANGE_PERCENT)
    return centred * scale, scale


def _check_times(series: Series) -> None:
    """Refuse shapes and times that do not fit each other."""
    who = f" of {series.name}" if series.name else ""
    if series.signals.ndim != 2 or series.inputs.ndim != 2:
        raise ConnectivityError(
            f"Signals{who} must be scans x regions and inputs bins x inputs; given shapes: "
            f"{series.signals.shape} and {series.inputs.shape}."
        )
    for what, matrix in (("signals", series.signals), ("inputs", series.inputs)):
        if not matrix.size:
            raise ConnectivityError(
                f"{what}{who} are empty (shape {matrix.shape}): a model needs scans of at least one "
                f"region, and at least one input."
            )
    if not (series.tr_s > 0 and series.bin_s > 0):
        raise ConnectivityError(
            f"TR and the bin of the inputs{who} must be above 0 s; given: {series.tr_s} and "
            f"{series.bin_s}."
        )
    signals_s = series.signals.shape[0] * series.tr_s
    inputs_s = series.inputs.shape[0] * series.bin_s
    if abs(signals_s - inputs_s) > 0.5 * series.tr_s:
        raise ConnectivityError(
            f"Signals{who} last {signals_s:g} s ({series.signals.shape[0]} scans of "
            f"{series.tr_s:g} s) but inputs {inputs_s:g} s ({series.inputs.shape[0]} bins of "
            f"{series.bin_s:g} s). Is the TR right? Give inputs for the whole run."
        )


def _check_values(series: Series) -> None:
    """Refuse missing numbers, silent regions and confounds or inputs that repeat each other."""
    who = f" of {series.name}" if series.name else ""
    for what, values in (
        ("signals", series.signals),
        ("inputs", series.inputs),
        ("confounds", series.confounds),
        ("delays_s", series.delays_s),
    ):
        bad = np.argwhere(~np.isfinite(np.atleast_2d(values)))
        if bad.size:
            raise ConnectivityError(
                f"{what}{who} hold {len(bad)} missing or infinite numbers, the first at row "
                f"{bad[0][0]}, column {bad[0][1]}. Interpolate or leave out the run."
            )
    flat = np.flatnonzero(np.ptp(series.signals, axis=0) == 0)
    if flat.size:
        raise ConnectivityError(
            f"Region {', '.join(map(str, flat + 1))}{who} has no signal (it never changes). "
            f"Check its mask, or leave the region out."
        )
    if series.delays_s.shape != (series.n_regions,) or np.any(
        (series.delays_s < 0) | (series.delays_s > series.tr_s)
    ):
        raise ConnectivityError(
            f"delays_s{who} needs one time from 0 to the TR of {series.tr_s:g} s for each of "
            f"{series.n_regions} regions; given: {series.delays_s.tolist()}."
        )
    if series.confounds.shape[0] != series.n_scans:
        raise ConnectivityError(
            f"confounds{who} have {series.confounds.shape[0]} rows for {series.n_scans} scans."
        )
    for what, matrix in (("inputs", series.inputs), ("confounds", series.confounds)):
        rank = int(np.linalg.matrix_rank(matrix))
        if rank < matrix.shape[1]:
            raise ConnectivityError(
                f"{what}{who} are rank deficient: {matrix.shape[1]} columns hold only {rank} "
                f"different courses (one is empty or a mixture of others). Leave out what repeats."
            )
