"""Step: free the responses from drift and motion, and standardise them on the baseline.

Drift, motion and spikes act on time, the weights on space, and the two commute: regressing a
few responses equals regressing every voxel before the dot product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.numerics import recursion
from empatune.realtime.messages import Response
from empatune.typing import BoolArray, FloatArray

ARC = np.array([1.0, 1.0, 1.0, 50.0, 50.0, 50.0])
"""Turns rotations [rad] into arcs on a sphere of 50 mm [mm], so that columns compare."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionState:
    """What the regression remembers.

    Parameters
    ----------
    fit : RecursiveFit
        The recursive least squares fit.
    last : ndarray, shape (6,)
        Motion parameters of the volume before.
    baseline_rows : ndarray, shape (n_baseline, n_regressors)
        Design rows of the baseline volumes.
    baseline_responses : ndarray, shape (n_baseline, n_maps)
        Raw responses of the baseline volumes.
    """

    fit: recursion.RecursiveFit
    last: FloatArray | None
    baseline_rows: FloatArray
    baseline_responses: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regression:
    """Recursive least squares on the responses.

    Parameters
    ----------
    drift : ndarray, shape (n_volumes, n_drift)
        Intercept and drift regressors.
    task : ndarray, shape (n_volumes, n_task)
        Convolved conditions; fitted, so that nuisance does not eat them, but not removed.
    n_motion : {0, 6, 12}
        Motion regressors: none, the parameters, the parameters and their differences.
    n_maps : int
        Number of responses.
    ridge : float
        Penalty that keeps the first volumes solvable.
    min_baseline : int
        Baseline volumes that are needed before anything is standardised.
    """

    drift: FloatArray
    task: FloatArray
    n_motion: int
    n_maps: int
    ridge: float
    min_baseline: int

    @property
    def n_regressors(self) -> int:
        """Number of columns of the design."""
        return self.drift.shape[1] + self.n_motion + self.task.shape[1]

    def init(self) -> RegressionState:
        """Return the state before the first volume.

        Returns
        -------
        RegressionState
            Nothing fitted yet.
        """
        return RegressionState(
            fit=recursion.initial(self.n_regressors, self.n_maps, ridge=self.ridge),
            last=None,
            baseline_rows=np.empty((0, self.n_regressors)),
            baseline_responses=np.empty((0, self.n_maps)),
        )

    def step(
        self,
        state: RegressionState,
        responses: FloatArray,
        *,
        position: int,
        motion: FloatArray,
        usable: bool,
        baseline: bool,
    ) -> tuple[RegressionState, tuple[Response, ...]]:
        """Clean and standardise the responses of one volume.

        Parameters
        ----------
        state : RegressionState
            State after the volume before.
        responses : ndarray, shape (n_maps,)
            Raw responses.
        position : int
            Position of the volume in the run, from 0.
        motion : ndarray, shape (6,)
            Motion parameters [mm, rad].
        usable : bool
            False for a volume that must not move the fit (a spike).
        baseline : bool
            True if the volume belongs to the person's baseline.

        Returns
        -------
        RegressionState
            State after this volume.
        tuple of Response
            One per map.
        """
        row = self._row(position, motion, state.last)
        fit = recursion.update(state.fit, row, responses, weight=1.0 if usable else 0.0)
        cleaned, error = recursion.clean(fit, row, responses, self._nuisance)
        rows, raw = state.baseline_rows, state.baseline_responses
        if baseline and usable:
            rows, raw = np.vstack([rows, row]), np.vstack([raw, responses])
        z = self._standardised(fit, cleaned, rows=rows, raw=raw)
        new = RegressionState(
            fit=fit, last=motion, baseline_rows=rows, baseline_responses=raw
        )
        return new, tuple(
            Response(raw=float(r), cleaned=float(c), standard_error=float(e), z=float(s))
            for r, c, e, s in zip(responses, cleaned, error, z, strict=True)
        )

    @property
    def _nuisance(self) -> BoolArray:
        columns = np.ones(self.n_regressors, dtype=bool)
        columns[self.n_regressors - self.task.shape[1] :] = False
        return columns

    def _row(self, position: int, motion: FloatArray, last: FloatArray | None) -> FloatArray:
        place = min(position, len(self.drift) - 1)  # a run longer than planned: drift holds
        before = motion if last is None else last
        moved = np.concatenate([motion * ARC, (motion - before) * ARC])[: self.n_motion]
        return np.concatenate([self.drift[place], moved, self.task[place]])

    def _standardised(
        self,
        fit: recursion.RecursiveFit,
        cleaned: FloatArray,
        *,
        rows: FloatArray,
        raw: FloatArray,
    ) -> FloatArray:
        # the baseline is cleaned again with today's coefficients: its first volumes were
        # overfitted when they came
        if len(rows) < self.min_baseline:
            return np.zeros(self.n_maps)
        nuisance = self._nuisance
        baseline = raw - rows[:, nuisance] @ fit.coefficients[nuisance]
        spread = baseline.std(axis=0, ddof=1)
        safe = np.where(spread > 0, spread, 1.0)
        return np.where(spread > 0, (cleaned - baseline.mean(axis=0)) / safe, 0.0)
