"""Step: where the head is in a volume, against the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.numerics import realignment, rigid
from empatune.typing import Float32Array, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pose:
    """The head's position in one volume.

    Parameters
    ----------
    parameters : ndarray, shape (6,)
        Translations [mm] and rotations [rad] against the reference.
    matrix : ndarray, shape (4, 4)
        Maps the reference's world to the volume's world [mm].
    fd_mm : float
        Framewise displacement against the volume before [mm]; 0 for the first.
    displacement_mm : float
        Root mean square displacement of the brain from the reference [mm].
    converged : bool
        False if the estimate cannot be trusted.
    """

    parameters: FloatArray
    matrix: FloatArray
    fd_mm: float
    displacement_mm: float
    converged: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionState:
    """What the motion step remembers.

    Parameters
    ----------
    last : ndarray, shape (6,)
        Parameters of the newest volume that was estimated with trust.
    n_seen : int
        Number of volumes so far.
    """

    last: FloatArray
    n_seen: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """Rigid motion to a reference, volume by volume.

    Parameters
    ----------
    reference : Reference
        What `numerics.realignment.prepare_reference` made of the reference image.
    brain_points : ndarray, shape (n_points, 3)
        Places in the brain where displacement is measured [mm, world].
    """

    reference: realignment.Reference
    brain_points: FloatArray

    def init(self) -> MotionState:
        """Return the state before the first volume.

        Returns
        -------
        MotionState
            A head at the reference.
        """
        return MotionState(last=np.zeros(6), n_seen=0)

    def step(self, state: MotionState, volume: Float32Array) -> tuple[MotionState, Pose]:
        """Estimate the head's position in a volume.

        Parameters
        ----------
        state : MotionState
            State after the volume before.
        volume : ndarray, shape (n_i, n_j, n_k), float32
            Intensities.

        Returns
        -------
        MotionState
            State after this volume.
        Pose
            Where the head is.
        """
        first = state.n_seen == 0
        estimate = realignment.estimate(volume, self.reference, start=state.last, coarse=first)
        matrix = rigid.matrix(estimate.parameters)
        pose = Pose(
            parameters=estimate.parameters,
            matrix=matrix,
            fd_mm=0.0 if first else rigid.framewise_displacement(estimate.parameters, state.last),
            displacement_mm=rigid.rms_displacement(matrix, np.eye(4), points=self.brain_points),
            converged=estimate.converged,
        )
        last = estimate.parameters if estimate.converged else state.last
        return MotionState(last=last, n_seen=state.n_seen + 1), pose
