"""Step: how good a volume is, from the brain voxels that were sampled to decode it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.numerics import quality
from empatune.realtime.messages import Aligned
from empatune.realtime.preprocessing.motion import Pose
from empatune.typing import Float32Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QualityState:
    """What the quality step remembers.

    Parameters
    ----------
    moments : RunningMoments
        Running mean and variance of every brain voxel.
    last : ndarray, shape (n_voxels,), or None
        The brain in the volume before.
    dvars_percent : tuple of float
        DVARS of the volumes that were not marked.
    """

    moments: quality.RunningMoments
    last: Float32Array | None
    dvars_percent: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Framewise displacement, DVARS and tSNR, and which volumes they rule out.

    Parameters
    ----------
    n_voxels : int
        Number of brain voxels.
    fd_limit_mm, displacement_limit_mm : float
        A volume beyond either is marked [mm].
    dvars_limit_z : float
        A volume whose DVARS is so unusual among those before is marked [robust SD].
    """

    n_voxels: int
    fd_limit_mm: float
    displacement_limit_mm: float
    dvars_limit_z: float

    def init(self) -> QualityState:
        """Return the state before the first volume.

        Returns
        -------
        QualityState
            Nothing seen yet.
        """
        return QualityState(moments=quality.no_moments(self.n_voxels), last=None)

    def step(
        self, state: QualityState, *, index: int, pose: Pose, brain: Float32Array, inside: float
    ) -> tuple[QualityState, Aligned]:
        """Judge a volume.

        Parameters
        ----------
        state : QualityState
            State after the volume before.
        index : int
            Index of the volume.
        pose : Pose
            Where the head is in it.
        brain : ndarray, shape (n_voxels,), float32
            Brain voxels, realigned.
        inside : float
            Share of them that lies inside the volume's field of view.

        Returns
        -------
        QualityState
            State after this volume; one that is marked does not enter the running moments.
        Aligned
            Position and quality.
        """
        dvars = 0.0 if state.last is None else quality.dvars_percent(brain, state.last)
        unusual = quality.robust_z(dvars, np.array(state.dvars_percent))
        reason = self._reason(pose, unusual=unusual, inside=inside)
        moments, past = state.moments, state.dvars_percent
        if not reason:
            moments = quality.accumulate(moments, brain)
            past = past if state.last is None else (*past, dvars)
        aligned = Aligned(
            index=index,
            motion=_display(pose),
            fd_mm=pose.fd_mm,
            displacement_mm=pose.displacement_mm,
            dvars_percent=dvars,
            tsnr=moments.tsnr(),
            usable=not reason,
            reason=reason,
        )
        return QualityState(moments=moments, last=brain, dvars_percent=past), aligned

    def _reason(self, pose: Pose, *, unusual: float, inside: float) -> str:
        if not pose.converged:
            return "the head's position could not be estimated"
        if pose.displacement_mm > self.displacement_limit_mm:
            return f"displaced by more than {self.displacement_limit_mm:g} mm"
        if pose.fd_mm > self.fd_limit_mm:
            return f"moved by more than {self.fd_limit_mm:g} mm since the volume before"
        if unusual > self.dvars_limit_z:
            return f"DVARS {unusual:.1f} robust SD above the median"
        if inside < 0.9:
            return "more than a tenth of the brain lies outside the field of view"
        return ""


def _display(pose: Pose) -> tuple[float, ...]:
    degrees = 57.29577951308232
    x, y, z, *angles = (float(value) for value in pose.parameters)
    return (x, y, z, *(angle * degrees for angle in angles))
