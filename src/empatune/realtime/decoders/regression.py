"""Step: free the responses from drift, motion and spikes.

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


CONSTANT = 1000.0
"""Size of the constant regressor: so large that the ridge does not pull the mean towards 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionState:
    """What the regression remembers.

    Parameters
    ----------
    fit : RecursiveFit
        The recursive least squares fit.
    last : ndarray, shape (6,)
        Motion parameters of the volume before.
    conditions : ndarray, shape (n_taps, n_conditions)
        Which condition each of the newest volumes belonged to, newest first.
    """

    fit: recursion.RecursiveFit
    last: FloatArray | None
    conditions: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regression:
    """Recursive least squares on the responses.

    Parameters
    ----------
    drift : ndarray, shape (n_volumes, n_drift)
        Drift regressors, without a constant.
    hrf : ndarray, shape (n_taps,)
        Haemodynamic response, one value a volume.
    conditions : tuple of str
        Conditions that are fitted, convolved with it, so that nuisance does not swallow what
        they do to the brain; they are not removed.
    n_motion : {0, 6, 12}
        Motion regressors: none, the parameters, the parameters and their differences.
    n_maps : int
        Number of responses.
    ridge : float
        Penalty that keeps the first volumes solvable.
    """

    drift: FloatArray
    hrf: FloatArray
    conditions: tuple[str, ...]
    n_motion: int
    n_maps: int
    ridge: float

    @property
    def n_regressors(self) -> int:
        """Number of columns of the design."""
        return 1 + int(self.drift.shape[1]) + self.n_motion + len(self.conditions)

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
            conditions=np.zeros((len(self.hrf), len(self.conditions))),
        )

    def step(
        self,
        state: RegressionState,
        responses: FloatArray,
        *,
        position: int,
        motion: FloatArray,
        condition: str,
        usable: bool,
    ) -> tuple[RegressionState, tuple[Response, ...]]:
        """Clean the responses of one volume.

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
        condition : str
            Condition during the volume.
        usable : bool
            False for a volume that must not move the fit (a spike).

        Returns
        -------
        RegressionState
            State after this volume.
        tuple of Response
            One per map, not yet standardised.
        """
        now = np.array([[float(condition == name) for name in self.conditions]])
        recent = np.vstack([now, state.conditions[:-1]])
        row = self._row(position, motion, last=state.last, task=self.hrf @ recent)
        fit = recursion.update(state.fit, row, responses, weight=1.0 if usable else 0.0)
        cleaned, error = recursion.clean(fit, row, responses, nuisance_columns=self._nuisance)
        known = np.where(np.isfinite(error), error, 0.0)
        new = RegressionState(fit=fit, last=motion, conditions=recent)
        return new, tuple(
            Response(raw=float(r), cleaned=float(c), standard_error=float(e), z=0.0)
            for r, c, e in zip(responses, cleaned, known, strict=True)
        )

    @property
    def _nuisance(self) -> BoolArray:
        columns = np.ones(self.n_regressors, dtype=bool)
        columns[0] = False  # the constant stays in: the baseline takes care of it
        columns[self.n_regressors - len(self.conditions) :] = False
        return columns

    def _row(
        self, position: int, motion: FloatArray, *, last: FloatArray | None, task: FloatArray
    ) -> FloatArray:
        place = min(position, len(self.drift) - 1)  # a run longer than planned: drift holds
        before = motion if last is None else last
        moved = np.concatenate([motion * ARC, (motion - before) * ARC])[: self.n_motion]
        return np.concatenate([[CONSTANT], self.drift[place], moved, task])
