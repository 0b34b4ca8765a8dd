"""The true repetition time and the moments of acquisition, from the scanner's own clock.

Headers may be wrong: a sequence that is asked for 1.970 s may run at 1.978 s. The acquisition
times know, but they come in ticks, may jump when a computer sets its clock, may be the same for
a whole run, and pass midnight.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field

import numpy as np

from empatune.realtime.sources.fields import DAY_S
from empatune.typing import FloatArray, IntArray

_TICK_S = 0.0025
"""Siemens scanners count acquisition times in such steps [s]."""

_TELLING_STEPS = 4
"""Steps of the clock before a disagreement with the header is worth a word."""


@dataclass(slots=True, kw_only=True)
class ScannerClock:
    """What is known of the time of a run; grows with every volume.

    Parameters
    ----------
    header_s : float or None
        Repetition time of the header [s].
    moments : list of (int, float)
        Index and time of day of each volume, by index [s].
    """

    header_s: float | None = None
    moments: list[tuple[int, float]] = field(default_factory=list)

    def observe(self, index: int, clock_s: float) -> None:
        """Take the time of one volume.

        Parameters
        ----------
        index : int
            Position in the run.
        clock_s : float
            Start of its acquisition, in seconds of the day [s].
        """
        insort(self.moments, (index, clock_s))

    @property
    def measured_s(self) -> float | None:
        """Repetition time from the acquisition times, None where they do not tell [s]."""
        step, inliers, counts = self._steps()
        if step is None:
            return None
        return float(inliers.sum() / counts.sum())

    @property
    def tr_s(self) -> float | None:
        """The true repetition time as far as it is known [s].

        The header's value stands as long as the clock, within its ticks, agrees.
        """
        step, inliers, counts = self._steps()
        if step is None:
            return self.header_s
        n_steps = int(counts.sum())
        measured = float(inliers.sum()) / n_steps
        if self.header_s is not None and abs(measured - self.header_s) <= 2 * _TICK_S / n_steps:
            return self.header_s
        return round(measured, 5)

    @property
    def disagreement(self) -> str:
        """How header and clock differ, in plain words; empty if they agree or can't be compared."""
        _, _, counts = self._steps()
        tr_s = self.tr_s
        if self.header_s is None or tr_s is None or tr_s == self.header_s:
            return ""
        if counts.sum() < _TELLING_STEPS:
            return ""
        return (
            f"The header gives a repetition time of {self.header_s:g} s, the acquisition times "
            f"{tr_s:.4f} s; the latter is used."
        )

    def acquired_s(self, index: int) -> tuple[float | None, bool]:
        """Return when a volume was acquired.

        Parameters
        ----------
        index : int
            Position in the run of a volume that was observed.

        Returns
        -------
        acquired_s : float or None
            Time after the start of volume 0; None if the clock does not tell [s].
        jumped : bool
            True if the scanner's clock jumped there and the repetition time was put instead.
        """
        step, _, _ = self._steps()
        if step is None:
            single = len(self.moments) == 1 and self.moments[0][0] == 0 == index
            return (0.0, False) if single else (None, False)
        before, moment = self.moments[0]
        passed = before * (self.tr_s or step)
        for place, clock_s in self.moments[1:]:
            if before >= index:
                break
            n_steps, change = place - before, float(_unwrapped(np.array(clock_s - moment)))
            jumped = abs(change - n_steps * step) > step / 2
            passed += n_steps * step if jumped else change
            before, moment = place, clock_s
            if place == index:
                return round(passed, 6), jumped
        return (round(passed, 6), False) if before == index else (None, False)

    def _steps(self) -> tuple[float | None, FloatArray, IntArray]:
        """Return the usual step, and sum-able durations and counts of the steps that are usual."""
        none = np.zeros(0), np.zeros(0, dtype=int)
        if len(self.moments) < 2:
            return None, *none
        places = np.array([place for place, _ in self.moments])
        clocks = np.array([clock for _, clock in self.moments])
        counts, changes = np.diff(places), _unwrapped(np.diff(clocks))
        each = changes[counts > 0] / counts[counts > 0]
        moving = each[each > 0]
        if 2 * moving.size < each.size or not moving.size:
            return None, *none
        step = float(np.median(moving))
        usual = (counts > 0) & (np.abs(changes - counts * step) <= 0.25 * step)
        if step < 0.01 or not usual.any():
            return None, *none
        return step, changes[usual], counts[usual]


def _unwrapped(change_s: FloatArray) -> FloatArray:
    """Return differences between times of day, across midnight if need be [s]."""
    wrapped: FloatArray = (change_s + DAY_S / 2) % DAY_S - DAY_S / 2
    return wrapped
