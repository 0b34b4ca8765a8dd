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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timing:
    """When a recording was scanned and what happened meanwhile: all but its signals.

    Attributes
    ----------
    inputs : ndarray, shape (n_bins, n_inputs)
        What happened, on a fine grid of time.
    n_scans : int
        Number of scans.
    tr_s : float
        Time from scan to scan [s].
    bin_s : float
        Width of a bin of the inputs [s].
    delays_s : ndarray, shape (n_regions,)
        When within the TR each region was imaged [s].
    name : str
        Whose recording.
    """

    inputs: FloatArray
    n_scans: int
    tr_s: float
    bin_s: float
    delays_s: FloatArray
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse times that do not fit each other, and inputs that no model can use."""
        for part in ("inputs", "delays_s"):
            object.__setattr__(self, part, np.asarray(getattr(self, part), float))
        if self.inputs.ndim != 2:
            raise ConnectivityError(
                f"Inputs{_of(self.name)} must be bins x inputs; given shape: {self.inputs.shape}."
            )
        _check_times(self)
        for what in ("inputs", "delays_s"):
            _check_finite(what, getattr(self, what), self.name)
        _check_rank("inputs", self.inputs, self.name)

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return int(self.inputs.shape[1])


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
        _check_shapes(self)
        _check_times(self)
        n_scans, n_regions = self.signals.shape
        if not np.size(self.delays_s):
            object.__setattr__(self, "delays_s", np.full(n_regions, self.tr_s / 2))
        if not np.size(self.confounds):
            object.__setattr__(self, "confounds", np.ones((n_scans, 1)))
        _check_values(self)

    @property
    def timing(self) -> Timing:
        """All but the signals and what else moves them."""
        return Timing(
            inputs=self.inputs,
            n_scans=self.n_scans,
            tr_s=self.tr_s,
            bin_s=self.bin_s,
            delays_s=self.delays_s,
            name=self.name,
        )

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


def _of(name: str) -> str:
    return f" of {name}" if name else ""


def _check_shapes(series: Series) -> None:
    """Refuse arrays that are not tables."""
    if series.signals.ndim != 2 or series.inputs.ndim != 2:
        raise ConnectivityError(
            f"Signals{_of(series.name)} must be scans x regions and inputs bins x inputs; given "
            f"shapes: {series.signals.shape} and {series.inputs.shape}."
        )
    _check_some("signals", series.signals, series.name)


def _check_times(given: Series | Timing) -> None:
    """Refuse times that do not fit each other."""
    _check_some("inputs", given.inputs, given.name)
    if not (given.tr_s > 0 and given.bin_s > 0):
        raise ConnectivityError(
            f"TR and the bin of the inputs{_of(given.name)} must be above 0 s; given: "
            f"{given.tr_s} and {given.bin_s}."
        )
    signals_s = given.n_scans * given.tr_s
    inputs_s = len(given.inputs) * given.bin_s
    if abs(signals_s - inputs_s) > 0.5 * given.tr_s:
        raise ConnectivityError(
            f"Signals{_of(given.name)} last {signals_s:g} s ({given.n_scans} scans of "
            f"{given.tr_s:g} s) but inputs {inputs_s:g} s ({len(given.inputs)} bins of "
            f"{given.bin_s:g} s). Is the TR right? Give inputs for the whole run."
        )


def _check_values(series: Series) -> None:
    """Refuse missing numbers, silent regions and confounds or inputs that repeat each other."""
    who = _of(series.name)
    for what in ("signals", "inputs", "confounds", "delays_s"):
        _check_finite(what, getattr(series, what), series.name)
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
    for what in ("inputs", "confounds"):
        _check_rank(what, getattr(series, what), series.name)


def _check_some(what: str, matrix: FloatArray, name: str) -> None:
    """Refuse a table without a cell."""
    if not matrix.size:
        raise ConnectivityError(
            f"{what}{_of(name)} are empty (shape {matrix.shape}): a model needs scans of at least "
            f"one region, and at least one input."
        )


def _check_finite(what: str, values: FloatArray, name: str) -> None:
    """Refuse missing and infinite numbers."""
    bad = np.argwhere(~np.isfinite(np.atleast_2d(values)))
    if bad.size:
        raise ConnectivityError(
            f"{what}{_of(name)} hold {len(bad)} missing or infinite numbers, the first at row "
            f"{bad[0][0]}, column {bad[0][1]}. Interpolate or leave out the run."
        )


def _check_rank(what: str, matrix: FloatArray, name: str) -> None:
    """Refuse columns that repeat each other."""
    rank = int(np.linalg.matrix_rank(matrix))
    if rank < matrix.shape[1]:
        raise ConnectivityError(
            f"{what}{_of(name)} are rank deficient: {matrix.shape[1]} columns hold only {rank} "
            f"different courses (one is empty or a mixture of others). Leave out what repeats."
        )
