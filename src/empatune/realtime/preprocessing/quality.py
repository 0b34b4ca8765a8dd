"""Step: how good a volume is, from the brain voxels that were sampled to decode it."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    moments: quality.RunningMoments
    last: Float32Array | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Framewise displacement, DVARS and tSNR, and which volumes they rule out.

    Parameters
    ----------
    n_voxels : int
        Number of brain voxels.
    brain_mean : float
        Mean intensity of the reference's brain, the unit of DVARS.
    fd_limit_mm, displacement_limit_mm : float
        A volume beyond either is marked [mm].
    dvars_limit_percent : float
        A volume beyond it is marked [percent of the mean].
    """

    n_voxels: int
    brain_mean: float
    fd_limit_mm: float
    displacement_limit_mm: float
    dvars_limit_percent: float

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
        dvars = (
            0.0
            if state.last is None
            else quality.dvars_percent(brain, state.last, mean=self.brain_mean)
        )
        reason = self._reason(pose, dvars=dvars, inside=inside)
        moments = state.moments if reason else quality.add_moments(state.moments, brain)
        aligned = Aligned(
            index=index,
            motion=_display(pose),
            fd_mm=pose.fd_mm,
            displacement_mm=pose.displacement_mm,
            dvars_percent=dvars,
            tsnr=quality.median_tsnr(moments),
            usable=not reason,
            reason=reason,
        )
        return QualityState(moments=moments, last=brain), aligned

    def _reason(self, pose: Pose, *, dvars: float, inside: float) -> str:
        if not pose.converged:
            return "the head's position could not be estimated"
        if pose.displacement_mm > self.displacement_limit_mm:
            return f"displaced by more than {self.displacement_limit_mm:g} mm"
        if pose.fd_mm > self.fd_limit_mm:
            return f"moved by more than {self.fd_limit_mm:g} mm since the volume before"
        if dvars > self.dvars_limit_percent:
            return f"DVARS above {self.dvars_limit_percent:g} percent"
        if inside < 0.9:
            return "more than a tenth of the brain lies outside the field of view"
        return ""


def _display(pose: Pose) -> tuple[float, ...]:
    degrees = 57.29577951308232
    x, y, z, *angles = (float(value) for value in pose.parameters)
    return (x, y, z, *(angle * degrees for angle in angles))
